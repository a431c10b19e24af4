"""Sums of products of raw columns, from which the normal equations follow in any coordinates.

The basis of a batch is Z = [raw - pivot (zero where erased), 1, targets - pivot, erased marks].
Every column of X is a linear combination of Z's columns, so that X'WX and X'y follow from Z'WZ
for whatever shift and scale the encoders have by now. Rows are taken out by subtracting their
products.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..matrix import Batch, Coordinates, Floats, Ints, TrainingData


@dataclass
class Basis:
    """The columns of Z, and the lower triangle of Z'WZ over all rows so far.

    Attributes
    ----------
    ids, unit : (d,) int64
        Identities and units of the raw columns.
    pivot : (d,) float64
        Constants near the means.
    targets : (k,) float64
        Constants near the means of the targets; empty when Z has no targets.
    marked : (e,) int64
        Units that some row has erased; their marks are columns of Z.
    products : (q, q) float32 or float64, Fortran order
        Lower triangle of Z'WZ, where q = d + 1 + k + e.
    """

    ids: Ints
    unit: Ints
    pivot: Floats
    targets: Floats
    marked: Ints
    products: npt.NDArray[Any]

    @classmethod
    def of(cls, data: TrainingData, *, targets: bool, dtype: Any = np.float64) -> Basis:
        """Return the basis for training data, still without products; takes one pass."""
        at = data.coordinates
        columns, labels = Spread.of(at.width), None
        erased = np.zeros(0, dtype=np.bool_)
        for block in data.blocks():
            if not len(erased):
                erased = np.zeros(block.erased.shape[1], np.bool_)
            erased |= block.erased.any(axis=0)
            columns.add(block.values)
            if targets:
                y = as_columns(block.y)
                labels = labels or Spread.of(y.shape[1])
                labels.add(y)
        pivots = labels.pivots() if labels is not None else np.empty(0)
        marked = np.flatnonzero(erased)
        size = at.width + 1 + len(pivots) + len(marked)
        products = np.zeros((size, size), dtype=dtype, order="F")
        return cls(at.ids, at.unit, columns.pivots(), pivots, marked, products)

    @property
    def width(self) -> int:
        """Number of raw columns, d."""
        return len(self.ids)

    @property
    def _marks_at(self) -> int:
        return self.width + 1 + len(self.targets)

    def rows(self, batch: Batch) -> npt.NDArray[Any]:
        """Return Z of a batch; a raw column that the batch does not have is zero in its rows."""
        width = self.width
        z = np.empty((len(batch), len(self.products)), dtype=self.products.dtype)
        if np.array_equal(batch.ids, self.ids):
            np.subtract(batch.values, self.pivot, out=z[:, :width], casting="same_kind")
        else:
            places = places_of(self.ids, batch.ids)
            known = places >= 0
            z[:, :width] = -self.pivot
            z[:, np.flatnonzero(known)] += batch.values[:, places[known]]
        z[:, width] = 1.0
        if len(self.targets):
            z[:, width + 1 : self._marks_at] = as_columns(batch.y) - self.targets
        z[:, self._marks_at :] = batch.erased[:, self.marked]
        for unit in np.flatnonzero(batch.erased.any(axis=0)):
            rows = np.flatnonzero(batch.erased[:, unit])
            z[np.ix_(rows, np.flatnonzero(self.unit == unit))] = 0.0
        return z

    def add(self, z: npt.NDArray[Any], sign: float = 1.0) -> None:
        """Add the products of rows (`sign` 1), or subtract them (-1)."""
        from scipy.linalg import blas

        if len(z):
            syrk = blas.dsyrk if self.products.dtype == np.float64 else blas.ssyrk
            self.products = syrk(sign, z.T, beta=1.0, c=self.products, lower=1, overwrite_c=1)

    def covering(self, at: Coordinates, *batches: Batch) -> Basis:
        """Return the basis with columns for all of `at` and for all units the batches erase.

        Rows counted so far are zero in the columns that are new.
        """
        erased = [np.flatnonzero(batch.erased.any(axis=0)) for batch in batches]
        marks = np.setdiff1d(np.concatenate([np.empty(0, np.int64), *erased]), self.marked)
        fresh = np.flatnonzero(~np.isin(at.ids, self.ids))
        if not len(fresh) and not len(marks):
            return self
        width, size = self.width, len(self.products)
        kept = np.concatenate([np.arange(width), np.arange(width, size) + len(fresh)])
        grown = size + len(fresh) + len(marks)
        products = np.zeros((grown, grown), dtype=self.products.dtype, order="F")
        products[np.ix_(kept, kept)] = self.products
        return Basis(
            np.concatenate([self.ids, at.ids[fresh]]),
            np.concatenate([self.unit, at.unit[fresh]]),
            np.concatenate([self.pivot, np.zeros(len(fresh))]),
            self.targets,
            np.concatenate([self.marked, marks]),
            products,
        )

    def within(self, at: Coordinates) -> Basis:
        """Return the basis with the columns of `at` in their order, all of which it has."""
        if np.array_equal(self.ids, at.ids):
            return self
        places = places_of(at.ids, self.ids)
        kept = np.concatenate([places, np.arange(self.width, len(self.products))])
        products = np.asfortranarray(symmetric(self.products)[np.ix_(kept, kept)])
        return Basis(
            self.ids[places],
            self.unit[places],
            self.pivot[places],
            self.targets,
            self.marked,
            products,
        )

    def moments(self, at: Coordinates, *, centred: bool) -> Moments:
        """Return X'WX and X'y in the coordinates `at`, whose columns the basis has in order."""
        width, marks = self.width, self._marks_at
        rest = symmetric(self.products[width:, width:]).astype(np.float64)
        across = self.products[width:, :width].astype(np.float64)
        raw = np.array(self.products[:width, :width], dtype=np.float64, order="F")
        weight = float(rest[0, 0])
        means, rest_means = across[0] / weight, rest[0] / weight
        before = raw.diagonal().copy()
        if centred:
            _subtract_products(raw, across[0], weight)
            across -= np.outer(rest_means, across[0])
            rest -= np.outer(rest_means, rest[0])
        others = np.concatenate([[0], np.arange(marks - width, len(rest))])
        targets = slice(1, marks - width)
        mixing = self._mixing(at)
        if np.any(mixing[:, 1:]) or not centred:
            cross = rest[np.ix_(others, others)]
            half = mixing @ (across[others] + 0.5 * (cross @ mixing.T))
            raw += half
            raw += half.T
            raw = np.asfortranarray(np.tril(raw))
        target = (across[targets].T + mixing @ rest[others, targets]) * at.scale[:, None]
        column_means = at.scale * (means + mixing @ rest_means[others])
        if not centred:
            target += weight * np.outer(column_means, self.targets)
        return Moments(
            raw,
            at.scale,
            target,
            column_means,
            self.targets + rest_means[targets],
            weight,
            _growth(before, raw.diagonal(), means + self.pivot, weight) if centred else 1.0,
        )

    def _mixing(self, at: Coordinates) -> Floats:
        """Return K, (d, 1 + e), so that X = (Z_raw + [1, marks] K') * scale."""
        offset = self.pivot - at.shift
        mixing = np.zeros((self.width, 1 + len(self.marked)))
        mixing[:, 0] = offset
        for position, unit in enumerate(self.marked):
            own = self.unit == unit
            mixing[own, 1 + position] = -offset[own]
        return mixing

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the basis with its products packed to one triangle."""
        from scipy.linalg import lapack

        pack = lapack.dtrttp if self.products.dtype == np.float64 else lapack.strttp
        packed, _ = pack(self.products, uplo="L")
        return {
            "ids": self.ids,
            "unit": self.unit,
            "pivot": self.pivot,
            "targets": self.targets,
            "marked": self.marked,
            "products": packed,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Basis:
        """Undo `to_arrays`; the arrays stay as they are."""
        from scipy.linalg import lapack

        packed = arrays["products"]
        unpack = lapack.dtpttr if packed.dtype == np.float64 else lapack.stpttr
        ids, targets, marked = arrays["ids"], arrays["targets"], arrays["marked"]
        products, _ = unpack(len(ids) + 1 + len(targets) + len(marked), packed, uplo="L")
        return cls(ids, arrays["unit"], arrays["pivot"], targets, marked, products)


@dataclass(frozen=True, eq=False)
class Moments:
    """What the normal equations are made of, in the coordinates of X.

    Attributes
    ----------
    gram : (d, d) float64, Fortran order
        Lower triangle of X'WX before scaling, of centred X where asked; zero above.
    scale : (d,) float64
        X'WX is ``gram * outer(scale, scale)``.
    target : (d, k) float64
        X'y.
    means : (d,) float64
    target_means : (k,) float64
    weight : float
        Sum of the weights; the number of rows where there are none.
    growth : float
        By how much centring multiplied relative rounding errors.
    """

    gram: Floats
    scale: Floats
    target: Floats
    means: Floats
    target_means: Floats
    weight: float
    growth: float


def _subtract_products(lower: Floats, sums: Floats, weight: float) -> None:
    """Subtract ``outer(sums, sums) / weight`` from a lower triangle, in place."""
    from scipy.linalg import blas

    blas.dsyr(-1.0 / weight, sums, a=lower, lower=1, overwrite_a=1)


def _growth(before: Floats, after: Floats, means: Floats, weight: float) -> float:
    # A column that is constant up to rounding says nothing and loses nothing.
    at_pivot = before <= weight * (means * 2.0**-19) ** 2
    constant = (after == 0.0) | (at_pivot & (after <= before * 1e-13))
    if constant.all():
        return 1.0
    kept = after[~constant]
    if kept.min() <= 0.0:
        return math.inf
    return float((before[~constant] / kept).max())


@dataclass
class Spread:
    """Running mean and deviation of columns, block by block."""

    count: int
    mean: Floats
    squares: Floats

    @classmethod
    def of(cls, width: int) -> Spread:
        """Return the spread of no rows."""
        return cls(0, np.zeros(width), np.zeros(width))

    def add(self, values: Floats) -> None:
        """Add a block of rows."""
        if not len(values):
            return
        mean = values.mean(axis=0)
        away = mean - self.mean
        total = self.count + len(values)
        self.squares += np.square(values - mean).sum(axis=0)
        self.squares += away**2 * (self.count * len(values) / total)
        self.mean += away * (len(values) / total)
        self.count = total

    def pivots(self) -> Floats:
        """Return constants near the means.

        A pivot is the mean rounded to a multiple of the standard deviation (as a power of two):
        near enough to keep products small, too coarse to say anything about a single row.
        """
        deviation = np.sqrt(self.squares / max(self.count, 1))
        least = np.maximum(deviation, np.abs(self.mean) * 2.0**-20 + 1e-300)
        grain = np.exp2(np.ceil(np.log2(least)))
        pivots: Floats = np.round(self.mean / grain) * grain
        return pivots


def as_columns(y: npt.NDArray[Any]) -> Floats:
    """Return targets as an (n, k) array of numbers."""
    targets = np.asarray(y, dtype=np.float64)
    return targets[:, None] if targets.ndim == 1 else targets


def places_of(wanted: Ints, ids: Ints) -> Ints:
    """Return the place of each wanted id among `ids`, -1 where it is not among them."""
    order = np.argsort(ids, kind="stable")
    found = np.searchsorted(ids[order], wanted)
    places: Ints = np.full(len(wanted), -1)
    inside = found < len(ids)
    candidates = order[found[inside]]
    places[inside] = np.where(ids[candidates] == wanted[inside], candidates, -1)
    return places


def symmetric(lower: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the full matrix of which the lower triangle is given."""
    full = np.tril(lower)
    full += np.tril(lower, -1).T
    return full
