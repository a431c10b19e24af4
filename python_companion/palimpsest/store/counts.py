"""How many rows there are: a row that is lost with its page leaves no wrong checksum behind."""

from __future__ import annotations

import sqlite3

from palimpsest.store.checks import check_of, damaged, verified

_WHERE = "A row count"


def count_of(connection: sqlite3.Connection, name: str) -> int:
    """Return how many rows a table had when something of it was last written."""
    query = "SELECT name, live, chk FROM counts WHERE name = ?"
    found = verified(connection.execute(query, (name,)), _WHERE)
    return int(found[0][1]) if found else 0


def add_to_count(connection: sqlite3.Connection, name: str, rows: int) -> None:
    """Note that rows came (or, when negative, went)."""
    if rows:
        live = count_of(connection, name) + rows
        connection.execute(
            "INSERT OR REPLACE INTO counts VALUES (?, ?, ?)", (name, live, check_of(name, live))
        )


def expect_count(connection: sqlite3.Connection, name: str, rows: int, where: str) -> None:
    """Refuse a table of which all rows were read when some are missing.

    Parameters
    ----------
    connection : sqlite3.Connection
    name : str
    rows : int
        How many were found.
    where : str
        What they are, for the error.
    """
    if rows != count_of(connection, name):
        raise damaged(where)
