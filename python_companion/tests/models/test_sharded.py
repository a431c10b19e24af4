"""Shards: those without an affected row stay to the bit, the others are as if trained afresh."""

import json
from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, clone, is_classifier, is_regressor
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier, SGDRegressor
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

import palimpsest
from palimpsest.models import (
    ClassForgotten,
    ModelError,
    ModelState,
    NeedsEstimator,
    NoTrainingRows,
    retrained,
    strategy_for,
)
from palimpsest.models.sharded import Sharded
from palimpsest.models.shards import Shards

CLASSES = ["a", "b", "c"]

WHOLE = {
    "logistic": Sharded(LogisticRegression(max_iter=50), shards=3),
    "tree": Sharded(DecisionTreeClassifier(), shards=5, random_state=7),
    "forest": Sharded(RandomForestClassifier(3), shards=3),
    "votes": Sharded(LinearSVC(), shards=4, slices=3),
}
SLICED = {
    "sgd": Sharded(SGDClassifier(loss="log_loss"), shards=3, slices=4, epochs=2),
    "bayes": Sharded(GaussianNB(), shards=3, slices=3),
    "network": Sharded(
        MLPClassifier(hidden_layer_sizes=(4,)), shards=2, slices=3, epochs=2, replay=True
    ),
    "momentum": Sharded(MLPClassifier(hidden_layer_sizes=(4,), solver="sgd"), shards=2, slices=2),
    "few rows": Sharded(SGDClassifier(), shards=8, slices=5),
}
NUMBERS = {
    "ridge": Sharded(Ridge(), shards=3),
    "sgd numbers": Sharded(SGDRegressor(), shards=3, slices=3),
    "network numbers": Sharded(
        MLPRegressor(hidden_layer_sizes=(3,), max_iter=5), shards=2, slices=2
    ),
}
ALL = {**WHOLE, **SLICED, **NUMBERS}

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Majority(BaseEstimator):
    """A user's classifier."""

    _estimator_type = "classifier"

    def fit(self, X, y):
        self.classes_, counts = np.unique(y, return_counts=True)
        self.most_ = self.classes_[counts.argmax()]
        return self

    def predict(self, X):
        return np.full(len(X), self.most_)


class Mean:
    """What is no estimator of scikit-learn at all, as a network may be."""

    def fit(self, X, y):
        self.mean = y.mean()
        return self

    def predict(self, X):
        return np.full(len(X), self.mean)


def matrix_for(name, matrices, n=150, seed=0):
    matrix = matrices.random(n, classes=None if name in NUMBERS else CLASSES, seed=seed)
    matrix.values[:, :2] -= 40.0
    matrix.scaled = 0
    return matrix


def stored(state):
    assert all(array.dtype.kind in "biufU" for array in state.to_arrays().values())
    return ModelState.from_parts(json.loads(json.dumps(state.to_json())), state.to_arrays())


def assert_same(one, other):
    assert one.arrays.keys() == other.arrays.keys()
    for name, array in one.arrays.items():
        np.testing.assert_array_equal(array, other.arrays[name], err_msg=name)


@pytest.mark.parametrize("name", ALL)
@settings(max_examples=3)
@given(seed=st.integers(0, 50), share=st.sampled_from([0.01, 0.05, 0.3]), kept=st.booleans())
def test_any_changes_equal_training_afresh(name, matrices, seed, share, kept):
    """Also after the run was closed and opened: what optimisers keep is part of the model."""
    estimator, matrix = ALL[name], matrix_for(name, matrices, seed=seed)
    strategy = Shards()
    assert strategy_for(estimator).name == "shards"
    rng = np.random.default_rng(seed)
    state = strategy.fit(estimator, matrix.data())
    for _ in range(2):
        changed = rng.random(len(matrix)) < share
        donors = rng.permutation(len(matrix))
        after = matrix.take(slice(None))
        after.values = np.where(changed[:, None], matrix.values[donors], matrix.values)
        after.y = np.where(changed, matrix.y[donors], matrix.y)
        stays = ~changed | (rng.random(len(matrix)) < 0.5)
        rest = after.take(stays)
        if name not in NUMBERS and set(rest.y) != set(CLASSES):
            return
        before = stored(state) if kept else state
        told = strategy.estimate_rows(before, matrix.row_ids[changed], False)
        state, guarantee = strategy.update(
            before, matrix.batch(changed), after.batch(changed & stays), rest.data()
        )
        assert guarantee.kind == "exact"
        assert told.text == guarantee.text
        matrix = rest
        assert_same(state, strategy.fit(estimator, matrix.data()))
    X, _ = matrix.encoded()
    ours, theirs = stored(state).to_estimator(), state.to_estimator()
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


