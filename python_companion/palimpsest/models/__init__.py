"""Models that follow their training rows, one strategy a module.

`strategy_for` picks the strategy of an estimator; its `fit` gives a `ModelState`, its `update`
a new one and a `Guarantee` that says how near it is to training afresh.
"""

from .certificate import SECRET
from .errors import ClassForgotten, ModelError, NeedsEstimator, NoTrainingRows
from .labels import check_remaining
from .registry import STRATEGIES, retrained, strategy_for, strategy_named
from .state import Estimate, Guarantee, ModelState
from .strategy import RowStrategy, SampledStrategy, Strategy

__all__ = [
    "SECRET",
    "STRATEGIES",
    "ClassForgotten",
    "Estimate",
    "Guarantee",
    "ModelError",
    "ModelState",
    "NeedsEstimator",
    "NoTrainingRows",
    "RowStrategy",
    "SampledStrategy",
    "Strategy",
    "check_remaining",
    "retrained",
    "strategy_for",
    "strategy_named",
]
