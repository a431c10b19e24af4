"""The lists of categories of a table's categorical columns.

A category is a value of the records: it goes when the last cell that had it goes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

import numpy.typing as npt
import pandas as pd

from palimpsest.store.cells import SqlValue
from palimpsest.store.checks import checked, verified
from palimpsest.store.counts import add_to_count, expect_count
from palimpsest.store.dtypes import CategoryCodec, Codec
from palimpsest.store.slots import Slots

_BLANK = "table_id = NULL, position = NULL, rank = NULL, value = NULL, chk = NULL"


class CategoryLists:
    """Keeps the categories of one table's codecs in step with the table `categories`.

    Parameters
    ----------
    connection : sqlite3.Connection
    identifier : int
        Id of the table.
    slots : Slots
        Its rows.
    codecs : dict of column name to Codec
        Shared with the table, which may replace a codec.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        identifier: int,
        slots: Slots,
        codecs: dict[str, Codec],
    ) -> None:
        self._connection = connection
        self._id = identifier
        self._slots = slots
        self._codecs: Mapping[str, Codec] = codecs
        self._position = {column: position for position, column in enumerate(codecs)}

    def load(self) -> None:
        """Read the categories of all columns."""
        for column, codec in self._codecs.items():
            if isinstance(codec, CategoryCodec):
                found = self._connection.execute(
                    "SELECT table_id, position, rank, value, chk FROM categories "
                    "WHERE table_id = ? AND position = ? ORDER BY rank",
                    (self._id, self._position[column]),
                )
                codec.categories = [row[3] for row in verified(found, "A list of categories")]
        if any(isinstance(codec, CategoryCodec) for codec in self._codecs.values()):
            query = "SELECT count(*) FROM categories WHERE table_id IS NOT NULL"
            count = self._connection.execute(query).fetchone()[0]
            expect_count(self._connection, "categories", count, "A list of categories")

    def offer(self, frame: pd.DataFrame) -> None:
        """Take over all categories of a new table's columns, used or not."""
        for position, codec in enumerate(self._codecs.values()):
            if isinstance(codec, CategoryCodec):
                categories = frame.iloc[:, position].cat.categories
                self._add(position, codec, codec.inner.encode(pd.Series(categories)))

    def extend(self, column: str, values: pd.Series) -> None:
        """Add the categories that new values use; an unused one must not come back."""
        codec = self._codecs[column]
        if isinstance(codec, CategoryCodec):
            used = set(codec.encode(values)) - {None}
            categories = codec.inner.encode(pd.Series(values.cat.categories))
            offered = [category for category in categories if category in used]
            self._add(self._position[column], codec, offered)

    def used(self, column: str, rows: npt.ArrayLike) -> set[SqlValue]:
        """Return the categories in some rows of a column; none when it is not categorical."""
        if not isinstance(self._codecs[column], CategoryCodec):
            return set()
        return self._slots.values(self._position[column], rows)

    def prune(self, column: str, values: set[SqlValue]) -> None:
        """Erase those of the categories that no cell has any more."""
        codec = self._codecs[column]
        if not isinstance(codec, CategoryCodec):
            return
        position = self._position[column]
        for value in values:
            if not self._slots.has(position, value):
                self._blank("table_id = ? AND position = ? AND value = ?", position, value)
                codec.categories = [kept for kept in codec.categories if kept != value]

    def drop(self) -> None:
        """Erase all categories of the table."""
        self._blank("table_id = ?")

    def _blank(self, where: str, *values: SqlValue) -> None:
        cursor = self._connection.execute(
            f"UPDATE categories SET {_BLANK} WHERE {where}", (self._id, *values)
        )
        add_to_count(self._connection, "categories", -cursor.rowcount)

    def _add(self, position: int, codec: CategoryCodec, offered: Sequence[SqlValue]) -> None:
        known = set(codec.categories)
        added = [value for value in offered if value not in known]
        last = self._connection.execute(
            "SELECT max(rank) FROM categories WHERE table_id = ? AND position = ?",
            (self._id, position),
        ).fetchone()[0]
        first = 0 if last is None else last + 1
        self._connection.executemany(
            "INSERT INTO categories (table_id, position, rank, value, chk) VALUES (?, ?, ?, ?, ?)",
            checked((self._id, position, first + rank, value) for rank, value in enumerate(added)),
        )
        add_to_count(self._connection, "categories", len(added))
        codec.categories = [*codec.categories, *added]
