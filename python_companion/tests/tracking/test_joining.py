"""The ways to write a join: equal to pandas, and tracked."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pandas
import pytest

import palimpsest.pandas as pd
from palimpsest.tracking import TrackingWarning

LEFT = pandas.DataFrame({"k": ["a", "b", None, "b", "z"], "n": [1, 2, 2, 4, 5], "x": range(5)})
RIGHT = pandas.DataFrame(
    {"k": ["a", "b", "b", None], "n": [1, 2, 3, 2], "x": range(4), "y": [True] * 4}
)
KNOWN = pandas.DataFrame({"k": ["b", "a"], "u": [10, 20], "v": ["p", None], "w": [True, False]})

TRACKED: list[Callable[[Any, Any, Any, Any], Any]] = [
    *(
        lambda pd, f, g, h, how=how: f.merge(g, on="k", how=how)
        for how in ("inner", "left", "right", "outer", "left_anti", "right_anti")
        if not (pandas.__version__ < "3" and how.endswith("anti"))
    ),
    lambda pd, f, g, h: f.merge(g, how="cross"),
    lambda pd, f, g, h: f.merge(g),
    lambda pd, f, g, h: f.merge(g, on=["k", "n"], how="outer"),
    lambda pd, f, g, h: f.merge(g, left_on="n", right_on="x", suffixes=("_l", "_r")),
    lambda pd, f, g, h: f.merge(g, left_on=["k", "n"], right_on=["k", "x"], how="left"),
    lambda pd, f, g, h: f.merge(f, on="k"),
    lambda pd, f, g, h: f.merge(g, on="k", how="outer", indicator=True),
    lambda pd, f, g, h: f.merge(g, on="k", how="left", indicator="from"),
    lambda pd, f, g, h: f.merge(h, on="k", how="left", validate="m:1"),
    lambda pd, f, g, h: f.merge(h["k"], on="k"),
    lambda pd, f, g, h: f.merge(g, on="k", sort=True),
    lambda pd, f, g, h: pd.merge(f, g, "left", "k"),
    lambda pd, f, g, h: f[f["n"].isin(g["n"])],
    lambda pd, f, g, h: f[~f["k"].isin(g["k"])],
    lambda pd, f, g, h: f.assign(u=f["k"].map(h.set_index("k")["u"])),
    lambda pd, f, g, h: f.join(h.set_index("k"), on="k"),
    lambda pd, f, g, h: f.join(h.set_index("k")["v"], on="k"),
    lambda pd, f, g, h: f.set_index("x").join(h.set_index("k")[["w"]], on="k").reset_index(),
    lambda pd, f, g, h: pd.concat([f, g]),
    lambda pd, f, g, h: pd.concat([f, g, f], ignore_index=True, join="inner"),
    lambda pd, f, g, h: pd.concat([f[["k"]], f["n"] + 1], axis=1),
]

LEFT_TO_PANDAS: list[Callable[[Any, Any, Any, Any], Any]] = [
    lambda pd, f, g, h: f.merge(h.set_index("k"), left_on="k", right_index=True),
    lambda pd, f, g, h: f.join(h[["u"]]),
    lambda pd, f, g, h: f.join(h.set_index("k"), on="k", how="inner"),
    lambda pd, f, g, h: pd.concat([f, g], keys=["f", "g"]),
    lambda pd, f, g, h: pd.concat({"f": f, "g": g}),
    lambda pd, f, g, h: f.merge(KNOWN, on="k"),
    lambda pd, f, g, h: f.assign(c=f["k"].astype("category")).merge(g, left_on="c", right_on="x"),
]


@pytest.mark.parametrize("compute", TRACKED)
def test_a_tracked_way_to_join(compute: Callable[..., Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", TrackingWarning)
        result = compute(pd, pd.DataFrame(LEFT), pd.DataFrame(RIGHT), pd.DataFrame(KNOWN))
    pandas.testing.assert_frame_equal(result._held, compute(pandas, LEFT, RIGHT, KNOWN))


@pytest.mark.parametrize("compute", LEFT_TO_PANDAS)
def test_a_way_to_join_that_is_left_to_pandas(compute: Callable[..., Any]) -> None:
    with pytest.warns(TrackingWarning):
        result = compute(pd, pd.DataFrame(LEFT), pd.DataFrame(RIGHT), pd.DataFrame(KNOWN))
    pandas.testing.assert_frame_equal(result._held, compute(pandas, LEFT, RIGHT, KNOWN))


def test_a_failed_validation_is_the_error_of_pandas() -> None:
    with pytest.raises(pandas.errors.MergeError):
        pd.DataFrame(LEFT).merge(pd.DataFrame(RIGHT), on="k", validate="1:1")
