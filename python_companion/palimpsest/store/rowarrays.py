"""Arrays whose values lie in the rows of a table, so that all of a row is in one place of the disk.

A forget of scattered rows writes one page for the cells and the numbers of a row together, where a
table of blocks would be a second one. Reading everything costs more than from blocks, because every
row of the table is gone through.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from typing_extensions import override

from palimpsest.store.blocks import CACHE_BYTES
from palimpsest.store.checks import damaged, row_seals, verified
from palimpsest.store.counts import count_of
from palimpsest.store.sparse import CsrArray
from palimpsest.store.storedarray import NDArray, Rows, StoredArray

Ids = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

MOST_BYTES = 2048
"""The longest row that lies in a table: half a page, so that little of a page stays empty."""

KIND = "rows"

_SEAL = 8
_CHUNK = 1 << 13
_SHARE = 4  # when a fourth of the rows is asked for, all are read at once

Known = tuple[Ids, NDArray]
"""Rows that are in memory: their ids, ascending, and their values."""


class RowArray(StoredArray):
    """An array in a column of a table, whose rows have the same ids.

    A row that leaves the table takes its values along; one that comes has to be written before the
    next `flush` is over.

    Parameters
    ----------
    connection, name, identifier, dtype, shape
        See `StoredArray`.
    home : int or None
        Number of the table, None while it is not made.
    """

    kind: ClassVar[str] = KIND

    def __init__(  # noqa: PLR0917
        self,
        connection: sqlite3.Connection,
        name: str,
        identifier: int | None,
        dtype: np.dtype[Any],
        shape: tuple[int, ...],
        home: int | None,
    ) -> None:
        super().__init__(connection, name, identifier, dtype, shape)
        self._home = home
        self._ids: Ids = np.empty(0, dtype=np.int64)
        self._values: NDArray = np.empty((0, *self._tail), dtype=dtype)
        self._dirty: npt.NDArray[np.bool_] = np.empty(0, dtype=bool)

    @classmethod
    def offer(cls, connection: sqlite3.Connection, name: str, values: NDArray) -> RowArray:
        """Make an array of the rows 0, 1, ... that is written with the table that takes it in."""
        array = cls(connection, name, None, values.dtype, values.shape, None)
        array._values = np.ascontiguousarray(values)
        return array

    def move_in(self, home: int) -> Iterator[bytes]:
        """Enter the array as one that lies in a table; return what its rows are to hold."""
        self._home = home
        self._register()
        values, self._values = self._values, self._values[:0]
        return self.sealed(np.arange(len(values)), values)

    @classmethod
    def in_place_of(
        cls, arrays: Sequence[StoredArray], home: int
    ) -> list[tuple[StoredArray, RowArray]]:
        """Enter arrays anew, as far as they can lie in the rows of a table; nothing is moved yet.

        Returns
        -------
        list of (StoredArray, RowArray)
            What can still be read, and what takes its place.
        """
        moved = []
        for array in arrays:
            if isinstance(array, CsrArray) or not lies_in_rows(array.dtype, array.shape):
                continue
            after = cls(
                array._connection, array.name, array._identifier, array.dtype, array.shape, home
            )
            after._register()
            moved.append((array, after))
        return moved

    @property
    def column(self) -> str:
        """Name of its column in the table."""
        return column_of(self._identifier)

    @property
    @override
    def is_changed(self) -> bool:
        return bool(self._dirty.any()) or self._length != self._stored_length

    @override
    def lent(self) -> Known:
        clean = ~self._dirty
        return self._ids[clean], self._values[clean]

    @override
    def borrow(self, lent: Known) -> None:
        self._know(*lent)

    @override
    def take(self, ids: npt.ArrayLike) -> NDArray:
        ids = self._checked(ids)
        wanted = np.unique(ids)
        missing = self._missing(wanted)
        if len(missing) * _SHARE > self._length:
            return self.all()[ids]
        if len(missing):
            self._make_room()
            missing = self._missing(wanted)
            found, values = self._read(missing)
            if len(found) != len(missing):
                raise damaged(f"The array '{self.name}'")
            self._know(found, values)
        taken: NDArray = self._values[np.searchsorted(self._ids, ids)]
        return taken

    @override
    def put(self, ids: npt.ArrayLike, values: npt.ArrayLike) -> None:
        ids = self._checked(ids)
        if not len(ids):
            return
        values = np.broadcast_to(np.asarray(values, dtype=self.dtype), (len(ids), *self._tail))
        ids, last = np.unique(ids[::-1], return_index=True)
        values = values[::-1][last]
        fresh = self._missing(ids)
        self._know(fresh, np.zeros((len(fresh), *self._tail), dtype=self.dtype))
        places = np.searchsorted(self._ids, ids)
        differs = (_bytes_of(self._values[places]) != _bytes_of(values)).any(axis=1)
        differs |= np.isin(ids, fresh)
        self._values[places[differs]] = values[differs]
        self._dirty[places[differs]] = True

    @override
    def blank(self, ids: npt.ArrayLike) -> None:
        stays = ~np.isin(self._ids, self._checked(ids))
        self._ids, self._values = self._ids[stays], self._values[stays]
        self._dirty = self._dirty[stays]

    @override
    def append(self, values: npt.ArrayLike) -> Rows:
        values = np.asarray(values, dtype=self.dtype)
        values = values.reshape(len(values), *self._tail)
        ids = np.arange(self._length, self._length + len(values), dtype=np.int32)
        self._length += len(values)
        self.put(ids, values)
        return ids

    @override
    def all(self) -> NDArray:
        out = np.zeros((self._length, *self._tail), dtype=self.dtype)
        for ids, values in self._scan():
            out[ids] = values
        out[self._ids[self._dirty]] = self._values[self._dirty]
        return out

    @override
    def verify(self) -> None:
        for _ in self._scan():
            pass

    @override
    def flush(self) -> None:
        if self._length != self._stored_length:
            self._register()
            self._stored_length = self._length
        ids, values = self._ids[self._dirty], self._values[self._dirty]
        self._dirty[:] = False
        left = list(zip(self.sealed(ids, values), ids.tolist(), strict=True))
        written = 0
        for where in ("slot = ? AND row = slot", "row = ? AND row <> slot"):
            if written < len(left):
                update = f"UPDATE {self._table} SET {self.column} = ? WHERE {where}"
                written += max(0, self._connection.executemany(update, left).rowcount)
        if written < len(left):
            raise damaged(f"The array '{self.name}'")

    @override
    def drop(self) -> None:
        if self.is_stored:
            known = self._connection.execute(
                "SELECT 1 FROM tables WHERE id = ?", (self._home,)
            ).fetchone()
            if known is not None:
                self._connection.execute(f"UPDATE {self._table} SET {self.column} = NULL")
            self._unregister()

    @property
    def _table(self) -> str:
        return f"rows_{self._home}"

    def _missing(self, ids: Ids) -> Ids:
        return np.setdiff1d(ids, self._ids, assume_unique=True)

    def _know(self, ids: Ids, values: NDArray) -> None:
        """Keep rows in memory that are not there."""
        if not len(ids):
            return
        every = np.concatenate([self._ids, ids])
        order = np.argsort(every)
        self._ids = every[order]
        self._values = np.concatenate([self._values, values])[order]
        self._dirty = np.concatenate([self._dirty, np.zeros(len(ids), dtype=bool)])[order]

    def _make_room(self) -> None:
        if self._values.nbytes > CACHE_BYTES:
            self.blank(self._ids[~self._dirty])

    def _read(self, ids: Ids) -> Known:
        chosen = f"SELECT row, {self.column} FROM {self._table} WHERE"
        places = (json.dumps(ids.tolist()),)
        listed = "IN (SELECT value FROM json_each(?))"
        found = self._connection.execute(
            f"{chosen} slot {listed} AND row = slot", places
        ).fetchall()
        if len(found) < len(ids):
            away = self._connection.execute(f"{chosen} row {listed} AND row <> slot", places)
            found += away.fetchall()
        return self._unsealed(found)

    def _scan(self) -> Iterator[Known]:
        """Go through the rows as the file has them."""
        query = f"SELECT row, {self.column} FROM {self._table} WHERE row IS NOT NULL"
        cursor = self._connection.execute(query)
        fresh = self._ids[self._dirty & (self._ids >= self._stored_length)]
        count = 0
        while part := cursor.fetchmany(_CHUNK):
            count += len(part)
            if len(fresh):  # those are in the table, but not written yet
                waiting = set(fresh.tolist())
                part = [row for row in part if row[0] not in waiting]
            yield self._unsealed(part)
        if count != count_of(self._connection, self._table):
            raise damaged(f"The array '{self.name}'")

    def sealed(self, ids: npt.ArrayLike, values: NDArray) -> Iterator[bytes]:
        """Return what the table holds of rows with these values."""
        ids = np.asarray(ids)
        for start in range(0, len(ids), _CHUNK):
            part = slice(start, start + _CHUNK)
            payload = _bytes_of(values[part])
            seals = row_seals(payload, self._identifier, ids[part])
            data = np.concatenate([payload, seals.view(np.uint8).reshape(-1, _SEAL)], axis=1)
            whole, width = data.tobytes(), data.shape[1]
            yield from (whole[at : at + width] for at in range(0, len(whole), width))

    def _unsealed(self, rows: Sequence[tuple[int, bytes]]) -> Known:
        """Return rows as they were read; refuse them when they are not what was written."""
        width = _length_of(self.dtype, self._tail)
        ids = np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))
        try:
            data = np.frombuffer(b"".join([row[1] for row in rows]), dtype=np.uint8)
            data = data.reshape(len(rows), width)
        except (TypeError, ValueError) as error:  # no bytes, or another number of them
            raise damaged(f"The array '{self.name}'") from error
        payload = np.ascontiguousarray(data[:, :-_SEAL])
        seals = np.ascontiguousarray(data[:, -_SEAL:]).view(np.uint64).ravel()
        if (row_seals(payload, self._identifier, ids) != seals).any():
            raise damaged(f"A row of the array '{self.name}'")
        return ids, payload.view(self.dtype).reshape(len(rows), *self._tail)


def lies_in_rows(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bool:
    """Tell whether the rows of an array are short enough to lie in those of a table."""
    return _length_of(dtype, shape[1:]) <= MOST_BYTES


def column_of(identifier: int) -> str:
    """Name the column of an array in its table."""
    return f"array_{identifier}"


def columns_in(connection: sqlite3.Connection, home: int) -> dict[str, int]:
    """Return the columns that arrays have in a table, in order, with their length in bytes."""
    found = verified(
        connection.execute(
            "SELECT id, name, dtype, shape, block_rows, kind, home, chk FROM arrays NOT INDEXED "
            "WHERE home = ? ORDER BY id",
            (home,),
        ),
        "The list of arrays",
    )
    return {
        column_of(identifier): _length_of(np.dtype(dtype), json.loads(shape)[1:])
        for identifier, _, dtype, shape, *_ in found
    }


def _length_of(dtype: np.dtype[Any], tail: Sequence[int]) -> int:
    return dtype.itemsize * math.prod(tail) + _SEAL


def _bytes_of(values: NDArray) -> Bytes:
    """Return each row as bytes."""
    whole = np.ascontiguousarray(values)
    size = whole.dtype.itemsize * math.prod(whole.shape[1:])
    return whole.reshape(-1).view(np.uint8).reshape(len(whole), size)
