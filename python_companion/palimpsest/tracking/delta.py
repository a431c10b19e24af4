"""What changes at a node, while maintenance walks through the plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas

from .arrays import BoolArray, IntArray
from .table import ErasedMasks, Table

if TYPE_CHECKING:
    from .rows import RowOverlay

Numbers = npt.NDArray[np.integer[Any]]

NO_ROWS: IntArray = np.empty(0, dtype=np.int32)
NO_TABLE = Table(pandas.DataFrame())


class SourceReader(Protocol):
    """Reads rows of a source as they are stored."""

    def read(self, source: str, rows: IntArray) -> tuple[pandas.DataFrame, ErasedMasks]:
        """Return the rows `rows`, in that order, and which of their cells are erased."""
        ...


@dataclass
class Delta:
    """Changed rows of a node.

    Attributes
    ----------
    removed : ndarray of int32
    updated, added : ndarray of int32
        Ascending.
    table : Table
        New values of the rows `updated`, then `added`.
    changed : dict of column to ndarray of bool
        For each updated row, whether the cell may have changed; absent for no row.
    moved : ndarray of int32
        Rows whose place in the order may have changed, whether or not a cell has.
    """

    removed: IntArray
    updated: IntArray
    added: IntArray
    table: Table
    changed: dict[Any, BoolArray] = field(default_factory=dict)
    moved: IntArray = field(default_factory=lambda: NO_ROWS)

    @property
    def present(self) -> IntArray:
        """Ids of the rows of `table`."""
        return np.concatenate([self.updated, self.added])

    @property
    def empty(self) -> bool:
        """Whether nothing changes."""
        return not any(map(len, (self.removed, self.updated, self.added, self.moved)))

    def gone_or_updated(self) -> IntArray:
        """Ids of rows that were there before and are not the same now."""
        return np.concatenate([self.removed, self.updated])


def only_removed(deltas: Iterable[Delta]) -> bool:
    """Say whether no row has values that are to be worked out."""
    return not any(len(one.updated) or len(one.added) for one in deltas)


@dataclass(frozen=True)
class Consequence:
    """Something a shortcut would get wrong, for people to read.

    Attributes
    ----------
    kind : str
    count : int
        Rows.
    message : str
    """

    kind: str
    count: int
    message: str


@dataclass
class TableDelta:
    """Change of the training table.

    Attributes
    ----------
    removed : ndarray of int32
    updated : ndarray of int32
    updated_frame : pandas.DataFrame
        Whole rows, new values.
    updated_erased : dict
    changed : dict of column to ndarray of bool
        For each updated row, whether the cell may have changed.
    added : ndarray of int32
    added_frame : pandas.DataFrame
    added_erased : dict
    consequences : list of Consequence
    not_local : list of str
        Why some operations had to run over all their rows.
    pending : RowOverlay or None
        Of a dry run: what is still to be committed to the row state, when there is nothing else.
    """

    removed: IntArray
    updated: IntArray
    updated_frame: pandas.DataFrame
    updated_erased: ErasedMasks
    changed: dict[Any, BoolArray]
    added: IntArray
    added_frame: pandas.DataFrame
    added_erased: ErasedMasks
    consequences: list[Consequence]
    not_local: list[str]
    pending: RowOverlay | None = None


def unique_ids(*parts: npt.ArrayLike) -> IntArray:
    """All ids of several arrays, ascending, each once."""
    arrays = [np.asarray(part, dtype=np.int32) for part in parts]
    return np.unique(np.concatenate(arrays)) if arrays else NO_ROWS


def places(ids: Numbers, within: Numbers) -> npt.NDArray[np.int64]:
    """Position of each id in the ascending ids `within`, -1 where it is not there."""
    if not len(within):
        return np.full(len(ids), -1, dtype=np.int64)
    found = np.minimum(np.searchsorted(within, ids), len(within) - 1)
    return np.where(within[found] == ids, found, -1)


def without(ids: IntArray, others: IntArray) -> IntArray:
    """Those of `ids` that are not in `others`."""
    return ids if not len(others) else ids[~np.isin(ids, others)]


def fold(columns: Sequence[IntArray]) -> npt.NDArray[np.int64]:
    """One number for each row of several int32 columns (at least -1): equal numbers for equal rows."""
    folded = columns[0].astype(np.int64)
    for column in columns[1:]:
        codes = pandas.factorize(folded)[0]
        folded = codes * (int(column.max(initial=-1)) + 2) + (column.astype(np.int64) + 1)
    return folded
