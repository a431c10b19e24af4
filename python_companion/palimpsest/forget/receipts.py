"""Receipts: the audit entries of forgets, as the protocol tells them."""

from __future__ import annotations

import datetime
import getpass
import sqlite3
from collections.abc import Mapping

from palimpsest.protocol.messages import Proof, Receipt, ReceiptList
from palimpsest.store.audit import AuditEntry, knows, read_chain

FORGET, PROOF, UNSUPPRESS = "forget", "proof", "unsuppress"

_MEASURED = ("membership", "likelihood")
"""Scores in the entry of a forget that belong to its proof."""


def read_receipts(
    connection: sqlite3.Connection,
    known_head: str | None,
    written: Mapping[str, Mapping[str, float]],
) -> ReceiptList:
    """Return the receipts of a run and whether its audit chain is intact.

    An entry that is not what was written is left out.

    Parameters
    ----------
    connection : sqlite3.Connection
        Of the run file.
    known_head : str or None
        Hash of the last entry as the catalog remembers it: tells a chain that was cut off.
    written : mapping of receipt to seconds by stage
        How long writing took, see `Catalog.written`.
    """
    entries, intact = read_chain(connection)
    if known_head is not None and not knows(entries, known_head):
        intact = False
    entries = [entry for entry in entries if entry.holds]  # in others there may be anything
    proofs = {
        str(entry.content["receipt"]): Proof.model_validate(entry.content["proof"])
        for entry in entries
        if entry.kind == PROOF and "proof" in entry.content
    }
    return ReceiptList(
        receipts=[
            as_receipt(
                entry,
                proofs.get(str(entry.content["receipt"])),
                written.get(str(entry.content["receipt"]), {}),
            )
            for entry in entries
            if entry.kind == FORGET
        ],
        intact=intact,
    )


def as_receipt(entry: AuditEntry, proof: Proof | None, written: Mapping[str, float]) -> Receipt:
    """Return the receipt of a forget's audit entry.

    The hash is that of the entry. The proof, and the time that commit and checkpoint took, became
    known after it was written and stand beside it.
    """
    content = {name: value for name, value in entry.content.items() if name not in _MEASURED}
    timings = [*content["timings"]]
    timings += [{"stage": stage, "seconds": took} for stage, took in written.items()]
    return Receipt.model_validate(
        {
            **content,
            "timings": timings,
            "seconds": content["seconds"] + sum(written.values()),
            "proof": proof,
            "previous_hash": entry.previous,
            "hash": entry.hash,
        }
    )


def membership_of(entry: AuditEntry) -> dict[str, float | None]:
    """Return what attacks scored before and after a forget, as fields of its proof."""
    found: dict[str, float | None] = {}
    for name in _MEASURED:
        before, after = entry.content.get(name) or (None, None)
        found |= {f"{name}_before": before, f"{name}_after": after}
    return found


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
