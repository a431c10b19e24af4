"""Row provenance against removal, column provenance against perturbation."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import palimpsest.pandas as pd
from palimpsest.tracking import (
    BOOLEAN,
    COUNTING,
    MIN_COST,
    Captured,
    FullRerun,
    UntraceableError,
    capture,
    column_lineage,
    forward_from,
    lineage,
    polynomial,
)
from palimpsest.tracking.elementwise import ELEMENTWISE
from palimpsest.tracking.expressions import Call, walk
from palimpsest.tracking.operations import OPERATIONS
from palimpsest.tracking.operations.base import Family
from palimpsest.tracking.soundness import check

from .oracle import cells
from .programs import FUNCTIONS, REFUSED, Program, programs

SPJU = (
    "select", "filter_rows", "assign", "set_item", "rename", "drop", "construct", "concat",
    "explode", "inner_merge", "sort_values", "reset_index", "dropna", "query", "loc", "whole_frame",
    "conditional", "apply", "cross_merge", "set_index", "stack_series", "sort_by_key",
)  # fmt: skip
"""Operations whose result rows depend on nothing but the rows they are made of."""

MORE = settings(max_examples=2 * settings().max_examples)


def by_rows_alone(captured: Captured) -> bool:
    """Say whether no cell depends on which other rows there are, by its value or by its dtype."""
    for node in captured.plan.nodes:
        operation = OPERATIONS[node.operation]
        if operation.keeps_rows and operation.family is not Family.ROWS:
            return False
    try:
        check(captured.plan)
    except FullRerun:
        return False
    return True


def run(program: Program, sources: dict[str, pandas.DataFrame] | None = None) -> Captured:
    return capture(program.prepare(pd), sources or program.sources)


@given(programs(only=SPJU), st.data())
@MORE
def test_removing_a_row_removes_exactly_what_is_derived_from_it(
    program: Program, data: st.DataObject
) -> None:
    captured = run(program)
    assume(by_rows_alone(captured))
    name = data.draw(
        st.sampled_from([n for n in captured.sources if len(program.sources[n])] or [""])
    )
    assume(name)
    gone = data.draw(st.integers(0, len(program.sources[name]) - 1))
    reached = forward_from(captured.plan, captured.rows, name, np.array([gone]), captured.output)
    kept = [
        row for i, row in enumerate(cells(captured.frame, {})) if i not in set(reached.tolist())
    ]
    fewer = program.sources[name].drop(index=gone).reset_index(drop=True)
    try:
        rerun = run(program, {**program.sources, name: fewer})
    except REFUSED:
        return  # plain pandas does not run on the emptied table either
    assert Counter(cells(rerun.frame, {})) == Counter(kept)


@given(programs(only=(*SPJU, "aggregate")), st.data())
@MORE
def test_rows_that_do_not_name_a_removed_record_stay_as_they_are(
    program: Program, data: st.DataObject
) -> None:
    captured = run(program)
    assume(by_rows_alone(captured) and any(len(program.sources[n]) for n in captured.sources))
    name = data.draw(st.sampled_from([n for n in captured.sources if len(program.sources[n])]))
    gone = data.draw(st.integers(0, len(program.sources[name]) - 1))
    fewer = program.sources[name].drop(index=gone).reset_index(drop=True)
    try:
        rerun = run(program, {**program.sources, name: fewer})
    except REFUSED:
        return
    before, after = by_derivation(captured), by_derivation(rerun)
    renamed = {
        tuple((s, row - (s == name and row > gone)) for s, row in made): rows
        for made, rows in before.items()
        if (name, gone) not in made
    }
    assert renamed == {made: after.get(made) for made in renamed}


def by_derivation(captured: Captured) -> dict[Any, Any]:
    """Result rows by the records that they name."""
    found: dict[Any, list[Any]] = {}
    rows = np.arange(len(captured.frame), dtype=np.int32)
    back = lineage(captured.plan, captured.rows, captured.output, rows)
    for row, values in enumerate(cells(captured.frame, {})):
        made = tuple(
            (captured.plan[scan].arguments["source"], record)
            for scan, records in back.items()
            for record in records.of(row).tolist()
        )
        found.setdefault(made, []).append(values)
    return {made: Counter(rows) for made, rows in found.items()}


@given(programs())
@MORE
def test_tracing_back_is_the_inverse_of_tracing_forward(program: Program) -> None:
    captured = run(program)
    rows = np.arange(len(captured.frame), dtype=np.int32)
    back = lineage(captured.plan, captured.rows, captured.output, rows)
    for name, scan in captured.sources.items():
        for row in range(len(scan.frame)):
            expected = {
                out
                for out in rows.tolist()
                for node in scan.scans
                if node in back and row in back[node].of(out)
            }
            found = forward_from(
                captured.plan, captured.rows, name, np.array([row]), captured.output
            )
            assert set(found.tolist()) == expected


@given(programs())
@MORE
def test_polynomials_name_the_rows_of_the_trace(program: Program) -> None:
    captured = run(program)
    rows = np.arange(min(5, len(captured.frame)), dtype=np.int32)
    back = lineage(captured.plan, captured.rows, captured.output, rows)
    for out in rows.tolist():
        derivation = polynomial(captured.plan, captured.rows, captured.output, out)
        named = {
            (captured.plan[node].arguments["source"], row)
            for node, traced in back.items()
            for row in traced.of(out).tolist()
        }
        assert derivation.variables() == named
        assert derivation.evaluate(COUNTING, lambda _: 1) >= 1


@given(programs(), st.data())
@MORE
def test_perturbing_a_column_changes_only_what_is_said_to_depend_on_it(
    program: Program, data: st.DataObject
) -> None:
    captured = run(program)
    assume(captured.sources)
    name = data.draw(st.sampled_from(sorted(captured.sources)))
    before = program.sources[name]
    column = data.draw(st.sampled_from(list(before.columns)))
    shuffled = data.draw(st.permutations(range(len(before))))
    changed = before.assign(**{column: before[column].to_numpy()[shuffled]})
    changed[column] = changed[column].astype(before[column].dtype)
    try:
        rerun = run(program, {**program.sources, name: changed})
    except REFUSED:
        return
    deps = column_lineage(captured.plan, captured.output)
    for out, one in deps.items():
        if (name, column) not in one.value | one.control:
            assert _column(rerun, out) == _column(captured, out)
        elif (name, column) not in one.value and not chooses(captured, out):
            assert_same_where_both_are(captured, rerun, out)
    if not any((name, column) in one.control for one in deps.values()):
        assert len(rerun.frame) == len(captured.frame)


def chooses(captured: Captured, name: Any) -> bool:
    """Say whether some cell may be chosen or computed by control: a condition, other rows, a look-up."""
    for node in captured.plan.nodes:
        operation = OPERATIONS[node.operation]
        if operation.groups_rows or (operation.keeps_rows and operation.family is not Family.ROWS):
            return True
        for expression in node.expressions.values():
            if any(
                isinstance(p, Call) and ELEMENTWISE[p.function].control for p in walk(expression)
            ):
                return True
    return False


def assert_same_where_both_are(before: Captured, after: Captured, name: Any) -> None:
    """What a column only decides are which rows there are, not the cells of those that stay."""
    place = list(before.frame.columns).index(name)
    old, new = by_derivation(before), by_derivation(after)
    for made in set(old) & set(new):
        assert {row[place] for row in old[made]} == {row[place] for row in new[made]}


def _column(captured: Captured, name: Any) -> list[Any]:
    return cells(captured.frame[[name]], {})


LEFT = pandas.DataFrame({"k": ["a", "b", "b"], "x": [1, 2, 3], "z": [0, 0, 1]})
RIGHT = pandas.DataFrame({"k": ["a", "b"], "y": [10, 20]})


def test_value_and_control_are_told_apart() -> None:
    def prepare(left: Any, right: Any) -> Any:
        kept = left[left["z"] == 0].merge(right, on="k")
        return pd.DataFrame(
            {"sum": kept["x"] + kept["y"], "big": kept["x"].where(kept["y"] > 10, 0)}
        )

    captured = capture(prepare, {"left": LEFT, "right": RIGHT})
    deps = column_lineage(captured.plan, captured.output)
    keys = {("left", "z"), ("left", "k"), ("right", "k")}
    assert deps["sum"].value == {("left", "x"), ("right", "y")}
    assert deps["sum"].control == keys
    assert deps["big"].value == {("left", "x")}
    assert deps["big"].control == keys | {("right", "y")}


def test_a_self_join_names_both_occurrences() -> None:
    captured = capture(lambda left: left.merge(left, on="k"), {"left": LEFT})
    texts = [
        str(polynomial(captured.plan, captured.rows, captured.output, row)) for row in range(5)
    ]
    assert texts == ["left[0]²", "left[1]²", "left[1]·left[2]", "left[1]·left[2]", "left[2]²"]


def test_a_group_is_the_sum_of_its_rows() -> None:
    captured = capture(
        lambda left: left.groupby("k", as_index=False).agg({"x": "sum"}), {"left": LEFT}
    )
    derivation = polynomial(captured.plan, captured.rows, captured.output, 1)
    assert str(derivation) == "left[1] + left[2]"
    assert derivation.evaluate(BOOLEAN, lambda variable: variable[1] != 1)
    assert derivation.evaluate(MIN_COST, lambda variable: float(variable[1])) == 1.0
    assert not derivation.evaluate(BOOLEAN, lambda _: False)


def test_the_group_key_reaches_the_result_through_the_index() -> None:
    captured = capture(
        lambda left: left.groupby("k").agg(total=("x", "sum")).reset_index(), {"left": LEFT}
    )
    deps = column_lineage(captured.plan, captured.output)
    assert deps["k"].value == {("left", "k")}
    assert deps["total"].value == {("left", "x")}
    assert ("left", "k") in deps["total"].control


def test_nothing_is_traced_through_what_is_untracked() -> None:
    with pytest.warns(UserWarning, match="not tracked"):
        captured = capture(lambda left: left.T.T, {"left": LEFT})
    with pytest.raises(UntraceableError, match="T"):
        lineage(captured.plan, captured.rows, captured.output, np.array([0]))


def test_functions_of_the_programs_are_pure() -> None:
    assert [function("a") for function in FUNCTIONS.values()] == ["A", 1, False, None]
