"""Forests forget by growing again the trees that held an affected row, to the bit."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from palimpsest.models import (
    ClassForgotten,
    ModelError,
    ModelState,
    NoTrainingRows,
    fitted,
    retrained,
    strategy_for,
)
from palimpsest.models.forest import Forest, samples_of
from palimpsest.models.identified import drawn

CLASSES = ["a", "b", "c"]
SMALL = 0.02
FORESTS = {
    "forest": RandomForestClassifier(12, max_samples=SMALL, random_state=3),
    "extra": ExtraTreesClassifier(
        12, bootstrap=True, max_samples=SMALL, class_weight={"a": 2.0, "c": 0.5}, random_state=3
    ),
    "plain": RandomForestClassifier(5, max_depth=4, random_state=0),
    "numbers": RandomForestRegressor(8, max_samples=SMALL, random_state=0),
    "extra numbers": ExtraTreesRegressor(5, bootstrap=True, max_samples=0.1, random_state=0),
}


def matrix_for(name, matrices, n=400, seed=0):
    classes = None if isinstance(FORESTS[name], RandomForestRegressor | ExtraTreesRegressor) else 1
    matrix = matrices.random(n, classes=classes and CLASSES, seed=seed, erased=0.05)
    matrix.scaled = 0
    return matrix


def stored(state):
    return ModelState.from_parts(json.loads(json.dumps(state.to_json())), state.to_arrays())


def trees_of(state):
    return [tree.tree_.__getstate__() for tree in state.to_estimator().estimators_]


def assert_same_trees(one, other):
    assert one.arrays.keys() == other.arrays.keys()
    for a, b in zip(trees_of(one), trees_of(other), strict=True):
        assert a["nodes"].tobytes() == b["nodes"].tobytes()
        assert a["values"].tobytes() == b["values"].tobytes()


@pytest.mark.parametrize("name", FORESTS)
@settings(max_examples=4)
@given(seed=st.integers(0, 50), share=st.sampled_from([0.003, 0.02, 0.2]))
def test_any_changes_equal_growing_afresh(name, matrices, seed, share):
    """Rows leave, others get other values and labels, rows come: the forest is the same to the bit."""
    estimator, matrix = FORESTS[name], matrix_for(name, matrices, seed=seed)
    strategy = Forest()
    assert strategy_for(estimator).name == strategy.name
    rng = np.random.default_rng(seed)
    state = strategy.fit(estimator, matrix.data())
    for round_ in range(2):
        changed = rng.random(len(matrix)) < share
        donors = rng.permutation(len(matrix))
        after = matrix.take(slice(None))
        after.values = np.where(changed[:, None], matrix.values[donors], matrix.values)
        after.y = np.where(changed, matrix.y[donors], matrix.y)
        stays = ~changed | (rng.random(len(matrix)) < 0.5)
        removed, added, kept = (
            matrix.batch(changed),
            after.batch(changed & stays),
            after.take(stays),
        )
        if matrix.y.dtype.kind == "U" and set(kept.y) != set(CLASSES):
            return
        before = state if round_ else stored(state)
        told = strategy.estimate_rows(before, np.flatnonzero(changed), False)
        state, guarantee = strategy.update(before, removed, added, kept.data())
        assert guarantee.kind == told.kind == "exact"
        matrix = kept
        assert_same_trees(state, strategy.fit(estimator, matrix.data()))
    X, _ = matrix.encoded()
    again = stored(state).to_estimator()
    np.testing.assert_array_equal(again.predict(X), state.to_estimator().predict(X))


def test_only_trees_that_held_a_row_are_grown(matrices):
    estimator, matrix = FORESTS["forest"], matrix_for("forest", matrices)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    samples = samples_of(estimator, range(12), np.array([7]))
    held = [place for place, sample in samples.items() if sample.any()]
    gone = np.arange(400) == 7
    before = state.to_estimator().estimators_
    _, after, guarantee = matrix.forgetting(strategy, state, gone)
    trees = after.to_estimator().estimators_
    assert [a is b for a, b in zip(before, trees, strict=True)] == [
        place not in held for place in range(12)
    ]
    assert 0 < len(held) < 12
    assert f"{len(held)} of 12 trees" in guarantee.text


def test_samples_are_those_of_a_bootstrap():
    """Each row is in a tree as often as a draw with replacement would have it, on average."""
    rows = np.arange(20_000)
    sample = samples_of(FORESTS["plain"], [0], rows)[0]
    for times, share in enumerate([0.3679, 0.3679, 0.1839, 0.0613]):
        assert abs((sample == times).mean() - share) < 0.015
    few = samples_of(FORESTS["forest"], [1], rows)[1]
    assert abs(few.mean() - SMALL) < 0.004
    assert abs(np.corrcoef(drawn(rows, 0, 1), drawn(rows, 0, 2))[0, 1]) < 0.03
    np.testing.assert_array_equal(drawn(rows, 5, 1)[100:200], drawn(rows[100:200], 5, 1))


def test_as_good_as_scikit_learn(matrices):
    train, test = matrices.random(600, classes=CLASSES), matrices.random(600, classes=CLASSES)
    estimator = RandomForestClassifier(40, random_state=0)
    ours = strategy_for(estimator).fit(estimator, train.data()).to_estimator()
    X, y = test.encoded()
    theirs = clone(estimator).fit(*train.encoded())
    assert abs(ours.score(X, y) - theirs.score(X, y)) < 0.03
    assert ours.get_params() == theirs.get_params()
    assert ours.n_features_in_ == theirs.n_features_in_
    np.testing.assert_array_equal(ours.classes_, theirs.classes_)


def test_columns_that_move_concern_every_tree(matrices, gone):
    matrix = matrices.random(classes=CLASSES)  # its first columns are scaled
    estimator = FORESTS["forest"]
    strategy = Forest()
    state = strategy.fit(estimator, matrix.data())
    told = strategy.estimate_rows(state, np.array([4]), True)
    kept, state, guarantee = matrix.forgetting(strategy, state, gone(300, 1))
    assert guarantee.kind == told.kind == "refit"
    assert "all 12 trees" in guarantee.text
    assert "moved" in guarantee.text
    assert_same_trees(state, strategy.fit(estimator, kept.data()))


def test_what_cannot_be_kept_is_grown_again(matrices, gone, monkeypatch):
    monkeypatch.setattr(fitted, "MOST_BYTES", 10)
    matrix = matrix_for("forest", matrices)
    strategy = strategy_for(FORESTS["forest"])
    state = stored(strategy.fit(FORESTS["forest"], matrix.data()))
    again = retrained(state, matrix.data())
    assert_same_trees(again, strategy.fit(FORESTS["forest"], matrix.data()))
    kept, state, guarantee = matrix.forgetting(strategy, state, gone(400, 1))
    assert guarantee.kind == "refit"
    assert_same_trees(state, strategy.fit(FORESTS["forest"], kept.data()))


@pytest.mark.filterwarnings("ignore:Using the fractional value")
def test_an_empty_sample_is_left_to_scikit_learn(matrices, gone):
    matrix = matrix_for("forest", matrices, n=60)
    matrix.y = np.array(CLASSES * 20)
    estimator = RandomForestClassifier(20, max_samples=0.02, random_state=0)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    X, y = matrix.encoded()
    expected = clone(estimator).fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(state.to_estimator().predict_proba(X), expected)
    _, _, guarantee = matrix.forgetting(strategy, state, gone(60, 2))
    assert guarantee.kind == "refit"


def test_bad_requests(matrices):
    matrix = matrix_for("forest", matrices)
    strategy = strategy_for(FORESTS["forest"])
    state = strategy.fit(FORESTS["forest"], matrix.data())
    before = {name: array.copy() for name, array in state.arrays.items()}
    with pytest.raises(ClassForgotten):
        matrix.forgetting(strategy, state, matrix.y == "b")
    with pytest.raises(NoTrainingRows):
        matrix.forgetting(strategy, state, np.ones(400, bool))
    broken = matrix.take(slice(None))
    broken.values = np.full_like(matrix.values, np.inf)
    changed = np.ones(400, bool)
    with pytest.raises(ModelError, match="infinity"):
        strategy.update(state, matrix.batch(changed), broken.batch(changed), broken.data())
    for name, array in before.items():
        np.testing.assert_array_equal(state.arrays[name], array)


def test_a_class_that_comes(matrices):
    matrix = matrix_for("forest", matrices)
    strategy = strategy_for(FORESTS["forest"])
    state = strategy.fit(FORESTS["forest"], matrix.data())
    after = matrix.take(slice(None))
    first = np.arange(400) == 0
    after.y = np.where(first, "d", matrix.y)
    state, _ = strategy.update(state, matrix.batch(first), after.batch(first), after.data())
    assert state.to_estimator().classes_.tolist() == [*CLASSES, "d"]
    assert_same_trees(state, strategy.fit(FORESTS["forest"], after.data()))


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(bootstrap=True, random_state=None),
        ExtraTreesRegressor(random_state=0),
        RandomForestClassifier(random_state=0, oob_score=True),
        RandomForestClassifier(random_state=0, class_weight="balanced"),
        RandomForestClassifier(random_state=0, max_samples=30),
        RandomForestRegressor(random_state=0, criterion="poisson"),
        RandomForestRegressor(random_state=0, min_samples_leaf=0.1),
        RandomForestRegressor(random_state=0, warm_start=True),
    ],
    ids=repr,
)
def test_forests_whose_trees_depend_on_all_rows_are_trained_again(estimator):
    assert strategy_for(estimator).name == "refit"
