"""Which way a model goes to the remaining rows: the strongest guarantee in the time that is granted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..matrix import Batch, TrainingData
from . import labels
from .refit import Refit, refit_promise, unfitted
from .registry import strategy_named
from .state import Estimate, Guarantee, GuaranteeKind, ModelState

_STRENGTH: Mapping[GuaranteeKind, int] = {
    "exact": 2,
    "refit": 2,
    "certified": 1,
    "approximate": 0,
}
"""Training afresh on the remaining rows is as exact as can be; it is only slower."""


@dataclass(frozen=True)
class Way:
    """One way to carry a model over to the remaining rows.

    Attributes
    ----------
    strategy : str
        The strategy of the model, or ``refit``.
    estimate : Estimate
    """

    strategy: str
    estimate: Estimate


def ways(state: ModelState, update: Estimate) -> list[Way]:
    """Return the ways there are; the first is what the model's own strategy would do.

    Parameters
    ----------
    state : ModelState
    update : Estimate
        Of the model's own strategy.
    """
    own = Way(state.strategy, update)
    if state.strategy == Refit.name or update.kind == "refit" or update.seconds == 0.0:
        return [own]  # it trains again anyway, or there is nothing to do
    return [own, Way(Refit.name, Refit().estimate(state, 0))]


def chosen(among: Sequence[Way], granted: float | None) -> Way:
    """Choose a way.

    Parameters
    ----------
    among : sequence of Way
        As `ways` returned them.
    granted : float or None
        Seconds. Of the ways that are expected to fit, the one with the strongest guarantee is taken, and of
        those the quickest. When none fits, the quickest of all. Without a grant, the first.
    """
    if granted is None:
        return among[0]
    fitting = [way for way in among if way.estimate.seconds <= granted]
    if not fitting:
        return min(among, key=lambda way: way.estimate.seconds)
    return max(fitting, key=lambda way: (_STRENGTH[way.estimate.kind], -way.estimate.seconds))


def train_again(
    state: ModelState,
    removed: Batch,
    added: Batch,
    remaining: TrainingData,
    *,
    estimator: Any = None,
) -> tuple[ModelState, Guarantee]:
    """Train from scratch, with the strategy that the model has, so that it can be updated later.

    Parameters and errors are those of `Strategy.update`.
    """
    labels.check_remaining(state, removed.y, added.y)
    fresh = unfitted(state, estimator)
    return strategy_named(state.strategy).fit(fresh, remaining), Guarantee(
        "refit", refit_promise(fresh)
    )
