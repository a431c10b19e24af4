"""Rows of the feature matrix, as encoders hand them to models.

The matrix is kept *raw*: before shift and scale, so that a moved mean changes two numbers a
column instead of every row. ``X[:, j] = base[j] + (raw[:, j] - shift[j]) * scale[j]``, and a cell
whose inputs are erased is ``base[j]`` in X: zero, or what an imputer fills in. Columns that are
erased together (all that one transformer makes of one input) form a *unit*; marks are kept one a
unit and row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

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
    given_base : (d,) float64 or None
        See `base`; None when it is zero everywhere.
    """

    ids: Ints
    shift: Floats
    scale: Floats
    unit: Ints
    given_base: Floats | None = None

    @property
    def width(self) -> int:
        """Number of columns of X."""
        return len(self.ids)

    @cached_property
    def base(self) -> Floats:
        """What an erased cell is in X, and what is added to all others, (d,)."""
        return np.zeros(self.width) if self.given_base is None else self.given_base

    @cached_property
    def moving(self) -> Ints:
        """Positions of the columns that differ from their raw column."""
        return np.flatnonzero((self.shift != 0.0) | (self.scale != 1.0) | (self.base != 0.0))

    @property
    def without_base(self) -> Coordinates:
        """The coordinates in which erased cells are zero."""
        return self if self.given_base is None else replace(self, given_base=None)

    def take(self, columns: Ints) -> Coordinates:
        """Return some columns."""
        base = None if self.given_base is None else self.given_base[columns]
        ids, unit = self.ids[columns], self.unit[columns]
        return Coordinates(ids, self.shift[columns], self.scale[columns], unit, base)

    def joined(self, other: Coordinates) -> Coordinates:
        """Return these columns and then others."""
        return Coordinates(
            np.concatenate([self.ids, other.ids]),
            np.concatenate([self.shift, other.shift]),
            np.concatenate([self.scale, other.scale]),
            np.concatenate([self.unit, other.unit]),
            np.concatenate([self.base, other.base]),
        )


class Lens(Protocol):
    """What makes columns of X of stored ones where no shift and scale can.

    Lengths of documents and bins are seen through one: what it was fitted on may change without
    a stored row being touched.
    """

    def __call__(self, stored: Floats, erased: Marks) -> Floats:
        """Return the columns of some rows, zero where they are erased.

        Parameters
        ----------
        stored : (n, p) float64
            The stored columns of the step.
        erased : (n, u) bool
            Its marks.
        """
        ...


@dataclass(frozen=True, eq=False)
class Seen:
    """Columns `start` to `stop` of X are seen through a lens.

    Attributes
    ----------
    start, stop : int
    stored, units : slice
        The stored columns and the marks that the lens is given.
    lens : Lens
    """

    start: int
    stop: int
    stored: slice
    units: slice
    lens: Lens

    def columns(self, stored: Floats, erased: Marks) -> Floats:
        """Return the columns of some rows."""
        return self.lens(stored[:, self.stored], erased[:, self.units])


