"""Which way the model goes: the strongest guarantee in the time that is granted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression, Ridge

import palimpsest.pandas as pd
from palimpsest import Pipeline
from palimpsest.models.policy import Way, chosen
from palimpsest.models.state import Estimate
from palimpsest.pipeline import Run
from palimpsest.protocol.messages import ForgetRequest, RowIds


def prepare(people: Any) -> Any:
    return pd.DataFrame(people)


def encode_features() -> Any:
    return ColumnTransformer([("as they are", "passthrough", ["a", "b"])])


def extract_label(frame: Any) -> Any:
    return frame["y"]


def made(folder: Path, model: Any) -> Run:
    rng = np.random.default_rng(0)
    people = pandas.DataFrame(rng.normal(size=(120, 2)), columns=["a", "b"])
    people["y"] = (people["a"] + rng.normal(size=120) > 0).astype(int)
    functions = (prepare, encode_features, extract_label, lambda n_features: model)
    return Pipeline("ways", *functions, split=0.25, folder=folder / ".palimpsest").run(
        people=people
    )


def asked(run: Run, row: int, granted: float | None) -> ForgetRequest:
    return ForgetRequest(
        run=run.id,
        source="people",
        selector=RowIds(rows=[row]),
        action="delete",
        model_seconds=granted,
    )


@pytest.mark.parametrize(("granted", "strategy"), [(None, "newton"), (1e6, "refit")])
def test_time_that_is_granted_buys_the_stronger_guarantee(
    tmp_path: Path, granted: float | None, strategy: str
) -> None:
    with made(tmp_path, LogisticRegression()) as run:
        for _ in range(2):  # what was trained again can be updated again
            trained_on = int(run.frame.index[run.train][0])
            shown = run.preview(asked(run, trained_on, granted))
            receipt = run.apply(shown.token)
            assert [way.strategy for way in shown.model_ways] == ["newton", "refit"]
            assert [way.strategy for way in shown.model_ways if way.chosen] == [strategy]
            (told,) = (one for one in shown.artifacts if one.artifact == "model")
            (done,) = (one for one in receipt.artifacts if one.artifact == "model")
            assert told.strategy == done.strategy == strategy
            assert done.guarantee.startswith("refit" if strategy == "refit" else "approximate")
        fresh = LogisticRegression(tol=1e-12, max_iter=10_000).fit(
            run.X[run.train], run.y[run.train]
        )
        np.testing.assert_allclose(run.model.coef_, fresh.coef_, atol=1e-7)


def test_an_exact_update_is_not_given_up_for_more_time(tmp_path: Path) -> None:
    with made(tmp_path, Ridge()) as run:
        shown = run.preview(asked(run, int(run.frame.index[run.train][0]), 1e6))
        assert [way.strategy for way in shown.model_ways if way.chosen] == ["gram"]


def test_a_model_that_is_not_reached_has_one_way(tmp_path: Path) -> None:
    with made(tmp_path, LogisticRegression()) as run:
        outside = int(run.frame.index[~run.train][0])
        shown = run.preview(asked(run, outside, 1e6))
        assert [way.strategy for way in shown.model_ways] == ["newton"]


def test_of_ways_that_are_too_slow_the_quickest_is_taken() -> None:
    among = [
        Way("gradient", Estimate("approximate", "", 4.0)),
        Way("refit", Estimate("refit", "", 9.0)),
    ]
    assert chosen(among, 1.0).strategy == "gradient"
    assert chosen(among, 5.0).strategy == "gradient"
    assert chosen(among, 9.0).strategy == "refit"
    assert chosen(among[::-1], 1.0).strategy == "gradient"
