"""The tables of the workspace catalog, and how an older one becomes a newer one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from palimpsest.errors import StoreError
from palimpsest.store.pragmas import set_pragmas

APPLICATION_ID = 0x50414C43
VERSION = 2

_SCHEMA = """
CREATE TABLE runs (
    run TEXT PRIMARY KEY, path TEXT NOT NULL, created TEXT NOT NULL, state INTEGER NOT NULL,
    audit_head TEXT NOT NULL, summary TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sources (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
    name TEXT NOT NULL, path TEXT, scheme TEXT NOT NULL, UNIQUE (run, name));
CREATE TABLE records (
    source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE, first INTEGER NOT NULL,
    hashes BLOB NOT NULL, PRIMARY KEY (source, first)) WITHOUT ROWID;
CREATE TABLE forgotten (
    run TEXT NOT NULL, source TEXT NOT NULL, path TEXT, scheme TEXT NOT NULL,
    identity BLOB NOT NULL, action TEXT NOT NULL, columns TEXT NOT NULL, receipt TEXT NOT NULL);
CREATE INDEX forgotten_run ON forgotten (run, source, identity);
CREATE INDEX forgotten_source ON forgotten (source);
CREATE TABLE released (receipt TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE written (
    receipt TEXT NOT NULL, stage TEXT NOT NULL, seconds REAL NOT NULL,
    PRIMARY KEY (receipt, stage));
"""

_VERSION_2 = """
CREATE TABLE waiting (
    origin TEXT NOT NULL REFERENCES runs (run) ON DELETE CASCADE, receipt TEXT NOT NULL,
    run TEXT NOT NULL, PRIMARY KEY (receipt, run)) WITHOUT ROWID;
"""

_MIGRATIONS = (_SCHEMA, _VERSION_2)


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Set the pragmas of a connection, and bring the file to the present version."""
    # Everything here can be had from the run files again: a commit need not wait for the disk.
    set_pragmas(
        connection,
        path,
        {
            "journal_mode": "wal",
            "synchronous": 1,
            "secure_delete": 1,
            "temp_store": 2,
            "foreign_keys": 1,
            "trusted_schema": 0,
        },
    )
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version == VERSION:
        return
    if version > VERSION:
        raise StoreError(
            f"The catalog '{path}' was written by a newer Palimpsest (version {version}; this one "
            f"knows {VERSION}).",
            hint="Upgrade the companion in this kernel: pip install --upgrade palimpsest.",
            file=str(path),
        )
    connection.execute("BEGIN IMMEDIATE")
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    for statement in ";".join(_MIGRATIONS[version:]).split(";"):
        if statement.strip():
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")
