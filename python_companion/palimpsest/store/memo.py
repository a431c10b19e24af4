"""Results of user functions, kept in the run file so that a forget need not call them again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from palimpsest.store.checks import check_of, verified
from palimpsest.store.counts import add_to_count, count_of
from palimpsest.store.schema import MEMO

_BLANK = "function = NULL, digest = NULL, uses = NULL, value = NULL, chk = NULL"
_NO_USES = 1 << 62  # counted from here, so that a count is always eight bytes and never grows


_NAME = "memo"
_INSERT = "INSERT INTO memo (slot, function, digest, uses, value, chk) VALUES (?, ?, ?, ?, ?, ?)"


class FileMemo:
    """The memo of a run: a number for each (function, digest of the argument).

    Parameters
    ----------
    connection : sqlite3.Connection
        Reads and writes happen in its current transaction.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __len__(self) -> int:
        return count_of(self._connection, _NAME)

    def load(self, entries: Iterable[tuple[int, str, bytes, Any, int]]) -> None:
        """Take over entries with their numbers: (entry, function, digest, result, uses)."""
        cursor = self._connection.executemany(
            _INSERT,
            (
                _row(entry, function, digest, uses, result)
                for entry, function, digest, result, uses in entries
            ),
        )
        add_to_count(self._connection, _NAME, max(0, cursor.rowcount))

    def clear(self) -> None:
        """Erase all entries; numbers start anew."""
        self._connection.execute("DROP TABLE memo")
        add_to_count(self._connection, _NAME, -len(self))
        for statement in MEMO:
            self._connection.execute(statement)

    def find(self, function: str, digests: Sequence[bytes]) -> npt.NDArray[np.int32]:
        """Return the entry of each digest, -1 where there is none."""
        query = "SELECT slot FROM memo WHERE digest = ? AND function = ?"
        found = [self._connection.execute(query, (d, function)).fetchone() for d in digests]
        return np.array([-1 if row is None else row[0] for row in found], dtype=np.int32)

    def put(
        self, function: str, digests: Sequence[bytes], results: Sequence[Any]
    ) -> npt.NDArray[np.int32]:
        """Add results, as JSON, without uses, and return their entries."""
        last = self._connection.execute("SELECT max(slot) FROM memo").fetchone()[0]
        first = 1 if last is None else last + 1
        self._connection.executemany(
            _INSERT,
            [
                _row(first + position, function, digest, 0, result)
                for position, (digest, result) in enumerate(zip(digests, results, strict=True))
            ],
        )
        add_to_count(self._connection, _NAME, len(digests))
        return np.arange(first, first + len(digests), dtype=np.int32)

    def results(self, function: str, entries: npt.NDArray[np.integer[Any]]) -> list[Any]:
        """Return the results of entries."""
        query = "SELECT function, digest, value, chk FROM memo WHERE slot = ?"
        where = f"A kept result of {function}()"
        distinct = {}
        for entry in np.unique(entries).tolist():
            ((_, _, value, _),) = verified(self._connection.execute(query, (entry,)), where)
            distinct[entry] = json.loads(value)
        return [distinct[entry] for entry in entries.tolist()]

    def retain(
        self,
        function: str,
        entries: npt.NDArray[np.integer[Any]],
        counts: npt.NDArray[np.integer[Any]],
    ) -> None:
        """Add uses to entries (negative: release), and erase those without uses."""
        changes = list(zip(counts.tolist(), entries.tolist(), strict=True))
        self._connection.executemany("UPDATE memo SET uses = uses + ? WHERE slot = ?", changes)
        cursor = self._connection.executemany(
            f"UPDATE memo SET {_BLANK} WHERE slot = ? AND uses <= ?",
            [(entry, _NO_USES) for count, entry in changes if count < 0],
        )
        add_to_count(self._connection, _NAME, -max(0, cursor.rowcount))


def _row(slot: int, function: str, digest: bytes, uses: int, result: Any) -> tuple[Any, ...]:
    value = json.dumps(result)
    return (slot, function, digest, _NO_USES + uses, value, check_of(function, digest, value))
