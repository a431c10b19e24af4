"""Logistic regression after a forget is the optimum of the remaining objective."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from palimpsest.models import ClassForgotten, ModelError, ModelState, strategy_for
from palimpsest.models.metrics import losses

ESTIMATORS = [
    LogisticRegression(max_iter=1000),
    LogisticRegression(C=0.01, max_iter=1000),
    LogisticRegression(C=100.0, solver="newton-cholesky", max_iter=1000),
    LogisticRegression(fit_intercept=False, max_iter=1000),
    LogisticRegression(class_weight={"no": 1.0, "yes": 5.0}, max_iter=1000),
]


def tight(estimator):
    return clone(estimator).set_params(solver="newton-cholesky", tol=1e-13, max_iter=1000)


def gradient(model, X, y, estimator):
    """The gradient of scikit-learn's mean objective, written down from its documentation."""
    told = model.classes_ if len(model.classes_) > 2 else model.classes_[1:]
    weight = np.ones(len(y))
    for label, value in (estimator.class_weight or {}).items():
        weight[y == label] = value
    predicted = model.predict_proba(X)[:, -len(told) :]
    error = weight[:, None] * (predicted - (y[:, None] == told))
    whole = np.vstack([X.T @ error + model.coef_.T / estimator.C, error.sum(axis=0)])
    if not estimator.fit_intercept:
        whole[-1] = 0.0
    return np.abs(whole).max() / len(y)


def assert_at_optimum(state, estimator, matrix):
    X, y = matrix.encoded()
    expected = tight(estimator).fit(X, y)
    model = state.to_estimator()
    size = np.abs(expected.coef_).max()
    assert np.abs(model.coef_ - expected.coef_).max() <= 1e-8 * size
    assert np.abs(model.intercept_ - expected.intercept_).max() <= 1e-8 * max(size, 1.0)
    assert gradient(model, X, y, estimator) <= 1e-10
    np.testing.assert_array_equal(model.predict(X), expected.predict(X))


def labelled(matrices, n=300, **options):
    return matrices.random(n, classes=["no", "yes"], **options)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
@pytest.mark.parametrize("erased", [0.0, 0.05])
def test_fit_and_forget_reach_the_optimum(estimator, erased, matrices, gone):
    matrix = labelled(matrices, erased=erased)
    strategy = strategy_for(estimator)
    assert strategy.name == "newton"
    state = strategy.fit(estimator, matrix.data())
    assert_at_optimum(state, estimator, matrix)
    kept, state, guarantee = matrix.forgetting(strategy, state, gone(300, 30))
    assert_at_optimum(state, estimator, kept)
    assert guarantee.kind == "approximate"


def test_the_stated_residual_is_the_true_one(matrices, gone):
    estimator = LogisticRegression(max_iter=1000)
    matrix = labelled(matrices)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    kept, state, guarantee = matrix.forgetting(strategy, state, gone(300, 30))
    X, y = kept.encoded()
    measured = gradient(state.to_estimator(), X, y, estimator)
    assert guarantee.residual == pytest.approx(measured, rel=0.5, abs=1e-15)
    assert "scikit-learn stops at 0.0001" in guarantee.text


@given(seed=st.integers(0, 30), count=st.integers(1, 100))
def test_any_rows_may_be_changed(matrices, seed, count):
    estimator = LogisticRegression(max_iter=1000)
    rng = np.random.default_rng(seed)
    matrix = labelled(matrices, 150, seed=seed)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    changed = np.isin(np.arange(150), rng.choice(150, count, replace=False))
    after = matrix.take(slice(None))
    after.y = np.where(changed & (rng.random(150) < 0.3), "yes", after.y)
    after.erased = after.erased | (changed[:, None] & (rng.random(after.values.shape) < 0.4))
    after.values = np.where(after.erased, 0.0, after.values + 0.5 * changed[:, None])
    state, _ = strategy.update(state, matrix.batch(changed), after.batch(changed), after.data())
    assert_at_optimum(state, estimator, after)


def test_many_forgets_in_a_row_from_the_stored_state(matrices):
    estimator = LogisticRegression(max_iter=1000)
    matrix = labelled(matrices, 400)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    rng = np.random.default_rng(0)
    for _ in range(60):
        gone = np.isin(np.arange(len(matrix)), rng.choice(len(matrix), 5, replace=False))
        state = ModelState.from_parts(state.to_json(), state.to_arrays())
        matrix, state, _ = matrix.forgetting(strategy, state, gone)
    assert_at_optimum(state, estimator, matrix)


