"""Everything else is trained again, and models are stored without pickle."""

import json

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import Lasso, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from palimpsest.models import (
    ClassForgotten,
    ModelError,
    ModelState,
    NeedsEstimator,
    NoTrainingRows,
    check_remaining,
    retrained,
    strategy_for,
    strategy_named,
)
from palimpsest.models.refit import refit_promise


class Majority(BaseEstimator):
    """A user's classifier."""

    _estimator_type = "classifier"

    def fit(self, X, y):
        self.classes_, counts = np.unique(y, return_counts=True)
        self.most_ = self.classes_[counts.argmax()]
        return self

    def predict(self, X):
        return np.full(len(X), self.most_)


def stored(state):
    assert all(array.dtype.kind != "O" for array in state.to_arrays().values())
    return ModelState.from_parts(json.loads(json.dumps(state.to_json())), state.to_arrays())


CLASSIFIERS = [
    ExtraTreesClassifier(5, random_state=0),
    DecisionTreeClassifier(random_state=0),
    SVC(),
    make_pipeline(StandardScaler(), LogisticRegression()),
    LogisticRegression(class_weight="balanced"),
    Majority(),
]


@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=lambda e: type(e).__name__)
def test_trained_again_on_what_remains(estimator, matrices, gone):
    matrix = matrices.random(classes=["no", "yes"])
    strategy = strategy_for(estimator)
    assert strategy.name == "refit"
    state = strategy.fit(estimator, matrix.data())
    kept, state, guarantee = matrix.forgetting(strategy, state, gone(300, 20), estimator=estimator)
    X, y = kept.encoded()
    expected = clone(estimator).fit(X, y).predict(X)
    np.testing.assert_array_equal(state.to_estimator().predict(X), expected)
    assert guarantee.kind == "refit"
    again = retrained(stored(state), kept.data(), estimator)
    np.testing.assert_array_equal(again.to_estimator().predict(X), expected)


@pytest.mark.parametrize(
    ("estimator", "classes"),
    [
        (Ridge(), None),
        (LogisticRegression(), [False, True]),
        (LogisticRegression(), [3, 7]),
        (GaussianNB(), ["no", "yes"]),
        (MLPRegressor(hidden_layer_sizes=(3,), max_iter=5, solver="sgd", random_state=0), None),
    ],
    ids=repr,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_fitted_models_come_back_from_arrays(estimator, classes, matrices):
    matrix = matrices.random(classes=classes)
    X, _ = matrix.encoded()
    state = strategy_for(estimator).fit(estimator, matrix.data())
    if not state.portable:
        with pytest.raises(NeedsEstimator, match="without pickle"):
            stored(state).to_estimator()
        return
    again = stored(state)
    assert again.live is None
    ours = again.to_estimator().predict(X)
    np.testing.assert_array_equal(ours, state.to_estimator().predict(X))
    assert ours.dtype == state.to_estimator().predict(X).dtype


def test_some_models_are_not_portable(matrices):
    matrix = matrices.random(classes=["no", "yes"])
    estimator = HistGradientBoostingClassifier(max_iter=2)
    state = strategy_for(estimator).fit(estimator, matrix.data())
    assert not state.portable
    with pytest.raises(NeedsEstimator, match="train it again"):
        stored(state).to_estimator()


def test_user_models_need_the_notebook(matrices, gone):
    matrix = matrices.random(classes=["no", "yes"])
    strategy = strategy_for(Majority())
    state = stored(strategy.fit(Majority(), matrix.data()))
    with pytest.raises(NeedsEstimator, match="open the notebook"):
        matrix.forgetting(strategy, state, gone(300, 2))


@pytest.mark.parametrize("estimator", CLASSIFIERS[:2], ids=lambda e: type(e).__name__)
def test_the_last_row_of_a_class_cannot_go(estimator, matrices):
    matrix = matrices.random(50, classes=["no", "yes"])
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    with pytest.raises(ClassForgotten, match="'no'"):
        matrix.forgetting(strategy, state, matrix.y == "no")
    with pytest.raises(NoTrainingRows):
        check_remaining(state, matrix.y, matrix.y[:0])
    facts, counts = check_remaining(state, matrix.y[:5], matrix.y[:2])
    assert facts["rows"] == counts["labels/counts"].sum() == 47


def test_an_unset_seed_is_said(matrices, gone):
    estimator = RandomForestClassifier(2)
    matrix = matrices.random(classes=["no", "yes"])
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    _, _, guarantee = matrix.forgetting(strategy, state, gone(300, 2))
    assert "no random_state" in guarantee.text
    assert "no random_state" in strategy.estimate(state, 2).text


@pytest.mark.parametrize("estimator", [Ridge(), LogisticRegression(), GaussianNB()], ids=repr)
def test_estimates(estimator, matrices):
    matrix = matrices.random(classes=[0, 1])
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    estimate = strategy.estimate(state, 5)
    assert estimate.seconds > 0.0
    assert estimate.kind in estimate.text
    assert strategy_named(state.strategy).name == strategy.name


def test_labels_of_mixed_types_are_refused(matrices):
    matrix = matrices.random(50)
    matrix.y = np.array([1, "a"] * 25, dtype=object)
    with pytest.raises(ModelError, match="int, str"):
        strategy_for(GaussianNB()).fit(GaussianNB(), matrix.data())


@pytest.mark.parametrize(
    ("estimator", "drawn"),
    [
        (LogisticRegression(class_weight="balanced"), False),
        (LogisticRegression(solver="saga", class_weight="balanced"), True),
        (Lasso(), False),
        (Lasso(selection="random"), True),
        (SVC(), False),
        (DecisionTreeClassifier(), True),
        (DecisionTreeClassifier(random_state=1), False),
    ],
    ids=repr,
)
def test_a_missing_random_state_matters_where_something_is_drawn(estimator, drawn):
    assert ("no random_state" in refit_promise(estimator)) == drawn