@pytest.mark.parametrize("name", ["tree", "network"])
def test_other_shards_are_the_same_objects(name, matrices):
    estimator, matrix = ALL[name], matrix_for(name, matrices)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    before = deepcopy(state.to_estimator())
    shard, first = next(iter(before.starts(np.array([9])).items()))
    _, after, guarantee = matrix.forgetting(strategy, state, np.arange(150) == 9)
    model = after.to_estimator()
    same = [a is b for a, b in zip(state.live.learners_, model.learners_, strict=True)]
    assert same == [place != shard for place in range(estimator.shards)]
    assert f"1 of {estimator.shards} shards" in guarantee.text
    kept = {tuple(place) for place in model.checkpoint_places_.tolist()}
    assert all((shard, place) in kept for place in range(1, first + 1)) or name == "tree"
    X, _ = matrix.encoded()
    np.testing.assert_array_equal(before.predict(X), state.to_estimator().predict(X))


def test_a_shard_learns_again_from_its_first_affected_slice(matrices, monkeypatch):
    estimator, matrix = Sharded(GaussianNB(), shards=2, slices=5), matrix_for("bayes", matrices)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    shards, slices = estimator.assigned(np.arange(150))
    row = int(np.flatnonzero(slices == 3)[0])
    taught, learn = [], GaussianNB.partial_fit

    def noting(model, X, y, **options):
        taught.append(len(y))
        return learn(model, X, y, **options)

    monkeypatch.setattr(GaussianNB, "partial_fit", noting)
    matrix.forgetting(strategy, state, np.arange(150) == row)
    mine = shards == shards[row]
    assert taught == [int((mine & (slices == 3)).sum()) - 1, int((mine & (slices == 4)).sum())]


def test_moved_columns_concern_every_shard(matrices, gone):
    matrix = matrices.random(150, classes=CLASSES)  # its first columns are scaled
    estimator, strategy = WHOLE["tree"], Shards()
    state = strategy.fit(estimator, matrix.data())
    told = strategy.estimate_rows(state, np.array([4]), True)
    kept, state, guarantee = matrix.forgetting(strategy, state, gone(150, 1))
    assert guarantee.kind == told.kind == "refit"
    assert "all 5 shards" in guarantee.text
    assert_same(state, strategy.fit(estimator, kept.data()))


@pytest.mark.parametrize("base", [Majority(), Mean()], ids=lambda base: type(base).__name__)
def test_anything_with_fit_and_predict(base, matrices):
    name = "ridge" if isinstance(base, Mean) else "tree"
    estimator, matrix = Sharded(base, shards=3), matrix_for(name, matrices)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    assert not state.portable
    kept, after, guarantee = matrix.forgetting(
        strategy, state, np.arange(150) == 3, estimator=estimator
    )
    assert guarantee.kind == "exact"
    X, _ = kept.encoded()
    expected = strategy.fit(estimator, kept.data()).to_estimator().predict(X)
    np.testing.assert_array_equal(after.to_estimator().predict(X), expected)
    again = retrained(stored(after), kept.data(), estimator).to_estimator()
    np.testing.assert_array_equal(again.predict(X), expected)
    with pytest.raises(NeedsEstimator, match="open the notebook"):
        matrix.forgetting(strategy, stored(state), np.arange(150) == 3)
    _, _, guarantee = matrix.forgetting(
        strategy, stored(state), np.arange(150) == 3, estimator=estimator
    )
    assert guarantee.kind == "refit"


