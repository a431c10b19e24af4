"""The audit chain: what was done to a run, each entry bound to the one before by its hash."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64
"""What the first entry names as the hash before it."""


@dataclass(frozen=True)
class AuditEntry:
    """One entry of the chain.

    Attributes
    ----------
    kind : str
        ``forget``, ``proof`` or ``unsuppress``.
    content : dict
        Holds counts, names and times; never a value of a record.
    previous, hash : str
    """

    kind: str
    content: dict[str, Any]
    previous: str
    hash: str


def entry_hash(kind: str, content: dict[str, Any], previous: str) -> str:
    """Return the hash of an entry: over its kind, its content and the hash before it."""
    canonical = json.dumps(
        {"kind": kind, "content": content, "previous": previous},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=True,
    )
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def append_entry(connection: sqlite3.Connection, kind: str, content: dict[str, Any]) -> AuditEntry:
    """Add an entry at the end of the chain."""
    previous = head(connection)
    content = json.loads(json.dumps(content))
    entry = AuditEntry(kind, content, previous, entry_hash(kind, content, previous))
    connection.execute(
        "INSERT INTO audit (kind, entry, hash) VALUES (?, ?, ?)",
        (kind, json.dumps({"content": content, "previous": previous}), entry.hash),
    )
    return entry


def head(connection: sqlite3.Connection) -> str:
    """Return the hash of the last entry."""
    last = connection.execute("SELECT hash FROM audit ORDER BY sequence DESC LIMIT 1").fetchone()
    return GENESIS if last is None else str(last[0])


def read_chain(connection: sqlite3.Connection) -> tuple[list[AuditEntry], bool]:
    """Return all entries, oldest first, and whether every hash holds and none is missing.

    An entry cut off at the end leaves no trace in the chain itself: compare `head` with the
    catalog's.
    """
    entries: list[AuditEntry] = []
    intact = True
    previous = GENESIS
    rows = connection.execute("SELECT sequence, kind, entry, hash FROM audit ORDER BY sequence")
    for number, (sequence, kind, data, stored) in enumerate(rows, start=1):
        try:
            entry = json.loads(data)
            content, before = entry["content"], entry["previous"]
        except (ValueError, KeyError, TypeError):
            content, before, intact = {}, "", False
        if sequence != number or before != previous or entry_hash(kind, content, before) != stored:
            intact = False
        entries.append(AuditEntry(kind, content, before, stored))
        previous = stored
    return entries, intact
