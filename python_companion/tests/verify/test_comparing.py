"""Comparing: equal is equal in any order, and every change is found where it was made."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from palimpsest.verify.checks import Mask
from palimpsest.verify.checks.arrays import compare_arrays, unstable_part
from palimpsest.verify.checks.cells import same
from palimpsest.verify.checks.rows import compare_tables, unstable_columns
from palimpsest.verify.inside.observation import file_table
from palimpsest.verify.storing import load, save
from palimpsest.verify.values import (
    Array,
    Cell,
    NotObservable,
    Parts,
    Table,
    array_of,
    cell,
    table_of,
)

CELLS: st.SearchStrategy[Cell] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.sampled_from([0.5, 1.0, 1e300, -0.25, 1 / 3]),
    st.sampled_from(["", "a", "A", "a ", "nan", "None", "1", "01", "True", "x\ty"]),
)


@st.composite
def tables(draw: st.DrawFn, smallest: int = 0) -> Table:
    width = draw(st.integers(1, 3))
    row = st.lists(CELLS, min_size=width, max_size=width)
    rows: list[list[Cell]] = draw(st.lists(row, min_size=smallest, max_size=8))
    return Table([f"c{i}" for i in range(width)], rows)


@given(tables(), st.randoms(use_true_random=False))
def test_a_table_equals_itself_in_any_order(table: Table, random: Any) -> None:
    shuffled = [list(row) for row in table.rows]
    random.shuffle(shuffled)
    other = Table(table.columns, shuffled)

    unordered = Table(table.columns, table.rows, ordered=False)
    assert compare_tables(unordered, other, Mask()).mismatch is None
    found = compare_tables(table, other, Mask()).mismatch
    assert (found is None) == _same_rows(table.rows, shuffled)
    assert found is None or found.kind == "order"


def _same_rows(left: list[list[Cell]], right: list[list[Cell]]) -> bool:
    pairs = zip(left, right, strict=True)
    return all(same(a, b, False) for x, y in pairs for a, b in zip(x, y, strict=True))


@given(tables(smallest=1), st.data())
def test_a_changed_cell_is_found(table: Table, data: st.DataObject) -> None:
    row = data.draw(st.integers(0, len(table.rows) - 1))
    column = data.draw(st.integers(0, len(table.columns) - 1))
    value = data.draw(CELLS)
    assume(not same(table.rows[row][column], value, False))
    changed = [list(cells) for cells in table.rows]
    changed[row][column] = value

    found = compare_tables(
        Table(table.columns, table.rows, ordered=False), Table(table.columns, changed), Mask()
    ).mismatch

    assert found is not None
    masked = compare_tables(
        Table(table.columns, table.rows, ordered=False),
        Table(table.columns, changed),
        Mask({"": {column}}),
    )
    assert masked.mismatch is None


@given(tables(smallest=1), st.data())
def test_a_lost_or_doubled_row_is_found(table: Table, data: st.DataObject) -> None:
    row = data.draw(st.integers(0, len(table.rows) - 1))
    fewer = Table(table.columns, table.rows[:row] + table.rows[row + 1 :])
    more = Table(table.columns, [*table.rows, table.rows[row]])

    lost = compare_tables(table, fewer, Mask()).mismatch
    doubled = compare_tables(table, more, Mask()).mismatch

    assert lost is not None
    assert (lost.kind, lost.rewritten) == ("row", "no such row")
    assert doubled is not None
    assert (doubled.kind, doubled.original) == ("row", "no such row")


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.floats(-1e6, 1e6), st.floats(-1, 1)),
        min_size=1,
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_noise_below_the_tolerance_is_no_difference(
    rows: list[tuple[str, float, float]], random: Any
) -> None:
    noisy = [
        [k, a * (1 + 1e-12 * random.random()), b + 1e-12 * random.random()] for k, a, b in rows
    ]
    random.shuffle(noisy)
    original = Table(["k", "a", "b"], [list(row) for row in rows], ordered=False)

    assert compare_tables(original, Table(["k", "a", "b"], noisy), Mask()).mismatch is None


@pytest.mark.parametrize(
    ("original", "rewritten", "equal"),
    [
        ("True", True, True),
        ("1", True, False),
        ("1", 1, True),
        ("1.0", 1, True),
        ("1.50", 1.5, True),
        ("1.5", 1.5000000001, True),
        ("1.5", 1.50001, False),
        ("007", 7, False),
        ("+7", 7, False),
        ("1_0", 10, False),
        ("nan", None, True),
        ("None", None, True),
        ("", None, False),
        ("a", "a ", False),
        ("2024-01-02", {"type": "time", "text": "2024-01-02 00:00:00"}, True),
        ("2024-01-03", {"type": "time", "text": "2024-01-02 00:00:00"}, False),
    ],
)
def test_text_equals_what_would_have_been_written(
    original: str, rewritten: Cell, equal: bool
) -> None:
    assert same(original, rewritten, True) is equal


@pytest.mark.parametrize(
    ("first", "second", "equal"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (1, "1", False),
        (None, "", False),
        (None, None, True),
        (2**60, 2**60 + 1, False),
        (math.inf, math.inf, True),
        (math.inf, -math.inf, False),
    ],
)
def test_families_of_values_are_kept_apart(first: Cell, second: Cell, equal: bool) -> None:
    assert same(first, second, False) is equal
    assert same(second, first, False) is equal


@pytest.mark.parametrize(
    "value", [float("nan"), np.nan, pd.NA, pd.NaT, None, np.datetime64("NaT"), np.float32("nan")]
)
def test_all_missing_values_are_one(value: object) -> None:
    assert cell(value) is None


def test_columns_of_a_file_match_by_name_or_else_by_place() -> None:
    original = file_table("1\ta\n2\tb\n", "\t", ["i", "k"])

    named = compare_tables(original, Table(["k", "i"], [["a", 1], ["b", 2]]), Mask())
    placed = compare_tables(original, Table(["x", "y"], [[1, "a"], [2, "b"]]), Mask())
    fewer = compare_tables(original, Table(["i"], [[1], [2]]), Mask())
    more = compare_tables(original, Table(["i", "k", "z"], [[1, "a", 0], [2, "b", 0]]), Mask())

    assert named.mismatch is None
    assert placed.mismatch is None
    assert "by position" in placed.notes[0]
    assert fewer.mismatch is not None
    assert fewer.mismatch.kind == "shape"
    assert more.mismatch is None
    assert "further columns: z" in more.notes[0]


def test_a_frames_columns_are_part_of_it() -> None:
    original = Table(["i"], [[1]])

    found = compare_tables(original, Table(["i", "z"], [[1, 0]]), Mask()).mismatch

    assert found is not None
    assert found.detail == "the columns differ"


def test_columns_of_one_name_are_not_taken_for_each_other() -> None:
    twice = Table(["a", "a"], [[1, 2]])

    assert compare_tables(twice, Table(["a", "a"], [[1, 2]]), Mask()).mismatch is None
    assert compare_tables(twice, Table(["a", "a"], [[1, 3]]), Mask()).mismatch is not None
    assert compare_tables(twice, Table(["a"], [[1]]), Mask()).mismatch is not None
    assert compare_tables(twice, Table(["a", "b"], [[1, 2]]), Mask()).mismatch is not None


def test_a_header_line_and_embedded_separators_are_understood() -> None:
    header = file_table("i\tk\n1\ta\n", "\t", [])
    broken = file_table("1\ta\tb\n", "\t", ["i", "k"])

    assert compare_tables(header, Table(["i", "k"], [[1, "a"]]), Mask()).mismatch is None
    assert compare_tables(broken, Table(["i", "k"], [[1, "a\tb"]]), Mask()).mismatch is not None


@given(
    hnp.arrays(
        np.float64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=5), elements=st.floats(-9, 9)
    ),
    st.data(),
)
def test_a_changed_number_of_a_matrix_is_found_in_its_place(data: Any, draw: st.DataObject) -> None:
    row = draw.draw(st.integers(0, data.shape[0] - 1))
    column = draw.draw(st.integers(0, data.shape[1] - 1))
    changed = data.copy()
    changed[row, column] += 100.0

    assert compare_arrays(Array(data), Array(data.copy()), Mask()).mismatch is None
    found = compare_arrays(Array(data), Array(changed), Mask()).mismatch
    assert found is not None
    assert (found.kind, found.row, found.position) == ("cell", row, column)
    assert compare_arrays(Array(data), Array(changed), Mask({"": {column}})).mismatch is None


def test_missing_numbers_are_equal_and_constant_columns_excused_on_mutated_inputs_only() -> None:
    original = Array(np.array([[1.0, np.nan], [np.nan, np.nan]]))
    rewritten = Array(np.array([[1.0, 0.0], [np.nan, 0.0]]))

    assert compare_arrays(original, original, Mask()).mismatch is None
    assert compare_arrays(original, rewritten, Mask()).mismatch is not None
    excused = compare_arrays(original, rewritten, Mask(), mutated=True)
    assert excused.mismatch is None
    assert "constant" in excused.notes[0]


def test_rows_of_a_matrix_in_another_order_are_said_to_be_that() -> None:
    data = np.arange(6.0).reshape(3, 2)

    found = compare_arrays(Array(data), Array(data[::-1]), Mask()).mismatch

    assert found is not None
    assert found.kind == "order"


@given(tables(smallest=1))
def test_two_equal_runs_leave_nothing_out(table: Table) -> None:
    assert unstable_columns(table, table) == Mask()


def test_unstable_parts_are_named() -> None:
    first, second = np.zeros((3, 2)), np.zeros((3, 2))
    second[1, 1] = 1.0

    found = unstable_part(Array(first), Array(second))

    assert isinstance(found, Mask)
    assert found.of("") == {1}
    assert isinstance(unstable_part(Array(first), Array(first + 1)), str)
    assert isinstance(unstable_part(Array(first), Array(first[:2])), str)


@given(tables(), hnp.arrays(np.float64, (2, 3)))
def test_results_survive_the_way_out_of_the_sandbox(
    tmp_path_factory: pytest.TempPathFactory, table: Table, data: Any
) -> None:
    folder: Path = tmp_path_factory.mktemp("result")
    save(Parts({"rows": table, "X": Array(data, ["a", "b", "c"])}, 7), folder)

    found = load(folder)

    assert isinstance(found, Parts)
    assert found.rows == 7
    assert found.parts["rows"] == table
    read = found.parts["X"]
    assert isinstance(read, Array)
    np.testing.assert_array_equal(read.data, data)


@pytest.mark.parametrize(
    ("value", "columns", "rows"),
    [
        ([(1, "a"), (2, "b")], ["0", "1"], [[1, "a"], [2, "b"]]),
        ([{"i": 1}, {"i": 2, "k": "b"}], ["i", "k"], [[1, None], [2, "b"]]),
        ({"i": [1, 2], "k": ["a", "b"]}, ["i", "k"], [[1, "a"], [2, "b"]]),
        ({"a": (1, 2), "b": (3, 4)}, ["0", "1", "2"], [["a", 1, 2], ["b", 3, 4]]),
        (pd.DataFrame({"i": [1, 2]}), ["i"], [[1], [2]]),
        (pd.Series([1.5, None], name="v"), ["v"], [[1.5], [None]]),
        (
            pd.DataFrame({"k": ["a", "a"], "v": [1, 2]}).groupby("k").sum(),
            ["k", "v"],
            [["a", 3]],
        ),
        (pd.DataFrame({"v": [1, 2]}, index=[7, 8]), ["v"], [[1], [2]]),
        ([1, 2], ["value"], [[1], [2]]),
        (np.eye(2), ["0", "1"], [[1.0, 0.0], [0.0, 1.0]]),
    ],
)
def test_rows_of_many_shapes(value: object, columns: list[str], rows: list[list[Cell]]) -> None:
    table = table_of(value)

    assert table.columns == columns
    assert table.rows == rows


def test_what_has_no_rows_says_so() -> None:
    with pytest.raises(NotObservable, match="type int has no rows"):
        table_of(3)
    with pytest.raises(NotObservable, match="3 dimensions"):
        array_of(np.zeros((1, 1, 1)))


def test_a_frame_without_rows_and_columns_says_nothing_of_columns_but_of_rows() -> None:
    nothing = Table([], [])
    left = compare_tables(nothing, Table(["a", "b"], []), Mask())
    assert left.mismatch is None
    assert "names no columns" in left.notes[0]
    assert compare_tables(nothing, Table(["a"], [[1]]), Mask()).mismatch is not None
