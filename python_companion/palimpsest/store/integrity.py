"""Looking through a whole run file for damage, also where nothing happens to be read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from palimpsest.errors import StoreError
from palimpsest.store.arrays import ArrayStore
from palimpsest.store.audit import find_tampering
from palimpsest.store.checks import verified
from palimpsest.store.counts import expect_count
from palimpsest.store.runfile import get_meta
from palimpsest.store.suppression import remembered
from palimpsest.store.tables import RowTable
from palimpsest.store.waiting import waiting


def find_damage(connection: sqlite3.Connection) -> list[str]:
    """Say what is wrong with a run file; empty when it is sound.

    Parameters
    ----------
    connection : sqlite3.Connection
        In a snapshot.
    """
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)")]
    problems = [] if found == ["ok"] else found
    for look in (
        _read_description,
        _read_documents,
        _read_arrays,
        _read_tables,
        _read_memo,
        remembered,
        waiting,
    ):
        problems += _told(look, connection)
    return problems + [f"audit chain: {problem}" for problem in find_tampering(connection)]


def _told(
    look: Callable[[sqlite3.Connection], object], connection: sqlite3.Connection
) -> list[str]:
    try:
        look(connection)
    except StoreError as error:
        return [error.message]
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return []


def _read_description(connection: sqlite3.Connection) -> None:
    get_meta(connection, "run")


def _read_documents(connection: sqlite3.Connection) -> None:
    query = "SELECT name, data, chk FROM documents WHERE name IS NOT NULL"
    verified(connection.execute(query), "A document")


def _read_arrays(connection: sqlite3.Connection) -> None:
    arrays = ArrayStore(connection)
    for name in arrays.names():
        arrays[name].verify()


def _read_tables(connection: sqlite3.Connection) -> None:
    for (name,) in connection.execute("SELECT name FROM tables").fetchall():
        table = RowTable.load(connection, name)
        if table is not None:
            table.verify()


def _read_memo(connection: sqlite3.Connection) -> None:
    query = "SELECT function, digest, value, chk FROM memo WHERE digest IS NOT NULL"
    found = verified(connection.execute(query), "A kept result of a function")
    expect_count(connection, "memo", len(found), "The kept results of functions")
