"""Writing a change of the matrix, and having all of it at hand when a model wants it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from palimpsest.encoding import RawRows, Replacement
from palimpsest.forget.change import TableChange
from palimpsest.forget.matrixchange import MatrixChange
from palimpsest.pipeline.cache import CACHE, RAW
from palimpsest.pipeline.state import StoredRun

Rows = npt.NDArray[np.int32]


class RawAfter:
    """The whole raw matrix after a change, made when it is first asked for.

    Parameters
    ----------
    stored : StoredRun
    """

    def __init__(self, stored: StoredRun) -> None:
        self._stored = stored
        self._raw = CACHE.take(stored.run, stored.version)

    def set_rows(self, removed: Rows, rows: Rows, raw: RawRows) -> None:
        """Change rows of what is in memory, as they are changed in the file."""
        if self._raw is None:
            return
        values, erased = self._raw.values, self._raw.erased
        fresh = int(rows.max(initial=-1)) + 1 - len(values)
        if fresh > 0:
            values = np.concatenate([values, np.zeros((fresh, values.shape[1]))])
            erased = np.concatenate([erased, np.zeros((fresh, erased.shape[1]), dtype=bool)])
        values[removed], erased[removed] = 0.0, False
        values[rows], erased[rows] = raw.values, raw.erased
        self._raw = RawRows(values, erased)

    def replace(self, raw: RawRows) -> None:
        """Take another matrix."""
        self._raw = raw

    def get(self) -> RawRows:
        """Return the matrix."""
        if self._raw is None:
            self._raw = self._stored.matrix.all()
        return self._raw

    def keep(self, version: int) -> None:
        """Keep what is in memory for the next time, as that of a state."""
        if self._raw is not None:
            CACHE.put(self._stored.run, version, RAW, self._raw)


def write_matrix(
    stored: StoredRun, change: TableChange, matrix: MatrixChange, raw_after: RawAfter
) -> None:
    """Write the changed rows of the raw matrix; the training table is written already."""
    removed, rows = change.delta.removed, change.after.rows
    stored.matrix.blank(removed)
    stored.matrix.write(rows, matrix.raw)
    raw_after.set_rows(removed, rows, matrix.raw)
    if matrix.encoding.replaced:
        whole = replaced(raw_after.get(), stored.training.rows(), matrix.encoding.replaced)
        stored.matrix.replace(whole)
        raw_after.replace(whole)


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
