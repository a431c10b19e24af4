"""How far two fitted estimators are apart, and whether one remembers some rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ..matrix import Floats, Ints
from .errors import ModelError
from .labels import normalised

_FLOOR = 1e-300
_SMALL = 1e-12
_NEGLIGIBLE = 1e-6
"""An array this much smaller than the largest one is compared as if it were so large: means of
centred columns are nothing but rounding errors."""

_UP_TO_SIGN = frozenset({"rotations_", "scalings_"})
"""Directions, one a column: either way is as good, and their rows are the features."""

_NOT_PARAMETERS = frozenset(
    {
        *("n_iter_", "n_features_in_", "feature_names_in_", "solver_"),
        *("start_", "optimizer_state_", "optimizer_names_", "epoch_seconds_"),
    }
)


def parameter_distance(one: Any, other: Any, columns: Ints | None = None) -> float:
    """Return the second of `parameter_distances`."""
    return parameter_distances(one, other, columns)[1]


def parameter_distances(one: Any, other: Any, columns: Ints | None = None) -> tuple[float, float]:
    """Return the largest difference of fitted parameters, and that relative to its array's largest.

    Parameters
    ----------
    one, other : estimator
        Fitted.
    columns : (d,) int64, optional
        Place of each feature of `one` among those of `other`, when they are in another order.

    Returns
    -------
    absolute, relative : float
        Infinite when the parameters do not correspond; 0 when there are none to compare.
    """
    pairs = [pair for name in _parameters(one, other) for pair in _arrays(name, one, other)]
    sizes = [_largest(b) for _, _, b in pairs if b.dtype.kind == "f"]
    floor = max(_SMALL, _NEGLIGIBLE * max(sizes, default=0.0))
    largest = worst = 0.0
    for name, ours, theirs in pairs:
        if ours.shape != theirs.shape:
            return math.inf, math.inf
        directions = name in _UP_TO_SIGN and ours.ndim == 2
        axis = 0 if directions else ours.ndim - 1
        other_way = theirs
        if columns is not None and ours.ndim and ours.shape[axis] == len(columns):
            other_way = theirs.take(columns, axis=axis)
        if ours.dtype.kind == "f":
            aligned = _turned(ours, other_way) if directions else other_way
            difference = _largest(ours - aligned)
            difference = math.inf if math.isnan(difference) else difference
            largest = max(largest, difference)
            worst = max(worst, difference / max(_largest(aligned), floor))
        elif not np.array_equal(ours, other_way):
            return math.inf, math.inf
    return largest, worst


def _largest(values: npt.NDArray[Any]) -> float:
    return float(np.abs(values).max(initial=0.0))


def _turned(a: Floats, b: Floats) -> Floats:
    """Return b with each column pointing the way that of a does."""
    turned: Floats = b * np.where((a * b).sum(axis=0) < 0.0, -1.0, 1.0)
    return turned


def _arrays(
    name: str, one: Any, other: Any
) -> list[tuple[str, npt.NDArray[Any], npt.NDArray[Any]]]:
    """Return an attribute of two estimators as pairs of arrays; a list has one for each item."""
    ours, theirs = getattr(one, name), getattr(other, name)
    if not isinstance(ours, list):
        pairs = [(np.asarray(ours), np.asarray(theirs))]
    elif len(ours) == len(theirs):
        pairs = list(zip(ours, theirs, strict=True))
    else:
        pairs = [(np.empty(len(ours)), np.empty(len(theirs)))]
    most = getattr(one, "_max_components", None)
    if name == "scalings_" and most is not None:  # what follows says nothing about classes
        pairs = [(a[:, :most], b[:, :most]) for a, b in pairs]
    return [(name, a, b) for a, b in pairs]


def _parameters(one: Any, other: Any) -> list[str]:
    return sorted(
        name
        for name in vars(one).keys() & vars(other).keys()
        if name.endswith("_")
        and not name.startswith("_")
        and name not in _NOT_PARAMETERS
        and _is_plain(getattr(one, name))
    )


def _is_plain(value: Any) -> bool:
    if isinstance(value, list) and value:
        return all(isinstance(part, np.ndarray) and part.dtype.kind == "f" for part in value)
    return isinstance(value, np.ndarray | int | float | np.number)


def prediction_disagreement(
    one: npt.NDArray[Any], other: npt.NDArray[Any], tolerance: float
) -> float:
    """Return the share of rows that are predicted differently.

    Parameters
    ----------
    one, other : (n,) or (n, k)
        Predictions for the same rows.
    tolerance : float
        How far numbers may be apart and still be the same, relative and absolute.
    """
    if not len(one):
        return 0.0
    if one.dtype.kind == "f" and other.dtype.kind == "f":
        same = np.isclose(one, other, rtol=tolerance, atol=tolerance)
    else:
        same = np.asarray(one == other)
    return float(1.0 - same.reshape(len(one), -1).all(axis=1).mean())


def losses(model: Any, matrix: Floats, y: npt.NDArray[Any]) -> Floats:
    """Return the loss of every row: log loss where there are probabilities, else squared error.

    A classifier without probabilities loses the (negative) margin of the true class; one without
    margins 1 for a wrong class.

    Raises
    ------
    ModelError
        When the model was not trained on a class, or predicts something else than the labels.
    """
    y = normalised(y)
    if not hasattr(model, "classes_"):
        return _squared_errors(np.asarray(model.predict(matrix)), y)
    classes = np.asarray(model.classes_)
    order = np.argsort(classes)
    found = np.searchsorted(classes[order], y)
    if (found == len(classes)).any() or (classes[order][found] != y).any():
        raise ModelError("some rows have a class that the model was not trained on")
    places = order[found]
    if hasattr(model, "predict_proba"):
        chosen = model.predict_proba(matrix)[np.arange(len(y)), places]
        likelihood: Floats = -np.log(np.maximum(chosen, _FLOOR))
        return likelihood
    if hasattr(model, "decision_function"):
        scores = model.decision_function(matrix)
        scores = np.column_stack([-scores, scores]) if scores.ndim == 1 else scores
        margins: Floats = -scores[np.arange(len(y)), places]
        return margins
    wrong: Floats = (model.predict(matrix) != y).astype(np.float64)
    return wrong


def _squared_errors(predicted: npt.NDArray[Any], y: npt.NDArray[Any]) -> Floats:
    if predicted.dtype.kind not in "fiub" or y.dtype.kind not in "fiub":
        raise ModelError("the model predicts something else than the labels are")
    errors: Floats = np.square(predicted.astype(np.float64) - y).reshape(len(y), -1).sum(axis=1)
    return errors


def membership_auc(
    model: Any,
    forgotten: tuple[Floats, npt.NDArray[Any]],
    unseen: tuple[Floats, npt.NDArray[Any]],
) -> float:
    """Return how well a loss threshold tells forgotten rows from rows never trained on.

    The baseline attack of the literature: a row that was trained on has a smaller loss. 0.5 is
    guessing, the model knows the forgotten rows no better than strangers; near 1 it knows them.

    Parameters
    ----------
    model : estimator
        Fitted.
    forgotten, unseen : (X, y)

    Returns
    -------
    float
        NaN when there are no rows to compare.
    """
    if not len(forgotten[0]) or not len(unseen[0]):
        return math.nan
    return _area(losses(model, *forgotten), losses(model, *unseen))


def _area(ours: Floats, theirs: Floats) -> float:
    """Return how often one of ours is smaller than one of theirs, ties counting half."""
    others = np.sort(theirs)
    below = np.searchsorted(others, ours, side="left")
    through = np.searchsorted(others, ours, side="right")
    larger = len(others) - 0.5 * (below + through)
    return float(larger.mean() / len(others))


def likelihood_auc(
    model: Any,
    forgotten: tuple[Floats, npt.NDArray[Any]],
    unseen: tuple[Floats, npt.NDArray[Any]],
) -> float:
    """Return how well a likelihood-ratio attack without shadow models tells forgotten rows.

    As the offline attack of Carlini et al. (2022), but what an unseen row looks like is learned
    from unseen rows of the same class instead of from shadow models: the log odds of the true
    class are normally distributed there, and the more they exceed that, the likelier the row was
    trained on. Each unseen row is judged by the other half of them. Without probabilities it is
    the negative loss that is looked at.

    Parameters
    ----------
    model : estimator
        Fitted.
    forgotten, unseen : (X, y)

    Returns
    -------
    float
        0.5 is guessing; NaN when there are too few rows to compare.
    """
    if not len(forgotten[0]) or len(unseen[0]) < 2 * _FEWEST:
        return math.nan
    ours, theirs = _confidence(model, *forgotten), _confidence(model, *unseen)
    halves = np.arange(len(theirs)) % 2
    known, judged = np.zeros(len(ours)), np.zeros(len(theirs))
    for half in (0, 1):
        told = halves == half
        groups = _Groups(theirs[told], unseen[1][told], hasattr(model, "classes_"))
        known += 0.5 * groups.excess(ours, forgotten[1])
        judged[~told] = groups.excess(theirs[~told], unseen[1][~told])
    return _area(-known, -judged)


_FEWEST = 5
"""Unseen rows that a mean and a spread are taken of."""


def _confidence(model: Any, matrix: Floats, y: npt.NDArray[Any]) -> Floats:
    """Return the log odds of the true class, or the negative loss."""
    lost = losses(model, matrix, y)
    if not hasattr(model, "predict_proba") or not hasattr(model, "classes_"):
        return -lost
    odds: Floats = -lost - np.log(-np.expm1(-np.maximum(lost, 1e-15)))
    return odds


class _Groups:
    """Mean and spread of the confidence of unseen rows, by class where there are enough."""

    def __init__(self, values: Floats, y: npt.NDArray[Any], classifier: bool) -> None:
        self._all = (float(values.mean()), float(values.std()))
        classes: list[Any] = list(np.unique(y)) if classifier else []
        self._known = {
            label: (float(values[y == label].mean()), float(values[y == label].std()))
            for label in classes
            if (y == label).sum() >= _FEWEST
        }

    def excess(self, values: Floats, y: npt.NDArray[Any]) -> Floats:
        """Return by how many standard deviations values exceed what unseen rows have."""
        excess = (values - self._all[0]) / max(self._all[1], _SMALL)
        for label, (mean, spread) in self._known.items():
            chosen = y == label
            excess[chosen] = (values[chosen] - mean) / max(spread, _SMALL)
        return excess
