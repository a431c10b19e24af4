"""Writing a change of the matrix, and having all of it at hand when a model wants it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from palimpsest.encoding import RawRows, Replacement
from palimpsest.forget.change import RowsAfter, TableChange
from palimpsest.forget.matrixchange import MatrixChange
from palimpsest.pipeline.cache import CACHE, LABELS, RAW
from palimpsest.pipeline.state import StoredRun

Labels = npt.NDArray[Any]
Rows = npt.NDArray[np.int32]


class WholeAfter:
    """The whole raw matrix and all labels after a change, made when they are first asked for.

    Parameters
    ----------
    stored : StoredRun
    """

    def __init__(self, stored: StoredRun) -> None:
        self._stored = stored
        self._raw: RawRows | None = CACHE.take(stored.run, stored.version, RAW)
        self._labels: Labels | None = CACHE.take(stored.run, stored.version, LABELS)

    def set_rows(self, removed: Rows, after: RowsAfter, raw: RawRows) -> None:
        """Change rows of what is in memory, as they are changed in the file."""
        rows, size = after.rows, int(after.rows.max(initial=-1)) + 1
        if self._raw is not None:
            values, erased = _grown(self._raw.values, size), _grown(self._raw.erased, size)
            values[removed], erased[removed] = 0.0, False
            values[rows], erased[rows] = raw.values, raw.erased
            self._raw = RawRows(values, erased)
        if self._labels is not None:
            self._labels = _grown(self._labels, size)
            labelled = ~after.unlabelled
            self._labels[rows[labelled]] = after.labels[labelled]

    def replace(self, raw: RawRows) -> None:
        """Take another matrix of the same rows."""
        self._raw = raw

    def start_again(self, raw: RawRows) -> None:
        """Take the matrix of other rows."""
        self._raw, self._labels = raw, None

    def raw(self) -> RawRows:
        """Return the matrix."""
        if self._raw is None:
            self._raw = self._stored.matrix.all()
        return self._raw

    def labels(self) -> Labels:
        """Return the labels; what stands where there is none does not matter."""
        if self._labels is None:
            self._labels = self._stored.labels.read()[0]
        return self._labels

    def keep(self, version: int) -> None:
        """Keep what is in memory for the next time, as that of a state."""
        for part, whole in ((RAW, self._raw), (LABELS, self._labels)):
            if whole is not None:
                CACHE.put(self._stored.run, version, part, whole)


def _grown(values: Labels, size: int) -> Labels:
    """Return an array with at least so many rows, new ones zero."""
    fresh = size - len(values)
    if fresh <= 0:
        return values
    return np.concatenate([values, np.zeros((fresh, *values.shape[1:]), dtype=values.dtype)])


def write_matrix(
    stored: StoredRun, change: TableChange, matrix: MatrixChange, whole_after: WholeAfter
) -> None:
    """Write the changed rows of the raw matrix; the training table is written already."""
    removed, rows = change.delta.removed, change.after.rows
    stored.matrix.blank(removed)
    stored.matrix.write(rows, matrix.raw)
    whole_after.set_rows(removed, change.after, matrix.raw)
    if matrix.encoding.replaced:
        whole = replaced(whole_after.raw(), stored.training.rows(), matrix.encoding.replaced)
        stored.matrix.replace(whole)
        whole_after.replace(whole)


def replaced(raw: RawRows, rows: Rows, parts: tuple[Replacement, ...]) -> RawRows:
    """Return a matrix with new values in the columns of refitted steps.

    Parameters
    ----------
    raw : RawRows
        All rows by id.
    rows : (n,) int32
        Ids of the rows that there are, in the order of the new values.
    parts : tuple of Replacement
    """
    pieces = []
    start = 0
    for part in parts:
        pieces.append(raw.values[:, start : part.start])
        values = np.zeros((len(raw), part.values.shape[1]))
        values[rows] = part.values
        pieces.append(values)
        start = part.stop
    pieces.append(raw.values[:, start:])
    return RawRows(np.concatenate(pieces, axis=1), raw.erased)
