"""Arrays in the run file: fixed-size blocks of rows, loaded when they are touched.

Every array has a table of its own and every block its full length from the start, padded with
zeros, so that writing a block never grows a cell and appending only ever adds at the end of a
table (see `runfile` for why). A checksum ends every block: damage is found, never used.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from typing_extensions import Self, override

from palimpsest.errors import InvalidArgumentError
from palimpsest.store.checks import damaged, sealed, unsealed
from palimpsest.store.pragmas import PAGE_SIZE
from palimpsest.store.storedarray import NDArray, Rows, StoredArray

Blocks = dict[int, NDArray]
"""Blocks of an array by number."""

BLOCK_BYTES = PAGE_SIZE - 35 - 9 - 4
"""What fits a page beside SQLite's own bytes and the checksum: one page a block."""

WHOLE_BYTES = 1 << 20
"""Block size of arrays that are only ever read and written as a whole."""

CACHE_BYTES = 64 << 20
"""Clean blocks kept in memory, for each array."""

_FEW = 64
"""So many blocks are looked up, even when they are a large share of all."""

_SINGLY = 4
"""So many blocks cost less with a query each than with one for all."""


class BlockArray(StoredArray):
    """An array in a table of its own.

    Parameters
    ----------
    connection, name, identifier, dtype, shape
        See `StoredArray`; use `create` or `ArrayStore`.
    block_rows : int
        How many rows a block has.
    """

    kind: ClassVar[str] = "dense"

    def __init__(  # noqa: PLR0917
        self,
        connection: sqlite3.Connection,
        name: str,
        identifier: int | None,
        dtype: np.dtype[Any],
        shape: tuple[int, ...],
        block_rows: int,
    ) -> None:
        super().__init__(connection, name, identifier, dtype, shape)
        self._block_rows = block_rows
        self._blocks: Blocks = {}
        self._dirty: set[int] = set()
        self._whole: NDArray | None = None  # all blocks, as long as none has changed
        self._stored_blocks = math.ceil(shape[0] / block_rows)

    @classmethod
    def pending(
        cls,
        connection: sqlite3.Connection,
        name: str,
        dtype: npt.DTypeLike,
        tail: tuple[int, ...] = (),
        block_bytes: int = BLOCK_BYTES,
    ) -> Self:
        """Make an empty array that comes into the file with the first `flush` that has rows."""
        dtype = np.dtype(dtype)
        if dtype.hasobject:
            raise InvalidArgumentError(
                f"The array '{name}' holds Python objects; only plain numbers, booleans and "
                "fixed-length text can be stored."
            )
        row_bytes = max(1, dtype.itemsize * math.prod(tail))
        return cls(connection, name, None, dtype, (0, *tail), max(1, block_bytes // row_bytes))

    @classmethod
    def create(
        cls,
        connection: sqlite3.Connection,
        name: str,
        values: NDArray,
        block_bytes: int = BLOCK_BYTES,
    ) -> BlockArray:
        """Write a new array; the first axis are its rows."""
        array = cls.pending(connection, name, values.dtype, values.shape[1:], block_bytes)
        array._length = array._stored_length = len(values)
        array._make()
        array._write_added(array._packed(np.ascontiguousarray(values)))
        array._stored_blocks = math.ceil(len(values) / array._block_rows)
        return array

    @property
    @override
    def is_changed(self) -> bool:
        return bool(self._dirty) or self._length != self._stored_length

    @override
    def lent(self) -> Any:
        clean = {block: rows for block, rows in self._blocks.items() if not rows.flags.writeable}
        return clean, self._whole

    @override
    def borrow(self, lent: Any) -> None:
        self._blocks.update(lent[0])
        self._whole = lent[1]

    @override
    def take(self, ids: npt.ArrayLike) -> NDArray:
        ids = self._checked(ids)
        if self._whole is not None:
            taken: NDArray = self._whole[ids]
            return taken
        blocks = ids // self._block_rows
        needed = np.unique(blocks)
        if len(needed) * 4 > self._stored_blocks + len(self._dirty) and len(needed) > _FEW:
            return self._read_all()[ids]
        self._ensure(needed)
        out = np.empty((len(ids), *self._tail), dtype=self.dtype)
        within = ids - blocks * self._block_rows
        if len(needed) == len(ids):
            for position, (block, row) in enumerate(
                zip(blocks.tolist(), within.tolist(), strict=True)
            ):
                out[position] = self._blocks[block][row]
            return out
        order = np.argsort(blocks, kind="stable")
        bounds = [*np.searchsorted(blocks[order], needed).tolist(), len(ids)]
        for position, block in enumerate(needed.tolist()):
            chosen = order[bounds[position] : bounds[position + 1]]
            out[chosen] = self._blocks[block][within[chosen]]
        return out

    @override
    def put(self, ids: npt.ArrayLike, values: npt.ArrayLike) -> None:
        ids = self._checked(ids)
        if not len(ids):
            return
        values = np.broadcast_to(np.asarray(values, dtype=self.dtype), (len(ids), *self._tail))
        blocks = ids // self._block_rows
        needed = np.unique(blocks)
        self._ensure(needed)
        within = ids - blocks * self._block_rows
        order = np.argsort(blocks, kind="stable")
        bounds = [*np.searchsorted(blocks[order], needed).tolist(), len(ids)]
        for position, block in enumerate(needed.tolist()):
            chosen = order[bounds[position] : bounds[position + 1]]
            places, fresh = within[chosen], values[chosen]
            if self._blocks[block][places].tobytes() != fresh.tobytes():
                self._own(block)[places] = fresh

    @override
    def blank(self, ids: npt.ArrayLike) -> None:
        self.put(ids, 0)

    @override
    def append(self, values: npt.ArrayLike) -> Rows:
        values = np.asarray(values, dtype=self.dtype)
        values = values.reshape(len(values), *self._tail)
        first, self._whole = self._length, None
        ids = np.arange(first, first + len(values), dtype=np.int32)
        self._length += len(values)
        for block in range(first // self._block_rows, math.ceil(self._length / self._block_rows)):
            if block >= self._stored_blocks and block not in self._blocks:
                self._blocks[block] = np.zeros((self._block_rows, *self._tail), dtype=self.dtype)
                self._dirty.add(block)
        self.put(ids, values)
        return ids

    @override
    def all(self) -> NDArray:
        out = np.empty((self._length, *self._tail), dtype=self.dtype)
        for start, rows in self.scan():
            out[start : start + len(rows)] = rows
        return out

    def _read_all(self) -> NDArray:
        """Return the whole array, and keep it for the next time when it is not too large."""
        whole = self.all()
        if whole.nbytes <= CACHE_BYTES and not self.is_changed:
            whole.setflags(write=False)
            self._whole = whole
        return whole

    def scan(self) -> Iterator[tuple[int, NDArray]]:
        """Go through the array block by block: (id of the first row, rows)."""
        if self.is_stored:
            query = f"SELECT block, data FROM {self._table} WHERE block >= 0 ORDER BY block"
            following = 0
            for block, data in self._connection.execute(query):
                if block != following:
                    break
                following += 1
                rows = self._blocks[block] if block in self._dirty else self._unpack(block, data)
                yield self._within_length(block, rows)
            if following != self._stored_blocks:
                raise damaged(f"The array '{self.name}'")
        for block in sorted(block for block in self._dirty if block >= self._stored_blocks):
            yield self._within_length(block, self._blocks[block])

    @override
    def verify(self) -> None:
        for _ in self.scan():
            pass

    @override
    def flush(self) -> None:
        if not self.is_changed:
            return
        if not self.is_stored:
            self._make()
        self._write_dirty()
        if self._length != self._stored_length:
            self._register()
        self._stored_length = self._length
        self._stored_blocks = math.ceil(self._length / self._block_rows)
        self._dirty.clear()

    def overwrite(self, values: NDArray) -> None:
        """Replace all rows at once, now."""
        self._blocks.clear()
        self._dirty.clear()
        self._whole = None
        if not self.is_stored:
            self._make()
        values, stored = np.ascontiguousarray(values), self._stored_blocks
        self._write_old(self._packed(values[: stored * self._block_rows]))
        self._write_added(self._packed(values[stored * self._block_rows :], first=stored))
        if self._length != self._stored_length:
            self._register()
        self._stored_length = self._length
        self._stored_blocks = math.ceil(self._length / self._block_rows)

    @override
    def drop(self) -> None:
        if self.is_stored:
            self._connection.execute(f"DROP TABLE {self._table}")
            self._unregister()

    def _make(self) -> None:
        self._register()
        self._make_table()

    @property
    def _table(self) -> str:
        return f"array_{self._identifier}"

    def _make_table(self) -> None:
        self._connection.execute(
            f"CREATE TABLE {self._table} (block INTEGER PRIMARY KEY, data BLOB NOT NULL)"
        )

    def _write_added(self, blocks: Iterable[tuple[int, bytes]]) -> None:
        self._connection.executemany(f"INSERT INTO {self._table} VALUES (?, ?)", blocks)

    def _write_dirty(self) -> None:
        """Write the blocks that changed, and those that the file has not yet."""
        changed, stored = sorted(self._dirty), self._stored_blocks
        self._write_old(self._packed_again(one for one in changed if one < stored))
        self._write_added(self._packed_again(one for one in changed if one >= stored))

    def _packed_again(self, blocks: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        return ((block, self._pack(self._blocks[block], block)) for block in blocks)

    def _write_old(self, blocks: Iterable[tuple[int, bytes]]) -> None:
        self._connection.executemany(
            f"UPDATE {self._table} SET data = ? WHERE block = ?",
            ((data, block) for block, data in blocks),
        )

    def _packed(self, values: NDArray, first: int = 0) -> Iterator[tuple[int, bytes]]:
        for block, start in enumerate(range(0, len(values), self._block_rows), first):
            rows = values[start : start + self._block_rows]
            if len(rows) < self._block_rows:
                whole = np.zeros((self._block_rows, *self._tail), dtype=self.dtype)
                whole[: len(rows)] = rows
                rows = whole
            yield block, self._pack(rows, block)

    def _pack(self, rows: NDArray, block: int) -> bytes:
        return sealed(rows.tobytes(), self._identifier, block)

    def _within_length(self, block: int, rows: NDArray) -> tuple[int, NDArray]:
        start = block * self._block_rows
        return start, rows[: max(0, self._length - start)]

    def _ensure(self, blocks: npt.NDArray[np.int64]) -> None:
        missing = [block for block in blocks.tolist() if block not in self._blocks]
        if not missing:
            return
        self._make_room()
        missing = [block for block in blocks.tolist() if block not in self._blocks]
        for block, data in self._read(missing):
            self._blocks[block] = self._unpack(block, data)
        if any(block not in self._blocks for block in missing):
            raise damaged(f"The array '{self.name}'")

    def _read(self, blocks: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        if len(blocks) <= _SINGLY:
            query = f"SELECT block, data FROM {self._table} WHERE block = ?"
            for block in blocks:
                yield from self._connection.execute(query, (block,))
            return
        yield from self._connection.execute(
            f"SELECT block, data FROM {self._table} "
            "WHERE block IN (SELECT value FROM json_each(?))",
            (json.dumps(blocks),),
        )

    def _make_room(self) -> None:
        size = len(self._blocks) * self._block_rows * self.dtype.itemsize * math.prod(self._tail)
        if size > CACHE_BYTES:
            self._blocks = {block: self._blocks[block] for block in self._dirty}

    def _unpack(self, block: int, data: bytes) -> NDArray:
        payload = unsealed(data, self._identifier, block)
        if payload is None:
            raise damaged(f"Block {block} of the array '{self.name}'")
        return np.frombuffer(payload, dtype=self.dtype).reshape(self._block_rows, *self._tail)

    def _own(self, block: int) -> NDArray:
        """Return a block that may be written, marked as changed."""
        rows = self._blocks[block]
        if not rows.flags.writeable:
            rows = self._blocks[block] = rows.copy()
        self._dirty.add(block)
        self._whole = None
        return rows
