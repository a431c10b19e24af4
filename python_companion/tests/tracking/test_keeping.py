"""Rows that stay though the value is erased that decided that they are there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas

from palimpsest.tracking import SourceChange, capture
from palimpsest.tracking.keeping import kept_rows, keyed_by

from .oracle import Maintained, assert_equals_rerun

LEFT = pandas.DataFrame({"k": ["a", "a", "b", "c"], "x": [1, 2, 3, 4], "y": [1, 1, 0, 1]})
RIGHT = pandas.DataFrame({"k": ["a", "b", "b"], "z": [10, 20, 30]})


def maintained(prepare: Callable[..., Any], **sources: pandas.DataFrame) -> Maintained:
    return Maintained(capture(prepare, sources))


def check(table: Maintained, prepare: Callable[..., Any], **sources: pandas.DataFrame) -> None:
    kept = kept_rows(table.captured.plan, table.captured.rows)
    assert_equals_rerun(table, capture(prepare, table.sources.inputs(sources), kept=kept))


def two_filters(left: Any) -> Any:
    left = left[left["x"] > 1]
    return left[left["y"] == 1]


def test_a_row_stays_where_it_passed_and_comes_nowhere_else() -> None:
    def prepare(left: Any, right: Any) -> Any:
        low, high = left[left["x"] < 3], left[left["x"] >= 3]
        return low.merge(right, on="k", how="left").merge(high, on="y", suffixes=("", "_high"))

    table = maintained(prepare, left=LEFT, right=RIGHT)
    before = len(table.rows)
    delta = table.apply({"left": SourceChange(erased={"x": [0, 3]})}, keep_rows=True)
    assert not len(delta.removed)
    assert not len(delta.added)
    assert len(table.rows) == before
    assert [told.count for told in delta.consequences if told.kind == "filter-kept"] == [1, 1]
    check(table, prepare, left=LEFT, right=RIGHT)


def test_without_asking_it_leaves() -> None:
    table = maintained(two_filters, left=LEFT)
    assert len(table.apply({"left": SourceChange(erased={"x": [1]})}).removed) == 1
    check(table, two_filters, left=LEFT)


def test_it_stays_through_later_requests_until_its_record_goes() -> None:
    table = maintained(two_filters, left=LEFT)
    table.apply({"left": SourceChange(erased={"x": [1]})}, keep_rows=True)
    for change in (
        SourceChange(deleted=[0]),
        SourceChange(erased={"k": [1]}),
        SourceChange(erased={"x": [3]}),
    ):
        table.apply({"left": change})
        check(table, two_filters, left=LEFT)
    assert len(table.rows) == 1
    table.apply({"left": SourceChange(deleted=[1])})
    assert not table.rows
    check(table, two_filters, left=LEFT)


def test_a_row_that_had_left_does_not_come_back() -> None:
    table = maintained(two_filters, left=LEFT)
    table.apply({"left": SourceChange(erased={"x": [1]})})
    table.apply({"left": SourceChange(erased={"y": [1, 3]})}, keep_rows=True)
    assert len(table.rows) == 1
    check(table, two_filters, left=LEFT)


def test_rows_of_a_group_have_no_identity_to_keep() -> None:
    def prepare(left: Any) -> Any:
        sums = left.groupby("k", as_index=False).agg({"x": "sum"})
        return sums[sums["x"] > 2]

    table = maintained(prepare, left=LEFT)
    table.apply({"left": SourceChange(erased={"x": [0]})}, keep_rows=True)
    check(table, prepare, left=LEFT)


def test_a_run_that_was_told_keeps_the_same_and_can_tell_it_again() -> None:
    table = maintained(two_filters, left=LEFT)
    table.apply({"left": SourceChange(erased={"x": [1, 3]})}, keep_rows=True)
    kept = kept_rows(table.captured.plan, table.captured.rows)
    again = capture(two_filters, table.sources.inputs({"left": LEFT}), kept=kept)
    told = kept_rows(again.plan, again.rows)
    assert {number: keys.tolist() for number, keys in told.items()} == {
        number: keys.tolist() for number, keys in kept.items()
    }
    rest = Maintained(again)
    rest.apply({"left": SourceChange(deleted=[3])})
    check(rest, two_filters, left=LEFT)


def test_operations_that_go_by_a_key_are_found() -> None:
    def prepare(left: Any, right: Any) -> Any:
        left = left[(left["x"] > 1) & (left["y"] >= 0) & (left["k"] != "c")]
        sums = left.groupby("y", as_index=False).agg({"x": "sum"})
        known = left[left["k"].isin(["a", "b"])]
        return known.merge(right, on="k").merge(sums, on="y", suffixes=("", "_sum"))

    plan = capture(prepare, {"left": LEFT, "right": RIGHT}).plan

    def found(source: str, column: str) -> list[str]:
        return [node.operation for node in keyed_by(plan, source, [column])]

    assert found("left", "x") == []
    assert found("left", "y") == ["aggregate", "merge"]
    assert found("left", "k") == ["merge"]
    assert found("right", "z") == []
    assert found("right", "k") == ["merge"]


def test_a_look_up_goes_by_the_other_tables_key_only() -> None:
    plan = capture(
        lambda left, right: left[left["k"].isin(right["k"])], {"left": LEFT, "right": RIGHT}
    ).plan
    assert keyed_by(plan, "left", ["k"]) == []
    assert [node.operation for node in keyed_by(plan, "right", ["k"])] != []
