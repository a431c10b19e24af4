"""The tables of a run file, and how an older file becomes a newer one.

A migration that changes a table with values writes it anew and drops the old one: rows that grew
in place would leave copies behind (see `runfile`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from palimpsest.store.arrays import ArrayStore
from palimpsest.store.checks import BLOCK_CHECK, ROW_CHECK, checked, register, verified
from palimpsest.store.counts import add_to_count
from palimpsest.store.rowarrays import RowArray

_VERSION_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE documents (slot INTEGER PRIMARY KEY, name TEXT, data BLOB);
CREATE TABLE arrays (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, dtype TEXT NOT NULL,
    shape TEXT NOT NULL, block_rows INTEGER NOT NULL);
CREATE TABLE tables (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE columns (
    table_id INTEGER NOT NULL REFERENCES tables (id), position INTEGER NOT NULL,
    name TEXT NOT NULL, codec TEXT NOT NULL, PRIMARY KEY (table_id, position)) WITHOUT ROWID;
CREATE TABLE categories (
    slot INTEGER PRIMARY KEY, table_id INTEGER, position INTEGER, rank INTEGER, value);
CREATE TABLE suppression (
    slot INTEGER PRIMARY KEY, source TEXT NOT NULL, scheme TEXT NOT NULL, identity BLOB NOT NULL,
    action TEXT NOT NULL, columns TEXT NOT NULL, receipt TEXT NOT NULL);
CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, entry TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TABLE memo (slot INTEGER PRIMARY KEY, function TEXT, digest BLOB, uses INTEGER, value);
CREATE INDEX memo_digest ON memo (digest) WHERE digest IS NOT NULL;
"""

MEMO = (
    (
        "CREATE TABLE memo (slot INTEGER PRIMARY KEY, function TEXT, digest BLOB, uses INTEGER, value, "
        "chk INTEGER)"
    ),
    "CREATE INDEX memo_digest ON memo (digest) WHERE digest IS NOT NULL",
)
"""The memo of user functions: also made anew when a run is written again."""

_ANEW: dict[str, tuple[str, str | None]] = {
    "meta": ("key TEXT PRIMARY KEY, value, chk INTEGER", None),
    "documents": ("slot INTEGER PRIMARY KEY, name TEXT, data BLOB, chk INTEGER", "name"),
    "arrays": (
        (
            "id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, dtype TEXT NOT NULL, "
            "shape TEXT NOT NULL, block_rows INTEGER NOT NULL, kind TEXT NOT NULL, chk INTEGER"
        ),
        None,
    ),
    "columns": (
        (
            "table_id INTEGER NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL, "
            "codec TEXT NOT NULL, chk INTEGER, PRIMARY KEY (table_id, position)"
        ),
        None,
    ),
    "tables": ("id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, chk INTEGER", None),
    "categories": (
        (
            "slot INTEGER PRIMARY KEY, table_id INTEGER, position INTEGER, rank INTEGER, value, "
            "chk INTEGER"
        ),
        "table_id",
    ),
    "suppression": (
        (
            "slot INTEGER PRIMARY KEY, source TEXT NOT NULL, scheme TEXT NOT NULL, "
            "identity BLOB NOT NULL, action TEXT NOT NULL, columns TEXT NOT NULL, "
            "receipt TEXT NOT NULL, chk INTEGER"
        ),
        None,
    ),
}
"""Tables that version 2 gives a checksum: their columns, and the one that is NULL in a blank row.

`columns`, which in version 1 refers to `tables`, stands before it. The memo and the rows of frames
have a checksum too.
"""

_PART = 1 << 13
"""Rows that are moved at once."""

_WITHOUT_ROWID = {"meta", "columns"}

_COUNTS = (
    "CREATE TABLE counts (name TEXT PRIMARY KEY, live INTEGER NOT NULL, chk INTEGER) WITHOUT ROWID"
)
_WAITING = (
    "CREATE TABLE waiting (receipt TEXT NOT NULL, run TEXT NOT NULL, chk INTEGER, "
    "PRIMARY KEY (receipt, run)) WITHOUT ROWID"
)


