"""Tables as they are shown: sorted, filtered, profiled; predictions and neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from palimpsest.errors import InvalidArgumentError, PalimpsestError
from palimpsest.pipeline import Run
from palimpsest.pipeline.paging import shown_table
from palimpsest.protocol.messages import (
    ColumnRef,
    Condition,
    ForgetRequest,
    PageRequest,
    RowIds,
    Sort,
)

from .complaints import make_pipeline_of, tables, write


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A run after a forget: rows are gone, cells are erased."""
    folder: Path = tmp_path_factory.mktemp("shown")
    paths = write(folder, tables(3))
    with make_pipeline_of(folder / "runs").run(**paths) as opened:
        for rows, action, columns in (([4, 9], "delete", []), ([12, 30, 31], "erase", ["subject"])):
            request = ForgetRequest(
                run=opened.id,
                source="mails",
                selector=RowIds(rows=rows),
                action=action,  # type: ignore[arg-type]
                columns=columns,
            )
            opened.apply(opened.preview(request).token)
        yield opened


def page(run: Run, table: str, **options: Any) -> Any:
    return run.page(PageRequest(run=run.id, table=table, limit=10_000, **options))


def names_of(run: Run) -> list[str]:
    """Name the tables, of those that are recomputed only the last two."""
    listed = list(dict.fromkeys(node.table for node in run.plan_graph().nodes if node.table))
    computed = [name for name in listed if name.startswith("node:")]
    return [name for name in listed if name not in computed[:-2]]


def test_the_rows_of_stored_tables_are_known_without_reading_them(run: Run) -> None:
    with run.reading() as stored:
        for name in ("source:mails", "source:customers", "training"):
            table = stored.table(name)
            assert table is not None
            np.testing.assert_array_equal(shown_table(stored, name).rows, table.rows())


def test_every_table_sorts_by_every_column(run: Run) -> None:
    for name in names_of(run):
        whole = page(run, name)
        for place, column in enumerate(whole.frame.columns[:8]):
            descending = place % 2 == 1
            erased = whole.erased.get(column, np.zeros(len(whole.rows), dtype=bool))
            values = whole.frame[column].astype(object).mask(erased)
            order = values.sort_values(
                ascending=not descending, kind="stable", na_position="last"
            ).index
            found = page(run, name, sort=Sort(column=column, descending=descending))
            np.testing.assert_array_equal(found.rows, whole.rows[order], f"{name}.{column}")


def test_pages_of_a_sorted_table_are_parts_of_it(run: Run) -> None:
    sort = Sort(column="title", descending=True)
    whole = page(run, "training", sort=sort)
    part = run.page(PageRequest(run=run.id, table="training", sort=sort, offset=7, limit=5))
    np.testing.assert_array_equal(part.rows, whole.rows[7:12])
    assert part.total == whole.total
    chosen = page(run, "training", sort=sort, rows=whole.rows[[3, 1]].tolist())
    np.testing.assert_array_equal(chosen.rows, whole.rows[[1, 3]])


def test_the_matrix_is_filtered_by_a_named_feature(run: Run) -> None:
    whole = page(run, "matrix")
    column = "country__country_UK"
    found = page(run, "matrix", filter=[Condition(column=column, comparison="==", value=1)])
    np.testing.assert_array_equal(found.rows, whole.rows[whole.frame[column] == 1])


def test_what_has_no_order_is_refused(run: Run) -> None:
    with pytest.raises(PalimpsestError, match="no column 'nothing'"):
        page(run, "predictions", sort=Sort(column="nothing"))
    with run.reading() as stored:
        table = shown_table(stored, "training")
        mixed = pd.Series([1, "a"] * len(table.rows))[: len(table.rows)]
        table.column = lambda *_: (mixed, np.zeros(len(mixed), dtype=bool))  # type: ignore[method-assign]
        with pytest.raises(InvalidArgumentError, match="no order among each other"):
            table.order([], Sort(column="title"))


def test_predictions_are_those_of_the_model(run: Run) -> None:
    shown = page(run, "predictions")
    np.testing.assert_array_equal(shown.frame["prediction"], run.model.predict(run.X))
    sure = hasattr(run.model, "predict_proba")
    assert ("confidence" in shown.frame) == sure
    if sure:
        np.testing.assert_allclose(
            shown.frame["confidence"], run.model.predict_proba(run.X).max(axis=1)
        )
    assert (shown.frame["split"] == "train").tolist() == run.train.tolist()
    labelled = run.labelled
    np.testing.assert_array_equal(shown.frame["label"][labelled], run.y[labelled])
    assert (~shown.erased.get("label", ~labelled)).tolist() == labelled.tolist()


def test_a_column_is_followed_from_its_source_to_the_matrix(run: Run) -> None:
    graph = run.plan_graph()
    for ref in [("mails", "subject"), ("customers", "country"), ("mails", "date")]:
        found = run.trace_column([ColumnRef(source=ref[0], column=ref[1])])
        at = {node.node: node for node in found.nodes}
        scans = [n for n in graph.nodes if n.stage == "source" and n.table == f"source:{ref[0]}"]
        assert all(at[scan.id].value == [ref[1]] for scan in scans)
        output = next(node for node in graph.nodes if node.table == "training")
        by_value = [c.column for c in graph.columns if ref in pairs(c.value)]
        by_control = [c.column for c in graph.columns if ref in pairs(c.control)]
        assert at[output.id].value == by_value
        assert at[output.id].rows or set(at[output.id].control) == set(by_control) - set(by_value)
        assert found.features == [
            part for part in graph.features if ref in pairs(part.value) + pairs(part.control)
        ]


def pairs(refs: list[ColumnRef]) -> list[tuple[str, str]]:
    return [(ref.source, ref.column) for ref in refs]


def test_neighbours_are_the_nearest_rows_trained_on(run: Run) -> None:
    matrix, ids = run.X, run.frame.index.to_numpy()
    trained = run.train & run.labelled
    for place in (0, len(ids) // 2, len(ids) - 1):
        row = int(ids[place])
        found = run.neighbours(row, count=4)
        distances = np.sqrt(((matrix - matrix[place]) ** 2).sum(axis=1))
        others = np.flatnonzero(trained & (ids != row))
        expected = others[np.lexsort((ids[others], distances[others]))][:4]
        assert [one.row for one in found.neighbours] == ids[expected].tolist()
        np.testing.assert_allclose(
            [one.distance for one in found.neighbours], distances[expected], atol=1e-12
        )
        assert found.prediction == str(run.model.predict(matrix[place : place + 1])[0])
        agreeing = [str(run.y[other]) == found.prediction for other in expected]
        assert found.agreeing == sum(agreeing)
        assert found.neighbours[0].sentence == run.trace_back(int(ids[expected[0]])).sentence
    with pytest.raises(PalimpsestError, match="no row 100000"):
        run.neighbours(100_000)
