"""Distances between models, and whether a model remembers rows."""

import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from palimpsest.models import ModelError
from palimpsest.models.metrics import (
    likelihood_auc,
    losses,
    membership_auc,
    parameter_distance,
    parameter_distances,
    prediction_disagreement,
)


def test_parameter_distance(matrices):
    X, y = matrices.random().encoded()
    one, other = Ridge().fit(X, y), Ridge(50.0).fit(X, y)
    coefficients = np.abs(one.coef_ - other.coef_).max() / np.abs(other.coef_).max()
    intercept = abs(one.intercept_ - other.intercept_) / abs(other.intercept_)
    assert parameter_distance(one, other) == pytest.approx(max(coefficients, intercept))
    assert parameter_distance(one, one) == 0.0
    assert parameter_distance(one, Ridge().fit(X[:, :3], y)) == math.inf


def test_parameters_of_columns_in_another_order(matrices):
    X, y = matrices.random(classes=["no", "yes"]).encoded()
    order = np.array([3, 0, 5, 1, 4, 2])
    one = LogisticRegression().fit(X, y)
    other = LogisticRegression().fit(X[:, order], y)
    other.coef_ = one.coef_[:, order]
    other.intercept_ = one.intercept_
    assert parameter_distance(one, other) > 0.1
    assert parameter_distance(one, other, np.argsort(order)) == 0.0


def test_classes_must_be_the_same(matrices):
    X, y = matrices.random(classes=["no", "yes"]).encoded()
    one = LogisticRegression().fit(X, y)
    other = LogisticRegression().fit(X, np.where(y == "no", "never", "yes"))
    assert parameter_distance(one, other) == math.inf


def test_prediction_disagreement():
    names, numbers = np.array(["a", "b", "b", "a"]), np.array([1.0, 2.0, 3.0, 4.0])
    assert prediction_disagreement(names, names, 1e-9) == 0.0
    assert prediction_disagreement(names, np.array(["a", "b", "a", "b"]), 1e-9) == 0.5
    assert prediction_disagreement(numbers, numbers + 1e-7, 1e-6) == 0.0
    assert prediction_disagreement(numbers, numbers + np.array([0, 0, 0, 1e-5]), 1e-6) == 0.25
    several = np.ones((4, 2))
    assert prediction_disagreement(several, several + np.array([0, 1]), 1e-9) == 1.0
    assert prediction_disagreement(numbers[:0], numbers[:0], 1e-9) == 0.0


@pytest.mark.parametrize(
    "model", [LogisticRegression(), LinearSVC(), KNeighborsClassifier(1), Ridge()], ids=repr
)
def test_membership_auc_is_the_area_under_the_curve(model, matrices):
    classes = None if isinstance(model, Ridge) else ["no", "yes"]
    X, y = matrices.random(120, 20, classes=classes).encoded()
    model.fit(X[:60], y[:60])
    seen, unseen = (X[:60], y[:60]), (X[60:], y[60:])
    auc = membership_auc(model, seen, unseen)
    member = np.repeat([1, 0], 60)
    assert auc == pytest.approx(roc_auc_score(member, -losses(model, X, y)))
    assert auc > 0.5
    assert membership_auc(model, seen, seen) == 0.5
    assert math.isnan(membership_auc(model, (X[:0], y[:0]), unseen))


def test_a_model_that_learned_by_heart_is_found_out(matrices):
    X, y = matrices.random(120, 6, classes=["no", "yes"]).encoded()
    y = np.random.default_rng(0).permutation(y)
    model = DecisionTreeClassifier(random_state=0).fit(X[:60], y[:60])
    assert membership_auc(model, (X[:60], y[:60]), (X[60:], y[60:])) > 0.7


def test_the_likelihood_ratio_finds_what_was_learned_by_heart(matrices):
    X, y = matrices.random(240, 30, classes=["no", "yes"]).encoded()
    y = np.random.default_rng(0).permutation(y)
    model = DecisionTreeClassifier(random_state=0).fit(X[:60], y[:60])
    seen, unseen, others = (X[:60], y[:60]), (X[60:160], y[60:160]), (X[160:], y[160:])
    assert likelihood_auc(model, seen, unseen) > 0.7
    assert likelihood_auc(model, others, unseen) == pytest.approx(0.5, abs=0.12)
    assert math.isnan(likelihood_auc(model, (X[:0], y[:0]), unseen))
    assert math.isnan(likelihood_auc(model, seen, (X[:4], y[:4])))


def test_the_likelihood_ratio_judges_by_class(matrices):
    """A class that the model is sure of anyway betrays nothing, whatever the threshold says."""

    class Known:
        classes_ = np.array(["hard", "sure"])

        def predict_proba(self, X):
            return np.column_stack([1.0 - X[:, 0], X[:, 0]])

    rng = np.random.default_rng(1)
    sure = 1.0 - 10.0 ** rng.uniform(-5.0, -4.0, 130)
    hard = 1.0 - rng.uniform(0.4, 0.6, 70)
    forgotten = sure[:30, None], np.full(30, "sure")
    unseen = np.r_[sure[30:], hard][:, None], np.repeat(["sure", "hard"], [100, 70])
    assert membership_auc(Known(), forgotten, unseen) > 0.65
    assert likelihood_auc(Known(), forgotten, unseen) == pytest.approx(0.5, abs=0.1)
    numbers = Ridge().fit(unseen[0], np.arange(170.0))
    assert (
        0.0
        <= likelihood_auc(numbers, (unseen[0][:9], np.arange(9.0)), (unseen[0], np.arange(170.0)))
        <= 1.0
    )


def test_distances_are_told_in_full_and_relative(matrices):
    X, y = matrices.random().encoded()
    one, other = Ridge().fit(X, y), Ridge().fit(X, y)
    other.coef_ = other.coef_ + 0.25
    absolute, relative = parameter_distances(one, other)
    assert absolute == pytest.approx(0.25)
    assert relative == pytest.approx(0.25 / np.abs(other.coef_).max())


def test_what_the_model_does_not_know_is_refused(matrices):
    X, y = matrices.random(classes=["no", "yes"]).encoded()
    model = LogisticRegression().fit(X, y)
    with pytest.raises(ModelError, match="not trained on"):
        losses(model, X[:1], np.array(["zebra"]))
    numbers = Ridge().fit(X, np.arange(len(X)))
    with pytest.raises(ModelError, match="something else"):
        losses(numbers, X[:1], np.array(["zebra"]))
