"""How well the model's loss tells forgotten rows from rows that it never saw.

The attack of the literature's baseline: a row that was trained on has a smaller loss. The score is
the chance that it is right about one forgotten and one unseen row; 0.5 is guessing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from palimpsest.encoding import Encoding, RawRows
from palimpsest.models import ModelState

MOST_UNSEEN = 200
FEWEST_UNSEEN = 10


def membership_score(
    model: ModelState,
    encoding: Encoding,
    forgotten: tuple[RawRows, npt.NDArray[Any]],
    unseen: tuple[RawRows, npt.NDArray[Any]],
) -> float | None:
    """Return the score of a model, None when it cannot be told.

    Parameters
    ----------
    model : ModelState
    encoding : Encoding
        That of the model.
    forgotten, unseen : (raw rows, labels)
    """
    fits = forgotten[0].values.shape[1] == encoding.raw_width
    if not model.portable or not fits or not len(forgotten[0]) or len(unseen[0]) < FEWEST_UNSEEN:
        return None
    estimator = model.to_estimator()
    known = _losses(estimator, encoding.materialise(forgotten[0]), forgotten[1])
    other = _losses(estimator, encoding.materialise(unseen[0]), unseen[1])
    if known is None or other is None:
        return None
    wins = (known[:, None] < other[None, :]).mean() + 0.5 * (
        known[:, None] == other[None, :]
    ).mean()
    return float(wins)


def _losses(
    estimator: Any, matrix: npt.NDArray[np.float64], labels: npt.NDArray[Any]
) -> npt.NDArray[np.float64] | None:
    if hasattr(estimator, "predict_proba"):
        place = {label: column for column, label in enumerate(estimator.classes_.tolist())}
        columns = np.array([place.get(label, -1) for label in labels.tolist()])
        if (columns < 0).any():
            return None
        chances = estimator.predict_proba(matrix)[np.arange(len(matrix)), columns]
        surprise: npt.NDArray[np.float64] = -np.log(np.maximum(chances, 1e-300))
        return surprise
    predicted = np.asarray(estimator.predict(matrix))
    if predicted.dtype.kind not in "fiu" or labels.dtype.kind not in "fiub":
        return None
    difference = (predicted - labels).reshape(len(matrix), -1)
    losses: npt.NDArray[np.float64] = (difference**2).sum(axis=1)
    return losses
