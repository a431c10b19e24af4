"""Which estimators are updated by which strategy: one line an estimator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..estimators import class_path
from ..matrix import TrainingData
from .certificate import Certificate
from .counts import Counts
from .discriminant import Discriminant
from .errors import ModelError
from .forest import Forest
from .gradient import Gradient
from .gram import Gram
from .moments import Moments
from .neighbours import Neighbours
from .newton import Newton
from .quadratic import Quadratic
from .refit import Refit, unfitted
from .shards import Shards
from .state import ModelState
from .strategy import Strategy

_DISCRIMINANT, _FOREST = Discriminant(), Forest()
_GRAM, _NEWTON, _MOMENTS, _COUNTS, _NEIGHBOURS = Gram(), Newton(), Moments(), Counts(), Neighbours()

_GRADIENT = Gradient()

STRATEGIES: Mapping[str, Strategy] = {
    "palimpsest.models.certified.Certified": Certificate(),
    "palimpsest.models.torchmodel.TorchModel": _GRADIENT,
    "palimpsest.models.sharded.Sharded": Shards(),
    "sklearn.discriminant_analysis.LinearDiscriminantAnalysis": _DISCRIMINANT,
    "sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis": Quadratic(),
    "sklearn.ensemble.ExtraTreesClassifier": _FOREST,
    "sklearn.ensemble.ExtraTreesRegressor": _FOREST,
    "sklearn.ensemble.RandomForestClassifier": _FOREST,
    "sklearn.ensemble.RandomForestRegressor": _FOREST,
    "sklearn.linear_model.GammaRegressor": _NEWTON,
    "sklearn.linear_model.LinearRegression": _GRAM,
    "sklearn.linear_model.LogisticRegression": _NEWTON,
    "sklearn.linear_model.PoissonRegressor": _NEWTON,
    "sklearn.linear_model.Ridge": _GRAM,
    "sklearn.linear_model.SGDClassifier": _NEWTON,
    "sklearn.linear_model.TweedieRegressor": _NEWTON,
    "sklearn.naive_bayes.BernoulliNB": _COUNTS,
    "sklearn.naive_bayes.CategoricalNB": _COUNTS,
    "sklearn.naive_bayes.ComplementNB": _MOMENTS,
    "sklearn.naive_bayes.GaussianNB": _MOMENTS,
    "sklearn.naive_bayes.MultinomialNB": _MOMENTS,
    "sklearn.neighbors.KNeighborsClassifier": _NEIGHBOURS,
    "sklearn.neighbors.KNeighborsRegressor": _NEIGHBOURS,
    "sklearn.neighbors.NearestCentroid": _MOMENTS,
    "sklearn.neighbors.RadiusNeighborsClassifier": _NEIGHBOURS,
    "sklearn.neighbors.RadiusNeighborsRegressor": _NEIGHBOURS,
    "sklearn.svm.LinearSVC": _NEWTON,
}
"""Strategies by the estimator's class; everything else is trained again."""

_REFIT = Refit()


def strategy_for(estimator: Any) -> Strategy:
    """Return the strategy with the strongest guarantee for an unfitted estimator.

    Raises
    ------
    ModelError
        When it is no estimator.
    """
    if not hasattr(estimator, "fit"):
        raise ModelError(
            f"make_model() returned {type(estimator).__name__}, which cannot be trained; expected "
            "an unfitted estimator. A torch module needs its training recipe beside it: return "
            "palimpsest.TorchModel(...)"
        )
    strategy = STRATEGIES.get(class_path(type(estimator)))
    return strategy if strategy is not None and strategy.accepts(estimator) else _REFIT


def strategy_named(name: str) -> Strategy:
    """Return the strategy that a stored model was trained by.

    Raises
    ------
    KeyError
        When there is none of this name.
    """
    return {strategy.name: strategy for strategy in (*STRATEGIES.values(), _REFIT)}[name]


def retrained(state: ModelState, data: TrainingData, estimator: Any = None) -> ModelState:
    """Return the state with its fitted estimator at hand, trained again when it must be.

    Raises
    ------
    NeedsEstimator
        When the estimator is code of the notebook and not given.
    """
    if state.live is not None or state.portable:
        return state
    if estimator is not None and hasattr(estimator, "load_module"):  # its weights are stored
        return state.completed(estimator)
    return strategy_named(state.strategy).fit(unfitted(state, estimator), data)