@dataclass(frozen=True)
class Layout:
    """How stored raw rows are spread out to one value a column of X.

    Attributes
    ----------
    width : int
        Number of columns of X.
    runs : tuple of (start, stop, source)
        Columns `start` to `stop` of X are copies of stored columns from `source` on.
    codes : tuple of (column, source, code, value)
        The column of X has the value where the stored column equals the code.
    seen : tuple of Seen
    """

    width: int
    runs: tuple[tuple[int, int, int], ...]
    codes: tuple[tuple[int, int, float, float], ...]
    seen: tuple[Seen, ...] = ()

    @cached_property
    def _tables(self) -> list[tuple[int, Floats, Ints, Floats]]:
        """For each stored column of codes: itself, the codes in order, their columns and values."""
        found: dict[int, list[tuple[float, int, float]]] = {}
        for column, source, code, value in self.codes:
            found.setdefault(source, []).append((code, column, value))
        tables = []
        for source, entries in found.items():
            codes, columns, values = zip(*sorted(entries), strict=True)
            places = np.array(columns, dtype=np.int64)
            tables.append((source, np.array(codes), places, np.array(values)))
        return tables

    @cached_property
    def _decided(self) -> Ints:
        """The columns that are no copies."""
        copied = np.zeros(self.width, dtype=bool)
        for start, stop, _ in self.runs:
            copied[start:stop] = True
        return np.flatnonzero(~copied)

    def _hits(self, stored: Floats) -> Iterator[tuple[Ints, Ints, Floats]]:
        """Yield the rows that hold a code, the columns of X it sets, and the values."""
        for source, codes, columns, values in self._tables:
            held = stored[:, source]
            places = np.minimum(np.searchsorted(codes, held), len(codes) - 1)
            rows = np.flatnonzero(codes[places] == held)
            yield rows, columns[places[rows]], values[places[rows]]

    def spread(self, stored: Floats, erased: Marks) -> Floats:
        """Return one raw value a column of X."""
        spread = np.empty((len(stored), self.width))
        for start, stop, source in self.runs:
            spread[:, start:stop] = stored[:, source : source + stop - start]
        spread[:, self._decided] = 0.0
        for rows, columns, values in self._hits(stored):
            spread[rows, columns] = values
        for part in self.seen:
            spread[:, part.start : part.stop] = part.columns(stored, erased)
        return spread

    def dot(self, stored: Floats, erased: Marks, weights: Floats) -> Floats:
        """Return ``spread(stored, erased) @ weights``, spreading out only what a lens makes."""
        gathered = np.zeros((stored.shape[1], *weights.shape[1:]))
        for start, stop, source in self.runs:
            gathered[source : source + stop - start] += weights[start:stop]
        product: Floats = stored @ gathered
        for rows, columns, values in self._hits(stored):
            product[rows] += (weights[columns].T * values).T
        for part in self.seen:
            product += part.columns(stored, erased) @ weights[part.start : part.stop]
        return product

    def sums(self, stored: Floats, erased: Marks, factors: Floats) -> Floats:
        """Return ``spread(stored, erased).T @ factors``, spreading out only what a lens makes."""
        sums = np.zeros((self.width, *factors.shape[1:]))
        gathered = stored.T @ factors
        for start, stop, source in self.runs:
            sums[start:stop] = gathered[source : source + stop - start]
        for rows, columns, values in self._hits(stored):
            np.add.at(sums, columns, (factors[rows].T * values).T)
        for part in self.seen:
            sums[part.start : part.stop] = part.columns(stored, erased).T @ factors
        return sums


@dataclass(frozen=True, eq=False)
class Batch:
    """Some rows of the raw matrix with their labels.

    Attributes
    ----------
    stored : (n, p) float64
        Raw values as they are stored; zero where erased.
    erased : (n, u) bool
        Erased marks, one a unit.
    ids : (d,) int64
        Identities of the columns, see `Coordinates.ids`.
    y : (n,) or (n, k)
        Labels.
    layout : Layout, optional
        How stored values become columns; None when there is one of each for the other.
    rows : (n,) int, optional
        Identities of the rows, by which a model may know them again.
    """

    stored: Floats
    erased: Marks
    ids: Ints
    y: npt.NDArray[np.generic]
    layout: Layout | None = None
    rows: npt.NDArray[np.integer[Any]] | None = None

    def __len__(self) -> int:
        return len(self.stored)

    @cached_property
    def values(self) -> Floats:
        """Raw values, one a column of X; zero where erased."""
        return self.stored if self.layout is None else self.layout.spread(self.stored, self.erased)

    def dot(self, weights: Floats) -> Floats:
        """Return ``values @ weights``, for weights (d,) or (d, k)."""
        if self.layout is not None:
            return self.layout.dot(self.stored, self.erased, weights)
        product: Floats = self.stored @ weights
        return product

    def sums(self, factors: Floats) -> Floats:
        """Return ``values.T @ factors``, for factors (n,) or (n, k)."""
        if self.layout is not None:
            return self.layout.sums(self.stored, self.erased, factors)
        sums: Floats = self.stored.T @ factors
        return sums

    def take(self, rows: npt.NDArray[np.bool_]) -> Batch:
        """Return some rows."""
        y, erased = self.y[rows], self.erased[rows]
        kept = None if self.rows is None else self.rows[rows]
        return Batch(self.stored[rows], erased, self.ids, y, self.layout, kept)

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
        if coordinates.given_base is not None:
            out[:, moving] += coordinates.given_base[moving]
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
            if start + len(block) <= self.n:
                block.encoded(self.coordinates, out=matrix[start : start + len(block)])
            labels.append(block.y)
            start += len(block)
        if start != self.n:
            raise ValueError(f"expected {self.n} training rows, but the blocks hold {start}")
        return matrix, np.concatenate(labels) if labels else np.empty(0)
