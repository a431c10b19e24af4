"""How good a model is on rows that it was and was not trained on."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import is_classifier, is_regressor
from sklearn.metrics import accuracy_score, r2_score

from palimpsest.compliance.view import RunView

Kind = Literal["classifier", "regressor"]


def kind_of(estimator: Any) -> Kind | None:
    """Tell what a model predicts; None when it does not say."""
    if is_classifier(estimator):
        return "classifier"
    return "regressor" if is_regressor(estimator) else None


def metric_of(kind: Kind) -> str:
    """Name the metric that `score_on` returns."""
    return "accuracy" if kind == "classifier" else "R2"


def score_on(view: RunView, rows: npt.NDArray[np.bool_]) -> float | None:
    """Return the accuracy or R2 on some rows of the training table; None without rows or a kind."""
    kind = kind_of(view.estimator)
    if kind is None or not rows.any():
        return None
    score = accuracy_score if kind == "classifier" else r2_score
    return float(score(view.labels[rows], view.predictions[rows]))