_ARRAYS = (
    "CREATE TABLE arrays (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, dtype TEXT NOT NULL, "
    "shape TEXT NOT NULL, block_rows INTEGER NOT NULL, kind TEXT NOT NULL, home INTEGER, "
    "chk INTEGER)"
)
_INTO_TRAINING = ("label", "matrix")
"""Arrays that lie in the rows of the training table from version 4 on, when they can."""

RECTIFIED = "CREATE INDEX suppression_rectified ON suppression (source) WHERE action = 'rectify'"
"""Few records are corrected, and each forget asks who they were before."""


def _create(connection: sqlite3.Connection) -> None:
    for statement in _VERSION_1.split(";"):
        if statement.strip():
            connection.execute(statement)


def _add_checks(connection: sqlite3.Connection) -> None:
    """Give rows a checksum, and add the list of runs that a forget still has to reach."""
    register(connection)
    connection.execute(_COUNTS)
    for name, (columns, blank) in _ANEW.items():
        end = " WITHOUT ROWID" if name in _WITHOUT_ROWID else ""
        more = {"kind": "'dense'"} if name == "arrays" else {}
        statement = f"CREATE TABLE {name} ({columns}){end}"
        _rewrite(connection, name, statement, blank=blank, more=more)
    _rewrite(connection, "memo", *MEMO, unchecked=("uses",), blank="digest")
    for (identifier,) in connection.execute("SELECT id FROM tables").fetchall():
        cells = _columns(connection, f"rows_{identifier}")[2:]
        _rewrite(
            connection,
            f"rows_{identifier}",
            rows_schema(identifier, cells)[0],
            blank="row",
            seed=identifier,
        )
    for (identifier,) in connection.execute("SELECT id FROM arrays").fetchall():
        connection.execute(
            f"UPDATE array_{identifier} SET data = {BLOCK_CHECK}(data, ?, block)", (identifier,)
        )
    connection.execute(_WAITING)


def rows_schema(identifier: int, cells: list[str], carried: Iterable[str] = ()) -> tuple[str, str]:
    """Return how the table for the rows of a frame is made, and its index.

    Parameters
    ----------
    identifier : int
        Id of the table.
    cells : list of str
        Its columns behind the row id: marks (``e0``, ...), then values (``c0``, ...).
    carried : iterable of str
        Columns of arrays, see `rowarrays`. They are last, so that what is read of the cells only
        need not go through them.
    """
    name = f"rows_{identifier}"
    typed = "".join(f", {cell} INTEGER" if cell[0] == "e" else f", {cell}" for cell in cells)
    held = "".join(f", {column} BLOB" for column in carried)
    return (
        f"CREATE TABLE {name} (slot INTEGER PRIMARY KEY, row INTEGER{typed}, chk INTEGER{held})",
        f"CREATE UNIQUE INDEX {name}_moved ON {name} (row) WHERE row <> slot",
    )


def _add_slots(connection: sqlite3.Connection) -> None:
    """Put rows into the slots of their ids, so that only rows that have moved need an index."""
    for (identifier,) in connection.execute("SELECT id FROM tables").fetchall():
        name = f"rows_{identifier}"
        connection.execute(f"DROP INDEX IF EXISTS {name}_row")
        connection.execute(f"ALTER TABLE {name} RENAME TO old_{name}")
        columns = _columns(connection, f"old_{name}")[1:]
        table, index = rows_schema(identifier, columns[1:-1])
        connection.execute(table)
        connection.execute(
            f"INSERT INTO {name} (slot, {', '.join(columns)}) "
            f"SELECT row, {', '.join(columns)} FROM old_{name} WHERE row IS NOT NULL ORDER BY row"
        )
        connection.execute(f"DROP TABLE old_{name}")
        connection.execute(index)
    connection.execute(RECTIFIED)


