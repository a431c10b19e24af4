"""One-dimensional append-only arrays: edges, liveness, key codes.

Nothing above this module knows whether an array lives in memory or in blocks of a run file.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int32]
"""Row ids, or positions of rows in a table."""

BoolArray = npt.NDArray[np.bool_]
AnyArray = npt.NDArray[Any]


class Array(Protocol):
    """A one-dimensional array that grows at its end."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        ...

    def __len__(self) -> int: ...

    def take(self, ids: npt.ArrayLike) -> AnyArray:
        """Return the elements at positions `ids`, which must exist."""
        ...

    def put(self, ids: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Overwrite the elements at positions `ids`, which must exist."""
        ...

    def append(self, values: npt.ArrayLike) -> IntArray:
        """Add elements at the end and return their positions."""
        ...

    def all(self) -> AnyArray:
        """Return all elements; the caller does not write to the result."""
        ...


class ArrayFactory(Protocol):
    """Opens the array of a name, empty when there was none."""

    def __call__(self, name: str, dtype: npt.DTypeLike) -> Array:
        """Open the array."""
        ...


class MemoryArray:
    """An array in memory, with room to grow.

    Examples
    --------
    >>> array = MemoryArray(np.int32)
    >>> array.append([5, 7])
    array([0, 1], dtype=int32)
    >>> array.put([0], [6])
    >>> array.all()
    array([6, 7], dtype=int32)
    """

    def __init__(self, dtype: npt.DTypeLike, values: npt.ArrayLike | None = None) -> None:
        self._values: AnyArray = (
            np.empty(0, dtype=dtype) if values is None else np.array(values, dtype=dtype)
        )
        self._length = len(self._values)
        self._borrowed = False

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        return self._values.dtype

    def __len__(self) -> int:
        return self._length

    def take(self, ids: npt.ArrayLike) -> AnyArray:
        """Return the elements at positions `ids`."""
        taken: AnyArray = self._values[: self._length][np.asarray(ids, dtype=np.int64)]
        return taken

    def put(self, ids: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Overwrite the elements at positions `ids`."""
        if self._borrowed:
            self._values, self._borrowed = self._values.copy(), False
        self._values[: self._length][np.asarray(ids, dtype=np.int64)] = values

    def append(self, values: npt.ArrayLike) -> IntArray:
        """Add elements at the end and return their positions."""
        added = np.asarray(values, dtype=self.dtype)
        first, end = self._length, self._length + len(added)
        if not first and added.flags.owndata:
            # The caller's array as it is, until something is written to it.
            self._values, self._borrowed, self._length = added, True, end
            return np.arange(end, dtype=np.int32)
        if end > len(self._values) or self._borrowed:
            grown = np.empty(max(end, len(self._values) * 3 // 2), dtype=self.dtype)
            grown[:first] = self._values[:first]
            self._values, self._borrowed = grown, False
        self._values[first:end] = added
        self._length = end
        return np.arange(first, end, dtype=np.int32)

    def all(self) -> AnyArray:
        """Return all elements."""
        return self._values[: self._length]


def memory_arrays(name: str, dtype: npt.DTypeLike) -> Array:
    """Make an empty array in memory: the default factory."""
    return MemoryArray(dtype)


class Overlay:
    """Pending changes over an array, seen by readers of the overlay only, until `commit`.

    Maintenance writes through overlays, so that a preview, or an error half-way, leaves no trace.
    """

    def __init__(self, base: Array) -> None:
        self._base = base
        self._length = len(base)
        self._ids: npt.NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._values: AnyArray = np.empty(0, dtype=base.dtype)
        self._added = MemoryArray(base.dtype)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        return self._base.dtype

    def __len__(self) -> int:
        return self._length + len(self._added)

    def take(self, ids: npt.ArrayLike) -> AnyArray:
        """Return the elements at positions `ids`, pending changes included."""
        wanted = np.asarray(ids, dtype=np.int64)
        late = wanted >= self._length
        if not late.any():
            return self._patched(wanted)
        result = np.empty(len(wanted), dtype=self.dtype)
        result[late] = self._added.take(wanted[late] - self._length)
        result[~late] = self._patched(wanted[~late])
        return result

    def _patched(self, ids: npt.NDArray[np.int64]) -> AnyArray:
        taken = self._base.take(ids)
        if len(self._ids) and len(ids):
            places = np.minimum(np.searchsorted(self._ids, ids), len(self._ids) - 1)
            found = self._ids[places] == ids
            if found.any():
                taken = taken.copy()
                taken[found] = self._values[places[found]]
        return taken

    def put(self, ids: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Overwrite elements, pending."""
        places = np.asarray(ids, dtype=np.int64)
        written = np.broadcast_to(np.asarray(values, dtype=self.dtype), places.shape)
        late = places >= self._length
        if late.any():
            self._added.put(places[late] - self._length, written[late])
            places, written = places[~late], written[~late]
        if len(places):
            ids_ = np.concatenate([self._ids, places])
            values_ = np.concatenate([self._values, written])
            # the last write to a place wins: search the reversed array for first occurrences
            self._ids, last = np.unique(ids_[::-1], return_index=True)
            self._values = values_[::-1][last]

    def append(self, values: npt.ArrayLike) -> IntArray:
        """Add elements at the end, pending, and return their positions."""
        places = self._added.append(values)
        return (places + self._length).astype(np.int32)

    def all(self) -> AnyArray:
        """Return all elements, pending changes included."""
        if not len(self._ids) and not len(self._added):
            return self._base.all()
        patched = np.array(self._base.all())
        patched[self._ids] = self._values
        return np.concatenate([patched, self._added.all()])

    def commit(self, base: Array | None = None) -> None:
        """Write the pending changes to the array below, or to another that holds the same."""
        target = self._base if base is None else base
        if len(self._ids):
            target.put(self._ids, self._values)
        if len(self._added):
            target.append(self._added.all())
        self.__init__(self._base)  # type: ignore[misc]
