"""Trainings by hand: what the original leaves beside what the rewritten estimator keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from palimpsest.verify.checks import Mask
from palimpsest.verify.checks.byhand import kept_parts
from palimpsest.verify.checks.train import TrainCheck
from palimpsest.verify.values import NotObservable, Table

ORIGINAL = """
w = np.zeros(2)
for epoch in range(30):
    w -= 0.1 * X[:8].T @ (X[:8] @ w - y[:8])
pred = (X[8:] @ w > 0.5).astype(int)
"""

REWRITTEN = """
class Descent(BaseEstimator):
    def fit(self, X, y):
        w = np.zeros(2)
        for epoch in range(30):
            w -= 0.1 * X.T @ (X @ w - y)
        self.w_ = w
        return self

    def predict(self, X):
        return (X @ self.w_ > 0.5).astype(int)

def make_model(n_features):
    return Descent()

run = Run(X, y, np.arange(len(X)) < 8)
w = run.model.w_
pred = run.model.predict(run.X[8:])
"""

WRONG = [
    ("0.1 *", "0.11 *"),
    ("range(30)", "range(29)"),
    ("np.zeros(2)", "np.ones(2)"),
    ("self.w_ = w", "self.w_ = w.copy(); self.w_[0] += 1e-3"),
    ("self.w_ = w", "self.w_ = w[::-1]"),
    ("np.arange(len(X)) < 8", "np.arange(len(X)) < 9"),
    ("self.w_ > 0.5", "self.w_ > 0.0"),
    ("run.X[8:]", "run.X[7:9]"),
]


@dataclass
class Contract:
    """A rewritten cell that was run."""

    namespace: dict[str, Any]
    output: str | None
    source: str

    def function(self, name: str) -> Any:
        return self.namespace[name]

    def prepare(self) -> Any:
        raise AssertionError("nothing is prepared here")

    label = encode = prepare


def _run_class(namespace: dict[str, Any]) -> type:
    class Run:
        def __init__(self, X: Any, y: Any, train: Any) -> None:
            self.X, self.y, self.train = X, y, train
            self.model = namespace["make_model"](2).fit(X[train], y[train])

    Run.__module__ = "palimpsest.pipeline.run"
    return Run


def _executed(source: str) -> dict[str, Any]:
    from sklearn.base import BaseEstimator

    random = np.random.default_rng(0)
    X = random.normal(size=(12, 2))
    y = (X[:, 0] > 0).astype(int)
    namespace: dict[str, Any] = {"np": np, "BaseEstimator": BaseEstimator, "X": X, "y": y}
    namespace["Run"] = _run_class(namespace)
    exec(source, namespace)  # noqa: S102 - that is how cells run
    return namespace


def _compared(rewritten: str) -> Any:
    check = TrainCheck()
    left = _executed(ORIGINAL)
    original = check.observe_original(left["w"], left, ORIGINAL, "w")
    contract = Contract(_executed(rewritten), "w", rewritten)
    return check.compare(original, check.observe_rewritten(contract), Mask(), False)


def test_weights_and_predictions_are_equal() -> None:
    compared = _compared(REWRITTEN)

    assert compared.mismatch is None
    assert "what follows from it: pred" in compared.notes[0]


@pytest.mark.parametrize(("old", "new"), WRONG)
def test_a_wrong_training_is_found(old: str, new: str) -> None:
    assert old in REWRITTEN
    assert _compared(REWRITTEN.replace(old, new)).mismatch is not None


def test_an_estimator_that_keeps_nothing_cannot_be_compared() -> None:
    with pytest.raises(NotObservable, match="has no attribute 'w_'"):
        _compared(REWRITTEN.replace("self.w_", "self.v_").replace("model.w_", "model.v_"))


class _Counts:
    def __init__(self) -> None:
        self.words = {"a": 1, "b": [2.5, 3]}
        self.name = "counts"


def test_nested_results_are_compared_by_their_places() -> None:
    parts = kept_parts({np.int64(3): _Counts(), "bias": 0.5}, "model")

    assert set(parts) == {
        "kept model[3].words['a']",
        "kept model[3].words['b']",
        "kept model[3].name",
        "kept model['bias']",
    }
    assert isinstance(parts["kept model[3].name"], Table)


def test_a_function_cannot_be_compared() -> None:
    with pytest.raises(NotObservable, match="a function"):
        kept_parts([np.zeros(2), test_a_function_cannot_be_compared], "model")
