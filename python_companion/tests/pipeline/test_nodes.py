"""Pages of the tables between sources and training table."""

from __future__ import annotations

import sys
import types
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

from palimpsest.errors import PalimpsestError
from palimpsest.forget.rowvalues import row_values
from palimpsest.pipeline import Run
from palimpsest.pipeline import shown as shown_tables
from palimpsest.protocol.messages import Condition, ForgetRequest, PageRequest, PlanNode, RowIds

from .complaints import (
    CALLS,
    make_pipeline_of,
    prepare,
    prepare_grouped,
    prepare_left,
    tables,
    write,
)

PREPARES = {"inner": prepare, "left": prepare_left, "grouped": prepare_grouped}


@pytest.fixture
def paths(tmp_path: Path) -> dict[str, Any]:
    return write(tmp_path, tables(3))


@pytest.fixture
def run(tmp_path: Path, paths: dict[str, Any]) -> Iterator[Run]:
    with make_pipeline_of(tmp_path / "runs").run(**paths) as opened:
        yield opened


def page(run: Run, table: str, **options: Any) -> Any:
    return run.page(PageRequest(run=run.id, table=table, **options))


def the_node(run: Run, operation: str) -> PlanNode:
    """Return the first node of an operation."""
    return next(node for node in run.plan_graph().nodes if node.operation == operation)


def all_pages(run: Run, table: str, limit: int) -> tuple[Any, Any]:
    """Read a table page by page; return its rows as values, and their ids."""
    rows: list[int] = []
    values: list[Any] = []
    while True:
        part = page(run, table, offset=len(rows), limit=limit)
        rows += part.rows.tolist()
        values += row_values(part.frame, part.erased)
        if len(rows) >= part.total:
            return values, rows


