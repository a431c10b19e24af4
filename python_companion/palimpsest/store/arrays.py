"""All arrays of a run file, found by name."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from palimpsest.errors import StoreError
from palimpsest.store.bits import BitArray
from palimpsest.store.blocks import WHOLE_BYTES, BlockArray
from palimpsest.store.checks import verified
from palimpsest.store.counts import expect_count
from palimpsest.store.rowarrays import RowArray, lies_in_rows
from palimpsest.store.sparse import CsrArray, is_sparse
from palimpsest.store.storedarray import NDArray, StoredArray

# What a damaged index does not name would seem to be missing.
_LISTED = "SELECT id, name, dtype, shape, block_rows, kind, home, chk FROM arrays NOT INDEXED"
_KINDS: dict[str, type[BlockArray]] = {kind.kind: kind for kind in (BlockArray, BitArray, CsrArray)}


Described = tuple[Any, ...]
"""Of an array: number, dtype, shape as JSON, rows a block, kind, table that it lies in."""


def _kind_for(values: NDArray) -> type[BlockArray]:
    if is_sparse(values):
        return CsrArray
    return BitArray if values.dtype == np.bool_ else BlockArray


class ArrayStore:
    """All arrays of a run file, by name.

    Parameters
    ----------
    connection : sqlite3.Connection
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._loaded: dict[str, StoredArray] = {}
        self._borrowed: dict[str, Any] = {}
        self._described = self._list()

    def lent(self) -> dict[str, Any]:
        """Return what was read of the arrays, for another store of the same state."""
        return {name: array.lent() for name, array in self._loaded.items() if not array.is_changed}

    def borrow(self, lent: Mapping[str, Any]) -> None:
        """Read nothing that another store of the same state has read."""
        self._borrowed = dict(lent)

    def names(self, prefix: str = "") -> list[str]:
        """Return the names that begin with `prefix`, sorted."""
        known = {*self._described, *(name for name, one in self._loaded.items() if one.is_stored)}
        return sorted(name for name in known if name.startswith(prefix))

    def __contains__(self, name: str) -> bool:
        return name in self._loaded or name in self._described

    def __getitem__(self, name: str) -> StoredArray:
        if name not in self._loaded:
            array = self._load(name)
            if name in self._borrowed:
                array.borrow(self._borrowed[name])
            self._loaded[name] = array
        return self._loaded[name]

    def _load(self, name: str) -> StoredArray:
        found = self._described.get(name)
        if found is None:
            raise StoreError(
                f"The run file has no array '{name}'.",
                hint="It is damaged or was written by another version; run the pipeline again.",
            )
        identifier, dtype, shape, block_rows, kind, home = found
        size = tuple(json.loads(shape))
        if kind == RowArray.kind:
            return RowArray(self._connection, name, identifier, np.dtype(dtype), size, home)
        return _KINDS[kind](self._connection, name, identifier, np.dtype(dtype), size, block_rows)

    def open(self, name: str, dtype: npt.DTypeLike, tail: tuple[int, ...] = ()) -> StoredArray:
        """Find an array; one that is not there is empty, and written once it has rows."""
        if name not in self:
            kind = BitArray if np.dtype(dtype) == np.bool_ else BlockArray
            self._loaded[name] = kind.pending(self._connection, name, dtype, tail)
        return self[name]

    def create(self, name: str, values: NDArray) -> StoredArray:
        """Write a new array; a matrix that is mostly zero as CSR."""
        self._loaded[name] = _kind_for(values).create(self._connection, name, values)
        return self._loaded[name]

    def create_in_rows(self, name: str, values: NDArray) -> list[RowArray]:
        """Offer a new array to a table that is made next, or write it when its rows are too long.

        Returns
        -------
        list of RowArray
            What the table has to take in.
        """
        if is_sparse(values) or not lies_in_rows(values.dtype, values.shape):
            self.create(name, values)
            return []
        array = self._loaded[name] = RowArray.offer(self._connection, name, values)
        return [array]

    def replace(self, name: str, values: NDArray) -> None:
        """Write all values of an array, new or not."""
        values = np.asarray(values)
        if name in self:
            array = self[name]
            same = array.dtype == values.dtype and array.shape == values.shape
            if same and isinstance(array, BlockArray):
                if values.nbytes > WHOLE_BYTES or not _equal(array.all(), values):
                    array.overwrite(values)
                return
            self.drop(name)
        # Blocks are stored in full length: no longer than what there is to store.
        block_bytes = min(WHOLE_BYTES, values.nbytes)
        kind = _kind_for(values)
        self._loaded[name] = kind.create(self._connection, name, values, block_bytes)

    def drop(self, name: str) -> None:
        """Remove an array."""
        self[name].drop()
        del self._loaded[name]
        self._described.pop(name, None)
        self._borrowed.pop(name, None)

    def flush(self) -> None:
        """Write what changed in any array."""
        for array in self._loaded.values():
            array.flush()

    def forget_cached(self) -> None:
        """Drop what is in memory, after a rollback or when the file has changed."""
        self._loaded.clear()
        self._borrowed.clear()
        self._described = self._list()

    def _list(self) -> dict[str, Described]:
        # A damaged name would only seem to be missing, and an array that is missing is empty.
        found = verified(self._connection.execute(_LISTED), "The list of arrays")
        expect_count(self._connection, "arrays", len(found), "The list of arrays")
        return {name: (identifier, *described) for identifier, name, *described, _ in found}


def _equal(one: NDArray, other: NDArray) -> bool:
    return one.tobytes() == np.ascontiguousarray(other).tobytes()
