"""Chance that stays with a training row: numbers drawn from its identity, never from its place.

Which shard a row belongs to, or how often it is in a tree's sample, must not change for the rows
that stay when others leave. So it is a function of the row's id and a seed alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..matrix import Batch, Coordinates, Floats, Marks, TrainingData

RowIds = npt.NDArray[np.integer[Any]]
Labels = npt.NDArray[Any]

_STEP = 0x9E3779B97F4A7C15


def drawn(rows: RowIds, *seeds: int) -> Floats:
    """Return a number in [0, 1) for each row, another one for every list of seeds."""
    salt = 0
    for seed in seeds:
        salt = int(_mixed(np.array([(salt + seed * _STEP + 1) % 2**64], dtype=np.uint64))[0])
    keys = _mixed((rows.astype(np.uint64) + np.uint64(1)) * np.uint64(_STEP))
    shares: Floats = (_mixed(keys ^ np.uint64(salt)) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return shares


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Scramble 64 bits (the finaliser of SplitMix64)."""
    mixed = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    result: npt.NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return result


def row_ids(batch: Batch, start: int = 0) -> RowIds:
    """Return the identities of rows; rows without any are numbered from `start`."""
    return np.arange(start, start + len(batch)) if batch.rows is None else batch.rows


def encoded_rows(
    data: TrainingData, wanted: Callable[[RowIds], Marks] | None = None
) -> tuple[Floats, Labels, RowIds]:
    """Return X, y and identities of training rows, by ascending identity.

    Parameters
    ----------
    data : TrainingData
    wanted : callable, optional
        Says for identities which rows are needed; all by default.
    """
    matrices: list[Floats] = []
    labels: list[Labels] = []
    identities: list[RowIds] = []
    start = 0
    for block in data.blocks():
        rows = row_ids(block, start)
        start += len(block)
        chosen = np.ones(len(rows), dtype=bool) if wanted is None else wanted(rows)
        part = block if chosen.all() else block.take(chosen)
        matrices.append(part.encoded(data.coordinates))
        labels.append(part.y)
        identities.append(rows[chosen])
    X, y, rows = (np.concatenate(parts) for parts in (matrices, labels, identities))
    if (np.diff(rows) > 0).all():
        return X, y, rows
    order = np.argsort(rows, kind="stable")
    return X[order], y[order], rows[order]


def fingerprint(coordinates: Coordinates) -> str:
    """Return what tells two ways of encoding apart; rows that stayed look alike under the same."""
    digest = hashlib.sha256()
    for part in (coordinates.ids, coordinates.shift, coordinates.scale, coordinates.base):
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()


def moved(remaining: TrainingData, columns: str) -> bool:
    """Tell whether rows that stayed look otherwise than under a fingerprint."""
    return remaining.rewritten or fingerprint(remaining.coordinates) != columns


MOVED = (
    "because columns of the feature matrix moved: scaled ones do whenever a row leaves, unless "
    'the encoders are "frozen"'
)
"""Why everything was trained again; ends a sentence."""