def locals_of(function: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
    """Run a function of the notebook in plain pandas; return the frames it had in the end."""
    plain = types.FunctionType(function.__code__, {**function.__globals__, "pd": pandas})
    found: dict[str, Any] = {}

    def keep(frame: Any, event: str, argument: Any) -> None:
        if event == "return" and frame.f_code is function.__code__:
            found.update(frame.f_locals)

    before = sys.getprofile()
    sys.setprofile(keep)
    try:
        plain(**arguments)
    finally:
        sys.setprofile(before)
    return {name: value for name, value in found.items() if isinstance(value, pandas.DataFrame)}


def forget(run: Run, source: str, rows: list[int], *columns: str) -> None:
    action: Any = "erase" if columns else "delete"
    selector = RowIds(rows=rows)
    request = ForgetRequest(
        run=run.id, source=source, selector=selector, action=action, columns=list(columns)
    )
    run.apply(run.preview(request).token)


@pytest.mark.parametrize("kind", PREPARES)
def test_every_frame_of_the_code_can_be_paged_through(
    tmp_path: Path, paths: dict[str, Any], kind: str
) -> None:
    function = PREPARES[kind]
    with make_pipeline_of(tmp_path / "runs", prepare=function).run(**paths) as run:
        for deleted in ([], [2, 3, 17]):
            if deleted:
                forget(run, "mails", deleted)
            mails = pandas.read_csv(paths["mails"], dtype=str, keep_default_na=False)
            changed = tmp_path / "changed.csv"
            mails.drop(index=deleted).to_csv(changed, index=False)
            frames = locals_of(function, customers=paths["customers"], mails=str(changed))
            pages = [
                Counter(all_pages(run, node.table, 7)[0])
                for node in run.plan_graph().nodes
                if node.stage != "encode" and node.table is not None
            ]
            # What a name held in the end may have been given its columns one by one.
            for name, frame in frames.items():
                wanted = Counter(row_values(frame.reset_index(drop=frame.index.name is None), {}))
                assert wanted in pages, name


def test_pages_call_no_function_and_need_none(run: Run) -> None:
    before = Counter(CALLS)
    with Run.open(run.path) as again:
        for node in again.plan_graph().nodes:
            if node.table is not None:
                page(again, node.table, limit=5)
    assert before == CALLS


def test_a_page_is_a_part_of_the_table(run: Run) -> None:
    table = the_node(run, "merge").table
    assert table is not None
    values, rows = all_pages(run, table, 1000)
    part = page(run, table, offset=10, limit=4)
    assert part.total == len(rows) == the_node(run, "merge").rows
    assert part.rows.tolist() == rows[10:14]
    assert row_values(part.frame, part.erased) == values[10:14]
    assert page(run, table, offset=len(rows), limit=4).rows.tolist() == []
    chosen = page(run, table, rows=[rows[3], rows[1], 10**6], columns=["subject"])
    assert chosen.rows.tolist() == [rows[1], rows[3]]
    assert [column.name for column in chosen.columns] == list(chosen.frame.columns) == ["subject"]


def test_rows_are_filtered_as_those_of_stored_tables_are(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown_tables, "PORTION", 11)
    # The last node has the rows of the training table, and its columns before label and split.
    last = run.plan_graph().nodes[-3]
    assert last.stage == "label"
    for conditions in (
        [Condition(column="country", comparison="==", value="DE")],
        [Condition(column="title", comparison="contains", value="xx")],
        [
            Condition(column="premium", comparison="==", value=True),
            Condition(column="date", comparison=">=", value="2023-05"),
        ],
        [Condition(column="bank", comparison="is-missing")],
    ):
        stored = page(run, "training", filter=conditions, limit=1000)
        shown = page(run, f"node:{last.id}", filter=conditions, limit=1000)
        assert shown.rows.tolist() == stored.rows.tolist()
        assert shown.total == stored.total
        offset = page(run, f"node:{last.id}", filter=conditions, offset=2, limit=3)
        assert offset.rows.tolist() == stored.rows.tolist()[2:5]


def test_a_filter_is_asked_anew_after_a_forget(run: Run) -> None:
    table = the_node(run, "merge").table
    assert table is not None
    erased = [Condition(column="subject", comparison="is-erased")]
    assert page(run, table, filter=erased).total == 0
    row = page(run, table, limit=1)
    record = run.trace_back(int(page(run, "training", limit=1).rows[0])).records
    mail = next(part.row for part in record if part.source == "mails")
    forget(run, "mails", [mail], "subject")
    found = page(run, table, filter=erased)
    assert found.total == 1
    assert found.erased["subject"].tolist() == [True]
    assert row.erased == {}


def test_label_and_split_are_shown_by_their_names(run: Run) -> None:
    last = run.plan_graph().nodes[-3]
    part = page(run, f"node:{last.id}")
    assert [c.name for c in part.columns][-2:] == ["label", "split"]
    assert [c.name for c in last.columns] == [c.name for c in part.columns]
    np.testing.assert_array_equal(part.frame["label"].to_numpy(), run.y)
    np.testing.assert_array_equal(part.frame["split"].to_numpy(dtype=bool), run.train)


def test_an_index_that_holds_data_is_shown(tmp_path: Path, paths: dict[str, Any]) -> None:
    with make_pipeline_of(tmp_path / "runs", prepare=prepare_grouped).run(**paths) as run:
        table = the_node(run, "aggregate").table
        assert table is not None
        part = page(run, table, limit=1000)
        assert [column.name for column in part.columns] == ["email", "mails", "size"]
        mails = pandas.read_csv(paths["mails"], dtype=str, keep_default_na=False)
        assert part.frame["email"].tolist() == sorted(mails["email"].unique())


def prepare_untracked(customers: Any, mails: Any) -> Any:
    """Swap rows and columns twice, which nothing can see through."""
    frame = prepare(customers, mails)
    turned = frame.T.T.infer_objects()
    return turned.assign(premium=turned["premium"].astype(bool))


def test_rows_after_an_untracked_operation_say_why_they_are_not_shown(
    tmp_path: Path, paths: dict[str, Any]
) -> None:
    pipeline = make_pipeline_of(tmp_path / "runs", prepare=prepare_untracked)
    with pytest.warns(UserWarning, match="not tracked|untracked"):
        run = pipeline.run(**paths)
    with run:
        table = the_node(run, "untracked").table
        assert table is not None
        with pytest.raises(PalimpsestError, match=r"is not tracked") as caught:
            page(run, table)
        assert caught.value.code == "not-found"
        before = the_node(run, "merge").table
        assert before is not None
        assert page(run, before).total > 0


@pytest.mark.parametrize("table", ["node:", "node:x", "node:-1", "node:999", "nodes", "source:x"])
def test_an_unknown_table_is_refused(run: Run, table: str) -> None:
    with pytest.raises(PalimpsestError) as caught:
        page(run, table)
    assert caught.value.code == "not-found"


def test_an_unknown_column_is_refused(run: Run) -> None:
    table = the_node(run, "merge").table
    assert table is not None
    with pytest.raises(PalimpsestError, match="no column 'colour'"):
        page(run, table, columns=["colour"])
    with pytest.raises(PalimpsestError, match="no column 'colour'"):
        page(run, table, filter=[Condition(column="colour", comparison="==", value="red")])
