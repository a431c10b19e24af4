"""Values carried along the provenance equal sums over the pairs that the lineage lists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from palimpsest.compliance.view import RunView
from palimpsest.pipeline import Run
from palimpsest.protocol.messages import ForgetRequest, RowIds
from palimpsest.tracking.lineage import lineage
from tests.pipeline.complaints import (
    make_pipeline_of,
    prepare,
    prepare_grouped,
    prepare_left,
    tables,
    write,
)

PREPARATIONS = {"joined": prepare, "left": prepare_left, "grouped": prepare_grouped}


def pairs(run: Run) -> dict[str, list[tuple[int, int]]]:
    """Return (place of the row, record) by source, each as often as it occurs."""
    found: dict[str, list[tuple[int, int]]] = {}
    with run.reading() as stored:
        rows = stored.training_rows
        for scan, made in lineage(stored.plan, stored.rows, stored.plan.output, rows).items():
            source = str(stored.plan[scan].arguments["source"])
            places = np.repeat(np.arange(len(rows)), np.diff(made.starts))
            found.setdefault(source, []).extend(
                zip(places.tolist(), made.rows.tolist(), strict=True)
            )
    return found


def check(run: Run) -> None:
    view, expected = RunView(run), pairs(run)
    weights = np.random.default_rng(1).normal(size=len(view.rows))
    back = view.carried_back(weights)
    assert set(back) == set(expected)
    for source, listed in expected.items():
        ids = view.records(source).tolist()
        sums = dict.fromkeys(ids, 0.0)
        for row, record in listed:
            sums[record] += weights[row]
        assert back[source] == pytest.approx([sums[one] for one in ids])
        values = np.random.default_rng(2).normal(size=len(ids))
        of = dict(zip(ids, values, strict=True))
        most = view.carried_forward({source: values}, np.maximum, -np.inf)
        behind: dict[int, list[Any]] = {}
        for row, record in listed:
            behind.setdefault(row, []).append(of[record])
        assert most == pytest.approx(
            [max(behind.get(row, [-np.inf])) for row in range(len(view.rows))]
        )


@pytest.mark.parametrize("name", PREPARATIONS)
def test_equals_the_lineage_before_and_after_a_forget(name: str, tmp_path: Path) -> None:
    pipeline = make_pipeline_of(tmp_path / "runs", prepare=PREPARATIONS[name])
    with pipeline.run(**write(tmp_path, tables(3))) as run:
        check(run)
        for source, rows in (("customers", [0, 7, 8]), ("mails", [1, 30, 31])):
            request = ForgetRequest(
                run=run.id, source=source, action="delete", selector=RowIds(rows=rows)
            )
            run.apply(run.preview(request).token)
        check(run)
