"""Certified removal: the bound holds, the budget adds up, and running out of it trains again."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge

from palimpsest import Certified
from palimpsest.models import (
    SECRET,
    ClassForgotten,
    ModelError,
    ModelState,
    NoTrainingRows,
    strategy_for,
)
from palimpsest.models.certified import CURVATURE_CHANGE, Problem

MODELS = [
    Certified(LogisticRegression(C=0.1)),
    Certified(LogisticRegression(C=10.0, fit_intercept=False), noise=3.0),
]


def stateless(matrices, n=300, **options):
    """Encoders without statistics."""
    matrix = matrices.random(n, classes=["no", "yes"], offset=0.0, **options)
    matrix.values[:, :2] /= 7.0
    matrix.scaled = 0
    return matrix


def noise_of(state):
    model = state.to_estimator()
    width = model.n_features_in_ + model.model.fit_intercept
    return np.random.default_rng(int(state.facts[SECRET], 16)).normal(0.0, model.noise, width)


def gradient(state, matrix):
    """The gradient of the perturbed objective, written down from the docstring."""
    model = state.to_estimator()
    X, y = matrix.encoded()
    point = model.coef_[0]
    if model.model.fit_intercept:
        X, point = np.column_stack([X, np.ones(len(X))]), np.append(point, model.intercept_)
    slopes = expit(X @ point) - (y == model.classes_[1])
    return X.T @ slopes + point / model.model.C + noise_of(state)


def stored(state):
    return ModelState.from_parts(json.loads(json.dumps(state.to_json())), state.to_arrays())


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_training_goes_to_the_optimum_of_the_perturbed_objective(model, matrices):
    matrix = stateless(matrices)
    strategy = strategy_for(model)
    assert strategy.name == "certified"
    state = strategy.fit(model, matrix.data())
    assert np.linalg.norm(gradient(state, matrix)) <= state.facts["spent"] < 1e-8
    again = strategy.fit(model, matrix.data())
    assert again.facts[SECRET] != state.facts[SECRET]
    assert not np.allclose(again.to_estimator().coef_, state.to_estimator().coef_)
    X, y = matrix.encoded()
    assert state.to_estimator().score(X, y) > 0.75
    restored = stored(state)
    assert restored.portable
    np.testing.assert_array_equal(restored.to_estimator().predict(X), state.live.predict(X))


def test_the_constant_is_the_largest_third_derivative():
    z = np.linspace(-20.0, 20.0, 400_001)
    share = expit(z)
    third = share * (1.0 - share) * (1.0 - 2.0 * share)
    assert np.abs(third).max() <= CURVATURE_CHANGE
    assert np.abs(third).max() == pytest.approx(CURVATURE_CHANGE, rel=1e-6)


@given(
    seed=st.integers(0, 500), counts=st.lists(st.integers(1, 25), min_size=1, max_size=4),
    size=st.sampled_from([0.1, 1.0, 20.0]),
)  # fmt: skip
def test_the_gradient_never_exceeds_the_bound_and_bounds_add_up(matrices, seed, counts, size):
    """Over requests in a row, also through the stored state, and for rows of any length."""
    rng = np.random.default_rng(seed)
    matrix = stateless(matrices, 200, seed=seed)
    matrix.values *= size
    model = clone(MODELS[seed % 2]).set_params(noise=8.0)
    strategy = strategy_for(model)
    state = strategy.fit(model, matrix.data())
    for count in counts:
        before = state.facts["spent"]
        gone = np.isin(np.arange(len(matrix)), rng.choice(len(matrix), count, replace=False))
        whole = matrix
        matrix, updated, guarantee = whole.forgetting(strategy, stored(state), gone)
        if guarantee.kind == "refit":
            assert "of the budget" in guarantee.text
            return
        assert guarantee.kind == "certified"
        X, y = matrix.encoded()
        problem = Problem(state.to_estimator(), X, y, state.facts[SECRET])
        step = updated.to_estimator().point - state.to_estimator().point
        own = updated.facts["spent"] - before
        assert own >= problem.bound(step) >= 0.0
        # never looser than the published bound, by norms of the matrix and of the step
        along = np.linalg.norm(problem.rows @ step)
        widest = np.linalg.norm(problem.rows, 2) * problem.lengths.max()
        published = CURVATURE_CHANGE * widest * np.linalg.norm(step) * along
        assert problem.bound(step) <= published * (1 + 1e-9)
        state = updated
        assert np.linalg.norm(gradient(state, matrix)) <= state.facts["spent"]
        assert state.facts["spent"] <= state.to_estimator().budget
        assert guarantee.residual <= state.facts["spent"] / len(matrix)


@given(seed=st.integers(0, 100), count=st.integers(1, 20))
def test_rows_may_be_changed_and_come(matrices, seed, count):
    rng = np.random.default_rng(seed)
    matrix = stateless(matrices, 150, seed=seed)
    model = Certified(LogisticRegression(C=0.1), noise=8.0)
    strategy = strategy_for(model)
    state = strategy.fit(model, matrix.data())
    changed = np.isin(np.arange(150), rng.choice(150, count, replace=False))
    after = matrix.take(slice(None))
    after.values = after.values + 0.5 * changed[:, None]
    state, guarantee = strategy.update(
        state, matrix.batch(changed), after.batch(changed), after.data()
    )
    assert guarantee.kind == "certified"
    assert np.linalg.norm(gradient(state, after)) <= state.facts["spent"]


def test_an_exhausted_budget_trains_again_with_fresh_noise(matrices):
    matrix = stateless(matrices)
    model = Certified(LogisticRegression(C=0.1), epsilon=0.4, noise=1.0)
    strategy = strategy_for(model)
    state = strategy.fit(model, matrix.data())
    rng, kinds, shares = np.random.default_rng(0), [], []
    for _ in range(40):
        gone = np.isin(np.arange(len(matrix)), rng.choice(len(matrix), 3, replace=False))
        secret = state.facts[SECRET]
        matrix, state, guarantee = matrix.forgetting(strategy, state, gone)
        kinds.append(guarantee.kind)
        shares.append(state.facts["spent"] / state.to_estimator().budget)
        assert (state.facts[SECRET] == secret) == (guarantee.kind == "certified")
        assert ("is left" in guarantee.text) == (guarantee.kind == "certified")
    assert set(kinds) == {"certified", "refit"}
    for before, share, kind in zip(shares, shares[1:], kinds[1:], strict=False):
        assert share > before if kind == "certified" else share < 1e-6
    assert kinds[0] == "certified"
    assert "% is spent" in strategy.estimate(state, 3).text


def test_the_budget_is_that_of_the_theorem():
    model = Certified(LogisticRegression(), epsilon=2.0, delta=1e-5, noise=0.7)
    c = 0.7 * 2.0 / model.budget  # noise = c * budget / epsilon
    assert 1.5 * math.exp(-(c**2) / 2.0) == pytest.approx(1e-5)


def test_the_noise_hides_what_the_step_misses(matrices):
    """Weights after a removal are distributed as weights trained without the rows."""
    matrix = stateless(matrices, 120)
    gone = np.arange(120) < 6
    model = Certified(LogisticRegression(C=0.1), noise=4.0)
    strategy = strategy_for(model)
    found: list[Any] = []
    fresh: list[Any] = []
    for _ in range(200):
        kept, state, guarantee = matrix.forgetting(
            strategy, strategy.fit(model, matrix.data()), gone
        )
        assert guarantee.kind == "certified"
        found.append(state.to_estimator().point)
        fresh.append(strategy.fit(model, kept.data()).to_estimator().point)
    ours, theirs = np.array(found), np.array(fresh)
    spread = theirs.std(axis=0)
    assert (np.abs(ours.mean(axis=0) - theirs.mean(axis=0)) < 0.45 * spread).all()
    assert (np.abs(ours.std(axis=0) / spread - 1.0) < 0.3).all()


@pytest.mark.parametrize("moved", ["mean", "rewritten", "class"])
def test_no_certificate_when_every_row_changes(moved, matrices, gone):
    matrix = stateless(matrices)
    matrix.scaled = 2 if moved == "mean" else 0
    model = Certified(LogisticRegression())
    strategy = strategy_for(model)
    state = strategy.fit(model, matrix.data())
    leaves = gone(300, 5)
    kept, none = matrix.take(~leaves), matrix.batch(slice(0, 0))
    data = kept.data(rewritten=moved == "rewritten")
    if moved == "class":
        after = matrix.take(slice(None))
        after.y = np.where(leaves, "other", matrix.y.astype("U5"))
        with pytest.raises(ModelError, match="two classes apart, and the label has 3"):
            strategy.update(state, matrix.batch(leaves), after.batch(leaves), after.data())
        return
    state, guarantee = strategy.update(state, matrix.batch(leaves), none, data)
    assert guarantee.kind == "refit"
    assert "the encoders moved, and with them every row: no bound covers that" in guarantee.text
    assert np.linalg.norm(gradient(state, kept)) <= state.facts["spent"]


def test_nothing_to_do_spends_nothing(matrices):
    matrix = stateless(matrices, 80)
    strategy = strategy_for(MODELS[0])
    state = strategy.fit(MODELS[0], matrix.data())
    none = matrix.batch(slice(0, 0))
    same, guarantee = strategy.update(state, none, none, matrix.data())
    assert same is state
    assert guarantee.kind == "exact"


def test_bad_input_is_told(matrices):
    matrix = stateless(matrices, 80)
    X, y = matrix.encoded()
    bad: list[tuple[Any, dict[str, Any], str]] = [
        (Ridge(), {}, "takes a LogisticRegression"),
        (LogisticRegression(class_weight="balanced"), {}, "without class weights"),
        (LogisticRegression(C=math.inf), {}, "L2 penalty"),
        (LogisticRegression(), {"epsilon": 0.0}, "above zero"),
        (LogisticRegression(), {"delta": 1.0}, "between zero and one"),
    ]
    for model, options, message in bad:
        with pytest.raises(ModelError, match=message):
            Certified(model, **options).fit(X, y)
    with pytest.raises(ModelError, match="has 3"):
        Certified(LogisticRegression()).fit(X, np.arange(80) % 3)
    strategy = strategy_for(MODELS[0])
    state = strategy.fit(MODELS[0], matrix.data())
    with pytest.raises(ClassForgotten):
        matrix.forgetting(strategy, state, matrix.y == "no")
    with pytest.raises(NoTrainingRows):
        strategy.update(state, matrix.batch(slice(None)), matrix.batch(slice(0, 0)), matrix.data())
    X[0, 0] = np.inf
    with pytest.raises(ModelError, match="missing or infinite"):
        Certified(LogisticRegression()).fit(X, y)
