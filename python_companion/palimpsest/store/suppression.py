"""What was forgotten, remembered as keyed hashes so that a re-run does not bring it back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.errors import PalimpsestError
from palimpsest.store.checks import checked, verified
from palimpsest.store.counts import add_to_count, expect_count
from palimpsest.store.identity import Identities, cell_digest, identify, identity_scheme
from palimpsest.store.secret import Secret

Masks = dict[str, npt.NDArray[np.bool_]]

_LIST = "The list of forgotten records"


class Suppressed(NamedTuple):
    """One record that must not come back, or not as it was.

    Attributes
    ----------
    source : str
    scheme : str
        How its identity was made, see `identity`.
    identity : bytes
    action : str
        ``delete``, ``erase`` or ``rectify``.
    columns : tuple of str
        What was erased or corrected.
    receipt : str
        The forget that did it.
    before : tuple of str
        Of corrected columns: keyed hashes of what they held, see `identity.cell_digest`.
    became : str
        Of a corrected record: its identity from then on, in hexadecimal.
    """

    source: str
    scheme: str
    identity: bytes
    action: str
    columns: tuple[str, ...]
    receipt: str
    before: tuple[str, ...] = ()
    became: str = ""

    @property
    def details(self) -> str:
        """What was erased or corrected, as JSON."""
        if self.action != "rectify":
            return _written(self.columns)
        return json.dumps({"columns": self.columns, "before": self.before, "became": self.became})

    @classmethod
    def restored(cls, row: Sequence[Any]) -> Suppressed:
        """Read an entry: source, scheme, identity, action, details, receipt."""
        source, scheme, identity, action, details, receipt = row
        if details.startswith("["):
            return cls(source, scheme, identity, action, _read(details), receipt)
        found = json.loads(details)
        columns, before = tuple(found["columns"]), tuple(found["before"])
        return cls(source, scheme, identity, action, columns, receipt, before, found["became"])


# One forget has thousands of entries, all with the same columns.


@lru_cache(maxsize=16)
def _written(columns: tuple[str, ...]) -> str:
    return json.dumps(columns)


@lru_cache(maxsize=16)
def _read(columns: str) -> tuple[str, ...]:
    return tuple(json.loads(columns))


def remember(connection: sqlite3.Connection, entries: Iterable[Suppressed]) -> None:
    """Add entries to the suppression list of a run file."""
    cursor = connection.executemany(
        "INSERT INTO suppression (source, scheme, identity, action, columns, receipt, chk) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        checked((e.source, e.scheme, e.identity, e.action, e.details, e.receipt) for e in entries),
    )
    add_to_count(connection, "suppression", max(0, cursor.rowcount))


def remembered(
    connection: sqlite3.Connection, receipts: Collection[str] | None = None
) -> list[Suppressed]:
    """Return the suppression list of a run file, by default of all forgets."""
    rows = connection.execute(
        "SELECT source, scheme, identity, action, columns, receipt, chk FROM suppression "
        "WHERE ? IS NULL OR receipt IN (SELECT value FROM json_each(?)) ORDER BY slot",
        (None, None) if receipts is None else ("chosen", json.dumps(list(receipts))),
    )
    found = verified(rows, _LIST)
    if receipts is None:
        expect_count(connection, "suppression", len(found), _LIST)
    return [Suppressed.restored(row[:-1]) for row in found]


def is_forgotten(connection: sqlite3.Connection, source: str, identity: bytes) -> bool:
    """Tell whether a record is one that was deleted."""
    query = (
        "SELECT 1 FROM suppression WHERE source = ? AND identity = ? AND action = 'delete' LIMIT 1"
    )
    return connection.execute(query, (source, identity)).fetchone() is not None


def earlier_identities(connection: sqlite3.Connection, source: str) -> EarlierIdentities:
    """Return who records of a source were before they were corrected."""
    rows = connection.execute(
        "SELECT DISTINCT identity, json_extract(columns, '$.became') FROM suppression "
        "WHERE source = ? AND action = 'rectify'",
        (source,),
    )
    found: dict[bytes, list[bytes]] = {}
    for identity, became in rows:
        if became:
            found.setdefault(bytes.fromhex(became), []).append(identity)
    return EarlierIdentities(found)


@dataclass(frozen=True)
class EarlierIdentities:
    """For the identity of each corrected record, those that became it."""

    before: Mapping[bytes, list[bytes]]

    def of(self, identity: bytes) -> list[bytes]:
        """Return all identities that a record had before, nearest first."""
        if not self.before:
            return []
        found: list[bytes] = []
        waiting = [identity]
        while waiting:
            known = self.before.get(waiting.pop(), [])
            fresh = [one for one in known if one != identity and one not in found]
            found += fresh
            waiting += fresh
        return found


def remembered_receipts(connection: sqlite3.Connection) -> set[str]:
    """Return the forgets that the suppression list of a run file comes from."""
    found = connection.execute("SELECT receipt, count(*) FROM suppression GROUP BY receipt")
    counts = dict(found.fetchall())
    expect_count(connection, "suppression", sum(counts.values()), _LIST)
    return set(counts)


def release(connection: sqlite3.Connection, receipt: str) -> int:
    """Remove what one forget put on the list; return how many entries that were."""
    cursor = connection.execute("DELETE FROM suppression WHERE receipt = ?", (receipt,))
    add_to_count(connection, "suppression", -cursor.rowcount)
    return cursor.rowcount


@dataclass
class SourceFilter:
    """Applies the suppression list while a source is read.

    Parameters
    ----------
    source : str
    keys : sequence of str or None
        Declared key columns.
    secret : Secret
    entries : sequence of Suppressed
        Those for this source.

    Attributes
    ----------
    applied : list of Suppressed
        Entries whose record was in the source.
    identities : (n, 16) uint8
        Of the rows that were kept, once the source was read.
    scheme : str
    outdated : int
        Records that were corrected once, of which the source still holds what they held before.
    """

    source: str
    keys: Sequence[str] | None
    secret: Secret
    entries: Sequence[Suppressed] = ()
    applied: list[Suppressed] = field(default_factory=list)
    identities: Identities = field(default_factory=lambda: np.empty((0, 16), dtype=np.uint8))
    scheme: str = ""
    outdated: int = 0
    _seen: tuple[pd.DataFrame, tuple[npt.NDArray[np.bool_], Masks]] | None = None

    def dropped(self, frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Say which rows of the source as it was read are dropped."""
        return self.read(frame)[0]

    def erased(self, frame: pd.DataFrame) -> Masks:
        """Say which cells of the source as it was read are erased."""
        return self.read(frame)[1]

    def read(self, frame: pd.DataFrame) -> tuple[npt.NDArray[np.bool_], Masks]:
        """Say which rows of the source are dropped, and which cells of the others are erased.

        Parameters
        ----------
        frame : DataFrame
            The source as it was read.

        Returns
        -------
        dropped : (n,) bool
        erased : dict of column to (n,) bool
            Over all n rows.
        """
        if self._seen is not None and self._seen[0] is frame:
            return self._seen[1]
        self.scheme = identity_scheme(frame, self.keys)
        self._check_schemes()
        identities = identify(frame, self.keys, self.secret, self.source)
        dropped = np.zeros(len(frame), dtype=bool)
        erased: Masks = {}
        self.applied, self.outdated = [], 0
        if self.entries:
            place = {row.tobytes(): position for position, row in enumerate(identities)}
            for entry in self.entries:
                position = place.get(entry.identity)
                if position is None:
                    continue
                self.applied.append(entry)
                if entry.action == "delete":
                    dropped[position] = True
                    continue
                for column in self._columns(entry, frame, position):
                    mask = erased.setdefault(column, np.zeros(len(frame), dtype=bool))
                    mask[position] = True
        self.identities = identities[~dropped]
        self._seen = (frame, (dropped, erased))
        return dropped, erased

    def _columns(self, entry: Suppressed, frame: pd.DataFrame, position: int) -> list[str]:
        """Name the cells of a record to erase: of corrected ones those that hold what they held."""
        columns = [column for column in entry.columns if column in frame.columns]
        if entry.action != "rectify":
            return columns
        held = dict(zip(entry.columns, entry.before, strict=True))
        found = []
        for column in columns:
            value = frame[column].iloc[[position]].astype(object).iloc[0]
            if cell_digest(value, self.secret).hex() == held[column]:
                found.append(column)
        self.outdated += bool(found)
        return found

    def _check_schemes(self) -> None:
        other = {entry.scheme for entry in self.entries} - {self.scheme}
        if not other:
            return
        count = sum(entry.scheme in other for entry in self.entries)
        raise PalimpsestError(
            "invalid-source",
            f"{count} forgotten records of source '{self.source}' cannot be recognised: they are "
            f"known by {_scheme_words(min(other))}, but the source is now identified by "
            f"{_scheme_words(self.scheme)}. Running on would bring them back.",
            hint="Read the source as before (same columns and dtypes, same keys=), or lift the "
            "suppression with Pipeline.unsuppress(receipt).",
        )


def _scheme_words(scheme: str) -> str:
    kind, _, detail = scheme.partition(":")
    if kind == "keys":
        return f"the key {detail}"
    return f"the content of all columns as read (fingerprint {detail})"