def test_what_is_stored_is_a_function_of_the_remaining_rows(matrices, gone):
    """Nothing but the model and its coordinates is stored: no sum that rows were taken out of."""
    estimator = LogisticRegression(max_iter=1000)
    matrix = labelled(matrices, 500)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    kept, state, _ = matrix.forgetting(strategy, state, gone(500, 20))
    fresh = strategy.fit(estimator, kept.data()).to_arrays()
    ours = state.to_arrays()
    assert ours.keys() == fresh.keys()
    for name, array in ours.items():
        if array.dtype.kind == "f":
            np.testing.assert_allclose(array, fresh[name], rtol=1e-7, atol=1e-9, err_msg=name)


def test_the_aid_in_memory_saves_a_sum_and_changes_no_result(matrices, gone):
    estimator = LogisticRegression(max_iter=1000)
    matrix = labelled(matrices, 500)
    strategy = strategy_for(estimator)
    warm = strategy.fit(estimator, matrix.data())
    cold = ModelState.from_parts(warm.to_json(), warm.to_arrays())
    assert strategy.estimate(warm, 20).seconds < strategy.estimate(cold, 20).seconds
    _, one, _ = matrix.forgetting(strategy, warm, gone(500, 20))
    _, other, _ = matrix.forgetting(strategy, cold, gone(500, 20))
    ours, theirs = one.to_estimator().coef_, other.to_estimator().coef_
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-8)


def test_a_column_disappears(matrices):
    estimator = LogisticRegression(max_iter=1000)
    matrix = labelled(matrices, 200)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    holders = matrix.values[:, -1] == 1.0
    kept = matrix.take(~holders)
    without = matrices(kept.values[:, :-1], kept.erased[:, :-1], kept.y)
    state, _ = strategy.update(
        state, matrix.batch(holders), without.batch(slice(0, 0)), without.data()
    )
    assert_at_optimum(state, estimator, without)


def test_the_loss_on_forgotten_rows_does_not_fall(matrices):
    estimator = LogisticRegression(max_iter=1000)
    matrix = labelled(matrices)
    matrix.scaled = 0
    matrix.values[:, :2] -= 40.0
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    for seed in range(10):
        gone = np.isin(np.arange(300), np.random.default_rng(seed).choice(300, 5, replace=False))
        _, after, _ = matrix.forgetting(strategy, state, gone)
        X, y = matrix.values[gone], matrix.y[gone]
        before = losses(state.to_estimator(), X, y).sum()
        assert losses(after.to_estimator(), X, y).sum() >= before


def test_one_step_is_far_better_than_a_first_order_step(matrices, gone):
    """The harmful case: forgetting positives must not wreck the model."""
    estimator = LogisticRegression(max_iter=1000)
    matrix = labelled(matrices, 1000)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    five = np.flatnonzero(matrix.y == "yes")[:5]
    kept, state, guarantee = matrix.forgetting(strategy, state, np.isin(np.arange(1000), five))
    X, y = kept.encoded()
    fresh = tight(estimator).fit(X, y)
    assert state.to_estimator().score(X, y) == fresh.score(X, y)
    assert guarantee.residual < 1e-10


def test_a_forgotten_class_is_refused(matrices):
    estimator = LogisticRegression()
    matrix = labelled(matrices, 100)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    with pytest.raises(ClassForgotten, match="'yes'"):
        matrix.forgetting(strategy, state, matrix.y == "yes")


def test_a_class_that_comes_makes_it_a_refit(matrices):
    estimator = LogisticRegression(max_iter=1000)
    matrix = labelled(matrices, 100)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    after = matrix.take(slice(None))
    after.y = after.y.astype("<U5")
    after.y[:10] = "maybe"
    first = np.arange(100) < 10
    state, guarantee = strategy.update(state, matrix.batch(first), after.batch(first), after.data())
    assert list(state.to_estimator().classes_) == ["maybe", "no", "yes"]
    assert guarantee.kind == "approximate"
    assert_at_optimum(state, estimator, after)


@pytest.mark.parametrize(
    "parameters",
    [
        {"solver": "liblinear"},
        {"C": np.inf},
        {"class_weight": "balanced"},
        {"l1_ratio": 0.5, "solver": "saga"},
        {"penalty": "l1", "solver": "saga"},
    ],
)
def test_other_objectives_are_refitted(parameters):
    assert strategy_for(LogisticRegression(**parameters)).name == "refit"


def test_an_outlier_does_not_spoil_the_steps(matrices):
    estimator = LogisticRegression(max_iter=1000)
    matrix = labelled(matrices, 300)
    matrix.values[7, 2] = 1e7
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    kept, state, _ = matrix.forgetting(strategy, state, np.arange(300) == 7)
    assert_at_optimum(state, estimator, kept)


def test_missing_values_are_refused(matrices):
    estimator = LogisticRegression()
    matrix = labelled(matrices, 50)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    after = matrix.take(slice(None))
    after.values = after.values.copy()
    after.values[3, 2] = np.nan
    third = np.arange(50) == 3
    with pytest.raises(ModelError, match="missing or infinite"):
        strategy.update(state, matrix.batch(third), after.batch(third), after.data())
