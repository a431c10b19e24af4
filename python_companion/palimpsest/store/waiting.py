"""Runs that a forget still has to reach: written in one transaction with the forget itself.

A request may span several runs, each with a file of its own. The run it was asked of keeps the list
of the others; whoever opens it next goes on where a killed process stopped.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from palimpsest.store.checks import checked, verified
from palimpsest.store.counts import add_to_count, expect_count

_LIST = "The list of runs that a forget still has to reach"


def wait_for(connection: sqlite3.Connection, receipt: str, runs: Iterable[str]) -> None:
    """Note runs that a forget has still to reach."""
    rows = [(receipt, run) for run in runs]
    connection.executemany("INSERT INTO waiting VALUES (?, ?, ?)", checked(rows))
    add_to_count(connection, "waiting", len(rows))


def waiting(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return which forget (its receipt) has still to reach which run."""
    rows = verified(connection.execute("SELECT receipt, run, chk FROM waiting"), _LIST)
    expect_count(connection, "waiting", len(rows), _LIST)
    return [(receipt, run) for receipt, run, _ in rows]


def reached(connection: sqlite3.Connection, receipt: str, run: str) -> None:
    """Note that a forget has reached a run."""
    cursor = connection.execute("DELETE FROM waiting WHERE receipt = ? AND run = ?", (receipt, run))
    add_to_count(connection, "waiting", -cursor.rowcount)
