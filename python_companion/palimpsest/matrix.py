"""Rows of the feature matrix, as encoders hand them to models.

The matrix is kept *raw*: before shift and scale, so that a moved mean changes two numbers a
column instead of every row. ``X[:, j] = (raw[:, j] - shift[j]) * scale[j]``, and a cell whose
inputs are erased is zero in X. Columns that are erased together (all that one transformer makes
of one input) form a *unit*; marks are kept one a unit and row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Coordinates:
    """How the columns of X are made of raw columns.

    Attributes
    ----------
    ids : (d,) int64
        Identity of each column. It never changes while the column lives and is never reused for
        another one, so that models can follow columns that come and go.
    shift, scale : (d,) float64
    unit : (d,) int64
        Position of the column's erased mark in `Batch.erased`.
    """

    ids: Ints
    shift: Floats
    scale: Floats
    unit: Ints

    @property
    def width(self) -> int:
        """Number of columns of X."""
        return len(self.ids)

    @cached_property
    def moving(self) -> Ints:
        """Positions of the columns that differ from their raw column."""
        return np.flatnonzero((self.shift != 0.0) | (self.scale != 1.0))


@dataclass(frozen=True, eq=False)
class Batch:
    """Some rows of the raw matrix with their labels.

    Attributes
    ----------
    values : (n, d) float64
        Raw values; zero where erased.
    erased : (n, u) bool
        Erased marks, one a unit.
    ids : (d,) int64
        Identities of the columns, see `Coordinates.ids`.
    y : (n,) or (n, k)
        Labels.
    """

    values: Floats
    erased: Marks
    ids: Ints
    y: npt.NDArray[np.generic]

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: npt.NDArray[np.bool_]) -> Batch:
        """Return some rows."""
        return Batch(self.values[rows], self.erased[rows], self.ids, self.y[rows])

    def encoded(self, coordinates: Coordinates, out: Floats | None = None) -> Floats:
        """Return X of these rows; `values` itself where nothing is shifted, scaled or copied."""
        moving = coordinates.moving
        if out is None:
            if not len(moving):
                return self.values
            out = self.values.copy()
        else:
            out[:] = self.values
        out[:, moving] = (self.values[:, moving] - coordinates.shift[moving]) * coordinates.scale[
            moving
        ]
        marks = self.erased[:, coordinates.unit[moving]]
        if marks.any():
            rows, columns = np.nonzero(marks)
            out[rows, moving[columns]] = 0.0
        return out


@dataclass(frozen=True, eq=False)
class TrainingData:
    """All rows a model is trained on, in blocks that may be read again and again.

    Attributes
    ----------
    coordinates : Coordinates
    n : int
        Number of rows.
    blocks : callable
        Starts a pass over the rows; every pass gives the same rows in the same order.
    rewritten : bool
        Whether raw values changed in rows that neither left nor came (a refitted transformer).
    """

    coordinates: Coordinates
    n: int
    blocks: Callable[[], Iterator[Batch]]
    rewritten: bool = False

    def encoded(self) -> tuple[Floats, npt.NDArray[np.generic]]:
        """Return X and y of all rows, X as one C-contiguous array."""
        matrix = np.empty((self.n, self.coordinates.width))
        labels: list[npt.NDArray[np.generic]] = []
        start = 0
        for block in self.blocks():
            block.encoded(self.coordinates, out=matrix[start : start + len(block)])
            labels.append(block.y)
            start += len(block)
        if start != self.n:
            raise ValueError(f"expected {self.n} training rows, but the blocks hold {start}")
        return matrix, np.concatenate(labels) if labels else np.empty(0)
