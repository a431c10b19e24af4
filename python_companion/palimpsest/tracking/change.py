"""What is asked of the sources: records that go, come, or hold other values from now on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas

from .arrays import BoolArray, IntArray
from .table import ErasedMasks, blank, with_columns

Read = Callable[[IntArray], tuple[pandas.DataFrame, ErasedMasks]]
"""Reads records by row id, in the order asked for, with their erased cells."""


@dataclass(frozen=True)
class Cells:
    """New values of some cells of one column.

    Attributes
    ----------
    rows : array of int
        Row ids, each once.
    values : pandas.Series
        One a row, of the column's dtype.
    """

    rows: npt.ArrayLike
    values: pandas.Series[Any]


@dataclass(frozen=True)
class Records:
    """Whole records.

    Attributes
    ----------
    rows : array of int
        Row ids, ascending.
    frame : pandas.DataFrame
        With the columns and dtypes of the source.
    """

    rows: npt.ArrayLike
    frame: pandas.DataFrame


@dataclass(frozen=True)
class SourceChange:
    """Change of one source.

    Attributes
    ----------
    deleted : array of int
        Row ids.
    erased : mapping of column to array of int
        Row ids whose cell in the column is erased.
    rectified : mapping of column to Cells
        Cells that are corrected. A cell that was erased has a value again.
    inserted : Records or None
        New records; they get the next row ids of the source and come last.
    """

    deleted: npt.ArrayLike = ()
    erased: Mapping[Any, npt.ArrayLike] = field(default_factory=dict)
    rectified: Mapping[Any, Cells] = field(default_factory=dict)
    inserted: Records | None = None

    def cells(self) -> dict[Any, list[IntArray]]:
        """Collect the row ids of changed cells by column."""
        found: dict[Any, list[IntArray]] = {}
        for name, rows in self.erased.items():
            found.setdefault(name, []).append(np.asarray(rows, dtype=np.int32))
        for name, cells in self.rectified.items():
            found.setdefault(name, []).append(np.asarray(cells.rows, dtype=np.int32))
        return found


def read_changed(
    change: SourceChange, ids: IntArray, read: Read
) -> tuple[pandas.DataFrame, ErasedMasks]:
    """Read records as they are after a change, whether `read` gives them as before it or as after."""
    frame, erased = _with_inserted(change.inserted, ids, read)
    columns = {}
    masks = {name: np.array(mask) for name, mask in erased.items()}
    for name, cells in change.rectified.items():
        rows = np.asarray(cells.rows, dtype=np.int32)
        order = np.argsort(rows)
        at = np.searchsorted(rows, ids, sorter=order)
        found = order[np.minimum(at, len(rows) - 1)] if len(rows) else at
        hit: BoolArray = rows[found] == ids if len(rows) else np.zeros(len(ids), dtype=bool)
        if hit.any():
            columns[name] = _replaced(frame[name], hit, cells.values.iloc[found[hit]])
            if name in masks:
                masks[name] &= ~hit
    frame = with_columns(frame, columns)
    for name, gone in change.erased.items():
        mask: BoolArray = np.isin(ids, np.asarray(gone, dtype=np.int32))
        if mask.any():
            masks[name] = masks[name] | mask if name in masks else mask
    kept = {name: mask for name, mask in masks.items() if mask.any()}
    return with_columns(frame, {name: blank(frame[name], m) for name, m in kept.items()}), kept


def _with_inserted(
    inserted: Records | None, ids: IntArray, read: Read
) -> tuple[pandas.DataFrame, ErasedMasks]:
    fresh = np.zeros(len(ids), dtype=bool)
    if inserted is not None:
        rows = np.asarray(inserted.rows, dtype=np.int32)
        fresh = np.isin(ids, rows)
    if inserted is None or not fresh.any():
        frame, erased = read(ids)
        return frame.set_axis(pandas.RangeIndex(len(ids))), erased
    frame, erased = read(ids[~fresh])
    new = inserted.frame.iloc[np.searchsorted(rows, ids[fresh])]
    order = np.argsort(np.concatenate([np.flatnonzero(~fresh), np.flatnonzero(fresh)]))
    whole = new if fresh.all() else pandas.concat([frame, new[list(frame.columns)]])
    masks = {}
    for name, mask in erased.items():
        masks[name] = np.concatenate([mask, np.zeros(int(fresh.sum()), dtype=bool)])[order]
    return whole.iloc[order].set_axis(pandas.RangeIndex(len(ids))), masks


def _replaced(
    values: pandas.Series[Any], hit: BoolArray, new: pandas.Series[Any]
) -> pandas.Series[Any]:
    changed = values.copy()
    changed.iloc[np.flatnonzero(hit)] = new.array
    return changed
