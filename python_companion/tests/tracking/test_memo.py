"""User functions are called once for each distinct input, and never again for unchanged rows."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from typing import Any

import numpy as np
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

import palimpsest.pandas as pd
from palimpsest.tracking import Cells, SourceChange, TrackingWarning, capture
from palimpsest.tracking.functions import (
    argument_bytes,
    decode_result,
    digests_of,
    encode_result,
    function_ref,
)

from .oracle import Maintained


class Counting:
    """A function that counts its calls by argument."""

    def __init__(self, function: Any) -> None:
        self.function = function
        self.calls: Counter[str] = Counter()

    def __call__(self, value: Any) -> Any:
        self.calls[repr(value)] += 1
        return self.function(value)


FRAME = pandas.DataFrame({"t": ["a", "b", "a", "c", "b"], "x": [1, 1, 2, 3, 3]})


def test_a_function_is_called_once_for_each_distinct_input() -> None:
    function = Counting(str.upper)

    def prepare(source: Any) -> Any:
        kept = source[source["t"].map(function) != "C"]
        return kept.assign(u=kept["t"].map(function))

    captured = capture(prepare, {"source": FRAME})
    assert function.calls == {"'a'": 1, "'b'": 1, "'c'": 1}
    assert captured.frame["u"].tolist() == ["A", "B", "A", "B"]


def test_calls_are_counted_over_all_ways_to_call_a_function() -> None:
    one = Counting(lambda value: f"{value}!")
    rows: Counter[Any] = Counter()
    bound = Counting(lambda value: value)
    frame = FRAME.assign(c=FRAME["t"].astype("category"))

    def row(cells: Any) -> Any:
        rows[cells["t"], cells["x"]] += 1
        return cells["t"] * cells["x"]

    def prepare(source: Any) -> Any:
        doubled = pd.concat([source, source])
        mapped = doubled.assign(a=doubled["t"].map(one), b=doubled["t"].apply(one))
        mapped["c"] = mapped["c"].map(one)
        mapped["row"] = mapped.apply(row, axis=1)
        return mapped.assign(d=mapped["x"].map(bound))

    captured = capture(prepare, {"source": frame})
    assert one.calls == {"'a'": 1, "'b'": 1, "'c'": 1}
    assert sorted(rows.values()) == [1] * len(FRAME[["t", "x"]].drop_duplicates())
    assert set(bound.calls.values()) == {1}
    assert len(captured.frame) == 10


@given(st.lists(st.sampled_from(["a", "b", "c", None, 1, 1.0, True]), max_size=8), st.data())
def test_calls_are_the_distinct_inputs(values: list[Any], data: st.DataObject) -> None:
    function = Counting(str)
    frame = pandas.DataFrame({"t": pandas.Series(values, dtype=object)})
    table = Maintained(
        capture(lambda source: source.assign(n=source["t"].map(function)), {"source": frame})
    )
    distinct = {(type(value), value) for value in values}
    assert sum(function.calls.values()) == len(distinct)
    function.calls.clear()
    if values:
        rows = data.draw(st.lists(st.integers(0, len(values) - 1), unique=True))
        known = {(type(v), v) for i, v in enumerate(values)}
        new = [data.draw(st.sampled_from(["a", "new", "newer"])) for _ in rows]
        cells = Cells(rows, pandas.Series(new, dtype=object))
        table.apply({"source": SourceChange(rectified={"t": cells})})
        assert sum(function.calls.values()) == len({(str, v) for v in new} - known)


def test_functions_made_at_one_place_are_told_apart_by_what_they_hold() -> None:
    tables = {"first": {"a": 1, "b": 2}, "second": {"a": 10, "b": 20}}

    class Times:
        def __init__(self, factor: int) -> None:
            self.factor = factor

        def __call__(self, value: Any) -> Any:
            return value * self.factor

        def method(self, value: Any) -> Any:
            return value * self.factor

    def prepare(source: Any) -> Any:
        for name, table in tables.items():
            source[name] = source["t"].map(lambda value: table.get(value, 0))  # noqa: B023
        for factor in (2, 3):
            times = Times(factor)
            source[f"object {factor}"] = source["x"].map(times)
            source[f"method {factor}"] = source["x"].map(times.method)
            source[f"partial {factor}"] = source["x"].map(partial(pow, factor))
            source[f"nested {factor}"] = source["x"].map(lambda value: 1 + times(value))  # noqa: B023
            source[f"given {factor}"] = source["x"].apply(pow, args=(factor,))
        return source

    frame = FRAME[FRAME["t"] != "c"].reset_index(drop=True)
    pandas.testing.assert_frame_equal(
        capture(prepare, {"source": frame}).frame, prepare(frame.copy())
    )


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "boolean", "string", "str", "category"])
def test_a_result_has_the_dtype_that_pandas_gives_it(dtype: str) -> None:
    cells = {"boolean": [True, None, False], "string": ["a", None, "b"]}.get(dtype, [1, None, 2])
    if dtype == "str" and pandas.__version__ < "3":
        pytest.skip("pandas 3 has it")
    values = pandas.Series(cells, dtype=dtype)
    for function in (lambda value: len(str(value)), str, lambda value: len(str(value)) > 3):
        calls = Counting(function)
        frame = pd.DataFrame({"v": values})
        pandas.testing.assert_series_equal(
            frame["v"].map(calls)._held, values.rename("v").map(function)
        )
        assert set(calls.calls.values()) == {1}


def test_a_function_that_refers_to_itself_has_an_id() -> None:
    def again(value: Any) -> Any:
        return value if value < 2 else again(value - 1)

    assert function_ref(again, None).id == function_ref(again, None).id


def test_maintenance_calls_nothing_and_needs_no_function() -> None:
    function = Counting(str.upper)

    def prepare(source: Any) -> Any:
        kept = source.drop_duplicates("x", keep="last")
        return kept.assign(u=kept["t"].map(function))

    table = Maintained(capture(prepare, {"source": FRAME.assign(t=list("ababa"))}))
    function.calls.clear()
    table.apply({"source": SourceChange(deleted=[1])}, functions={})
    table.apply({"source": SourceChange(erased={"t": [2]})}, functions={})
    assert not function.calls


def test_a_result_is_released_with_the_last_row_that_uses_it() -> None:
    def prepare(source: Any) -> Any:
        return source.assign(u=source["t"].map(str.upper))

    captured = capture(prepare, {"source": FRAME})
    table = Maintained(captured)
    assert len(captured.memo) == 3  # type: ignore[arg-type]
    table.apply({"source": SourceChange(deleted=[0])})
    assert len(captured.memo) == 3  # type: ignore[arg-type]
    table.apply({"source": SourceChange(deleted=[2], erased={"t": [3]})})
    assert len(captured.memo) == 1  # type: ignore[arg-type]


def test_arguments_of_different_types_are_different() -> None:
    mixed = pandas.DataFrame({"v": pandas.Series([True, 1, 1.0, "1", None, np.nan], dtype=object)})
    function = Counting(lambda value: type(value).__name__)
    captured = capture(lambda source: source.assign(n=source["v"].map(function)), {"source": mixed})
    assert captured.frame["n"].tolist() == ["bool", "int", "float", "str", "NoneType", "float"]
    assert sum(function.calls.values()) == 6


def test_results_keep_their_types() -> None:
    values = {"a": True, "b": 1, "c": None}
    frame = pandas.DataFrame({"t": ["a", "b", "c", "c"]})
    plan = lambda source: source.assign(n=source["t"].map(lambda key: values[key]))
    table = Maintained(capture(plan, {"source": frame}))
    table.apply({"source": SourceChange(deleted=[3])})
    assert list(table.rows.values()) == [("a", ("bool", True)), ("b", 1), ("c", None)]


def test_results_that_cannot_be_kept_are_named() -> None:
    with pytest.warns(TrackingWarning, match="cannot be kept"):
        captured = capture(
            lambda source: source.assign(n=source["t"].map(lambda key: {key: 1})), {"source": FRAME}
        )
    assert len(captured.memo) == 0  # type: ignore[arg-type]


def test_missing_values_are_ignored_on_request() -> None:
    frame = pandas.DataFrame({"t": ["a", None, "b"]})
    function = Counting(str.upper)
    captured = capture(
        lambda source: source.assign(u=source["t"].map(function, na_action="ignore")),
        {"source": frame},
    )
    expected = frame.assign(u=frame["t"].map(str.upper, na_action="ignore"))
    pandas.testing.assert_frame_equal(captured.frame, expected)
    assert len(function.calls) == 2


def test_a_function_works_outside_a_capture() -> None:
    frame = pd.DataFrame({"t": ["a", "b", "a"]})
    function = Counting(str.upper)
    assert frame["t"].map(function).tolist() == ["A", "B", "A"]
    assert sum(function.calls.values()) == 2


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.just(pandas.NaT),
    st.just(pandas.NA),
    st.integers(0, 2**40).map(lambda n: pandas.Timestamp(n, unit="us")),
    st.floats(width=32).map(np.float32),
    st.lists(st.floats(allow_nan=False), max_size=3).map(np.array),
)


@given(SCALARS)
def test_a_result_survives_the_memo(value: Any) -> None:
    back = decode_result(json.loads(json.dumps(encode_result(value))))
    assert type(back) is type(value)
    assert argument_bytes(back) == argument_bytes(value)


@given(SCALARS, SCALARS)
def test_different_arguments_have_different_digests(one: Any, other: Any) -> None:
    same = type(one) is type(other) and argument_bytes(one) == argument_bytes(other)
    digests = digests_of([one, other], "0123456789abcdef")
    assert (digests[0] == digests[1]) == same
    assert digests_of([one], "another key.....") != digests[:1]


@pytest.mark.parametrize(
    "values",
    [
        np.array([1.5, -0.0, 0.0, np.nan, 1.5, np.inf]),
        np.array([1.5, 1.5, -2.0], dtype=np.float32),
        np.array([3, 1, 3], dtype=np.int8),
        np.array([True, False, True]),
        np.array([], dtype=np.int64),
    ],
    ids=str,
)
def test_a_function_gets_the_numbers_that_pandas_gives_it(values: Any) -> None:
    calls: list[str] = []

    def told(value: Any) -> str:
        calls.append(f"{type(value).__name__} {value!r}")
        return calls[-1]

    frame = pandas.DataFrame({"x": values})
    expected = [f"{type(value).__name__} {value!r}" for value in frame["x"].astype(object)]
    captured = capture(lambda one: one.assign(y=one["x"].map(told)), {"one": frame})
    assert captured.frame["y"].tolist() == expected
    assert len(calls) == len(set(expected))
