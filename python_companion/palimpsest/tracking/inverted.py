"""Look rows up by the value of an int32 array: children of a parent row, rows of a key code."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from .arrays import Array, IntArray


class OpenArray(Protocol):
    """Opens an array by name."""

    def __call__(self, name: str, dtype: npt.DTypeLike = ...) -> Array:
        """Open the array."""
        ...


class Inverted:
    """Rows by value of the array `name`, as CSR, plus a short list of later changes.

    The CSR (``<name>/starts``, ``<name>/rows``) is built once, on first use or by `build`. Rows appended or
    rewritten later are noted in ``<name>/late``; what a look-up finds is checked against the array
    itself, so that a row that has moved on is not returned. Negative values are not indexed.

    Parameters
    ----------
    name : str
        Name of the indexed array.
    open_array : OpenArray
        Opens arrays by name.
    """

    def __init__(self, name: str, open_array: OpenArray) -> None:
        self._values = open_array(name)
        self._starts = open_array(f"{name}/starts", np.int32)
        self._rows = open_array(f"{name}/rows", np.int32)
        self._late = open_array(f"{name}/late", np.int32)

    def build(self) -> None:
        """Build the CSR unless there is one."""
        if len(self._starts):
            return
        values = self._values.all()
        indexed = np.flatnonzero(values >= 0).astype(np.int32)
        keys = values[indexed]
        if len(keys) and (keys[1:] < keys[:-1]).any():
            indexed = indexed[np.argsort(keys, kind="stable")]
        width = int(keys.max()) + 1 if len(keys) else 0
        starts = np.zeros(width + 1, dtype=np.int32)
        np.cumsum(np.bincount(keys, minlength=width), out=starts[1:])
        self._starts.append(starts)
        self._rows.append(indexed)

    def find(self, keys: npt.NDArray[np.integer]) -> IntArray:
        """Return the rows whose value is one of `keys`, each once, in no particular order."""
        self.build()
        sought = np.unique(keys[keys >= 0]).astype(np.int64)
        if not len(sought):
            return np.empty(0, dtype=np.int32)
        known = sought[sought < len(self._starts) - 1]
        starts = self._starts.take(known).astype(np.int64)
        lengths = self._starts.take(known + 1).astype(np.int64) - starts
        before = np.cumsum(lengths) - lengths
        places = np.repeat(starts - before, lengths) + np.arange(lengths.sum())
        rows = self._rows.take(places)
        if len(self._late):
            rows = np.unique(np.concatenate([rows, self._late.all()]))
            values = self._values.take(rows)
            rows = rows[np.isin(values, sought)]
        return rows.astype(np.int32, copy=False)

    def note(self, rows: npt.ArrayLike) -> None:
        """Remember rows whose value was appended or rewritten after the index was built."""
        if len(self._starts):
            self._late.append(np.asarray(rows, dtype=np.int32))
