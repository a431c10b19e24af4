"""Arrays of yes and no: eight to a byte, so that a forget of scattered rows writes few pages.

Scattered bits lie in almost as many pages as there are of them. The bits that changed last are
therefore kept as a list in one block of their own, and are only put in their places when it is
full; in memory it is the same. Which bits changed tells nothing of what a record held.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from typing_extensions import Self, override

from palimpsest.store.blocks import BLOCK_BYTES, BlockArray
from palimpsest.store.checks import damaged, sealed, unsealed
from palimpsest.store.storedarray import NDArray, Rows

Places = npt.NDArray[np.int64]
"""Numbers of bits: of the first row, of the second one, ..."""

Bits = npt.NDArray[np.bool_]

Packed = npt.NDArray[np.uint8]
"""Blocks of an array, eight bits to a byte; one axis for the blocks."""

Changes = tuple[Places, Bits]
"""Places, ascending, and what is there now."""

LIST = -1
"""Number of the block with the list of changes."""

MOST = BLOCK_BYTES // 4 - 1
"""How many changes the list holds, after the number of them."""

_PLACES = 1 << 31
"""Places that fit in a change."""

_FEW = 2
"""So many blocks are written as cheaply as the list."""

_SHARE = 4  # when a fourth of the rows is asked for, all are unpacked at once

_NONE: Changes = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.bool_))


class BitArray(BlockArray):
    """Booleans, packed on the disk and in memory."""

    kind: ClassVar[str] = "bits"

    _base: Packed | None = None  # all blocks without the changes; not read yet
    _changes: Changes = _NONE
    _is_listed = False  # whether the file has a list
    _is_own = False  # whether the blocks in memory may be written to
    _unsaved = False

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

    @property
    @override
    def is_changed(self) -> bool:
        return self._unsaved or self._length != self._stored_length

    @override
    def lent(self) -> Any:
        if self._base is None:
            return None
        self._is_own = False
        return self._base, self._changes, self._is_listed

    @override
    def borrow(self, lent: Any) -> None:
        if lent is not None:
            self._base, self._changes, self._is_listed = lent

    @override
    def take(self, ids: npt.ArrayLike) -> NDArray:
        ids = self._checked(ids)
        if len(ids) * _SHARE > self._length:
            return self.all()[ids]
        return self._at(self._places_of(ids)).reshape(len(ids), *self._tail)

    @override
    def put(self, ids: npt.ArrayLike, values: npt.ArrayLike) -> None:
        ids = self._checked(ids)
        if not len(ids):
            return
        bits = np.broadcast_to(np.asarray(values, dtype=np.bool_), (len(ids), *self._tail))
        self._change(self._places_of(ids), bits.ravel())

    @override
    def append(self, values: npt.ArrayLike) -> Rows:
        values = np.asarray(values, dtype=np.bool_)
        values = values.reshape(len(values), *self._tail)
        first, base = self._length, self._loaded()
        self._length += len(values)
        ids = np.arange(first, self._length, dtype=np.int32)
        missing = math.ceil(self._length / self._block_rows) - len(base)
        if missing > 0:
            fresh = np.zeros((missing, base.shape[1]), dtype=np.uint8)
            self._dirty |= set(range(len(base), len(base) + missing))
            self._base, self._is_own = np.concatenate([base, fresh]), True
        if values.size > MOST:
            self._fill(first * self._row_bits, values.ravel())
        else:
            self._change(self._places_of(ids.astype(np.int64)), values.ravel())
        return ids

    @override
    def all(self) -> NDArray:
        bits = np.unpackbits(self._loaded(), axis=1, count=self._block_bits).ravel()
        places, now = self._changes
        bits[places] = now
        rows = bits[: self._length * self._row_bits].view(np.bool_)
        return rows.reshape(self._length, *self._tail)

    @override
    def verify(self) -> None:
        self._read_blocks()

    @override
    def _write_dirty(self) -> None:
        stored = self._stored_blocks
        places = self._changes[0]
        bits = stored * self._block_bits
        lists = stored > _FEW and bits <= _PLACES
        fits = lists and np.searchsorted(places, bits) <= MOST
        self._put_in_place(places >= bits if fits else places >= 0)
        base = self._loaded()
        written = [
            (block, sealed(base[block].tobytes(), self._identifier, block))
            for block in sorted(self._dirty)
        ]
        self._write_old(block for block in written if block[0] < stored)
        self._write_added(block for block in written if block[0] >= stored)
        self._write_list(*self._changes)
        self._unsaved = False

    @override
    def overwrite(self, values: NDArray) -> None:
        super().overwrite(values)
        self._write_list(*_NONE)
        self._base, self._changes, self._unsaved = None, _NONE, False

    @property
    def _row_bits(self) -> int:
        return math.prod(self._tail)

    @property
    def _block_bits(self) -> int:
        return self._block_rows * self._row_bits

    def _places_of(self, ids: Places) -> Places:
        places = (
            ids if not self._tail else ids[:, None] * self._row_bits + np.arange(self._row_bits)
        )
        return places.ravel()

    def _at(self, places: Places) -> Bits:
        blocks, within = np.divmod(places, self._block_bits)
        byte = self._loaded()[blocks, within >> 3]
        bits: Bits = (byte >> (7 - (within & 7)).astype(np.uint8) & 1).astype(np.bool_)
        changed, now = self._changes
        if len(changed):
            at = np.minimum(np.searchsorted(changed, places), len(changed) - 1)
            bits = np.where(changed[at] == places, now[at], bits)
        return bits

    def _change(self, places: Places, bits: Bits) -> None:
        """Note what bits are now; more than the list holds are put in their places."""
        # Of several changes of a bit, the last.
        places, last = np.unique(places[::-1], return_index=True)
        bits = bits[::-1][last]
        differs = self._at(places) != bits
        if not differs.any():
            return
        self._unsaved = True
        self._changes = _merged(self._changes, (places[differs], bits[differs]))
        if len(self._changes[0]) > 2 * MOST:
            self._put_in_place(self._changes[0] >= 0)

    def _fill(self, start: int, bits: Bits) -> None:
        """Write a long piece at the end of the array into the blocks."""
        self._put_in_place(self._changes[0] >= 0)
        base, size = self._loaded(), self._block_bits
        first = start // size
        whole = np.zeros((len(base) - first) * size, dtype=np.bool_)
        head = start - first * size
        if head:
            whole[:size] = np.unpackbits(base[first], count=size)
        whole[head : head + len(bits)] = bits
        self._writable()[first:] = np.packbits(whole.reshape(-1, size), axis=1)
        self._dirty |= set(range(first, len(base)))

    def _put_in_place(self, chosen: Bits) -> None:
        """Take some changes from the list into the blocks."""
        places, now = self._changes
        self._changes = places[~chosen], now[~chosen]
        places, now = places[chosen], now[chosen]
        base = self._writable() if len(places) else self._loaded()
        blocks = places // self._block_bits
        for block in np.unique(blocks).tolist():
            here = blocks == block
            bits = np.unpackbits(base[block])
            bits[places[here] - block * self._block_bits] = now[here]
            base[block] = np.packbits(bits)
            self._dirty.add(block)

    def _writable(self) -> Packed:
        """Return the blocks, which may be written to."""
        base = self._loaded()
        if not self._is_own:
            base, self._is_own = base.copy(), True
            self._base = base
        return base

    def _loaded(self) -> Packed:
        if self._base is None:
            self._base, self._changes, self._is_listed = self._read_blocks()
            self._is_own = True
        return self._base

    def _read_blocks(self) -> tuple[Packed, Changes, bool]:
        """Return what the file has: the blocks, the list, and whether there is one."""
        changes, is_listed = _NONE, False
        blocks: list[memoryview] = []
        for number, payload in self._payloads():
            if number == LIST:
                changes, is_listed = _listed(payload), True
            elif number == len(blocks):
                blocks.append(payload)
        if len(blocks) != self._stored_blocks:
            raise damaged(f"The array '{self.name}'")
        base = np.frombuffer(b"".join(blocks), dtype=np.uint8)
        return base.reshape(len(blocks), -(-self._block_bits // 8)).copy(), changes, is_listed

    def _payloads(self) -> Iterator[tuple[int, memoryview]]:
        if not self.is_stored:
            return
        query = f"SELECT block, data FROM {self._table} ORDER BY block"
        for number, data in self._connection.execute(query):
            payload = unsealed(data, self._identifier, number)
            if payload is None:
                raise damaged(
                    f"The list of changes of the array '{self.name}'"
                    if number == LIST
                    else f"Block {number} of the array '{self.name}'"
                )
            yield number, payload

    def _write_list(self, places: Places, now: Bits) -> None:
        if not len(places) and not self._is_listed:
            return
        words = np.zeros(1 + MOST, dtype=np.uint32)
        words[0], words[1 : 1 + len(places)] = len(places), 2 * places + now
        block = (LIST, sealed(words.tobytes(), self._identifier, LIST))
        if self._is_listed:
            self._write_old([block])
        else:
            self._write_added([block])
        self._is_listed = True

    @override
    def _pack(self, rows: NDArray, block: int) -> bytes:
        return sealed(np.packbits(rows).tobytes(), self._identifier, block)


def _listed(payload: memoryview) -> Changes:
    """Return the changes of a list: each twice its place, plus one for yes, after their number."""
    words = np.frombuffer(payload, dtype=np.uint32).astype(np.int64)
    words = words[1 : 1 + int(words[0])]
    return _merged(_NONE, (words >> 1, (words & 1).astype(np.bool_)))


def _merged(before: Changes, after: Changes) -> Changes:
    """Return all changes, of several at one place the last."""
    places = np.concatenate([before[0], after[0]])
    bits = np.concatenate([before[1], after[1]])
    places, last = np.unique(places[::-1], return_index=True)
    return places, bits[::-1][last]
