"""Small JSON documents of a run file: the plan, the encoding, the model's facts."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from palimpsest.errors import StoreError
from palimpsest.store.checks import check_of, verified


def write_document(connection: sqlite3.Connection, name: str, content: Any) -> None:
    """Write a document, erasing what it was before."""
    data = json.dumps(content, separators=(",", ":"), allow_nan=True)
    before = connection.execute(
        "SELECT slot, data FROM documents WHERE name = ?", (name,)
    ).fetchone()
    if before is not None:
        if before[1] == data:
            return
        # Blanked and appended, as everything here: see `runfile`.
        connection.execute(
            "UPDATE documents SET name = NULL, data = NULL, chk = NULL WHERE slot = ?", before[:1]
        )
    connection.execute(
        "INSERT INTO documents (name, data, chk) VALUES (?, ?, ?)",
        (name, data, check_of(name, data)),
    )


def read_document(connection: sqlite3.Connection, name: str) -> Any:
    """Read a document.

    Raises
    ------
    StoreError
        When the file has none of this name.
    """
    query = "SELECT name, data, chk FROM documents WHERE name = ?"
    found = verified(connection.execute(query, (name,)), f"The document '{name}'")
    if not found:
        raise StoreError(
            f"The run file has no document '{name}'.",
            hint="It is damaged or was written by another version; run the pipeline again.",
        )
    return json.loads(found[0][1])


def has_document(connection: sqlite3.Connection, name: str) -> bool:
    """Tell whether there is a document of this name."""
    query = "SELECT 1 FROM documents WHERE name = ?"
    return connection.execute(query, (name,)).fetchone() is not None
