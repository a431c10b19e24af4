"""Cells on their way through a chain of transformers, with the marks of those that are erased."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..matrix import Floats, Ints, Marks
from .errors import EncodingError

SHARE = 4
"""The result of a step may take one part in so many of the machine's memory, once it is dense."""

_LEAST = 4_000_000_000


@dataclass(frozen=True, eq=False)
class Cells:
    """Some columns of some rows, in whatever container the last transformer returned.

    Attributes
    ----------
    values : DataFrame, Series, array or sparse matrix
        What an erased cell holds is arbitrary: it must not be looked at.
    erased : (n, u) bool
        Erased marks, one a unit (columns that are erased together).
    unit : (k,) int64
        The unit of each column.
    names : tuple of str
        Names of the columns.
    """

    values: Any
    erased: Marks
    unit: Ints
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.erased)

    @property
    def present(self) -> Marks:
        """Rows without any erased cell."""
        return ~any_of(self.erased)

    @property
    def erased_cells(self) -> Marks:
        """Erased marks, one a column."""
        return self.erased[:, self.unit]

    def take(self, rows: npt.NDArray[Any]) -> Cells:
        """Return some rows, by position or by mask."""
        return replace(self, values=take(self.values, rows), erased=self.erased[rows])


def select(frame: Any, erased: Mapping[Any, Marks], columns: Sequence[Any], scalar: bool) -> Cells:
    """Return columns of the training table; a `scalar` selection is a Series, as in sklearn."""
    marks = np.zeros((len(frame), len(columns)), dtype=bool)
    for position, column in enumerate(columns):
        if column in erased and erased[column] is not None:
            marks[:, position] = erased[column]
    values = frame[columns[0]] if scalar else frame[list(columns)]
    names = tuple(str(column) for column in columns)
    return Cells(values, marks, np.arange(len(columns)), names)


def any_of(erased: Marks) -> Marks:
    """Return the rows with any erased mark."""
    return np.asarray(erased.any(axis=1), dtype=np.bool_)


def take(values: Any, rows: npt.NDArray[Any]) -> Any:
    """Return rows of any container, by position or by mask."""
    return values.iloc[rows] if hasattr(values, "iloc") else values[rows]


def width_of(values: Any) -> int:
    """Return the number of columns of a container; a Series or vector has one."""
    shape = values.shape
    return int(shape[1]) if len(shape) > 1 else 1


def dense_limit() -> int:
    """Return the most bytes that the result of a step may take once it is dense."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not told on this system
        memory = 0
    return max(_LEAST, memory // SHARE)


def check_size(rows: int, columns: int, step: str) -> None:
    """Refuse a result that would be too large as a dense array."""
    if rows * columns * 8 > dense_limit():
        raise EncodingError(
            f"the result of step {step!r} has {columns} columns, too many to be kept dense for "
            f"{rows} rows: limit them, e.g. with max_features or n_features"
        )


def missing_where_erased(cells: Cells, missing: Any) -> Any:
    """Return the values with `missing` in every erased cell."""
    marks = cells.erased_cells
    if not marks.any():
        return cells.values
    values = cells.values
    if hasattr(values, "iloc"):
        marks = marks[:, 0] if values.ndim == 1 else marks
        return values.mask(marks, missing)
    filled = np.array(values, dtype=object if values.dtype.kind in "OUS" else float)
    filled[marks.reshape(filled.shape)] = missing
    return filled


def to_floats(cells: Cells, step: str) -> Floats:
    """Return the cells as float64 with zero in every erased one.

    Raises
    ------
    EncodingError
        When a cell is not a number, or the result of the step is not two-dimensional.
    """
    values = cells.values
    if len(values.shape) != 2:
        raise EncodingError(
            f"the result of step {step!r} has {len(values.shape)} dimension(s), expected 2: "
            "let it return a frame or an array of one row a record, e.g. with "
            "reshape(-1, 1), or select the column as a list"
        )
    marks = cells.erased_cells
    if hasattr(values, "toarray"):
        check_size(values.shape[0], values.shape[1], step)
        values = values.toarray()
    elif hasattr(values, "iloc"):
        return _frame_to_floats(values, marks, step)
    if marks.any() and values.dtype.kind not in "biuf":
        values = np.where(marks, 0, values)
    floats = _to_floats(values, step, cells.names)
    if marks.any():
        floats = np.where(marks, 0.0, floats)
    return floats


def _frame_to_floats(frame: Any, marks: Marks, step: str) -> Floats:
    floats = np.empty(frame.shape)
    for position in range(frame.shape[1]):
        column = frame.iloc[:, position]
        erased = marks[:, position]
        if erased.any():
            floats[erased, position] = 0.0
            floats[~erased, position] = _to_floats(column[~erased], step, (column.name,))
        else:
            floats[:, position] = _to_floats(column, step, (column.name,))
    return floats


def _to_floats(values: Any, step: str, names: Sequence[Any]) -> Floats:
    kind = getattr(values.dtype, "kind", "O")
    try:
        if kind in "mM":
            raise TypeError(f"dtype {values.dtype}")
        if hasattr(values, "to_numpy"):
            floats: Floats = values.to_numpy(dtype=np.float64, na_value=np.nan)
            return floats
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        columns = ", ".join(repr(name) for name in names[:5])
        raise EncodingError(
            f"step {step!r} yields values that are not numbers (columns {columns}): {error}. "
            "Encode them first, e.g. with OneHotEncoder, or drop the columns."
        ) from None
