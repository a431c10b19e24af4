"""Fitted trees are stored as arrays; what is no tree is refused before scikit-learn walks it."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingRegressor,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.tree import DecisionTreeClassifier, ExtraTreeRegressor

from palimpsest.estimators import ForbiddenClass
from palimpsest.models import ModelState, fitted, strategy_for, trees

CLASSES = ["a", "b", "c"]
CLASSIFIERS = [
    DecisionTreeClassifier(random_state=0),
    DecisionTreeClassifier(max_depth=1, splitter="random", random_state=0),
    RandomForestClassifier(4, random_state=0, class_weight="balanced"),
    GradientBoostingClassifier(n_estimators=3, random_state=0),
    GradientBoostingClassifier(n_estimators=3, init="zero", random_state=0),
    AdaBoostClassifier(n_estimators=3, random_state=0),
]
REGRESSORS = [
    ExtraTreeRegressor(random_state=0),
    ExtraTreesRegressor(3, random_state=0),
    GradientBoostingRegressor(n_estimators=3, random_state=0),
    BaggingRegressor(n_estimators=3, max_features=0.5, random_state=0),
]


def stored(state):
    assert all(array.dtype.kind in "biufU" for array in state.to_arrays().values())
    return ModelState.from_parts(json.loads(json.dumps(state.to_json())), state.to_arrays())


def fit(estimator, matrix):
    return strategy_for(estimator).fit(estimator, matrix.data())


LABELS = [
    *((estimator, {"classes": CLASSES}) for estimator in CLASSIFIERS),
    *((estimator, {}) for estimator in REGRESSORS),
    *((estimator, {"targets": 2}) for estimator in REGRESSORS[:2]),
]


@pytest.mark.parametrize(("estimator", "labels"), LABELS, ids=repr)
def test_trees_come_back_to_the_bit(estimator, labels, matrices):
    matrix = matrices.random(**labels)
    state = fit(estimator, matrix)
    again = stored(state)
    assert again.live is None
    assert again.portable
    X, _ = matrix.encoded()
    ours, theirs = again.to_estimator(), state.live
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    if hasattr(theirs, "predict_proba"):
        np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))
    if hasattr(theirs, "feature_importances_"):
        np.testing.assert_array_equal(ours.feature_importances_, theirs.feature_importances_)
    if hasattr(theirs, "decision_path"):
        a, b = ours.decision_path(X), theirs.decision_path(X)
        a, b = (a[0], b[0]) if isinstance(a, tuple) else (a, b)
        assert (a != b).nnz == 0


@settings(max_examples=40)
@given(
    column=st.sampled_from([0, 1, 2]),
    node=st.integers(0, 20),
    number=st.sampled_from([-2, -1, 0, 1, 2, 3, 7, 10**6, -(10**6)]),
)
def test_a_tree_that_leads_nowhere_is_refused(matrices, column, node, number):
    """Any child or column that is not what it was makes no tree, or one that can be walked."""
    matrix = matrices.random(80)
    state = stored(fit(DecisionTreeClassifier(max_depth=4), labelled(matrix)))
    rows = state.arrays["fitted/tree_"].copy()
    rows[node % len(rows), column] = number
    state.arrays["fitted/tree_"] = rows
    try:
        model = state.to_estimator()
    except ForbiddenClass:
        return
    inner = rows[:, 0] != -1
    assert (rows[inner, 2] < 6).all()
    assert model.decision_path(np.zeros((3, 6))).sum(axis=1).max() <= model.get_depth() + 1


def labelled(matrix):
    matrix.y = np.where(matrix.y > matrix.y.mean(), "yes", "no")
    return matrix


def test_what_does_not_fit_together_is_refused(matrices):
    matrix = matrices.random(classes=CLASSES)
    forest = stored(fit(CLASSIFIERS[2], matrix))
    forest.facts["fitted"]["n_features_in_"] = 9
    with pytest.raises(ForbiddenClass, match="number of columns"):
        forest.to_estimator()
    boosted = stored(fit(CLASSIFIERS[4], matrix))
    boosted.facts["fitted"]["n_trees_per_iteration_"] = 1
    with pytest.raises(ForbiddenClass, match="add up"):
        boosted.to_estimator()
    tree = stored(fit(CLASSIFIERS[0], matrix))
    tree.facts["fitted"]["tree_"]["classes"] = [30]
    with pytest.raises(ForbiddenClass, match="another shape"):
        tree.to_estimator()


def test_trees_of_another_scikit_learn_are_grown_again(matrices):
    state = stored(fit(CLASSIFIERS[2], matrices.random(classes=CLASSES)))
    state.facts["fitted"]["estimators_"]["items"][1]["json"]["tree_"]["fields"][-1] = "colour"
    assert not state.portable
    assert trees.fields()[:3] == ("left_child", "right_child", "feature")


def test_a_huge_forest_is_not_stored(matrices, monkeypatch):
    monkeypatch.setattr(fitted, "MOST_BYTES", 1000)
    assert not fit(CLASSIFIERS[2], matrices.random(classes=CLASSES)).portable
