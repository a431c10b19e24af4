"""Which estimators are updated by which strategy: one line an estimator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..estimators import class_path
from .gram import Gram
from .newton import Newton
from .refit import Refit
from .strategy import Strategy

STRATEGIES: Mapping[str, Strategy] = {
    "sklearn.linear_model.GammaRegressor": Newton(),
    "sklearn.linear_model.LinearRegression": Gram(),
    "sklearn.linear_model.LogisticRegression": Newton(),
    "sklearn.linear_model.PoissonRegressor": Newton(),
    "sklearn.linear_model.Ridge": Gram(),
    "sklearn.linear_model.SGDClassifier": Newton(),
    "sklearn.linear_model.TweedieRegressor": Newton(),
    "sklearn.svm.LinearSVC": Newton(),
}
"""Strategies by the estimator's class; everything else is trained again."""

_REFIT = Refit()


def strategy_for(estimator: Any) -> Strategy:
    """Return the strategy with the strongest guarantee for an unfitted estimator."""
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
