"""Distances between models, and whether a model remembers rows."""

import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from palimpsest.models import ModelError, strategy_for
from palimpsest.models.metrics import (
    losses,
    membership_auc,
    parameter_distance,
    prediction_disagreement,
)


@pytest.fixture
def ridge(matrices):
    matrix = matrices.random()
    return matrix, strategy_for(Ridge()).fit(Ridge(), matrix.data())


def test_parameter_distance(ridge, matrices):
    matrix, state = ridge
    other = strategy_for(Ridge()).fit(Ridge(), matrix.take(slice(100)).data())
    coef = np.abs(state.to_estimator().coef_ - other.to_estimator().coef_).max()
    intercept = abs(state.to_estimator().intercept_ - other.to_estimator().intercept_)
    distance, relative = parameter_distance(state, other)
    assert distance == pytest.approx(max(coef, intercept))
    assert relative == pytest.approx(distance / abs(other.to_estimator().intercept_))
    assert parameter_distance(state, state) == (0.0, 0.0)
    narrow = strategy_for(Ridge()).fit(Ridge(), matrices.random(d=3).data())
    assert parameter_distance(state, narrow) == (math.inf, math.inf)


def test_models_without_parameters_have_no_distance(matrices):
    matrix = matrices.random(classes=[0, 1])
    state = strategy_for(DecisionTreeClassifier()).fit(DecisionTreeClassifier(), matrix.data())
    assert all(math.isnan(value) for value in parameter_distance(state, state))


def test_prediction_disagreement(ridge, matrices):
    matrix, state = ridge
    X, y = matrix.encoded()
    model = state.to_estimator()
    assert prediction_disagreement(model, model, X) == 0.0
    assert prediction_disagreement(model, Ridge(100.0).fit(X, y), X) == 1.0
    yes, no = (DecisionTreeClassifier().fit(X[:2], labels) for labels in ([1, 1], [1, 0]))
    share = np.mean(yes.predict(X) != no.predict(X))
    assert prediction_disagreement(yes, no, X) == share
    assert prediction_disagreement(yes, no, X[:0]) == 0.0


@pytest.mark.parametrize(
    "model", [LogisticRegression(), LinearSVC(), KNeighborsClassifier(1), Ridge()], ids=repr
)
def test_membership_auc_is_the_area_under_the_curve(model, matrices):
    classes = None if isinstance(model, Ridge) else ["no", "yes"]
    X, y = matrices.random(120, 20, classes=classes).encoded()
    model.fit(X[:60], y[:60])
    auc = membership_auc(model, X[:60], y[:60], X[60:], y[60:])
    member = np.repeat([1, 0], 60)
    assert auc == pytest.approx(roc_auc_score(member, -losses(model, X, y)))
    assert auc > 0.5
    assert membership_auc(model, X[:60], y[:60], X[:60], y[:60]) == 0.5
    assert math.isnan(membership_auc(model, X[:0], y[:0], X, y))


def test_unknown_classes_are_refused(matrices):
    X, y = matrices.random(classes=["no", "yes"]).encoded()
    model = LogisticRegression().fit(X, y)
    with pytest.raises(ModelError, match="not trained on"):
        losses(model, X[:1], np.array(["zebra"]))