@pytest.mark.parametrize("name", ["logistic", "sgd"])
def test_bad_requests(name, matrices):
    estimator, matrix = ALL[name], matrix_for(name, matrices)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    X, _ = matrix.encoded()
    before = state.to_estimator().predict_proba(X)
    with pytest.raises(ClassForgotten):
        matrix.forgetting(strategy, state, matrix.y == "b")
    with pytest.raises(NoTrainingRows):
        matrix.forgetting(strategy, state, np.ones(150, bool))
    broken = matrix.take(slice(None))
    broken.values = np.full_like(matrix.values, np.nan)
    changed = np.ones(150, bool)
    with pytest.raises(ModelError, match="cannot be trained: Input X contains NaN"):
        strategy.update(state, matrix.batch(changed), broken.batch(changed), broken.data())
    np.testing.assert_array_equal(state.to_estimator().predict_proba(X), before)


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize("name", ["tree", "bayes"])
def test_the_last_row_of_a_class_in_a_shard_may_go(name, matrices):
    estimator, matrix = ALL[name], matrix_for(name, matrices)
    matrix.y[matrix.y == "c"] = "a"
    shards, _ = estimator.assigned(np.arange(150))
    matrix.y[np.flatnonzero(shards == 0)] = "a"
    matrix.y[np.flatnonzero(shards == 0)[2]] = "b"
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    gone = np.arange(150) == np.flatnonzero(shards == 0)[2]
    kept, state, guarantee = matrix.forgetting(strategy, state, gone)
    assert guarantee.kind == "exact"
    assert_same(state, strategy.fit(estimator, kept.data()))
    assert state.to_estimator().predict_proba(kept.encoded()[0]).shape == (149, 2)


def test_a_class_that_comes(matrices):
    estimator, matrix = SLICED["bayes"], matrix_for("bayes", matrices)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    after = matrix.take(slice(None))
    few = np.arange(150) < 20
    after.y = np.where(few, "d", matrix.y)
    state, guarantee = strategy.update(state, matrix.batch(few), after.batch(few), after.data())
    assert guarantee.kind == "refit"
    assert "classes" in guarantee.text
    assert_same(state, strategy.fit(estimator, after.data()))


@pytest.mark.parametrize("name", ["logistic", "sgd", "ridge"])
def test_in_plain_scikit_learn(name, matrices):
    estimator, matrix = ALL[name], matrix_for(name, matrices)
    assert palimpsest.Sharded is Sharded
    X, y = matrix.encoded()
    assert is_classifier(estimator) == (name != "ridge")
    assert is_regressor(estimator) == (name == "ridge")
    assert cross_val_score(make_pipeline(StandardScaler(), estimator), X, y, cv=3).min() > 0.5
    search = GridSearchCV(estimator, {"shards": [2, 3]}, cv=2).fit(X, y)
    assert search.best_params_["shards"] in {2, 3}
    order = np.random.default_rng(0).permutation(len(y))
    one = clone(estimator).fit(X, y)
    other = clone(estimator).fit(X[order], y[order], rows=order)
    np.testing.assert_array_equal(one.predict(X), other.predict(X))
    assert one.shards_.tolist() == other.shards_.tolist()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"shards": 0}, ValueError),
        ({"slices": 1.5}, ValueError),
        ({"random_state": None}, TypeError),
    ],
)
def test_parameters_are_checked(options, error, matrices):
    with pytest.raises(error, match=f"'{next(iter(options))}' must be"):
        Sharded(GaussianNB(), **options).fit(*matrix_for("bayes", matrices).encoded())
