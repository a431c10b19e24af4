"""Receipts: the audit entries of forgets, as the protocol tells them."""

from __future__ import annotations

import datetime
import getpass
import sqlite3
from typing import Any

from palimpsest.protocol.messages import Proof, Receipt, ReceiptList
from palimpsest.store.audit import AuditEntry, read_chain

FORGET, PROOF, UNSUPPRESS = "forget", "proof", "unsuppress"


def read_receipts(connection: sqlite3.Connection, known_head: str | None) -> ReceiptList:
    """Return the receipts of a run and whether its audit chain is intact.

    Parameters
    ----------
    connection : sqlite3.Connection
        Of the run file.
    known_head : str or None
        Hash of the last entry as the catalog remembers it: tells a chain that was cut off.
    """
    entries, intact = read_chain(connection)
    if known_head is not None and entries and known_head not in _hashes(entries):
        intact = False
    if known_head is not None and not entries and known_head.strip("0"):
        intact = False
    proofs = {
        str(entry.content["receipt"]): Proof.model_validate(entry.content["proof"])
        for entry in entries
        if entry.kind == PROOF and "proof" in entry.content
    }
    return ReceiptList(
        receipts=[as_receipt(entry, proofs) for entry in entries if entry.kind == FORGET],
        intact=intact,
    )


def as_receipt(entry: AuditEntry, proofs: dict[str, Proof] | None = None) -> Receipt:
    """Return the receipt of a forget's audit entry."""
    content = {name: value for name, value in entry.content.items() if name != "membership"}
    proof = None if proofs is None else proofs.get(str(content["receipt"]))
    return Receipt.model_validate(
        {**content, "proof": proof, "previous_hash": entry.previous, "hash": entry.hash}
    )


def membership_of(entry: AuditEntry) -> tuple[float | None, float | None]:
    """Return the membership scores, before and after, that were measured with a forget."""
    found: list[Any] = entry.content.get("membership") or [None, None]
    return found[0], found[1]


def now() -> str:
    """Return the present time, in UTC."""
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")


def user_name(user: str | None) -> str:
    """Return who asks, by default the user of the process."""
    if user is not None:
        return user
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def _hashes(entries: list[AuditEntry]) -> set[str]:
    return {entry.hash for entry in entries} | {entry.previous for entry in entries[:1]}
