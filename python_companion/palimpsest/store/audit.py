"""The audit chain: what was done to a run, each entry bound to the one before by its hash."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
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

    @property
    def holds(self) -> bool:
        """Whether the entry is what was written."""
        return entry_hash(self.kind, self.content, self.previous) == self.hash


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
    entries, problems = _walk(connection)
    return entries, not problems


def find_tampering(connection: sqlite3.Connection, known_head: str | None = None) -> list[str]:
    """Say which entries are not what was written; empty when the chain holds.

    Parameters
    ----------
    connection : sqlite3.Connection
    known_head : str, optional
        Hash of the last entry as the catalog remembers it: tells a chain that was cut off.
    """
    entries, problems = _walk(connection)
    if known_head is not None and not knows(entries, known_head):
        problems.append("the last entry that the catalog remembers is not there")
    return problems


def knows(entries: Sequence[AuditEntry], known_head: str) -> bool:
    """Tell whether a chain has the entry with this hash; every chain has the beginning."""
    return known_head == GENESIS or any(entry.hash == known_head for entry in entries)


def _walk(connection: sqlite3.Connection) -> tuple[list[AuditEntry], list[str]]:
    entries: list[AuditEntry] = []
    problems: list[str] = []
    previous = GENESIS
    rows = connection.execute("SELECT sequence, kind, entry, hash FROM audit ORDER BY sequence")
    for number, (sequence, kind, data, stored) in enumerate(rows, start=1):
        entry = _parsed(kind, data, stored)
        if entry is None:
            problems.append(f"entry {sequence} cannot be read")
            entry = AuditEntry(str(kind), {}, "", str(stored))
        elif not entry.holds:
            problems.append(f"entry {sequence} was changed: its hash differs")
        if sequence != number:
            problems.append(f"entry {sequence} stands where entry {number} is expected")
        if entry.previous != previous:
            problems.append(f"entry {sequence} does not follow the one before it")
        entries.append(entry)
        previous = entry.hash
    return entries, problems


def _parsed(kind: object, data: str, stored: object) -> AuditEntry | None:
    try:
        found = json.loads(data)
        content, previous = found["content"], found["previous"]
    except (ValueError, KeyError, TypeError):
        return None
    if not isinstance(content, dict) or set(found) != {"content", "previous"}:
        return None
    return AuditEntry(str(kind), content, previous, str(stored))