def _carry_arrays(connection: sqlite3.Connection) -> None:
    """Let labels and matrix lie in the rows of the training table."""
    query = "SELECT id, name, dtype, shape, block_rows, kind, chk FROM arrays"
    listed = verified(connection.execute(query), "The list of arrays")
    connection.execute("DROP TABLE arrays")
    connection.execute(_ARRAYS)
    connection.executemany(
        "INSERT INTO arrays VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        checked((*described, None) for *described, _ in listed),
    )
    found = connection.execute("SELECT id FROM tables WHERE name = 'training'").fetchone()
    store = ArrayStore(connection)
    _count_classes(connection, store)
    before = [store[name] for name in _INTO_TRAINING if name in store]
    moved = [] if found is None else RowArray.in_place_of(before, found[0])
    if not moved:
        return
    name = f"rows_{found[0]}"
    connection.execute(f"DROP INDEX {name}_moved")
    connection.execute(f"ALTER TABLE {name} RENAME TO old_{name}")
    columns = _columns(connection, f"old_{name}")[1:]
    table, index = rows_schema(found[0], columns[1:-1], [after.column for _, after in moved])
    connection.execute(table)
    places = ", ".join("?" * (1 + len(columns) + len(moved)))
    cursor = connection.execute(
        f"SELECT row, {', '.join(columns)} FROM old_{name} WHERE row IS NOT NULL ORDER BY row"
    )
    while part := cursor.fetchmany(_PART):
        ids = [record[0] for record in part]
        held = zip(*(after.sealed(ids, array.take(ids)) for array, after in moved), strict=True)
        records = ((*record, *own) for record, own in zip(part, held, strict=True))
        connection.executemany(f"INSERT INTO {name} VALUES ({places})", records)
    connection.execute(f"DROP TABLE old_{name}")
    connection.execute(index)
    for _, after in moved:
        connection.execute(f"DROP TABLE {after.column}")  # its blocks had the same name


def _count_classes(connection: sqlite3.Connection, store: ArrayStore) -> None:
    """Count the rows of each class of labels, when labels are classes."""
    classes = connection.execute("SELECT 1 FROM tables WHERE name = 'label classes'").fetchone()
    if classes is not None:
        codes = store["label"].all()
        store.create("label/counts", np.bincount(codes[codes >= 0]))


def _rewrite(
    connection: sqlite3.Connection,
    name: str,
    table: str,
    *indices: str,
    unchecked: tuple[str, ...] = (),
    blank: str | None = None,
    seed: int = 0,
    more: Mapping[str, str] | None = None,
) -> None:
    """Write a table anew with checksums, over all its columns but the slot, and count its rows."""
    added = dict(more or {})
    columns = _columns(connection, name)
    values = [column for column in columns if column != "slot" and column not in unchecked]
    check = f"{ROW_CHECK}({', '.join([str(seed), *values, *added.values()])})"
    if blank is not None:
        check = f"CASE WHEN {blank} IS NULL THEN NULL ELSE {check} END"
    connection.execute(f"ALTER TABLE {name} RENAME TO old_{name}")
    for (index,) in connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
        (f"old_{name}",),
    ).fetchall():
        connection.execute(f"DROP INDEX {index}")
    connection.execute(table)
    connection.execute(
        f"INSERT INTO {name} ({', '.join([*columns, *added])}, chk) "
        f"SELECT {', '.join([*columns, *added.values()])}, {check} FROM old_{name}"
    )
    connection.execute(f"DROP TABLE old_{name}")
    live = "" if blank is None else f" WHERE {blank} IS NOT NULL"
    (count,) = connection.execute(f"SELECT count(*) FROM {name}{live}").fetchone()
    add_to_count(connection, name, count)
    for index in indices:
        connection.execute(index)


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


MIGRATIONS: list[Callable[[sqlite3.Connection], None]] = [
    _create,
    _add_checks,
    _add_slots,
    _carry_arrays,
]
"""``MIGRATIONS[v]`` takes a file from schema version v to v + 1."""
