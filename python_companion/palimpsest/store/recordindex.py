"""Which records the runs of a folder hold: the first 64 bits of their keyed hashes, in the catalog."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palimpsest.store.identity import Identities
from palimpsest.store.summary import SourceFact

_BLOCK = 4096
"""Hashes a block; they are sorted, so that one block tells whether a record is held."""


@dataclass(frozen=True)
class KnownSource:
    """A source of a run, as the catalog knows it.

    Attributes
    ----------
    run, name : str
    path : str or None
        Of its file.
    scheme : str
        How its records are identified, see `identity`.
    """

    run: str
    name: str
    path: str | None
    scheme: str


class RecordIndex:
    """The records of all runs, by source.

    Parameters
    ----------
    connection : sqlite3.Connection
        Of the catalog; writes happen in its current transaction.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def sources(self) -> list[KnownSource]:
        """Return the sources of all runs, whether or not their files are there."""
        rows = self._connection.execute("SELECT run, name, path, scheme FROM sources")
        return [KnownSource(*row) for row in rows]

    def holding(
        self,
        sources: Iterable[tuple[str, str | None]],
        identities: Iterable[bytes],
        *,
        but: str | None = None,
    ) -> dict[str, set[str]]:
        """Return by run the sources that hold one of these records, whether its file is there.

        Parameters
        ----------
        sources : iterable of (name, path)
            A source counts that has one of the names, or one of the paths.
        identities : iterable of bytes
        but : str, optional
            A run that is left out.
        """
        wanted = list(identities)
        found: dict[str, set[str]] = {}
        for source, path in sorted(set(sources), key=str):
            rows = self._connection.execute(
                "SELECT id, run, name FROM sources "
                "WHERE run IS NOT ? AND (name = ? OR (path IS NOT NULL AND path = ?))",
                (but, source, path),
            ).fetchall()
            for identifier, run, name in rows:
                if self._holds(identifier, run, name, wanted):
                    found.setdefault(run, set()).add(name)
        return found

    def held(self, run: str, name: str) -> npt.NDArray[np.int64]:
        """Return the hashes of the records that a source of a run holds, ascending."""
        blocks = self._connection.execute(
            "SELECT hashes FROM records WHERE source = ? ORDER BY first", (self._source(run, name),)
        )
        hashes = np.frombuffer(b"".join(block for (block,) in blocks), dtype=np.int64)
        gone = self._connection.execute(
            "SELECT identity FROM forgotten WHERE run = ? AND source = ? AND action = 'delete'",
            (run, name),
        )
        forgotten = [np.frombuffer(identity, dtype=np.uint8) for (identity,) in gone]
        if not forgotten:
            return hashes
        return hashes[~np.isin(hashes, _short(np.stack(forgotten)))]

    def _holds(self, source: int, run: str, name: str, identities: Sequence[bytes]) -> bool:
        for identity in identities:
            wanted = _short(np.frombuffer(identity, dtype=np.uint8).reshape(1, -1))[0]
            block = self._connection.execute(
                "SELECT hashes FROM records WHERE source = ? AND first <= ? "
                "ORDER BY first DESC LIMIT 1",
                (source, int(wanted)),
            ).fetchone()
            if block is None or wanted not in np.frombuffer(block[0], dtype=np.int64):
                continue
            gone = self._connection.execute(
                "SELECT 1 FROM forgotten WHERE run = ? AND source = ? AND identity = ? "
                "AND action = 'delete'",
                (run, name, identity),
            ).fetchone()
            if gone is None:
                return True
        return False

    def write(self, run: str, source: SourceFact, identities: Identities) -> None:
        """Enter the records of a source, in place of those that were known."""
        before = self._source(run, source.name)
        if before is not None:
            self._connection.execute("DELETE FROM records WHERE source = ?", (before,))
            self._connection.execute("DELETE FROM sources WHERE id = ?", (before,))
        cursor = self._connection.execute(
            "INSERT INTO sources (run, name, path, scheme) VALUES (?, ?, ?, ?)",
            (run, source.name, source.path, source.scheme),
        )
        order = np.sort(_short(identities))
        self._connection.executemany(
            "INSERT INTO records VALUES (?, ?, ?)",
            [
                (cursor.lastrowid, int(order[start]), order[start : start + _BLOCK].tobytes())
                for start in range(0, len(order), _BLOCK)
            ],
        )

    def add(self, run: str, name: str, identities: Identities) -> None:
        """Put the hashes of records that came into the blocks where they belong."""
        source = self._source(run, name)
        for added in _short(identities):
            block = self._connection.execute(
                "SELECT first, hashes FROM records WHERE source = ? AND first <= ? "
                "ORDER BY first DESC LIMIT 1",
                (source, int(added)),
            ).fetchone()
            first, held = (int(added), b"") if block is None else block
            hashes = np.frombuffer(held, dtype=np.int64)
            whole = np.insert(hashes, np.searchsorted(hashes, added), added)
            self._connection.execute(
                "INSERT OR REPLACE INTO records VALUES (?, ?, ?)", (source, first, whole.tobytes())
            )

    def _source(self, run: str, name: str) -> int | None:
        query = "SELECT id FROM sources WHERE run = ? AND name = ?"
        row = self._connection.execute(query, (run, name)).fetchone()
        return None if row is None else int(row[0])


def _short(identities: Identities) -> npt.NDArray[np.int64]:
    """Return the first 64 bits of each identity: enough to find a record among billions."""
    return np.ascontiguousarray(identities[:, :8]).view(np.int64).ravel()
