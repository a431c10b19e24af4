"""Checksums of rows: SQLite finds a broken page, but not a flipped bit in a value.

Every row that something is read from ends with the checksum of its other values. It is computed
when the row is written and compared when it is read, so that damage is found and never used.
"""

from __future__ import annotations

import marshal
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from palimpsest.errors import StoreError

ROW_CHECK, BLOCK_CHECK = "row_check", "block_check"
"""Names of `check_of`, with the seed in front, and of `sealed` in SQL."""

Seals = npt.NDArray[np.uint64]

_SEAL = 4
_HALF = np.uint64(32)

_BASE = 1 << 62  # always eight bytes long, so that a new checksum does not grow the row
_FORMAT = 2  # of marshal: the last one whose bytes depend on nothing but the values


def check_of(*values: Any, seed: int = 0) -> int:
    """Return the checksum of some SQLite values, as SQLite gives them back.

    Parameters
    ----------
    *values : int, float, str, bytes or None
    seed : int
        Tells tables apart: a page that got into another table is damage too.

    Examples
    --------
    >>> check_of(1, "a", None) == check_of(1, "a", None) != check_of(1, "b", None)
    True
    """
    return _BASE | zlib.crc32(marshal.dumps(values, _FORMAT), seed)


def checked(rows: Iterable[Sequence[Any]], seed: int = 0) -> Iterator[tuple[Any, ...]]:
    """Put the checksum behind the values of each row."""
    dumps, crc = marshal.dumps, zlib.crc32
    for row in rows:
        values = tuple(row)
        yield (*values, _BASE | crc(dumps(values, _FORMAT), seed))


def verified(rows: Iterable[tuple[Any, ...]], where: str, seed: int = 0) -> list[tuple[Any, ...]]:
    """Return rows whose last value is the checksum of the others.

    Parameters
    ----------
    rows : iterable of tuple
    where : str
        What they are, for the error.
    seed : int

    Raises
    ------
    StoreError
        When one of them is damaged.
    """
    found = list(rows)
    dumps, crc = marshal.dumps, zlib.crc32
    for row in found:
        if row[-1] != _BASE | crc(dumps(row[:-1], _FORMAT), seed):
            raise damaged(where)
    return found


def damaged(where: str) -> StoreError:
    """Return the error for something that is not what was written."""
    return StoreError(
        f"{where} of the run file is damaged: it is not what was written.",
        hint="It was not used. Restore the file from a backup or run the pipeline again.",
    )


def register(connection: sqlite3.Connection) -> None:
    """Make the checksums known to a connection, as functions of SQL."""

    def row_check(seed: int, *values: Any) -> int:
        return check_of(*values, seed=seed)

    def block_check(sealed_before: bytes, array: int, block: int) -> bytes:
        return sealed(sealed_before[:-_SEAL], array, block)

    connection.create_function(ROW_CHECK, -1, row_check, deterministic=True)
    connection.create_function(BLOCK_CHECK, 3, block_check, deterministic=True)


def sealed(payload: bytes, array: int, block: int) -> bytes:
    """Put the checksum of a block of an array behind its bytes."""
    return payload + _block_check(payload, array, block)


def unsealed(data: object, array: int, block: int) -> memoryview | None:
    """Return the bytes of a block, None when they are not what was written there."""
    if not isinstance(data, bytes):
        return None
    payload = memoryview(data)[:-_SEAL]
    return payload if data[-_SEAL:] == _block_check(payload, array, block) else None


def row_seals(payloads: npt.NDArray[np.uint8], array: int, rows: npt.ArrayLike) -> Seals:
    """Return the checksums of rows of an array that lie in rows of a table.

    All at once, because there are millions of them.

    Parameters
    ----------
    payloads : (n, size) uint8
    array : int
        Number of the array: a value that got to another place is damage too.
    rows : (n,) int
        Numbers of the rows.

    Returns
    -------
    (n,) uint64
    """
    spare = -payloads.shape[1] % 8
    if spare:
        payloads = np.pad(payloads, ((0, 0), (0, spare)))
    words = np.ascontiguousarray(payloads).view(np.uint64)
    place = np.asarray(rows, dtype=np.uint64) ^ (np.uint64(array) << _HALF)
    weights = _weights(words.shape[1] + 1)
    # Folded first, so that the upper bits count in both halves; times odd numbers, so that no
    # change of one word is lost.
    seals: Seals = (place + np.uint64(1)) * weights[-1]
    seals += np.einsum("nw,w->n", words ^ (words >> _HALF), weights[:-1])
    return seals ^ (seals >> _HALF)


@cache
def _weights(count: int) -> Seals:
    """Return odd numbers that look random, always the same ones."""
    mixed = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return (mixed ^ (mixed >> np.uint64(31))) | np.uint64(1)


def _block_check(payload: bytes | memoryview, array: int, block: int) -> bytes:
    seed = zlib.crc32(b"%d/%d" % (array, block))
    return zlib.crc32(payload, seed).to_bytes(_SEAL, "little")
