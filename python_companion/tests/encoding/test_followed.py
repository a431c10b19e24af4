"""Models that follow an encoding equal models trained anew, whatever columns come, go or change."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.naive_bayes import BernoulliNB, GaussianNB

from palimpsest.models import strategy_for

from .worlds import KINDS, World, requests

FOLLOWED = [
    "words", "tfidf", "tfidf-normed", "tfidf-shares", "few-words", "few-pairs", "told-words",
    "indicated", "indicated-scaled", "filled", "filled-few", "filled-numbered", "bins-one-hot",
    "splines", "rare", "mean-scaled", "target", "quantiles",
]  # fmt: skip
PARAMETERS = {
    Ridge: ("coef_", "intercept_"),
    GaussianNB: ("theta_", "var_"),
    BernoulliNB: ("feature_log_prob_",),
}


def data_of(world, rewritten=False):
    def blocks():
        yield world.raw.take(world.fit), world.labels.values[world.fit], None

    count = int(world.fit.sum())
    return world.encoding.training_data(count, blocks, rewritten=rewritten)


def followed(world, delta, strategy, state):
    raw, fit, labels = world.left
    removed = delta.before.batch(raw.take(fit), labels[fit])
    raw, fit, labels = world.came
    added = delta.encoding.batch(raw.take(fit), labels[fit])
    return strategy.update(state, removed, added, data_of(world, delta.rewritten))[0]


@pytest.mark.parametrize("estimator", [Ridge(), GaussianNB(), BernoulliNB()], ids=repr)
@pytest.mark.parametrize("name", FOLLOWED)
@settings(max_examples=settings().max_examples // 20)
@given(data=st.data(), seed=st.integers(0, 20))
def test_a_model_that_follows_equals_one_trained_anew(name, estimator, data, seed):
    world = World.of(name, 60, seed)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, data_of(world))
    for _ in range(3):
        delta = world.change(*data.draw(requests(len(world.frame))))
        state = followed(world, delta, strategy, state)
        matrix = world.encoding.materialise(world.raw)[world.fit]
        fresh = clone(estimator).fit(matrix, world.labels.values[world.fit])
        for parameter in PARAMETERS[type(estimator)]:
            ours = np.asarray(getattr(state.to_estimator(), parameter))
            theirs = np.asarray(getattr(fresh, parameter))
            np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-7 * np.abs(theirs).max())


def test_all_are_known():
    assert set(FOLLOWED) <= set(KINDS)
