"""``query`` reads its text as pandas does."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas
import pytest

import palimpsest.pandas as pd
from palimpsest.tracking import TrackingWarning, capture, column_lineage

FRAME = pandas.DataFrame(
    {
        "a": [1, 2, 3, 4],
        "b": [4.0, None, 2.0, 1.0],
        "c": ["x", "y", None, "x"],
        "d": [True, False, True, False],
        "two words": [1, 0, 1, 0],
        "e": pandas.array(["x", None, "y", "x"], dtype="string"),
    }
)
LIMIT = 2
NAMES = ["x", "y"]

READ = [
    "a > 1",
    "a > 1 and b < 3",
    "a > 1 & b < 3",
    "a == 1 | a == 3",
    "not a == 1",
    "~d",
    "d",
    "d and a > 1",
    "1 < a <= 3",
    "a + b > 4",
    "a ** 2 - 1 >= a * 2",
    "-a < -2",
    "c == 'x'",
    'c != "x"',
    "e == 'x'",
    "e != 'x'",
    "'x' != e and a > 0",
    "a.max() > 3 and a > a.mean()",
    "c in ['x', 'y']",
    "c not in ['x']",
    "a in (1, 2)",
    "a == [1, 4]",
    "a != [1, 4]",
    "a > @LIMIT",
    "c in @NAMES",
    "`two words` == 1",
    "b.isna()",
    "b.notnull() and c.notna()",
    "c.str.contains('x', na=False)",
    "a.between(2, 3)",
    "  a > 1  ",
    "a > 1 and c == 'a & b'",
]


@pytest.mark.parametrize("text", READ)
def test_a_query_is_recorded_as_a_filter(text: str) -> None:
    expected = FRAME.query(text)
    with warnings.catch_warnings():
        warnings.simplefilter("error", TrackingWarning)
        result = pd.DataFrame(FRAME).query(text)
    pandas.testing.assert_frame_equal(result._held, expected)
    assert result._step.node.operation == "filter"


@pytest.mark.parametrize("text", ["index > 1", "a ** a.min() > 1", "sin(a) > 0"])
def test_what_is_left_to_pandas_is_never_silent(text: str) -> None:
    def run(frame: Any) -> Any:
        return frame.query(text)

    expected = run(FRAME)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", TrackingWarning)
        captured = capture(run, {"frame": FRAME})
    pandas.testing.assert_frame_equal(captured.frame, expected)
    assert caught or captured.escapes


def test_an_unknown_name_is_the_error_of_pandas() -> None:
    with pytest.raises(pandas.errors.UndefinedVariableError, match="nothing"):
        pd.DataFrame(FRAME).query("nothing > 1")


def test_local_variables_of_the_caller_are_seen() -> None:
    least = 3
    pandas.testing.assert_frame_equal(
        pd.DataFrame(FRAME).query("a >= @least")._held, FRAME[FRAME["a"] >= least]
    )


def test_columns_that_a_query_reads_decide() -> None:
    captured = capture(lambda frame: frame.query("a > 1 and b < 3")[["c"]], {"frame": FRAME})
    assert column_lineage(captured.plan, captured.output)["c"].control == {
        ("frame", "a"),
        ("frame", "b"),
    }


LABELS: list[tuple[Any, str]] = [
    (lambda f: f["c"].str[:4], "c.str[:4]"),
    (lambda f: f["c"].str[0], "c.str[0]"),
    (lambda f: f["c"].str[::-1], "c.str[::-1]"),
    (lambda f: f["a"].astype(bool), "a.astype(bool)"),
    (lambda f: f["a"].astype(np.dtype("int8")), "a.astype('int8')"),
    (lambda f: f["c"].isin({"y", "x"}), "c.isin({'x', 'y'})"),
    (lambda f: f["c"].map({"x": 1}), "c.map({'x': 1})"),
    (lambda f: f["a"] + np.int64(1), "(a + 1)"),
    (lambda f: np.log1p(f["a"]), "np.log1p(a)"),
    (lambda f: np.where(f["d"], f["a"], 0), "np.where(d, a, 0)"),
    (lambda f: f["a"].clip(lower=1), "a.clip(lower=1)"),
    (lambda f: pd.to_numeric(f["c"], errors="coerce"), "to_numeric(c, errors='coerce')"),
    (lambda f: pd.to_datetime(f["a"], unit="D").dt.year, "to_datetime(a, unit='D').dt.year"),
    (lambda f: f[["a", "b"]].sum(axis=1), "sum(a, b)"),
    (lambda f: f["c"].str.extract("(x)")[0], "0"),
    (lambda f: f["c"].map(str.upper, na_action="ignore"), "c.map(str.upper)"),
    (lambda f: ~f["d"], "~d"),
]


@pytest.mark.parametrize(("compute", "text"), LABELS, ids=[text for _, text in LABELS])
def test_expressions_read_as_a_person_would_write_them(compute: Any, text: str) -> None:
    assert str(compute(pd.DataFrame(FRAME))._expr) == text
