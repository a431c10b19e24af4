"""Tables of a run as they are shown: filtered, sorted, and read a page at a time.

What a filter or an order has found is kept for one state of the run, so that the pages of a table
cost what their rows cost, however long it is.
"""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.errors import InvalidArgumentError
from palimpsest.pipeline.cache import CACHE
from palimpsest.pipeline.state import StoredRun
from palimpsest.protocol.messages import Condition, Sort
from palimpsest.store.dtypes import codec_for
from palimpsest.store.schema import MIGRATIONS
from palimpsest.store.tables import RowTable, TablePart

Rows = npt.NDArray[np.int32]
Marks = npt.NDArray[np.bool_]

PORTION = 20_000
"""Rows that are computed at once."""


class ShownTable(ABC):
    """A table of a run.

    Parameters
    ----------
    stored : StoredRun
    name : str
        As the protocol names it.
    """

    def __init__(self, stored: StoredRun, name: str) -> None:
        self.stored = stored
        self.name = name

    @property
    @abstractmethod
    def rows(self) -> Rows:
        """Ids of all rows, ascending."""

    @abstractmethod
    def read(self, rows: Rows, columns: Sequence[str] | None = None) -> TablePart:
        """Return rows by id, in the order asked for."""

    @abstractmethod
    def column(self, name: str, rows: Rows) -> tuple[pd.Series, Marks]:
        """Return a column of rows, in ascending order of their ids, and which cells are erased."""

    @abstractmethod
    def matching(self, conditions: Sequence[Condition]) -> Rows:
        """Return the ids of the rows that satisfy all of some conditions, ascending."""

    def dtype(self, name: str, part: TablePart) -> str:
        """Name the dtype of a column of a part that was read."""
        return str(part.frame[name].dtype)

    def select(self, conditions: Sequence[Condition]) -> Rows:
        """Return the ids of the rows that satisfy all conditions, ascending."""
        asked = tuple(condition.model_dump_json() for condition in conditions)
        return self._kept(
            "selected", asked, lambda: self.matching(conditions) if conditions else self.rows
        )

    def order(self, conditions: Sequence[Condition], sort: Sort | None) -> Rows:
        """Return the ids of the rows that satisfy all conditions, in the order asked for."""
        rows = self.select(conditions)
        if sort is None:
            return rows
        asked = (*(c.model_dump_json() for c in conditions), sort.model_dump_json())
        return self._kept("ordered", asked, lambda: self._sorted(rows, sort))

    def _sorted(self, rows: Rows, sort: Sort) -> Rows:
        values, erased = self.column(sort.column, rows)
        if isinstance(values.dtype, pd.CategoricalDtype):
            values = values.astype(values.dtype.categories.dtype)
        gone = erased | values.isna().to_numpy(dtype=bool)
        try:
            ordered = values[~gone].sort_values(ascending=not sort.descending, kind="stable")
        except TypeError as error:
            raise InvalidArgumentError(
                f"'{sort.column}' holds values that have no order among each other: {error}.",
                hint="Sort by another column, or filter for the values you look for.",
            ) from error
        return np.concatenate([rows[ordered.index.to_numpy()], rows[gone]])

    def _kept(self, what: str, asked: tuple[str, ...], find: Callable[[], Rows]) -> Rows:
        """Return what was found for the last question of its kind, or find it."""
        stored, part = self.stored, f"{what}/{self.name}"
        kept: tuple[tuple[str, ...], Rows] | None = CACHE.get(
            stored.run, stored.version, part, lambda: None
        )
        if kept is None or kept[0] != asked:
            kept = asked, find()
            CACHE.put(stored.run, stored.version, part, kept)
        return kept[1]


class StoredTable(ShownTable):
    """A table whose rows lie in the run file: a source, or the training table.

    Parameters
    ----------
    stored : StoredRun
    table : RowTable
    space : int
        The row space that knows which of its rows there are, without a look at the table.
    """

    def __init__(self, stored: StoredRun, table: RowTable, space: int) -> None:
        super().__init__(stored, table.name)
        self._table = table
        self._space = space

    @property
    def rows(self) -> Rows:
        """Ids of all rows, ascending."""
        return self.stored.rows.rows(self._space)

    def read(self, rows: Rows, columns: Sequence[str] | None = None) -> TablePart:
        """Return rows by id, in the order asked for."""
        return self._table.read(rows, columns)

    def column(self, name: str, rows: Rows) -> tuple[pd.Series, Marks]:
        """Return a column of rows, in ascending order of their ids, and which cells are erased."""
        known, values, erased = self._table.column(name)
        chosen = np.isin(known, rows, assume_unique=True)
        return values[chosen].reset_index(drop=True), erased[chosen]

    def matching(self, conditions: Sequence[Condition]) -> Rows:
        """Return the ids of the rows that satisfy all of some conditions, ascending."""
        return self._table.select(conditions)

    def dtype(self, name: str, part: TablePart) -> str:
        """Name the dtype of a column of a part that was read."""
        return self._table.codecs[name].dtype


class ComputedTable(ShownTable):
    """A table of which no row is stored."""

    def column(self, name: str, rows: Rows) -> tuple[pd.Series, Marks]:
        """Return a column of rows, in ascending order of their ids, and which cells are erased."""
        values, erased = [], []
        for some in _portions(rows):
            part = self.read(some, [name])
            values.append(part.frame[name])
            erased.append(part.erased.get(name, np.zeros(len(some), dtype=bool)))
        return pd.concat(values, ignore_index=True), np.concatenate(erased)

    def matching(self, conditions: Sequence[Condition]) -> Rows:
        """Return the ids of the rows that satisfy all of some conditions, ascending."""
        found = [self._matching(some, conditions) for some in _portions(self.rows)]
        return np.concatenate(found)

    def _matching(self, rows: Rows, conditions: Sequence[Condition]) -> Rows:
        """Filter some rows as SQLite filters those of stored tables."""
        names = list(dict.fromkeys(condition.column for condition in conditions))
        part = self.read(rows, names)
        for name in names:
            _check_kept(name, part.frame[name].dtype)
        with closing(sqlite3.connect(":memory:")) as connection:
            for create in MIGRATIONS:
                create(connection)
            table = RowTable.create(connection, "shown", part.frame, part.erased, rows)
            return table.select(conditions)


def _portions(rows: Rows) -> Iterator[Rows]:
    for start in range(0, max(1, len(rows)), PORTION):
        yield rows[start : start + PORTION]


def _check_kept(name: str, dtype: object) -> None:
    try:
        codec_for(dtype, name)
    except InvalidArgumentError as error:
        raise InvalidArgumentError(
            f"Rows cannot be filtered by '{name}', which holds {dtype}.",
            hint="Filter by another column.",
        ) from error
