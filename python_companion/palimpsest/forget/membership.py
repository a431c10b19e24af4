"""How well the model's loss tells forgotten rows from rows that it never saw.

See `palimpsest.models.metrics.membership_auc`; 0.5 is guessing.
"""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from palimpsest.encoding import Encoding, RawRows
from palimpsest.models import ModelError, ModelState
from palimpsest.models.metrics import membership_auc

MOST_UNSEEN = 100
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
    try:
        return membership_auc(
            estimator,
            (encoding.materialise(forgotten[0]), forgotten[1]),
            (encoding.materialise(unseen[0]), unseen[1]),
        )
    except ModelError:
        return None  # a label that the model cannot have a loss for
