"""Matrices that are mostly zero: a block holds CSR, so that what is not there takes no place.

In memory a block is as dense as any other. On the disk it has room to spare: a block that gets more
entries is written in place while it fits, and otherwise moves to the end of the table (see `runfile`
for why nothing may grow where it is).
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from typing_extensions import override

from palimpsest.store.blocks import BLOCK_BYTES, BlockArray
from palimpsest.store.checks import damaged, sealed, unsealed
from palimpsest.store.storedarray import NDArray

MOST_FILLED = 0.25
"""Share of entries up to which CSR is the smaller form, with room to spare."""

NARROWEST = 16
"""Columns from which on it is worth while."""

DENSE_BYTES = 1 << 20
"""The most that a block takes in memory."""

_ENTRY = 8 + 4  # bytes of a value and its column
_SPARE = 1.25
_SEAL = len(sealed(b"", 0, 0))

Ints = npt.NDArray[np.int32]


def is_sparse(values: NDArray) -> bool:
    """Tell whether an array is better kept as CSR."""
    if values.ndim != 2 or values.shape[1] < NARROWEST or values.dtype != np.float64:
        return False
    return bool(np.count_nonzero(values) <= MOST_FILLED * values.size)


class CsrArray(BlockArray):
    """A matrix of float64 whose blocks are kept as CSR."""

    kind: ClassVar[str] = "csr"

    @classmethod
    @override
    def create(
        cls,
        connection: sqlite3.Connection,
        name: str,
        values: NDArray,
        block_bytes: int = BLOCK_BYTES,
    ) -> BlockArray:
        width = values.shape[1]
        row_bytes = 4 + _ENTRY * _SPARE * np.count_nonzero(values) / max(1, len(values))
        rows = min(int(block_bytes / row_bytes), DENSE_BYTES // (8 * width))
        return super().create(connection, name, values, max(1, rows) * 8 * width)

    @override
    def _make_table(self) -> None:
        table = self._table
        self._connection.execute(
            f"CREATE TABLE {table} (slot INTEGER PRIMARY KEY, block INTEGER, data BLOB)"
        )
        self._connection.execute(
            f"CREATE UNIQUE INDEX {table}_block ON {table} (block) WHERE block IS NOT NULL"
        )

    @override
    def _write_added(self, blocks: Iterable[tuple[int, bytes]]) -> None:
        self._connection.executemany(
            f"INSERT INTO {self._table} (block, data) VALUES (?, ?)",
            ((block, self._sealed(data, block, self._room(len(data)))) for block, data in blocks),
        )

    @override
    def _write_old(self, blocks: Iterable[tuple[int, bytes]]) -> None:
        table = self._table
        for block, data in blocks:
            slot, room = self._connection.execute(
                f"SELECT slot, length(data) FROM {table} WHERE block = ?", (block,)
            ).fetchone()
            room -= _SEAL
            if len(data) <= room:
                self._connection.execute(
                    f"UPDATE {table} SET data = ? WHERE slot = ?",
                    (self._sealed(data, block, room), slot),
                )
                continue
            self._connection.execute(
                f"UPDATE {table} SET block = NULL, data = NULL WHERE slot = ?", (slot,)
            )
            self._write_added([(block, data)])

    @override
    def _pack(self, rows: NDArray, block: int) -> bytes:
        # By bits: a negative zero is kept, too.
        row, column = np.nonzero(np.ascontiguousarray(rows).view(np.int64))
        starts = np.zeros(len(rows) + 1, dtype=np.int32)
        np.cumsum(np.bincount(row, minlength=len(rows)), out=starts[1:])
        return starts.tobytes() + column.astype(np.int32).tobytes() + rows[row, column].tobytes()

    @override
    def _unpack(self, block: int, data: bytes) -> NDArray:
        payload = unsealed(data, self._identifier, block)
        if payload is None:
            raise damaged(f"Block {block} of the array '{self.name}'")
        starts: Ints = np.frombuffer(payload, dtype=np.int32, count=self._block_rows + 1)
        entries = int(starts[-1])
        columns: Ints = np.frombuffer(payload, np.int32, entries, offset=starts.nbytes)
        values = np.frombuffer(payload, np.float64, entries, offset=starts.nbytes + columns.nbytes)
        rows = np.zeros((self._block_rows, *self._tail), dtype=np.float64)
        rows[np.repeat(np.arange(self._block_rows), np.diff(starts)), columns] = values
        rows.setflags(write=False)  # as any block that was read and not changed
        return rows

    def _sealed(self, data: bytes, block: int, room: int) -> bytes:
        return sealed(data.ljust(room, b"\0"), self._identifier, block)

    def _room(self, length: int) -> int:
        empty = 4 * (self._block_rows + 1)
        return empty + math.ceil(_SPARE * (length - empty))
