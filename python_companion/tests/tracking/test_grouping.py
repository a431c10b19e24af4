"""The ways to write a group-by: equal to pandas, and tracked."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pandas
import pytest

import palimpsest.pandas as pd
from palimpsest.tracking import TrackingWarning

FRAME = pandas.DataFrame(
    {
        "k": [1.0, 2.0, 2.0, None, 1.0],
        "t": ["a", "B", "b", "a", None],
        "x": [1, 2, 3, 4, 5],
        "y": [0.5, None, 1.5, 2.5, None],
        "c": pandas.Categorical(["u", "v", "u", None, "v"], categories=["v", "u", "w"]),
    }
)

TRACKED: list[Callable[[Any], Any]] = [
    lambda f: f.groupby("k").agg(a=("x", "sum"), b=("y", "mean")),
    lambda f: f.groupby("k", as_index=False).agg(a=("x", "sum")),
    lambda f: f.groupby(["k", "t"])["x"].sum(),
    lambda f: f.groupby(["k", "t"], dropna=False)["x"].sum(),
    lambda f: f.groupby("k", sort=False)[["x", "y"]].max(),
    lambda f: f.groupby("k")["x"].agg(["min", "max"]),
    lambda f: f.groupby("k")["x"].agg(low="min", high="max"),
    lambda f: f.groupby("k").agg({"x": "sum", "y": "count"}),
    lambda f: f.groupby("k").size(),
    lambda f: f.groupby("k")["x"].size(),
    lambda f: f.groupby("k", as_index=False).size(),
    lambda f: f.groupby("k").first(),
    lambda f: f.groupby("k").last(),
    lambda f: f.groupby("k").sum(numeric_only=True),
    lambda f: f.groupby("c", observed=True)["x"].sum(),
    lambda f: f.groupby("k")["x"].transform("sum"),
    lambda f: f.groupby("k", dropna=False)[["x", "y"]].transform("mean"),
    lambda f: f.groupby("k")["y"].ffill(),
    lambda f: f.groupby("k")["x"].shift(-1),
    lambda f: f.groupby("k")["x"].rank(ascending=False, method="dense"),
    lambda f: f.groupby("k")["x"].diff(),
    lambda f: f.groupby("k").cumcount(ascending=False),
    lambda f: f.groupby("k").head(1),
    lambda f: f.groupby("k", dropna=False).tail(1),
    lambda f: f.groupby("k")["x"].head(1),
    lambda f: f.groupby(f["t"].str.lower())["x"].sum(),
    lambda f: f.groupby(f["t"].str.lower()).size(),
    lambda f: f.groupby([f["t"].str.lower(), "k"])["x"].mean(),
    lambda f: f.groupby((f["x"] > 2).rename("big")).agg({"y": "sum", "x": "count"}),
    lambda f: f["x"].groupby(f["k"]).max(),
    lambda f: f["x"].groupby(f["t"].str.upper()).transform("sum"),
]

LEFT_TO_PANDAS: list[Callable[[Any], Any]] = [
    lambda f: f.groupby(f["t"].str.lower())["t"].first(),
    lambda f: f.groupby(f["t"].str.lower())[["x", "t"]].first(),
    lambda f: f.groupby(f["t"].str.lower()).first(),
    lambda f: f.groupby(lambda place: place % 2)["x"].sum(),
    lambda f: f.groupby("k")["x"].agg(lambda values: values.max() - values.min()),
    lambda f: f.groupby("k").agg({"x": ["min", "max"]}),
    lambda f: f.groupby("c", observed=False)["x"].sum(),
    lambda f: f.groupby("k")["x"].quantile(0.5),
    lambda f: f.groupby("k").head(-1),
    lambda f: f["x"].groupby([0, 0, 1, 1, 1]).sum(),
]


def check(result: Any, expected: Any) -> None:
    if isinstance(expected, pandas.DataFrame):
        pandas.testing.assert_frame_equal(result._held, expected)
    else:
        pandas.testing.assert_series_equal(result._held, expected)


@pytest.mark.parametrize("compute", TRACKED)
def test_a_tracked_way_to_group(compute: Callable[[Any], Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", TrackingWarning)
        result = compute(pd.DataFrame(FRAME))
    check(result, compute(FRAME))


@pytest.mark.parametrize("compute", LEFT_TO_PANDAS)
def test_a_way_to_group_that_is_left_to_pandas(compute: Callable[[Any], Any]) -> None:
    with pytest.warns(TrackingWarning):
        result = compute(pd.DataFrame(FRAME))
    check(result, compute(FRAME))
