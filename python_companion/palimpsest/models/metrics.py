"""How far two models are apart, and whether a model remembers some rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ..matrix import Floats
from .errors import ModelError
from .labels import normalised
from .state import ModelState

_FLOOR = 1e-300


def parameter_distance(a: ModelState, b: ModelState) -> tuple[float, float]:
    """Return the largest difference of fitted parameters, and it relative to the largest of `b`.

    Both are NaN when the models have no parameters as arrays, and infinite when their shapes
    differ. Classes and counters are not parameters.
    """
    ours, theirs = _parameters(a), _parameters(b)
    if ours.keys() != theirs.keys():
        return math.inf, math.inf
    if not ours:
        return math.nan, math.nan
    largest = difference = 0.0
    for name, values in ours.items():
        other = theirs[name]
        if values.shape != other.shape:
            return math.inf, math.inf
        largest = max(largest, float(np.abs(other).max(initial=0.0)))
        difference = max(difference, float(np.abs(values - other).max(initial=0.0)))
    return difference, difference / max(largest, _FLOOR)


def _parameters(state: ModelState) -> Mapping[str, Floats]:
    arrays = {
        name: np.asarray(array, dtype=np.float64)
        for name, array in state.arrays.items()
        if name.startswith("fitted/") and array.dtype.kind == "f"
    }
    plain = state.facts.get("fitted") or {}
    scalars = {
        f"fitted/{name}": np.array(value)
        for name, value in plain.items()
        if isinstance(value, float)
    }
    return {**arrays, **scalars}


def prediction_disagreement(a: Any, b: Any, matrix: Floats) -> float:
    """Return the share of rows that two fitted estimators predict differently.

    For regressors a prediction differs when it is more than 1e-9 apart, relative to the spread
    of the predictions.
    """
    if not len(matrix):
        return 0.0
    ours, theirs = a.predict(matrix), b.predict(matrix)
    if ours.dtype.kind == "f" and theirs.dtype.kind == "f":
        spread = max(float(np.ptp(theirs)), _FLOOR)
        different = np.abs(ours - theirs) > 1e-9 * spread
    else:
        different = ours != theirs
    return float(np.mean(different.reshape(len(matrix), -1).any(axis=1)))


def losses(model: Any, matrix: Floats, y: npt.NDArray[Any]) -> Floats:
    """Return the loss of every row: log loss where there are probabilities, else squared error.

    A classifier without probabilities loses the (negative) margin of the true class.

    Raises
    ------
    ModelError
        When the model knows none of the labels.
    """
    y = normalised(y)
    if not hasattr(model, "classes_"):
        errors = np.square(model.predict(matrix) - y).reshape(len(y), -1)
        squared: Floats = errors.sum(axis=1)
        return squared
    places = np.searchsorted(model.classes_, y)
    known = places < len(model.classes_)
    if not np.array_equal(np.asarray(model.classes_)[places[known]], y[known]) or not known.all():
        raise ModelError("some rows have a class that the model was not trained on")
    if hasattr(model, "predict_proba"):
        chosen = model.predict_proba(matrix)[np.arange(len(y)), places]
        likelihood: Floats = -np.log(np.maximum(chosen, _FLOOR))
        return likelihood
    if hasattr(model, "decision_function"):
        scores = model.decision_function(matrix)
        if scores.ndim == 1:
            margins: Floats = -np.where(places == 1, scores, -scores)
            return margins
        own: Floats = -scores[np.arange(len(y)), places]
        return own
    wrong: Floats = (model.predict(matrix) != y).astype(np.float64)
    return wrong


def membership_auc(
    model: Any,
    forgotten: Floats,
    forgotten_y: npt.NDArray[Any],
    heldout: Floats,
    heldout_y: npt.NDArray[Any],
) -> float:
    """Return how well a loss threshold tells forgotten rows from rows never trained on.

    0.5 is chance: the model knows the forgotten rows no better than strangers. Near 1 it knows
    them well. NaN when there are no rows to compare.
    """
    if not len(forgotten) or not len(heldout):
        return math.nan
    ours = losses(model, forgotten, forgotten_y)
    others = np.sort(losses(model, heldout, heldout_y))
    below = np.searchsorted(others, ours, side="left")
    through = np.searchsorted(others, ours, side="right")
    larger = len(others) - 0.5 * (below + through)
    return float(larger.mean() / len(others))
