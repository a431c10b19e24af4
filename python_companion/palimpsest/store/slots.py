"""The rows of one table in SQL: where the row of an id lies, and how it is read, moved and removed.

A row lies in the slot with the number of its id as long as it is what was first written there. A
row that is written again moves to a new slot at the end (see `runfile` for why it may not grow
where it is); an index names those that have moved, and nothing but those. So a table that was never
corrected needs no index, and to blank a row writes to one page.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from palimpsest.store.cells import SqlValue
from palimpsest.store.checks import check_of, checked, verified
from palimpsest.store.counts import add_to_count, count_of, expect_count
from palimpsest.store.filters import Clause
from palimpsest.store.schema import rows_schema

Rows = npt.NDArray[np.int32]
Record = tuple[Any, ...]
"""A row id, the marks, the values, the checksum."""

_SINGLY = 4
"""So many rows cost less with a query each than with one for all."""

_UNMOVED, _MOVED = "row = slot", "row <> slot"


class Slots:
    """The rows of one table.

    Parameters
    ----------
    connection : sqlite3.Connection
        Reads and writes happen in its current transaction.
    name : str
        Of the table, for errors.
    identifier : int
        Its number.
    marks, columns : int
        How many integers of marks, and how many columns it has.
    carried : mapping of column to int
        Columns that arrays have in it, with their length in bytes, see `rowarrays`. An array
        checks them by itself.
    """

    def __init__(  # noqa: PLR0917
        self,
        connection: sqlite3.Connection,
        name: str,
        identifier: int,
        marks: int,
        columns: int,
        carried: Mapping[str, int],
    ) -> None:
        self.table = f"rows_{identifier}"
        self._connection = connection
        self._name = name
        self._id = identifier
        self._marks = marks
        self._cells = [f"e{word}" for word in range(marks)]
        self._cells += [f"c{position}" for position in range(columns)]
        self._fields = ", ".join(["row", *self._cells, "chk"])
        self._carried = dict(carried)

    def make(self) -> None:
        """Make the table."""
        for statement in rows_schema(self._id, self._cells, self._carried):
            self._connection.execute(statement)

    def drop(self) -> None:
        """Remove the table with its bytes."""
        self._connection.execute(f"DROP TABLE {self.table}")
        self._connection.execute("DELETE FROM counts WHERE name = ?", (self.table,))

    # reading ---------------------------------------------------------------------------------

    def __len__(self) -> int:
        return count_of(self._connection, self.table)

    def select(self, where: Clause) -> Rows:
        """Return the ids of the rows of which a clause holds, ascending."""
        query = f"SELECT row FROM {self.table} WHERE row IS NOT NULL AND ({where.sql})"
        found = self._connection.execute(query, where.parameters)
        return np.sort(np.fromiter((record[0] for record in found), dtype=np.int32))

    def find(self, ids: npt.ArrayLike) -> dict[int, Record]:
        """Return those of the rows that there are, by id."""
        wanted: list[int] = np.asarray(ids, dtype=np.int64).tolist()
        records = {record[0]: record for record in self._in_place(wanted, self._fields)}
        away = [row for row in wanted if row not in records]
        records.update((record[0], record) for record in self._away(away, self._fields))
        verified(records.values(), self._where, self._id)
        return records

    def all(self) -> list[Record]:
        """Return all rows in the order of their ids."""
        # Each half has its order already, so that SQLite merges them without sorting.
        halves = [
            f"SELECT {at} AS at, {self._fields} FROM {self.table} WHERE {which}"
            for at, which in (("slot", _UNMOVED), ("row", _MOVED))
        ]
        found = self._connection.execute(f"{' UNION ALL '.join(halves)} ORDER BY at")
        records = self._checked(record[1:] for record in found)
        self.expect(len(records))
        return records

    def marks(self) -> list[tuple[int, ...]]:
        """Return the marks of all rows in the order of their ids."""
        words = ", ".join(self._cells[: self._marks])
        query = f"SELECT row, {words} FROM {self.table} WHERE row IS NOT NULL"
        return [record[1:] for record in sorted(self._connection.execute(query))]

    def column(
        self, position: int, word: int
    ) -> tuple[Sequence[int], Sequence[SqlValue], Sequence[int]]:
        """Return for all rows, in any order, their ids, a cell and an integer of marks."""
        query = f"SELECT row, c{position}, e{word} FROM {self.table} WHERE row IS NOT NULL"
        records = self._connection.execute(query).fetchall()
        ids, cells, marks = zip(*records, strict=True) if records else ((), (), ())
        return ids, cells, marks

    def values(self, position: int, ids: npt.ArrayLike) -> set[SqlValue]:
        """Return what some rows hold in a column, without missing values."""
        at = 1 + self._marks + position
        return {record[at] for record in self.find(ids).values()} - {None}

    def has(self, position: int, value: SqlValue) -> bool:
        """Tell whether any row holds a value in a column."""
        query = f"SELECT 1 FROM {self.table} WHERE c{position} = ? LIMIT 1"
        return self._connection.execute(query, (value,)).fetchone() is not None

    def verify(self) -> None:
        """Look at all rows for damage, without decoding them."""
        query = f"SELECT {self._fields} FROM {self.table} WHERE row IS NOT NULL"
        cursor = self._connection.execute(query)
        count = 0
        while part := cursor.fetchmany(1 << 14):
            count += len(self._checked(part))
        self.expect(count)

    def expect(self, count: int) -> None:
        """Refuse the table when another number of rows is found than was written."""
        expect_count(self._connection, self.table, count, f"The table '{self._name}'")

    # writing ---------------------------------------------------------------------------------

    def insert(
        self,
        records: Iterable[Sequence[Any]],
        carried: Iterable[Sequence[bytes]] | None = None,
        *,
        first: bool = False,
    ) -> None:
        """Add rows: ids, marks, values.

        Parameters
        ----------
        records : iterable of sequence
        carried : iterable of sequence of bytes, optional
            What arrays hold of them; by default room for it.
        first : bool
            Whether they are the first of the table, and lie in the slots of their ids.
        """
        rows: Iterable[Sequence[Any]] = checked(records, self._id)
        places = [f"?{k}" for k in range(1, 3 + len(self._cells))]
        if carried is None:
            places += [f"zeroblob({length})" for length in self._carried.values()]
        else:
            places += ["?"] * len(self._carried)
            rows = ((*row, *held) for row, held in zip(rows, carried, strict=True))
        into, values = ("slot, ", "?1, ") if first else ("", "")
        fields = ", ".join([self._fields, *self._carried])
        cursor = self._connection.executemany(
            f"INSERT INTO {self.table} ({into}{fields}) VALUES ({values}{', '.join(places)})", rows
        )
        add_to_count(self._connection, self.table, max(0, cursor.rowcount))

    def carried(self, ids: npt.ArrayLike) -> list[tuple[bytes, ...]] | None:
        """Return what arrays hold of rows, in this order; None when there is no array."""
        if not self._carried:
            return None
        wanted: list[int] = np.asarray(ids, dtype=np.int64).tolist()
        fields = ", ".join(["row", *self._carried])
        found = {record[0]: record[1:] for record in self._in_place(wanted, fields)}
        away = [row for row in wanted if row not in found]
        found.update((record[0], record[1:]) for record in self._away(away, fields))
        return [found[row] for row in wanted]

    def blank(self, ids: npt.ArrayLike) -> None:
        """Remove rows: nothing of them stays."""
        nothing = ", ".join(
            f"{cell} = NULL" for cell in ["row", "chk", *self._cells, *self._carried]
        )
        gone = self._update(nothing, [(row,) for row in np.asarray(ids, dtype=np.int64).tolist()])
        add_to_count(self._connection, self.table, -gone)

    def erase(self, position: int, word: int, mark: int, ids: npt.ArrayLike) -> None:
        """Make cells of a column missing and set a bit of their marks.

        Parameters
        ----------
        position : int
            Of the column.
        word, mark : int
            Which integer of marks, and the bit in it.
        ids : (n,) int
        """
        changes = []
        for record in self.find(ids).values():
            values = list(record[:-1])
            values[1 + self._marks + position] = None
            values[1 + word] |= mark
            changes.append((values[1 + word], check_of(*values, seed=self._id), record[0]))
        self._update(f"c{position} = NULL, e{word} = ?, chk = ?", changes)

    def _update(self, assignments: str, rows: Sequence[tuple[Any, ...]]) -> int:
        """Change rows whose ids are the last parameters; return how many there were."""
        changed = 0
        for where in (f"slot = ? AND {_UNMOVED}", f"row = ? AND {_MOVED}"):
            statement = f"UPDATE {self.table} SET {assignments} WHERE {where}"
            changed += max(0, self._connection.executemany(statement, rows).rowcount)
            if changed == len(rows):
                break
        return changed

    def _in_place(self, ids: list[int], fields: str) -> Iterator[Record]:
        chosen = f"SELECT {fields} FROM {self.table}"
        if len(ids) <= _SINGLY:
            for row in ids:
                yield from self._connection.execute(
                    f"{chosen} WHERE slot = ? AND {_UNMOVED}", (row,)
                )
            return
        yield from self._connection.execute(
            f"{chosen} WHERE slot IN (SELECT value FROM json_each(?)) AND {_UNMOVED}",
            (json.dumps(ids),),
        )

    def _away(self, ids: list[int], fields: str) -> Iterator[Record]:
        if ids:
            yield from self._connection.execute(
                f"SELECT {fields} FROM {self.table} "
                f"WHERE row IN (SELECT value FROM json_each(?)) AND {_MOVED}",
                (json.dumps(ids),),
            )

    def _checked(self, records: Iterable[Record]) -> list[Record]:
        return verified(records, self._where, self._id)

    @property
    def _where(self) -> str:
        return f"A row of the table '{self._name}'"
