"""Checksums of rows: SQLite finds a broken page, but not a flipped bit in a value.

Every row that something is read from ends with the checksum of its other values. It is computed
when the row is written and compared when it is read, so that damage is found and never used.
"""

from __future__ import annotations

import marshal
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from palimpsest.errors import StoreError

FUNCTION = "row_check"
"""Name of `check_of` in SQL."""

_BASE = 1 << 62  # always eight bytes long, so that a new checksum does not grow the row
_FORMAT = 2  # of marshal: the last one whose bytes depend on nothing but the values


def check_of(*values: Any) -> int:
    """Return the checksum of some SQLite values, as SQLite gives them back.

    Examples
    --------
    >>> check_of(1, "a", None) == check_of(1, "a", None) != check_of(1, "b", None)
    True
    """
    return _BASE | zlib.crc32(marshal.dumps(values, _FORMAT))


def checked(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """Put the checksum behind the values of each row."""
    dumps, crc = marshal.dumps, zlib.crc32
    for row in rows:
        values = tuple(row)
        yield (*values, _BASE | crc(dumps(values, _FORMAT)))


def verified(
    rows: Iterable[tuple[Any, ...]], where: str, *, file: str | None = None
) -> list[tuple[Any, ...]]:
    """Return rows whose last value is the checksum of the others.

    Parameters
    ----------
    rows : iterable of tuple
    where : str
        What they are, for the error.
    file : str, optional

    Raises
    ------
    StoreError
        When one of them is damaged.
    """
    found = list(rows)
    dumps, crc = marshal.dumps, zlib.crc32
    for row in found:
        if row[-1] != _BASE | crc(dumps(row[:-1], _FORMAT)):
            raise damaged(where, file)
    return found


def damaged(where: str, file: str | None = None) -> StoreError:
    """Return the error for something that is not what was written."""
    return StoreError(
        f"{where} of the run file is damaged: a checksum differs.",
        hint="It was not used. Restore the file from a backup or run the pipeline again.",
        file=file,
    )


def register(connection: sqlite3.Connection) -> None:
    """Make `check_of` known to a connection."""
    connection.create_function(FUNCTION, -1, check_of, deterministic=True)
