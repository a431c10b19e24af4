"""Shapes of plans that provenance gets wrong when it is done by column name or by value, one test each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas
import pytest

import palimpsest.pandas as pd
from palimpsest.tracking import Captured, capture, column_lineage, polynomial

LEFT = pandas.DataFrame(
    {
        "k": ["a", "b", "b"],
        "x": [1, 2, 3],
        "z": [0, 0, 1],
        "items": [["p", "q"], ["q"], []],
        "day": pandas.to_datetime(["2020-01-01", "2021-01-01", "2022-01-01"]),
    }
)
RIGHT = pandas.DataFrame({"k": ["a", "b"], "x": [10, 20], "y": [5, 6]})
OTHERS: dict[str, Callable[[pandas.Series], pandas.Series]] = {
    "k": lambda values: values + "?",
    "x": lambda values: values * 7 + 5,
    "y": lambda values: values * 3 + 1,
    "z": lambda values: 1 - values,
    "items": lambda values: values.map(lambda one: [*one, "new"]),
    "day": lambda values: values + pandas.Timedelta(400, "D"),
}

Columns = set[tuple[str, str]]


def run(prepare: Callable[..., Any], **sources: pandas.DataFrame) -> Captured:
    with_all = {"left": LEFT, "right": RIGHT, **sources}
    return capture(prepare, with_all)


def derivations(captured: Captured) -> list[str]:
    rows = range(len(captured.frame))
    return [str(polynomial(captured.plan, captured.rows, captured.output, row)) for row in rows]


def self_join(left: Any, right: Any) -> Any:
    return left[["k", "x"]].merge(left[["k", "z"]], on="k")[["x", "z"]]


def diamond(left: Any, right: Any) -> Any:
    small, large = left[left["x"] < 3], left[left["x"] > 1]
    return small.merge(large, on="k", suffixes=("_s", "_l"))[["x_s", "z_l"]]


def derived_chain(left: Any, right: Any) -> Any:
    one = left.assign(a=left["x"] + 1)
    two = one.assign(b=one["a"] * one["z"])
    two["a"] = two["day"].dt.year
    return two.assign(c=two["b"] + two["a"])[["c", "b"]]


def renames(left: Any, right: Any) -> Any:
    swapped = left.rename(columns={"x": "z", "z": "x"})
    return swapped.assign(out=swapped["x"] * 2)[["out", "z"]]


def suffixes(left: Any, right: Any) -> Any:
    joined = left.merge(right, on="k", suffixes=("", "_right"))
    return joined.assign(ratio=joined["x"] / joined["x_right"])[["ratio", "x"]]


def joined_back(left: Any, right: Any) -> Any:
    sums = left.groupby("k", as_index=False).agg(total=("x", "sum"))
    joined = left.merge(sums, on="k")
    return joined.assign(share=joined["x"] / joined["total"])[["share", "z"]]


def transformed(left: Any, right: Any) -> Any:
    return left.assign(total=left.groupby("k")["x"].transform("sum"))[["total", "z"]]


def exploded_groups(left: Any, right: Any) -> Any:
    exploded = left[["items", "x", "z"]].explode("items")
    return exploded.groupby("items", as_index=False).agg(best=("x", "max"), n=("z", "count"))


def union_with_itself(left: Any, right: Any) -> Any:
    return pd.concat([left[["k", "x"]], left[["k", "z"]].rename(columns={"z": "x"})])[["x"]]


def looked_up(left: Any, right: Any) -> Any:
    return left.assign(out=left["k"].map(right.set_index("k")["y"]))[["out", "x"]]


def chosen(left: Any, right: Any) -> Any:
    return left.assign(out=np.where(left["z"] > 0, left["x"], 0))[["out", "k"]]


def anti_join(left: Any, right: Any) -> Any:
    return left[~left["k"].isin(right[right["y"] > 5]["k"])][["x"]]


LK, LX, LZ, LI, LD = (("left", name) for name in ("k", "x", "z", "items", "day"))
RK, RX, RY = (("right", name) for name in ("k", "x", "y"))

CASES: list[tuple[Callable[..., Any], dict[str, tuple[Columns, Columns]], list[str]]] = [
    (
        self_join,
        {"x": ({LX}, {LK}), "z": ({LZ}, {LK})},
        ["left[0]²", "left[1]²", "left[1]·left[2]", "left[1]·left[2]", "left[2]²"],
    ),
    (
        diamond,
        {"x_s": ({LX}, {LK, LX}), "z_l": ({LZ}, {LK, LX})},
        ["left[1]²", "left[1]·left[2]"],
    ),
    (
        derived_chain,
        {"c": ({LX, LZ, LD}, set()), "b": ({LX, LZ}, set())},
        ["left[0]", "left[1]", "left[2]"],
    ),
    (renames, {"out": ({LZ}, set()), "z": ({LX}, set())}, ["left[0]", "left[1]", "left[2]"]),
    (
        suffixes,
        {"ratio": ({LX, RX}, {LK, RK}), "x": ({LX}, {LK, RK})},
        ["left[0]·right[0]", "left[1]·right[1]", "left[2]·right[1]"],
    ),
    (
        joined_back,
        {"share": ({LX}, {LK}), "z": ({LZ}, {LK})},
        ["left[0]²", "left[1]² + left[1]·left[2]", "left[1]·left[2] + left[2]²"],
    ),
    (
        transformed,
        {"total": ({LX}, {LK}), "z": ({LZ}, set())},
        ["left[0]", "left[1]", "left[2]"],
    ),
    (
        exploded_groups,
        {"items": ({LI}, {LI}), "best": ({LX}, {LI}), "n": ({LZ}, {LI})},
        ["left[0]", "left[0] + left[1]"],
    ),
    (
        union_with_itself,
        {"x": ({LX, LZ}, set())},
        ["left[0]", "left[1]", "left[2]"] * 2,
    ),
    (
        looked_up,
        {"out": ({RY}, {LK, RK}), "x": ({LX}, set())},
        ["left[0]", "left[1]", "left[2]"],
    ),
    (
        chosen,
        {"out": ({LX}, {LZ}), "k": ({LK}, set())},
        ["left[0]", "left[1]", "left[2]"],
    ),
    (anti_join, {"x": ({LX}, {LK, RK, RY})}, ["left[0]"]),
]
IDS = [case[0].__name__ for case in CASES]


@pytest.mark.parametrize(("prepare", "columns", "rows"), CASES, ids=IDS)
def test_columns_and_rows_are_traced(
    prepare: Callable[..., Any], columns: dict[str, tuple[Columns, Columns]], rows: list[str]
) -> None:
    captured = run(prepare)
    deps = column_lineage(captured.plan, captured.output)
    found = {name: (set(one.value), set(one.control)) for name, one in deps.items()}
    assert found == columns
    assert derivations(captured) == rows


@pytest.mark.parametrize(("prepare", "columns", "rows"), CASES, ids=IDS)
@pytest.mark.parametrize("source", ["left", "right"])
def test_other_values_change_what_is_computed_from_them_and_nothing_that_does_not_depend_on_them(
    prepare: Callable[..., Any],
    columns: dict[str, tuple[Columns, Columns]],
    rows: list[str],
    source: str,
) -> None:
    before = run(prepare)
    original = {"left": LEFT, "right": RIGHT}[source]
    for name in original.columns:
        changed = original.assign(**{name: OTHERS[name](original[name])})
        after = run(prepare, **{source: changed})
        for out, (value, control) in columns.items():
            same = before.frame[out].tolist() == after.frame[out].tolist()
            if (source, name) not in value | control:
                assert same, f"{out} changed with {source}.{name}"
            elif (source, name) in value and derivations(before) == derivations(after):
                assert not same or out == "n", f"{out} did not change with {source}.{name}"
