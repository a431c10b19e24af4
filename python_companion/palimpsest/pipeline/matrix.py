"""The raw matrix of a run: rows by training row id, in the run file."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from palimpsest.encoding import RawRows
from palimpsest.store.arrays import ArrayStore
from palimpsest.store.rowarrays import RowArray

Rows = npt.NDArray[np.int32]

VALUES, ERASED = "matrix", "matrix/erased"

CHUNK_BYTES = 8 << 20
"""About how much a pass over the rows hands out at once."""


class RawMatrix:
    """The stored raw matrix.

    Parameters
    ----------
    arrays : ArrayStore
        Writes wait for its `flush`.
    """

    def __init__(self, arrays: ArrayStore) -> None:
        self._arrays = arrays

    @staticmethod
    def create(arrays: ArrayStore, raw: RawRows, *, rewritten: bool) -> list[RowArray]:
        """Write the rows 0, 1, ...

        Parameters
        ----------
        arrays : ArrayStore
        raw : RawRows
        rewritten : bool
            Whether every change of the run writes all of it anew, see `replace`.

        Returns
        -------
        list of RowArray
            What the training table has to take in.
        """
        arrays.create(ERASED, raw.erased)
        if not rewritten:
            return arrays.create_in_rows(VALUES, raw.values)
        arrays.create(VALUES, raw.values)
        return []

    def __len__(self) -> int:
        return len(self._arrays[VALUES])

    @property
    def width(self) -> int:
        """Number of raw columns."""
        return self._arrays[VALUES].shape[1]

    def take(self, rows: npt.ArrayLike) -> RawRows:
        """Return rows by id."""
        values = self._arrays[VALUES].take(rows)
        return RawRows(values.astype(np.float64, copy=False), self._arrays[ERASED].take(rows))

    def all(self) -> RawRows:
        """Return the rows of all ids, those that are gone as zeros."""
        values = self._arrays[VALUES].all()
        return RawRows(values.astype(np.float64, copy=False), self._arrays[ERASED].all())

    def write(self, rows: Rows, raw: RawRows) -> None:
        """Set rows, of which those at the end may be new, in the order of their ids."""
        old = rows < len(self)
        for name, values in ((VALUES, raw.values), (ERASED, raw.erased)):
            array = self._arrays[name]
            array.put(rows[old], values[old])
            array.append(values[~old])

    def blank(self, rows: Rows) -> None:
        """Leave nothing of rows that are gone."""
        self._arrays[VALUES].blank(rows)
        self._arrays[ERASED].blank(rows)

    def replace(self, raw: RawRows) -> None:
        """Write all rows again, for an encoding of another width."""
        self._arrays.replace(VALUES, raw.values)
        self._arrays.replace(ERASED, raw.erased)


def chunks(raw: RawRows, rows: Rows) -> Iterator[tuple[Rows, RawRows]]:
    """Go through some rows of a whole matrix, a few megabytes at a time.

    A run of neighbouring rows is a view, not a copy.
    """
    size = max(1, CHUNK_BYTES // max(1, raw.values.shape[1] * 8))
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        first, last = int(part[0]), int(part[-1])
        whole = last - first + 1 == len(part) and bool((np.diff(part) == 1).all())
        chosen: slice | Rows = slice(first, last + 1) if whole else part
        yield part, raw.take(chosen)
