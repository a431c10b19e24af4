"""What SQLite is told on every connection: set, and asserted, not hoped for."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from palimpsest.errors import StoreError

PAGE_SIZE = 4096


def set_pragmas(
    connection: sqlite3.Connection, path: Path, wanted: Mapping[str, int | str]
) -> None:
    """Set pragmas, and refuse to go on when SQLite does not keep one.

    Parameters
    ----------
    connection : sqlite3.Connection
    path : Path
        For the error.
    wanted : mapping of name to value
        As SQLite reports it.
    """
    for name, value in wanted.items():
        connection.execute(f"PRAGMA {name} = {value}")
        got = connection.execute(f"PRAGMA {name}").fetchone()[0]
        if got != value:
            raise StoreError(
                f"'{path.name}': SQLite does not keep PRAGMA {name} = {value} (it says {got}).",
                hint="Without it forgetting would not be safe. Use a local disk and a standard "
                "build of SQLite.",
                file=str(path),
            )
