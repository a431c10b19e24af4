"""Arrays of yes and no: eight to a byte, so that a forget of scattered rows writes few pages.

Scattered bits lie in almost as many pages as there are of them. The bits that changed last are
therefore kept as a list in one block of their own, and are only put in their places when it is
full. Which bits changed tells nothing of what a record held.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from typing_extensions import Self, override

from palimpsest.store.blocks import BLOCK_BYTES, BlockArray
from palimpsest.store.checks import damaged, sealed, unsealed
from palimpsest.store.storedarray import NDArray

Changes = npt.NDArray[np.uint32]
"""Bits with their values: twice the place, plus one for yes. Zeros at the end are no changes."""

LIST = -1
"""Number of the block with the list of changes."""

MOST = BLOCK_BYTES // 4 - 1
"""How many changes the list holds, after the number of them."""

_PLACES = 1 << 31
"""Places that fit in a change."""

_FEW = 2
"""So many blocks are written as cheaply as the list."""


class BitArray(BlockArray):
    """Booleans, packed on the disk; in memory a block is as any other."""

    kind: ClassVar[str] = "bits"

    _listed: Changes | None = None  # not read yet
    _fresh: Sequence[npt.NDArray[np.int64]] = ()  # places that changed since the last `flush`

    @classmethod
    @override
    def pending(
        cls,
        connection: sqlite3.Connection,
        name: str,
        dtype: npt.DTypeLike,
        tail: tuple[int, ...] = (),
        block_bytes: int = BLOCK_BYTES,
    ) -> Self:
        return super().pending(connection, name, dtype, tail, 8 * block_bytes)

    @override
    def put(self, ids: npt.ArrayLike, values: npt.ArrayLike) -> None:
        ids = self._checked(ids)
        if not len(ids):
            return
        values = np.broadcast_to(np.asarray(values, dtype=np.bool_), (len(ids), *self._tail))
        differs = (self.take(ids) != values).reshape(len(ids), -1)
        changed = differs.any(axis=1)
        super().put(ids[changed], values[changed])
        row, bit = np.nonzero(differs)
        self._fresh = (*self._fresh, ids[row] * self._row_bits + bit)

    @override
    def overwrite(self, values: NDArray) -> None:
        self._fresh = ()
        super().overwrite(values)
        self._write_list(self._changes()[:0])

    @property
    def _row_bits(self) -> int:
        return math.prod(self._tail)

    @override
    def _write_changed(self, blocks: Sequence[int]) -> None:
        block_bits = self._block_rows * self._row_bits
        fresh = np.unique(np.concatenate([*self._fresh, np.empty(0, dtype=np.int64)]))
        self._fresh = ()
        fresh = fresh[fresh < self._stored_blocks * block_bits]
        listed = self._changes()
        lists = self._stored_blocks > _FEW and self._stored_blocks * block_bits <= _PLACES
        if lists and len(listed) + len(fresh) <= MOST:
            rows, bits = np.divmod(fresh, self._row_bits)
            now = self.take(rows).reshape(len(rows), -1)[np.arange(len(rows)), bits]
            self._write_list(np.append(listed, (2 * fresh + now).astype(np.uint32)))
            return
        every = np.union1d(np.array(blocks, dtype=np.int64), (listed >> 1) // block_bits)
        self._ensure(every)
        super()._write_changed(every.tolist())
        self._write_list(listed[:0])

    def _changes(self) -> Changes:
        if self._listed is None:
            self._listed = self._read_list()
        return self._listed

    def _read_list(self) -> Changes:
        for block, data in self._read([LIST]) if self.is_stored else ():
            payload = unsealed(data, self._identifier, block)
            if payload is None:
                raise damaged(f"The list of changes of the array '{self.name}'")
            words = np.frombuffer(payload, dtype=np.uint32)
            return words[1 : 1 + int(words[0])]
        return np.empty(0, dtype=np.uint32)

    def _write_list(self, changes: Changes) -> None:
        if not len(changes) and not len(self._changes()):
            return
        self._listed = changes
        words = np.zeros(1 + MOST, dtype=np.uint32)
        words[0], words[1 : 1 + len(changes)] = len(changes), changes
        block = (LIST, sealed(words.tobytes(), self._identifier, LIST))
        written = self._connection.execute(
            f"UPDATE {self._table} SET data = ? WHERE block = ?", block[::-1]
        )
        if not written.rowcount:
            self._write_added([block])

    @override
    def _pack(self, rows: NDArray, block: int) -> bytes:
        return sealed(np.packbits(rows).tobytes(), self._identifier, block)

    @override
    def _unpack(self, block: int, data: bytes) -> NDArray:
        payload = unsealed(data, self._identifier, block)
        if payload is None:
            raise damaged(f"Block {block} of the array '{self.name}'")
        shape = (self._block_rows, *self._tail)
        size = math.prod(shape)
        bits = np.unpackbits(np.frombuffer(payload, dtype=np.uint8), count=size)
        changes = self._changes()
        here = changes[(changes >> 1) // size == block]
        bits[(here >> 1) - block * size] = here & 1  # of several changes of a bit, the last
        rows = bits.view(np.bool_).reshape(shape)
        rows.setflags(write=False)  # as any block that was read and not changed
        return rows
