"""Checks find what was put there for them to find."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

import palimpsest.pandas as pd
from palimpsest.compliance.checking import check_run
from palimpsest.compliance.view import RunView, StateChanged
from palimpsest.pipeline import Pipeline, Run
from palimpsest.protocol.checkmessages import CheckResult
from palimpsest.protocol.messages import ColumnRef, ForgetRequest, Keys, RowIds

ROWS = 120


def people() -> pandas.DataFrame:
    rng = np.random.default_rng(5)
    score = rng.normal(size=ROWS)
    return pandas.DataFrame(
        {
            "id": np.arange(ROWS),
            "mail": [f"person{n}@example.org" for n in range(ROWS)],
            "city": [f"city-{n % 3}" for n in range(ROWS - 1)] + ["city-of-one"],
            "age": rng.integers(18, 90, ROWS),
            "score": score,
            "hired": (score + rng.normal(size=ROWS) > 0).astype(int),
        }
    )


def read(people: Any) -> Any:
    return pd.read_csv(people)


def scaled(*columns: str) -> Callable[[], ColumnTransformer]:
    return lambda: ColumnTransformer([("scaled", StandardScaler(), list(columns))])


def hired(frame: Any) -> Any:
    return frame["hired"] == 1


def make_model(n_features: int) -> LogisticRegression:
    return LogisticRegression()


def run_with(
    folder: Path, prepare: Any = read, features: tuple[str, ...] = ("age", "score"), **options: Any
) -> Run:
    folder.mkdir(exist_ok=True)
    people().to_csv(folder / "people.csv", index=False)
    chosen = {"split": 0.3, "folder": folder / "runs", **options}
    pipeline = Pipeline("people", prepare, scaled(*features), hired, make_model, **chosen)
    return pipeline.run(people=folder / "people.csv")


def found(run: Run, check: str, **settings: Any) -> CheckResult:
    (result,) = run.check(check, settings={check: settings} if settings else None).results
    return result


# leakage -----------------------------------------------------------------------------------------


def add_leak(people: Any) -> Any:
    frame = pd.read_csv(people)
    return frame.assign(hint=frame["hired"] * 2 + 1)


def add_hidden_leak(people: Any) -> Any:
    frame = pd.read_csv(people)
    return frame.assign(hint=frame["score"].where(frame["hired"] == 1, 0.0))


def keep_hired_known(people: Any) -> Any:
    frame = pd.read_csv(people)
    return frame[frame["hired"] >= 0]


@pytest.mark.parametrize(
    ("prepare", "features", "status"),
    [
        (add_leak, ("age", "hint"), "fail"),
        (add_hidden_leak, ("age", "hint"), "warn"),
        (add_leak, ("age", "score"), "pass"),
        (keep_hired_known, ("age", "score"), "pass"),
    ],
)
def test_target_leakage(
    prepare: Any, features: tuple[str, ...], status: str, tmp_path: Path
) -> None:
    with run_with(tmp_path, prepare, features) as run:
        assert found(run, "target-leakage").status == status


def twice(people: Any) -> Any:
    frame = pd.read_csv(people)
    return pd.concat([frame, frame[frame["age"] > 50]])


def test_copies_on_both_sides_of_the_split(tmp_path: Path) -> None:
    with run_with(tmp_path, twice, split=first_half) as run:
        frame, train = run.frame, run.train
        copies = frame["id"][~train].isin(frame["id"][train])
        result = found(run, "shared-records")
        assert copies.sum() > 0
        assert result.status == "fail"
        assert result.evidence[1].rows == [[int(copies.sum())]]
        assert sorted(result.evidence[1].targets[0].rows) == list(copies.index[copies])  # type: ignore[union-attr]


def first_half(frame: Any) -> Any:
    return np.arange(len(frame)) < ROWS


def centred(people: Any) -> Any:
    frame = pd.read_csv(people)
    return frame.assign(age=frame["age"] - frame["age"].mean())


def binned(people: Any) -> Any:
    frame = pd.read_csv(people)
    return frame.assign(age=pd.cut(frame["age"], [0, 40, 60, 100], labels=False))


@pytest.mark.parametrize(
    ("prepare", "options", "status"),
    [
        (read, {}, "pass"),
        (read, {"fit_encoders_on": "all"}, "fail"),
        (centred, {}, "fail"),
        (binned, {}, "pass"),
    ],
)
def test_statistics_fitted_on_test_rows(
    prepare: Any, options: dict[str, Any], status: str, tmp_path: Path
) -> None:
    with run_with(tmp_path, prepare, **options) as run:
        assert found(run, "fitted-on-test").status == status


# what cannot be told -----------------------------------------------------------------------------


def look_inside(people: Any) -> Any:
    frame = pd.read_csv(people)
    oldest = max(age for age in frame["age"])
    return frame[frame["age"] < oldest]


def test_holes_in_the_provenance_pass_nothing(tmp_path: Path) -> None:
    with run_with(tmp_path, look_inside) as run:
        result = found(run, "target-leakage")
        assert result.status == "warn"
        assert "read out of the tracking" in result.summary


def shuffled(people: Any) -> Any:
    return pd.read_csv(people).apply(lambda column: column)


@pytest.mark.filterwarnings("ignore::palimpsest.tracking.errors.TrackingWarning")
def test_a_table_that_is_not_tracked_passes_nothing(tmp_path: Path) -> None:
    with run_with(tmp_path, shuffled, split=None) as run:
        assert found(run, "usage").status == "not-applicable"
        with pytest.raises(Exception, match="cannot be told"):
            run.usage()


def test_a_check_names_the_package_that_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("palimpsest.compliance.check.find_spec", lambda module: None)
    with run_with(tmp_path) as run:
        result = found(run, "fairness")
        assert result.status == "not-applicable"
        assert result.install == "pip install 'palimpsest[compliance]'"


# states ------------------------------------------------------------------------------------------


def forget(run: Run, rows: list[int]) -> None:
    request = ForgetRequest(
        run=run.id, source="people", action="delete", selector=RowIds(rows=rows)
    )
    run.apply(run.preview(request).token)


def test_a_view_is_of_one_state(tmp_path: Path) -> None:
    with run_with(tmp_path) as run:
        view = RunView(run)
        forget(run, [3])
        with pytest.raises(StateChanged):
            view.source("people")


def test_checks_after_a_forget_are_those_of_the_rows_that_stay(tmp_path: Path) -> None:
    with run_with(tmp_path) as run:
        before = check_run(run)
        forget(run, [3, 4])
        stale = check_run(run, [])
        assert stale.results == []
        assert {entry.state for entry in stale.history} == {before.state}
        after = check_run(run)
        assert [entry.forgets for entry in after.history] == [0, 1]
        usage = next(result for result in after.results if result.id == "usage")
        assert usage.evidence[0].rows[0][1] == ROWS - 2


def test_what_is_forgotten_is_nowhere_though_checks_have_seen_it(tmp_path: Path) -> None:
    with run_with(tmp_path) as run:
        groups = [ColumnRef(source="people", column="city")]
        seen = check_run(run, settings={"fairness": {"smallest": 1.0, "groups": groups}})
        check_run(run)
        assert "city-of-one" in seen.model_dump_json()
        request = ForgetRequest(
            run=run.id,
            source="people",
            action="delete",
            selector=Keys(column="city", values=["city-of-one"]),
        )
        run.apply(run.preview(request).token)
        check_run(run)
        for file in (tmp_path / "runs").iterdir():
            kept = file.read_bytes()
            assert b"city-of-one" not in kept, file
            assert f"person{ROWS - 1}@".encode() not in kept, file
