"""How well attacks tell forgotten rows from rows that a model never saw.

See `membership_auc` and `likelihood_auc` of `palimpsest.models.metrics`; 0.5 is guessing.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy.typing as npt

from palimpsest.encoding import Encoding, RawRows
from palimpsest.matrix import Floats
from palimpsest.models import ModelError, ModelState
from palimpsest.models.metrics import likelihood_auc, membership_auc

MOST_UNSEEN = 100
FEWEST_UNSEEN = 10


class Scores(NamedTuple):
    """Areas under the curve of the attacks; None where they cannot be told."""

    threshold: float | None = None
    likelihood: float | None = None


@dataclass(frozen=True)
class Aside:
    """What a forget took out of the training set, in memory until it is proved, when that was asked for.

    Attributes
    ----------
    receipt : str
    raw : RawRows
    labels : (n,) or (n, k)
    """

    receipt: str
    raw: RawRows
    labels: npt.NDArray[Any]


_LOCK = threading.Lock()
_ASIDE: dict[str, Aside] = {}


def put_aside(run: str, rows: Aside | None) -> None:
    """Keep the rows of the last forget of a run in memory; they are never written.

    A re-run can only be attacked with the rows themselves. They go with the next forget, with the
    proof, and with the process.
    """
    with _LOCK:
        if rows is None:
            _ASIDE.pop(run, None)
        else:
            _ASIDE[run] = rows


def taken_aside(run: str, receipt: str) -> Aside | None:
    """Return the rows that a forget took out, if they are still there; they are kept no longer."""
    with _LOCK:
        found = _ASIDE.get(run)
        if found is None or found.receipt != receipt:
            return None
        return _ASIDE.pop(run)


def membership_scores(
    model: ModelState,
    encoding: Encoding,
    forgotten: tuple[RawRows, npt.NDArray[Any]],
    unseen: tuple[RawRows, npt.NDArray[Any]],
) -> Scores:
    """Return the scores of a model.

    Parameters
    ----------
    model : ModelState
    encoding : Encoding
        That of the model.
    forgotten, unseen : (raw rows, labels)
    """
    fits = forgotten[0].values.shape[1] == encoding.raw_width
    if not model.portable or not fits or not len(forgotten[0]) or len(unseen[0]) < FEWEST_UNSEEN:
        return Scores()
    return scores_of(
        model.to_estimator(),
        (encoding.materialise(forgotten[0]), forgotten[1]),
        (encoding.materialise(unseen[0]), unseen[1]),
    )


def scores_of(
    estimator: Any,
    forgotten: tuple[Floats, npt.NDArray[Any]],
    unseen: tuple[Floats, npt.NDArray[Any]],
) -> Scores:
    """Return the scores of a fitted estimator, for rows as it sees them."""
    try:
        found = (
            attack(estimator, forgotten, unseen) for attack in (membership_auc, likelihood_auc)
        )
        return Scores(*(None if math.isnan(score) else score for score in found))
    except ModelError:
        return Scores()  # a label that the model cannot have a loss for
