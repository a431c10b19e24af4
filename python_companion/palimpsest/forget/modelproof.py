"""Comparing a maintained model with that of a re-run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from palimpsest.forget.membership import FEWEST_UNSEEN, MOST_UNSEEN, Aside, Scores, scores_of
from palimpsest.models import SampledStrategy, strategy_named
from palimpsest.models.metrics import parameter_distances, prediction_disagreement

if TYPE_CHECKING:
    from palimpsest.forget.prove import Side

MODEL_TOLERANCE = 1e-6
"""Largest relative difference of model parameters that is called equal."""

Pairs = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]


def model_measures(
    maintained: Side, fresh: Side, pairs: Pairs, columns: npt.NDArray[np.int64] | None
) -> dict[str, Any]:
    """Return the fields of a proof that tell how far two models are apart.

    Parameters
    ----------
    maintained, fresh : Side
    pairs : (n, 2) int64
        Rows that are in both.
    columns : (d,) int64 or None
        For each feature of the one matrix its place in the other; None when they differ.
    """
    absolute = relative = float("inf")
    if columns is not None:
        absolute, relative = parameter_distances(maintained.estimator, fresh.estimator, columns)
    held = pairs[held_out(maintained)[pairs[:, 0]]]
    return {
        "parameter_distance": relative,
        "parameter_difference": absolute,
        "prediction_disagreement": _disagreement(maintained, fresh, pairs),
        "held_out_rows": len(held),
        "held_out_disagreement": _disagreement(maintained, fresh, held) if len(held) else None,
        **_metrics(maintained, fresh),
        "gradient_maintained": _residual(maintained),
        "gradient_rerun": _residual(fresh),
    }


def attacks_on_rerun(fresh: Side, aside: Aside | None) -> Scores:
    """Return what attacks on the model of a re-run score for the forgotten rows."""
    unseen = np.flatnonzero(held_out(fresh))
    if aside is None or len(unseen) < FEWEST_UNSEEN:
        return Scores()
    if aside.raw.values.shape[1] != fresh.encoding.raw_width:
        return Scores()  # other columns now
    chosen = unseen[np.unique(np.linspace(0, len(unseen) - 1, MOST_UNSEEN).astype(np.int64))]
    forgotten = (fresh.encoding.materialise(aside.raw), aside.labels)
    return scores_of(fresh.estimator, forgotten, (fresh.matrix[chosen], fresh.labels[chosen]))


def held_out(side: Side) -> Marks:
    """Return which rows have a label and are not trained on."""
    return ~side.in_split & ~side.unlabelled


def _disagreement(one: Side, other: Side, pairs: Pairs) -> float:
    """Return the share of paired rows for which the models predict something else."""
    if not len(pairs):
        return 0.0
    a = np.asarray(one.estimator.predict(one.matrix[pairs[:, 0]]))
    b = np.asarray(other.estimator.predict(other.matrix[pairs[:, 1]]))
    return prediction_disagreement(a, b, MODEL_TOLERANCE)


def _residual(side: Side) -> float | None:
    """Return the largest component of the gradient over all training rows, where there is one."""
    strategy = strategy_named(side.model.strategy)
    if not isinstance(strategy, SampledStrategy):
        found: float | None = side.model.facts.get("residual")
        return found
    rows = side.in_split & ~side.unlabelled
    return strategy.residual(side.estimator, side.matrix[rows], side.labels[rows])


def _metrics(maintained: Side, fresh: Side) -> dict[str, Any]:
    from sklearn.base import is_classifier, is_regressor

    estimator = maintained.estimator
    kinds = (("accuracy", is_classifier), ("R2", is_regressor))
    name = next((name for name, holds in kinds if holds(estimator)), None)
    if name is None or not hasattr(estimator, "score"):
        return {}
    return {
        "metric": name,
        "metric_maintained": _score(maintained),
        "metric_rerun": _score(fresh),
    }


def _score(side: Side) -> float:
    rows = held_out(side)
    if not rows.any():
        rows = ~side.unlabelled
    return float(side.estimator.score(side.matrix[rows], side.labels[rows]))
