"""Rows of sources and of the training table as SQL tables.

A table has one row a record: its row id, one column a field, and integers whose bits say which
cells are erased. How they lie in SQL is told in `slots`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.errors import InvalidArgumentError
from palimpsest.store.categories import CategoryLists
from palimpsest.store.cells import SqlValue
from palimpsest.store.checks import check_of, checked, verified
from palimpsest.store.converting import converted_to, dtype_of
from palimpsest.store.counts import add_to_count, expect_count
from palimpsest.store.dtypes import (
    CategoryCodec,
    Codec,
    codec_for,
    codec_from,
    encode_column,
)
from palimpsest.store.filters import Clause, clause_for, conjunction
from palimpsest.store.rowarrays import RowArray, columns_in
from palimpsest.store.slots import Slots

if TYPE_CHECKING:
    from palimpsest.protocol.messages import Condition

Rows = npt.NDArray[np.int32]
Masks = dict[str, npt.NDArray[np.bool_]]

BITS = 62
_NO_MARKS = 1 << BITS  # always eight bytes long, so that setting a mark does not grow the row


@dataclass(frozen=True)
class TablePart:
    """Some rows of a table.

    Attributes
    ----------
    rows : (n,) int32
        Row ids.
    frame : DataFrame
        The values, index 0..n-1. An erased cell is missing, or zero where its dtype has no
        missing value; the mask alone tells.
    erased : dict of column name to (n,) bool
        Only columns that have an erased cell among these rows.
    """

    rows: Rows
    frame: pd.DataFrame
    erased: Masks


class RowTable:
    """One table of the run file; `create` or `load` it.

    Parameters
    ----------
    connection : sqlite3.Connection
        Reads and writes happen in its current transaction.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        name: str,
        identifier: int,
        codecs: dict[str, Codec],
        carried: Mapping[str, int],
    ) -> None:
        self.name = name
        self.codecs = codecs
        self._connection = connection
        self._id = identifier
        self._position = {column: position for position, column in enumerate(codecs)}
        self._words = max(1, -(-len(codecs) // BITS))
        self._slots = Slots(connection, name, identifier, self._words, len(codecs), carried)
        self._categories = CategoryLists(connection, identifier, self._slots, codecs)

    @classmethod
    def create(
        cls,
        connection: sqlite3.Connection,
        name: str,
        frame: pd.DataFrame,
        erased: Mapping[str, npt.NDArray[np.bool_]] | None = None,
        rows: Rows | None = None,
        *,
        carried: Sequence[RowArray] = (),
    ) -> RowTable:
        """Write a frame as a new table; its rows get the ids 0, 1, ... or `rows`.

        Parameters
        ----------
        connection : sqlite3.Connection
        name : str
        frame : DataFrame
        erased : dict of column to (n,) bool, optional
        rows : (n,) int32, optional
        carried : sequence of RowArray
            Arrays with as many rows, which are to lie in those of the table.

        Raises
        ------
        PalimpsestError
            When a column cannot be kept faithfully; it is named.
        """
        columns = [_checked_name(column) for column in frame.columns]
        codecs = {
            column: codec_for(frame.dtypes.iloc[position], column)
            for position, column in enumerate(columns)
        }
        last = connection.execute("SELECT max(id) FROM tables").fetchone()[0]
        identifier = 1 if last is None else last + 1
        connection.execute(
            "INSERT INTO tables VALUES (?, ?, ?)", (identifier, name, check_of(identifier, name))
        )
        add_to_count(connection, "tables", 1)
        held = [array.move_in(identifier) for array in carried]
        table = cls(connection, name, identifier, codecs, columns_in(connection, identifier))
        connection.executemany(
            "INSERT INTO columns VALUES (?, ?, ?, ?, ?)",
            checked(
                (identifier, position, column, json.dumps(codec.describe()))
                for position, (column, codec) in enumerate(codecs.items())
            ),
        )
        table._slots.make()
        table._categories.offer(frame)
        ids = np.arange(len(frame), dtype=np.int32) if rows is None else rows
        table._insert(
            ids, frame, erased or {}, zip(*held, strict=True) if held else None, first=True
        )
        return table

    @classmethod
    def load(cls, connection: sqlite3.Connection, name: str) -> RowTable | None:
        """Find a table by name."""
        # All names are looked at: a damaged one would only seem to be missing.
        listed = connection.execute("SELECT id, name, chk FROM tables")
        known = {row[1]: row[0] for row in verified(listed, "The list of tables")}
        expect_count(connection, "tables", len(known), "The list of tables")
        if name not in known:
            return None
        described = verified(
            connection.execute(
                "SELECT table_id, position, name, codec, chk FROM columns WHERE table_id = ? "
                "ORDER BY position",
                (known[name],),
            ),
            f"The description of the table '{name}'",
        )
        codecs = {column: codec_from(json.loads(codec)) for _, _, column, codec, _ in described}
        carried = columns_in(connection, known[name])
        table = cls(connection, name, known[name], codecs, carried)
        table._categories.load()
        return table

    @property
    def columns(self) -> list[str]:
        """Names of the columns, in order."""
        return list(self.codecs)

    def __len__(self) -> int:
        return len(self._slots)

    def select(self, conditions: Sequence[Condition]) -> Rows:
        """Return the ids of the rows that satisfy all conditions, ascending."""
        return self._slots.select(self._where(conditions))

    def select_in(self, column: str, values: Iterable[str | float]) -> Rows:
        """Return the ids of the rows whose stored value in a column is one of `values`."""
        listed = f"c{self._known(column)} IN (SELECT value FROM json_each(?))"
        return self._slots.select(Clause(listed, (json.dumps(list(values)),)))

    def existing(self, rows: npt.ArrayLike) -> Rows:
        """Return those of the ids that are in the table, ascending."""
        return np.array(sorted(self._slots.find(rows)), dtype=np.int32)

    def rows(self) -> Rows:
        """Return the ids of all rows, ascending."""
        rows = self.select([])
        self._slots.expect(len(rows))
        return rows

    def read(
        self, rows: npt.ArrayLike | None = None, columns: Sequence[str] | None = None
    ) -> TablePart:
        """Read rows by id, in the order asked for; all of them, ascending, by default.

        Raises
        ------
        KeyError
            When one of the rows is not in the table.
        """
        names = self.columns if columns is None else list(columns)
        if rows is None:
            return self._part(self._slots.all(), names)
        ids = np.asarray(rows, dtype=np.int32)
        found = self._slots.find(ids)
        if any(row not in found for row in ids.tolist()):
            self.verify()  # it was lost, or never there
        return self._part([found[row] for row in ids.tolist()], names)

    def column(self, name: str) -> tuple[Rows, pd.Series, npt.NDArray[np.bool_]]:
        """Return a column of all rows: their ids, ascending, the values, and which are erased."""
        position = self._known(name)
        word, bit = divmod(position, BITS)
        ids, cells, marks = self._slots.column(position, word)
        rows = np.fromiter(ids, dtype=np.int32, count=len(ids))
        self._slots.expect(len(rows))
        erased = (np.fromiter(marks, dtype=np.int64, count=len(marks)) >> bit) & 1 == 1
        values = pd.Series(self.codecs[name].column(cells), name=name)
        if (np.diff(rows) > 0).all():
            return rows, values, erased
        order = np.argsort(rows)  # some have moved
        return rows[order], values.iloc[order].reset_index(drop=True), erased[order]

    def append(
        self,
        rows: Rows,
        frame: pd.DataFrame,
        erased: Mapping[str, npt.NDArray[np.bool_]] | None = None,
    ) -> None:
        """Add rows with new ids."""
        self._check_columns(frame)
        if len(rows):
            self._insert(rows, frame, erased or {})

    def update(
        self,
        rows: Rows,
        frame: pd.DataFrame,
        erased: Mapping[str, npt.NDArray[np.bool_]] | None = None,
    ) -> None:
        """Replace whole rows; what arrays hold of them stays."""
        if not len(rows):
            return
        self._check_columns(frame)
        before = self._used_categories(rows)
        carried = self._slots.carried(rows)
        self._slots.blank(rows)
        self._insert(rows, frame, erased or {}, carried)
        self._prune_categories(before)

    def _check_columns(self, frame: pd.DataFrame) -> None:
        if [str(column) for column in frame.columns] != self.columns:
            raise InvalidArgumentError(
                f"The rows for '{self.name}' have the columns {list(frame.columns)}, expected "
                f"{self.columns}."
            )

    def erase(self, cells: Mapping[str, npt.ArrayLike]) -> None:
        """Make cells missing and mark them as erased: column name to row ids."""
        for column, rows in cells.items():
            position = self._known(column)
            word, bit = divmod(position, BITS)
            before = self._categories.used(column, rows)
            self._slots.erase(position, word, 1 << bit, rows)
            self._categories.prune(column, before)

    def blank(self, rows: npt.ArrayLike) -> None:
        """Remove rows: nothing of them stays."""
        before = self._used_categories(rows)
        self._slots.blank(rows)
        self._prune_categories(before)

    def drop(self) -> None:
        """Remove the table with its bytes."""
        self._slots.drop()
        self._categories.drop()
        self._connection.execute("DELETE FROM columns WHERE table_id = ?", (self._id,))
        self._connection.execute("DELETE FROM tables WHERE id = ?", (self._id,))
        add_to_count(self._connection, "tables", -1)

    def verify(self) -> None:
        """Look at all rows for damage, without decoding them."""
        self._slots.verify()

    def erased_masks(self) -> Masks:
        """Return the erased marks of all rows, in the order of their ids."""
        return self._masks(self._slots.marks(), self.columns)

    def _used_categories(self, rows: npt.ArrayLike) -> dict[str, set[SqlValue]]:
        return {column: self._categories.used(column, rows) for column in self.codecs}

    def _prune_categories(self, before: Mapping[str, set[SqlValue]]) -> None:
        for column, values in before.items():
            self._categories.prune(column, values)

    def _known(self, column: str) -> int:
        position = self._position.get(column)
        if position is None:
            raise InvalidArgumentError(
                f"The table '{self.name}' has no column '{column}'.",
                hint=f"It has: {', '.join(self.columns)}.",
            )
        return position

    def _where(self, conditions: Sequence[Condition]) -> Clause:
        clauses = []
        for condition in conditions:
            position = self._known(condition.column)
            word, bit = divmod(position, BITS)
            clauses.append(
                clause_for(
                    condition,
                    f"c{position}",
                    f"(e{word} >> {bit}) & 1",
                    self.codecs[condition.column],
                )
            )
        return conjunction(clauses)

    def _part(self, records: Sequence[tuple[Any, ...]], columns: Sequence[str]) -> TablePart:
        """Decode some columns of whole records."""
        first = 1 + self._words
        fields = list(zip(*records, strict=True)) if records else [()] * (first + len(self.codecs))
        places = {column: first + self._known(column) for column in columns}
        data = {column: self.codecs[column].column(fields[at]) for column, at in places.items()}
        index = pd.RangeIndex(len(records))
        frame = pd.DataFrame(data, index=index, columns=list(columns))
        marks = list(zip(*fields[1:first], strict=True))
        return TablePart(np.array(fields[0], dtype=np.int32), frame, self._masks(marks, columns))

    def _masks(self, records: Sequence[tuple[int, ...]], columns: Sequence[str]) -> Masks:
        marks = np.array(records, dtype=np.int64).reshape(len(records), self._words)
        if not len(marks) or (marks == _NO_MARKS).all():
            return {}
        masks = {}
        for column in columns:
            word, bit = divmod(self._position[column], BITS)
            mask = (marks[:, word] >> bit) & 1 == 1
            if mask.any():
                masks[column] = mask
        return masks

    def _insert(
        self,
        rows: Rows,
        frame: pd.DataFrame,
        erased: Mapping[str, npt.NDArray[np.bool_]],
        carried: Iterable[Sequence[bytes]] | None = None,
        *,
        first: bool = False,
    ) -> None:
        marks = np.full((self._words, len(frame)), _NO_MARKS, dtype=np.int64)
        cells: list[list[SqlValue]] = []
        for position, column in enumerate(self.columns):
            values = frame.iloc[:, position]
            mask = erased.get(column)
            if mask is None or not mask.any():
                cells.append(self._encoded(column, values))
                continue
            word, bit = divmod(position, BITS)
            marks[word] |= np.asarray(mask, dtype=np.int64) << bit
            # What stands in an erased cell is no value and decides nothing.
            present = iter(self._encoded(column, values[~mask]))
            cells.append([None if gone else next(present) for gone in mask.tolist()])
        records = zip(rows.tolist(), *marks.tolist(), *cells, strict=True)
        self._slots.insert(records, carried, first=first)

    def _encoded(self, column: str, values: pd.Series) -> list[SqlValue]:
        """Encode values for a column, converting them or else widening the column."""
        stored = self.codecs[column]
        offered = codec_for(values.dtype, column)
        if isinstance(stored, CategoryCodec) and isinstance(offered, CategoryCodec):
            self._categories.extend(column, values)
        elif offered.describe() != stored.describe():
            converted = converted_to(values, stored)
            if converted is None:
                self._widen(column, values.dtype)
                converted = values.astype(dtype_of(self.codecs[column]))
            values = converted
        return encode_column(self.codecs[column], values, column)

    def _widen(self, column: str, dtype: Any) -> None:
        """Keep a column in a dtype that also holds values of `dtype`, rewriting its rows."""
        whole = self.read()
        wider = pd.concat(
            [pd.Series([], dtype=dtype_of(self.codecs[column])), pd.Series([], dtype=dtype)]
        ).dtype
        target = codec_for(wider, column)
        self.codecs[column] = target
        position, codec = self._known(column), json.dumps(target.describe())
        self._connection.execute(
            "UPDATE columns SET codec = ?, chk = ? WHERE table_id = ? AND position = ?",
            (codec, check_of(self._id, position, column, codec), self._id, position),
        )
        frame = whole.frame.assign(**{column: whole.frame[column].astype(wider)})
        self.update(whole.rows, frame, whole.erased)


def _checked_name(column: object) -> str:
    if not isinstance(column, str):
        raise InvalidArgumentError(
            f"The column {column!r} is named by a {type(column).__name__}; names must be text.",
            hint="Give names=[...] to read_csv, or rename the columns.",
        )
    return column
