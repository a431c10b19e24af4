"""Every model that goes to an optimum goes to that of scikit-learn, on the remaining rows."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import (
    GammaRegressor,
    LogisticRegression,
    PoissonRegressor,
    SGDClassifier,
    TweedieRegressor,
)
from sklearn.svm import LinearSVC

from palimpsest.models import ModelState, newton, strategy_for
from palimpsest.models.metrics import losses

THREE = ["a", "b", "c"]


def tight(estimator, matrix):
    X, y = matrix.encoded()
    if isinstance(estimator, SGDClassifier):  # logistic regression with C = 1 / (alpha n)
        parts = []
        told = np.unique(y) if len(np.unique(y)) > 2 else np.unique(y)[1:]
        for label in told:
            options = {"C": 1.0 / (estimator.alpha * len(y)), "solver": "newton-cholesky"}
            parts.append(LogisticRegression(tol=1e-12, **options).fit(X, y == label))
        model = clone(estimator)
        model.coef_ = np.concatenate([part.coef_ for part in parts])
        model.intercept_ = np.concatenate([part.intercept_ for part in parts])
        return model
    fresh = clone(estimator).set_params(tol=1e-12, max_iter=100_000)
    return fresh.fit(X, y)


CLASSIFIERS = [
    LogisticRegression(max_iter=1000),
    LogisticRegression(C=0.1, fit_intercept=False, max_iter=1000),
    LogisticRegression(class_weight={"a": 3.0, "b": 0.5}, max_iter=1000),
    LinearSVC(dual=False),
    LinearSVC(C=0.3, intercept_scaling=4.0, dual=False),
    SGDClassifier(loss="log_loss", alpha=0.01, random_state=0),
]
COUNTS = [
    PoissonRegressor(alpha=0.1),
    PoissonRegressor(alpha=1.0, fit_intercept=False),
    TweedieRegressor(power=1.5, alpha=0.2, link="log"),
    GammaRegressor(alpha=0.5),
]


def counting(matrices, n=300):
    matrix = matrices.random(n)
    rng = np.random.default_rng(3)
    matrix.y = rng.poisson(np.exp(0.3 * matrix.values[:, 2] + 0.5)).astype(float) + 1.0
    return matrix


def assert_close(state, estimator, matrix):
    model, expected = state.to_estimator(), tight(estimator, matrix)
    X, _ = matrix.encoded()
    size = max(1.0, np.abs(expected.coef_).max())
    assert model.coef_.shape == expected.coef_.shape
    assert np.abs(model.coef_ - expected.coef_).max() <= 1e-6 * size
    assert np.shape(model.intercept_) == np.shape(expected.intercept_)
    assert np.abs(model.intercept_ - expected.intercept_).max() <= 1e-6 * size
    assert model.predict(X).shape == (len(X),)


@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=repr)
@pytest.mark.parametrize("classes", [THREE, ["no", "yes"]])
@pytest.mark.parametrize("erased", [0.0, 0.05])
def test_classifiers(estimator, classes, erased, matrices, gone):
    if classes != THREE and getattr(estimator, "class_weight", None):
        pytest.skip("the weights name other classes")
    matrix = matrices.random(300, classes=classes, erased=erased)
    strategy = strategy_for(estimator)
    assert strategy.name == "newton"
    state = strategy.fit(estimator, matrix.data())
    assert_close(state, estimator, matrix)
    kept, state, guarantee = matrix.forgetting(strategy, state, gone(300, 20))
    assert_close(state, estimator, kept)
    assert guarantee.kind == "approximate"
    assert guarantee.residual < 1e-9


@pytest.mark.parametrize("estimator", COUNTS, ids=repr)
def test_generalised_linear_models(estimator, matrices, gone):
    matrix = counting(matrices)
    strategy = strategy_for(estimator)
    assert strategy.name == "newton"
    state = strategy.fit(estimator, matrix.data())
    assert_close(state, estimator, matrix)
    kept, state, _ = matrix.forgetting(strategy, state, gone(300, 20))
    assert_close(state, estimator, kept)
    loaded = ModelState.from_parts(state.to_json(), state.to_arrays())
    X, _ = kept.encoded()
    ours, theirs = loaded.to_estimator().predict(X), state.to_estimator().predict(X)
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("estimator", [CLASSIFIERS[0], CLASSIFIERS[3], COUNTS[0]], ids=repr)
def test_many_changes_in_a_row(estimator, matrices):
    """Also after the mirror in memory was made anew, and when rows move in and out."""
    is_count = isinstance(estimator, PoissonRegressor)
    matrix = counting(matrices, 400) if is_count else matrices.random(400, classes=THREE)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    rng = np.random.default_rng(0)
    for turn in range(40):
        changed = np.isin(np.arange(len(matrix)), rng.choice(len(matrix), 4, replace=False))
        after = matrix.take(slice(None))
        after.values = after.values + 0.3 * changed[:, None]
        stays = ~changed if turn % 2 else np.ones(len(matrix), dtype=bool)
        kept = after.take(stays)
        state, _ = strategy.update(
            state, matrix.batch(changed), after.batch(changed & stays), kept.data()
        )
        matrix = kept
    assert_close(state, estimator, matrix)


def test_single_precision_is_enough_for_differences(matrices, gone, monkeypatch):
    monkeypatch.setattr("palimpsest.models.mirror.SINGLE", 1)
    monkeypatch.setattr(newton, "SINGLE", 1)
    estimator = LogisticRegression(max_iter=1000)
    matrix = matrices.random(2000, classes=["no", "yes"], erased=0.02)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    assert state.aid.mirror.values.dtype == np.float32
    for seed in range(30):
        kept, state, guarantee = matrix.forgetting(strategy, state, gone(len(matrix), 10, seed))
        matrix = kept
    expected = tight(estimator, matrix)
    model = state.to_estimator()
    assert np.abs(model.coef_ - expected.coef_).max() <= 1e-7
    X, y = matrix.encoded()
    error = model.predict_proba(X)[:, 1] - (y == "yes")
    true = np.abs(X.T @ error + model.coef_[0]).max() / len(y)
    assert true <= guarantee.residual < 1e-7


def test_forgotten_rows_are_wiped_from_the_mirror(matrices, gone):
    estimator = LogisticRegression(max_iter=1000)
    matrix = matrices.random(200, classes=["no", "yes"])
    matrix.scaled = 0
    matrix.values[7, 3] = 1.2345e3
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    _, after, _ = matrix.forgetting(strategy, state, np.arange(200) == 7)
    values = after.aid.mirror.values
    whole = values if values.base is None else values.base
    assert 1.2345e3 not in whole
    assert state.aid.mirror is None  # it has one owner


@pytest.mark.parametrize("estimator", [CLASSIFIERS[0], CLASSIFIERS[3], CLASSIFIERS[5]], ids=repr)
def test_the_loss_on_forgotten_rows_does_not_fall(estimator, matrices, gone):
    matrix = matrices.random(300, classes=THREE)
    matrix.scaled = 0
    matrix.values[:, :2] -= 40.0
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    model = state.to_estimator()
    for seed in range(5):
        state = strategy.fit(estimator, matrix.data())
        forgotten = gone(300, 5, seed)
        _, after, _ = matrix.forgetting(strategy, state, forgotten)
        X, y = matrix.values[forgotten], matrix.y[forgotten]
        if isinstance(estimator, LinearSVC):
            told = model.classes_
            sign = np.where(y[:, None] == told, 1.0, -1.0)

            def loss(fitted, X=X, sign=sign):
                margins = np.maximum(0.0, 1.0 - sign * fitted.decision_function(X))
                return np.square(margins).sum()
        elif isinstance(estimator, SGDClassifier):
            told = model.classes_
            sign = np.where(y[:, None] == told, 1.0, -1.0)

            def loss(fitted, X=X, sign=sign):
                return np.logaddexp(0.0, -sign * fitted.decision_function(X)).sum()
        else:

            def loss(fitted, X=X, y=y):
                return losses(fitted, X, y).sum()

        assert loss(after.to_estimator()) >= loss(model) - 1e-12


@pytest.mark.parametrize(
    "estimator",
    [
        LinearSVC(loss="hinge"),
        LinearSVC(penalty="l1", dual=False),
        SGDClassifier(),
        SGDClassifier(loss="log_loss", penalty="l1"),
        PoissonRegressor(alpha=0.0),
        TweedieRegressor(power=0),
        TweedieRegressor(power=3),
    ],
    ids=repr,
)
def test_what_is_not_smooth_and_strictly_convex_is_trained_again(estimator):
    assert strategy_for(estimator).name == "refit"
