"""Makes a run file of schema version 1 out of one of today, as the first release wrote it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np

from palimpsest.store.arrays import ArrayStore
from palimpsest.store.bits import BitArray
from palimpsest.store.blocks import BlockArray
from palimpsest.store.rowarrays import RowArray
from palimpsest.store.tables import RowTable

TABLES = {
    "meta": "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID",
    "documents": "CREATE TABLE documents (slot INTEGER PRIMARY KEY, name TEXT, data BLOB)",
    "arrays": """CREATE TABLE arrays (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, dtype TEXT NOT NULL,
    shape TEXT NOT NULL, block_rows INTEGER NOT NULL)""",
    "tables": "CREATE TABLE tables (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    "columns": """CREATE TABLE columns (
    table_id INTEGER NOT NULL REFERENCES tables (id), position INTEGER NOT NULL,
    name TEXT NOT NULL, codec TEXT NOT NULL, PRIMARY KEY (table_id, position)) WITHOUT ROWID""",
    "categories": """CREATE TABLE categories (
    slot INTEGER PRIMARY KEY, table_id INTEGER, position INTEGER, rank INTEGER, value)""",
    "suppression": """CREATE TABLE suppression (
    slot INTEGER PRIMARY KEY, source TEXT NOT NULL, scheme TEXT NOT NULL, identity BLOB NOT NULL,
    action TEXT NOT NULL, columns TEXT NOT NULL, receipt TEXT NOT NULL)""",
    "memo": "CREATE TABLE memo (slot INTEGER PRIMARY KEY, function TEXT, digest BLOB, uses INTEGER, "
    "value)",
}
INDEX = "CREATE INDEX memo_digest ON memo (digest) WHERE digest IS NOT NULL"
LATER = ("waiting", "counts")


def make_version_1(path: Path) -> None:
    """Take a run file back to schema version 1, with all that it holds, which is no sparse matrix."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("BEGIN")
        _take_out_of_rows(connection)
        _unpack_bits(connection)
        for name in LATER:
            connection.execute(f"DROP TABLE {name}")
        for (identifier,) in connection.execute("SELECT id FROM tables").fetchall():
            _take_back_rows(connection, identifier)
        for name, statement in TABLES.items():
            _take_back(connection, name, statement)
        connection.execute(INDEX)
        connection.execute("PRAGMA user_version = 1")
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _take_out_of_rows(connection: sqlite3.Connection) -> None:
    """Write arrays that lie in rows of a table as they were before: in blocks."""
    arrays = ArrayStore(connection)
    training = RowTable.load(connection, "training")
    assert training is not None
    if "label/counts" in arrays:
        arrays.drop("label/counts")
    for name in arrays.names():
        if isinstance(arrays[name], RowArray):
            values = arrays[name].all()
            if name == "label" and RowTable.load(connection, "label classes") is not None:
                values[np.setdiff1d(np.arange(len(values)), training.rows())] = -1
            arrays.drop(name)
            BlockArray.create(connection, name, values)


def _unpack_bits(connection: sqlite3.Connection) -> None:
    """Write booleans as they were before they were packed: a byte each."""
    arrays = ArrayStore(connection)
    for name in arrays.names():
        if isinstance(arrays[name], BitArray):
            values = arrays[name].all()
            arrays.drop(name)
            BlockArray.create(connection, name, values)


def _take_back_rows(connection: sqlite3.Connection, identifier: int) -> None:
    name = f"rows_{identifier}"
    columns = _columns(connection, name)
    typed = [f"{column} INTEGER" if column[0] == "e" else column for column in columns[2:]]
    cells = "".join(f", {cell}" for cell in typed)
    _take_back(
        connection, name, f"CREATE TABLE {name} (slot INTEGER PRIMARY KEY, row INTEGER{cells})"
    )
    connection.execute(f"CREATE UNIQUE INDEX {name}_row ON {name} (row) WHERE row IS NOT NULL")


def _take_back(connection: sqlite3.Connection, name: str, statement: str) -> None:
    columns = ", ".join(_columns(connection, name))
    connection.execute(f"ALTER TABLE {name} RENAME TO newer_{name}")
    for (index,) in connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
        (f"newer_{name}",),
    ).fetchall():
        connection.execute(f"DROP INDEX {index}")
    connection.execute(statement)
    connection.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM newer_{name}")
    connection.execute(f"DROP TABLE newer_{name}")


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    found = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    later = ("chk", "kind", "home")
    return [one for one in found if one not in later and not one.startswith("array_")]
