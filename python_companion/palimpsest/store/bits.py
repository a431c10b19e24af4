"""Arrays of yes and no: eight to a byte, so that a forget of scattered rows writes few pages."""

from __future__ import annotations

import math
import sqlite3
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from typing_extensions import Self, override

from palimpsest.store.blocks import BLOCK_BYTES, BlockArray, NDArray
from palimpsest.store.checks import damaged, sealed, unsealed


class BitArray(BlockArray):
    """Booleans, packed on the disk; in memory a block is as any other."""

    kind: ClassVar[str] = "bits"

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
    def _pack(self, rows: NDArray, block: int) -> bytes:
        return sealed(np.packbits(rows).tobytes(), self._identifier, block)

    @override
    def _unpack(self, block: int, data: bytes) -> NDArray:
        payload = unsealed(data, self._identifier, block)
        if payload is None:
            raise damaged(f"Block {block} of the array '{self.name}'")
        shape = (self._block_rows, *self._tail)
        bits = np.unpackbits(np.frombuffer(payload, dtype=np.uint8), count=math.prod(shape))
        rows = bits.view(np.bool_).reshape(shape)
        rows.setflags(write=False)  # as any block that was read and not changed
        return rows
