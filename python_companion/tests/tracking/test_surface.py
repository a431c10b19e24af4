"""What frames and series do besides computing: showing, escaping, falling back to pandas."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas
import pytest

import palimpsest.pandas as pd
from palimpsest.tracking import TrackingWarning, UnsupportedError, capture
from palimpsest.tracking.session import new_session

FRAME = pandas.DataFrame({"a": [1, 2, 3], "b": ["x", "y", None], "c": [1.5, None, 2.5]})


def tracked() -> Any:
    return pd.DataFrame(FRAME)


ESCAPES: list[Callable[[Any], Any]] = [
    len,
    lambda f: f.shape,
    lambda f: f.empty,
    lambda f: f.to_numpy(),
    lambda f: f.values,
    np.asarray,
    lambda f: float(f["a"].sum()),
    lambda f: f"{f['a'].mean():.1f}",
    lambda f: f["a"].max() if f["a"].max() > 1 else 0,
    lambda f: f["a"].fillna(f[f["a"] > 1]["a"].mean()),
    lambda f: f["a"] ** f["a"].min(),
    lambda f: f["a"].tolist(),
    lambda f: list(f["a"]),
    lambda f: f["a"].iloc[0],
    lambda f: len(f["a"]),
    lambda f: f.to_dict(),
    lambda f: f.index,
    lambda f: [row for _, row in f.iterrows()],
    lambda f: f["b"].unique(),
]


@pytest.mark.parametrize("read", ESCAPES)
def test_reading_values_is_an_escape_that_names_the_line(read: Callable[[Any], Any]) -> None:
    with new_session() as session:
        read(tracked())
    assert session.escapes
    assert session.escapes[0].location is not None
    assert session.escapes[0].location.file == __file__


QUIET: list[Callable[[Any], Any]] = [
    repr,
    lambda f: f._repr_html_(),
    lambda f: f.columns,
    lambda f: f.dtypes,
    lambda f: [name for name in f],  # noqa: C416
    lambda f: "a" in f,
    lambda f: f["a"].dtype,
    lambda f: f["a"].name,
    lambda f: f.b,
    lambda f: f.assign(d=lambda g: g["a"] + 1),
    lambda f: f.pipe(lambda g: g[["a"]]),
]


@pytest.mark.parametrize("look", QUIET)
def test_looking_at_a_frame_is_no_escape(look: Callable[[Any], Any]) -> None:
    with new_session() as session, warnings.catch_warnings():
        warnings.simplefilter("error")
        look(tracked())
    assert not session.escapes


UNTRACKED: list[Callable[[Any], Any]] = [
    lambda f: f.T,
    lambda f: f.describe(),
    lambda f: f["a"].rolling(2).mean(),
    lambda f: f["a"].expanding().sum(),
    lambda f: f.set_index("b", append=True),
    lambda f: f.iloc[[0, 2]],
    lambda f: f[["a", "c"]] * [1, 2],
    lambda f: f["a"] + [1, 2, 3],
    lambda f: f["a"].where(np.array([True, False, True])),
    lambda f: f["a"] + f[f["a"] > 1]["a"],
    lambda f: f.groupby("b")["a"].transform(lambda values: values.sum()),
    lambda f: f.pivot_table(index="b", values="a"),
    lambda f: f["a"].add(f["c"], level=0),
    lambda f: f.merge(FRAME, on="a"),
    lambda f: f.apply(len, axis=1),
    lambda f: f.apply(lambda row: row.notna().sum(), axis=1),
    lambda f: f.apply(lambda column: column.isna().sum()),
    lambda f: f["b"].str.split("x", expand=True),
    lambda f: f.dropna(axis=1),
    lambda f: f.reset_index(),
    lambda f: f.isin({"a": [1]}),
    lambda f: f.iloc[::-1],
    lambda f: f[::-1],
    lambda f: f["b"].map(pandas.Series({"x": 1})),
]


@pytest.mark.parametrize("compute", UNTRACKED)
def test_what_is_not_tracked_still_gives_what_pandas_gives(compute: Callable[[Any], Any]) -> None:
    with pytest.warns(TrackingWarning) as caught:
        result = compute(tracked())
    expected = compute(FRAME)
    check = (
        pandas.testing.assert_frame_equal
        if isinstance(expected, pandas.DataFrame)
        else pandas.testing.assert_series_equal
    )
    check(result._held, expected)
    assert caught[0].filename == __file__


CHANGES: list[Callable[[Any], Any]] = [
    lambda f: f.loc.__setitem__((0, "c"), 0.0),
    lambda f: f.loc.__setitem__((slice(None), ["a", "c"]), 0),
    lambda f: f.iloc.__setitem__((0, 0), 7),
    lambda f: f.update(pandas.DataFrame({"c": [9.0]})),
    lambda f: f.sort_index(ascending=False, inplace=True),
    lambda f: f.isetitem(0, [4, 5, 6]),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_in_place_that_is_not_tracked_marks_the_frame(
    change: Callable[[Any], Any],
) -> None:
    frame, expected = tracked(), FRAME.copy()
    before = frame._held
    with pytest.warns(TrackingWarning):
        change(frame)
    change(expected)
    pandas.testing.assert_frame_equal(frame._held, expected)
    pandas.testing.assert_frame_equal(before, FRAME)
    assert frame._step.node.operation == "untracked"


IN_PLACE: list[Callable[[Any], Any]] = [
    lambda f: f.drop(columns="b", inplace=True),
    lambda f: f.rename(columns={"a": "A"}, inplace=True),
    lambda f: f.sort_values("c", inplace=True),
    lambda f: f.dropna(subset=["c"], inplace=True),
    lambda f: f.drop_duplicates("b", inplace=True),
    lambda f: f.fillna({"c": 0.0}, inplace=True),
    lambda f: f.query("a > 1", inplace=True),
    lambda f: f.reset_index(drop=True, inplace=True),
    lambda f: f.set_index("a", inplace=True),
    lambda f: f.replace({"x": "z"}, inplace=True),
    lambda f: f.insert(1, "d", f["a"] + 1),
    lambda f: f.pop("b") is None,
    lambda f: f.loc.__setitem__((f["a"] > 1, "c"), 0.0),
    lambda f: f.loc.__setitem__((f["a"] > 1, "new"), "y"),
    lambda f: f.loc.__setitem__((f["a"] > 1, "c"), f["a"] * 2.0),
]


@pytest.mark.parametrize("change", IN_PLACE)
def test_a_change_in_place_is_recorded(change: Callable[[Any], Any]) -> None:
    frame, expected = tracked(), FRAME.copy()
    before = frame.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        change(frame)
    change(expected)
    pandas.testing.assert_frame_equal(frame._held, expected)
    pandas.testing.assert_frame_equal(before._held, FRAME)
    assert frame._step is not before._step


def test_a_series_is_never_changed_in_place() -> None:
    frame = tracked()
    for change in (
        lambda s: s.fillna(0, inplace=True),
        lambda s: s.sort_values(inplace=True),
        lambda s: s.interpolate(inplace=True),
        lambda s: s.update([1, 2, 3]),
        lambda s: s.__setitem__(0, 1),
    ):
        with pytest.raises(TypeError, match="in place"):
            change(frame["c"])
    pandas.testing.assert_frame_equal(frame._held, FRAME)


def test_columns_can_be_set_deleted_and_renamed_in_place() -> None:
    frame, expected = tracked(), FRAME.copy()
    for one in (frame, expected):
        one["d"] = one["a"] * 2
        one["e"] = 7
        del one["b"]
        one.columns = ["A", "C", "D", "E"]
    pandas.testing.assert_frame_equal(frame._held, expected)
    assert frame._step.node.operation == "rename"


def test_assigning_to_a_copy_leaves_the_original_alone() -> None:
    frame = tracked()
    copied = frame.copy()
    copied["a"] = copied["a"] + 1
    assert frame._held["a"].tolist() == [1, 2, 3]


def test_a_frame_has_no_truth_value() -> None:
    with pytest.raises(ValueError, match="ambiguous"):
        bool(tracked())


def test_an_unknown_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError):
        _ = tracked().nonsense
    with pytest.raises(KeyError):
        _ = tracked()["nonsense"]


def test_the_rest_of_pandas_is_there() -> None:
    assert pd.NA is pandas.NA
    assert pd.Timestamp is pandas.Timestamp
    assert pd.isna(None) is True
    assert pd.__version__ == pandas.__version__
    assert "read_csv" in dir(pd)
    with pytest.raises(AttributeError):
        _ = pd.nonsense


def test_plain_values_stay_plain() -> None:
    plain = pandas.Series(["1", "2"])
    for result in (
        pd.to_numeric(plain),
        pd.to_datetime(plain, format="%d"),
        pd.cut(pandas.Series([1, 2]), [0, 1, 2]),
        pd.concat([plain, plain]),
        pd.isna(plain),
        pd.merge(FRAME, FRAME, on="a")["a"],
    ):
        assert type(result) is pandas.Series
    assert pd.to_datetime("2020-01-01") == pandas.Timestamp("2020-01-01")


def test_numpy_functions_of_frames_and_series_are_recorded() -> None:
    frame = tracked()[["a", "c"]]
    for compute in (np.log1p, np.sqrt, np.isnan, np.negative):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            result = compute(frame)
        pandas.testing.assert_frame_equal(result._held, compute(FRAME[["a", "c"]]))
        assert result._step.node.operation == "assign"


def test_a_pattern_without_groups_is_refused_as_by_pandas() -> None:
    with pytest.raises(ValueError, match="no capture groups"):
        tracked()["b"].str.extract("x")


def test_duplicate_column_names_are_refused() -> None:
    frame = tracked()
    for make in (
        lambda: frame[["a", "a"]],
        lambda: frame.rename(columns={"a": "b"}),
        lambda: frame.merge(frame, on="a", suffixes=("", "_x")).rename(columns={"b_x": "b"}),
        lambda: pd.DataFrame(pandas.concat([FRAME, FRAME], axis=1)),
        lambda: frame.set_axis(["a", "a", "b"], axis=1),
    ):
        with pytest.raises(UnsupportedError, match="duplicate column names"):
            make()


def test_constants_in_the_code_are_a_source_of_their_own() -> None:
    def prepare(source: Any) -> Any:
        names = pd.DataFrame({"a": [1, 2], "name": ["one", "two"]})
        return source.merge(names, on="a", how="left")

    captured = capture(prepare, {"source": FRAME})
    assert set(captured.sources) == {"source", "code-1"}


def test_importing_loads_neither_scikit_learn_nor_scipy_nor_torch() -> None:
    code = (
        "import sys, palimpsest.pandas; "
        "print([m for m in ('sklearn', 'scipy', 'torch', 'pydantic') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def _subtracted(f: Any) -> Any:
    mean = f["a"].mean()
    return f.assign(d=f["a"].map(lambda value: value - mean))


def _subtracted_by_row(f: Any) -> Any:
    mean = f["a"].mean()
    return f.assign(d=f.apply(lambda row: row["a"] - mean, axis=1))


def _filled_in_groups(f: Any) -> Any:
    mean = f["a"].mean()
    return f.assign(d=f.groupby("b")["a"].transform(lambda part: part.where(part > 1, mean)))


def _helped(f: Any) -> Any:
    mean, lowest = f["a"].mean(), f["a"].min()

    def above(value: Any) -> Any:
        return value - mean if calls else below(value)

    def below(value: Any, least: Any = lowest) -> Any:
        return above(value) if value < least else mean - value

    calls: list[Any] = []
    asked = 0

    def counted(part: Any) -> Any:
        nonlocal asked
        asked += 1
        return part.map(above)

    made = f.assign(
        d=f["a"].map(above),
        e=f.groupby("b")["a"].transform(counted),
        g=f["a"].map(lambda v: [below(v)][0]),
    )
    assert asked
    return made


def _ratio_of_sums(f: Any) -> Any:
    total = 0.0
    for _ in range(3):
        total = total + f["a"].sum()
    return f.assign(d=float(total / f["a"].count()))


@pytest.mark.parametrize(
    "compute", [_subtracted, _subtracted_by_row, _filled_in_groups, _helped, _ratio_of_sums]
)
@pytest.mark.filterwarnings("ignore::palimpsest.tracking.TrackingWarning")
def test_functions_that_see_a_single_value_get_what_pandas_gives_and_say_so(compute: Any) -> None:
    captured = capture(compute, {"f": FRAME})
    pandas.testing.assert_frame_equal(captured.frame, compute(FRAME))
    assert captured.escapes
