"""Least squares after a forget equals scikit-learn's own fit on the remaining rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, Ridge

from palimpsest.models import ModelError, NoTrainingRows, strategy_for
from palimpsest.models.metrics import losses

ESTIMATORS = [
    LinearRegression(),
    LinearRegression(fit_intercept=False),
    Ridge(),
    Ridge(alpha=30.0, solver="svd"),
    Ridge(fit_intercept=False),
]


def assert_as_refit(state, estimator, matrix, tolerance=1e-9):
    expected = clone(estimator).fit(*matrix.encoded())
    model = state.to_estimator()
    size = max(np.abs(expected.coef_).max(), 1e-300)
    assert model.coef_.shape == expected.coef_.shape
    assert np.shape(model.intercept_) == np.shape(expected.intercept_)
    assert np.abs(model.coef_ - expected.coef_).max() <= tolerance * size
    np.testing.assert_allclose(model.intercept_, expected.intercept_, rtol=tolerance, atol=1e-9)
    X, _ = matrix.encoded()
    np.testing.assert_allclose(model.predict(X), expected.predict(X), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
@pytest.mark.parametrize("erased", [0.0, 0.05])
@pytest.mark.parametrize("targets", [1, 3])
def test_fit_and_forget_equal_sklearn(estimator, erased, targets, matrices, gone):
    matrix = matrices.random(erased=erased, targets=targets)
    strategy = strategy_for(estimator)
    assert strategy.name == "gram"
    state = strategy.fit(estimator, matrix.data())
    assert_as_refit(state, estimator, matrix)
    kept, state, guarantee = matrix.forgetting(strategy, state, gone(300, 40))
    assert guarantee.kind == "exact"
    assert_as_refit(state, estimator, kept)


def test_penalties_of_each_target(matrices, gone):
    estimator = Ridge(alpha=np.array([0.1, 5.0]))
    matrix = matrices.random(targets=2)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    kept, state, _ = matrix.forgetting(strategy, state, gone(300, 30))
    assert_as_refit(state, estimator, kept)


@pytest.mark.parametrize("offset", [1e8, -1e8])
def test_offsets_do_not_hurt(offset, matrices, gone):
    matrix = matrices.random(offset=offset)
    matrix.scaled = 2
    strategy = strategy_for(Ridge())
    state = strategy.fit(Ridge(), matrix.data())
    kept, state, guarantee = matrix.forgetting(strategy, state, gone(300, 40))
    assert guarantee.kind == "exact"
    # scikit-learn sees X after a subtraction that leaves about 8 digits; so does our matrix.
    assert_as_refit(state, Ridge(), kept, tolerance=1e-7)


def test_a_thousand_forgets_stay_exact(matrices):
    matrix = matrices.random(1300, 5, erased=0.01)
    strategy = strategy_for(Ridge())
    state = strategy.fit(Ridge(), matrix.data())
    rng = np.random.default_rng(0)
    for _ in range(1000):
        gone = np.arange(len(matrix)) == rng.integers(len(matrix))
        matrix, state, guarantee = matrix.forgetting(strategy, state, gone)
    assert guarantee.kind == "exact"
    assert state.rows == 300
    assert_as_refit(state, Ridge(), matrix)


@given(seed=st.integers(0, 50), count=st.integers(1, 60), estimator=st.sampled_from(ESTIMATORS))
def test_any_rows_may_be_changed(matrices, seed, count, estimator):
    """Changed rows leave with their old values and come with new ones, labels and marks."""
    rng = np.random.default_rng(seed)
    matrix = matrices.random(120, 5, seed=seed)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    changed = np.isin(np.arange(120), rng.choice(120, count, replace=False))
    after = matrix.take(slice(None))
    after.y = np.where(changed, after.y + 1.0, after.y)
    after.erased = after.erased | (changed[:, None] & (rng.random(after.values.shape) < 0.4))
    after.values = np.where(after.erased, 0.0, after.values + changed[:, None] * 0.5)
    after.values[after.erased] = 0.0
    state, guarantee = strategy.update(
        state, matrix.batch(changed), after.batch(changed), after.data()
    )
    assert guarantee.kind in {"exact", "refit"}
    assert_as_refit(state, estimator, after)


def test_a_column_comes_and_goes(matrices):
    matrix = matrices.random(100, 5)
    strategy = strategy_for(Ridge())
    state = strategy.fit(Ridge(), matrix.data())
    holders = matrix.values[:, 4] == 1.0
    kept = matrix.take(~holders)
    without = matrices(kept.values[:, :4], kept.erased[:, :4], kept.y)
    state, guarantee = strategy.update(
        state, matrix.batch(holders), without.batch(slice(0, 0)), without.data()
    )
    assert guarantee.kind == "exact"
    assert_as_refit(state, Ridge(), without)
    wider = np.hstack([without.values, np.zeros((len(without), 1))])
    back = matrices(
        np.vstack([wider, matrix.values[holders]]),
        np.vstack([np.zeros(wider.shape, bool), matrix.erased[holders]]),
        np.concatenate([without.y, matrix.y[holders]]),
        ids=np.array([0, 1, 2, 3, 9]),
    )
    came = np.arange(len(back)) >= len(without)
    state, _ = strategy.update(state, without.batch(slice(0, 0)), back.batch(came), back.data())
    assert_as_refit(state, Ridge(), back)


def test_collinear_columns_get_the_solution_of_least_norm(matrices, gone):
    matrix = matrices.random(200, 5)
    matrix.values = np.hstack([matrix.values, matrix.values[:, -1:], 1.0 - matrix.values[:, -1:]])
    matrix.erased = np.zeros(matrix.values.shape, bool)
    strategy = strategy_for(LinearRegression())
    state = strategy.fit(LinearRegression(), matrix.data())
    kept, state, guarantee = matrix.forgetting(strategy, state, gone(200, 20))
    assert guarantee.kind == "exact"
    assert_as_refit(state, LinearRegression(), kept)


def test_nearly_collinear_columns_are_refitted_and_say_so(matrices, gone):
    matrix = matrices.random(200, 5)
    noise = np.random.default_rng(0).normal(size=(200, 1))
    matrix.values = np.hstack([matrix.values, matrix.values[:, 2:3] + 1e-6 * noise])
    matrix.erased = np.zeros(matrix.values.shape, bool)
    strategy = strategy_for(LinearRegression())
    state = strategy.fit(LinearRegression(), matrix.data())
    kept, state, guarantee = matrix.forgetting(strategy, state, gone(200, 20))
    assert guarantee.kind == "refit"
    assert "depend on each other" in guarantee.text
    assert_as_refit(state, LinearRegression(), kept)


def test_what_remains_may_be_far_from_what_left(matrices):
    matrix = matrices.random(200, 4)
    matrix.values[:100, 0] += 1e7
    strategy = strategy_for(Ridge())
    state = strategy.fit(Ridge(), matrix.data())
    kept, state, _ = matrix.forgetting(strategy, state, np.arange(200) < 100)
    assert_as_refit(state, Ridge(), kept)


def test_the_loss_on_forgotten_rows_does_not_fall(matrices):
    matrix = matrices.random(100, 5, erased=0.0)
    matrix.scaled = 0
    strategy = strategy_for(Ridge())
    state = strategy.fit(Ridge(), matrix.data())
    for seed in range(10):
        gone = np.isin(np.arange(100), np.random.default_rng(seed).choice(100, 5, replace=False))
        _, after, _ = matrix.forgetting(strategy, state, gone)
        X, y = matrix.values[gone], matrix.y[gone]
        before = losses(state.to_estimator(), X, y).sum()
        assert losses(after.to_estimator(), X, y).sum() >= before


def test_all_rows_cannot_go(matrices):
    matrix = matrices.random(20, 3)
    strategy = strategy_for(Ridge())
    state = strategy.fit(Ridge(), matrix.data())
    everything = np.ones(20, bool)
    with pytest.raises(NoTrainingRows):
        strategy.update(state, matrix.batch(everything), matrix.batch(~everything), matrix.data())


def test_a_refitted_transformer_starts_the_sums_again(matrices, gone):
    matrix = matrices.random()
    strategy = strategy_for(Ridge())
    state = strategy.fit(Ridge(), matrix.data())
    kept = matrix.take(~gone(300, 5))
    kept.values = kept.values * 2.0
    nothing = kept.batch(slice(0, 0))
    state, guarantee = strategy.update(state, nothing, nothing, kept.data(rewritten=True))
    assert guarantee.kind == "exact"
    assert_as_refit(state, Ridge(), kept)


@pytest.mark.parametrize(
    "estimator", [Ridge(positive=True, solver="lbfgs"), Ridge(solver="sag"),
                  LinearRegression(positive=True)]
)  # fmt: skip
def test_other_parameters_are_refitted(estimator):
    assert strategy_for(estimator).name == "refit"


def test_forgotten_rows_are_not_in_the_sums(matrices, gone):
    """The sums after a forget are those of a state that never saw the rows."""
    matrix = matrices.random()
    strategy = strategy_for(Ridge())
    state = strategy.fit(Ridge(), matrix.data())
    kept, state, _ = matrix.forgetting(strategy, state, gone(300, 3))
    fresh = strategy.fit(Ridge(), kept.data())
    for name in ("gram/products", "gram/pivot", "gram/targets"):
        np.testing.assert_allclose(state.arrays[name], fresh.arrays[name], rtol=1e-9, atol=1e-9)


def refuse_to_fit(*_):
    raise AssertionError("the sums should have sufficed")


def test_many_forgets_need_no_refit(matrices, monkeypatch):
    matrix = matrices.random(700, 5, erased=0.01)
    strategy = strategy_for(Ridge())
    state = strategy.fit(Ridge(), matrix.data())
    monkeypatch.setattr(type(strategy), "fit", refuse_to_fit)
    for _ in range(300):
        gone = np.arange(len(matrix)) == 0
        matrix, state, _ = matrix.forgetting(strategy, state, gone)
    assert_as_refit(state, Ridge(), matrix)


@pytest.mark.parametrize("target", [False, True])
def test_an_outlier_leaves_no_rounding_errors_behind(target, matrices):
    """After it, the sums are made again: they would hold its rounding errors for good."""
    matrix = matrices.random(200, 4, offset=0.0)
    if target:
        matrix.y[7] = 1e9
    else:
        matrix.values[7, 1] = 1e9
    strategy = strategy_for(Ridge())
    state = strategy.fit(Ridge(), matrix.data())
    kept, state, guarantee = matrix.forgetting(strategy, state, np.arange(200) == 7)
    assert guarantee.kind == "exact"
    fresh = strategy.fit(Ridge(), kept.data())
    for name, array in fresh.arrays.items():
        np.testing.assert_array_equal(state.arrays[name], array)


def test_a_column_that_only_forgotten_rows_filled_is_exactly_zero(matrices, monkeypatch):
    matrix = matrices.random(200, 5)
    matrix.values[:, 3] = 0.0
    matrix.values[10:13, 3] = [0.1, 0.7, 1.3]
    strategy = strategy_for(Ridge())
    state = strategy.fit(Ridge(), matrix.data())
    monkeypatch.setattr(type(strategy), "fit", refuse_to_fit)
    gone = np.isin(np.arange(200), [10, 11, 12])
    kept, state, _ = matrix.forgetting(strategy, state, gone)
    assert state.to_estimator().coef_[3] == 0.0
    assert state.arrays["gram/support"][3] == 0
    assert_as_refit(state, Ridge(), kept)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("where", ["values", "y"])
def test_missing_values_are_refused(bad, where, matrices):
    matrix = matrices.random(50)
    strategy = strategy_for(Ridge())
    state = strategy.fit(Ridge(), matrix.data())
    after = matrix.take(slice(None))
    after.values, after.y = after.values.copy(), after.y.copy()
    getattr(after, where)[3] = bad
    third = np.arange(50) == 3
    with pytest.raises(ModelError, match="missing or infinite"):
        strategy.update(state, matrix.batch(third), after.batch(third), after.data())
    with pytest.raises(ModelError, match="missing or infinite"):
        strategy.fit(Ridge(), after.data())
