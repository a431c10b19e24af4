"""Sums of products of raw columns, from which the normal equations follow in any coordinates.

The basis of a batch is Z = [raw - pivot (zero where erased), 1, targets - pivot, erased marks].
Every column of X is a linear combination of Z's columns, so that X'X and X'y follow from Z'Z
for whatever shift and scale the encoders have by now. Rows are taken out by subtracting their
products.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..matrix import Batch, Coordinates, Floats, Ints, TrainingData
from .errors import ModelError
from .spread import Spread, as_columns

WORN = 1e3
"""Rounding errors may be this much larger than those of sums made afresh."""


@dataclass
class Basis:
    """The columns of Z, and the lower triangle of Z'Z over all rows so far.

    Attributes
    ----------
    ids, unit : (d,) int64
        Identities and units of the raw columns.
    pivot : (d,) float64
        Constants near the means.
    targets : (k,) float64
        Constants near the means of the targets.
    marked : (e,) int64
        Units that some row has erased; their marks are columns of Z.
    support : (d,) int64
        Rows whose raw value is not zero.
    noise : (q,) float64
        Rounding errors that earlier changes left on the diagonal of `products`, in units of the
        precision. Known to a power of two only: they come from sums that held forgotten rows.
    products : (q, q) float64, Fortran order
        Lower triangle of Z'Z, where q = d + 1 + k + e.
    """

    ids: Ints
    unit: Ints
    pivot: Floats
    targets: Floats
    marked: Ints
    support: Ints
    noise: Floats
    products: Floats

    @classmethod
    def of(cls, data: TrainingData) -> Basis:
        """Return the basis for training data, still without products; takes one pass."""
        at = data.coordinates
        columns: Spread = Spread.of(at.width)
        labels: Spread | None = None
        support = np.zeros(at.width, dtype=np.int64)
        erased = np.zeros(0, dtype=np.bool_)
        for block in data.blocks():
            if not len(erased):
                erased = np.zeros(block.erased.shape[1], np.bool_)
            erased |= block.erased.any(axis=0)
            support += np.count_nonzero(block.values, axis=0)
            columns.add(block.values)
            y = as_columns(block.y)
            labels = labels or Spread.of(y.shape[1])
            labels.add(y)
        pivots = labels.pivots() if labels is not None else np.empty(0)
        marked = np.flatnonzero(erased)
        size = at.width + 1 + len(pivots) + len(marked)
        products = np.zeros((size, size), order="F")
        pivot = columns.pivots()
        _check_finite(pivot, pivots)
        return cls(at.ids, at.unit, pivot, pivots, marked, support, np.zeros(size), products)

    @property
    def width(self) -> int:
        """Number of raw columns, d."""
        return len(self.ids)

    @property
    def marks_at(self) -> int:
        """Column of Z where the erased marks begin."""
        return self.width + 1 + len(self.targets)

    def rows(self, batch: Batch) -> Floats:
        """Return Z of a batch; a raw column that the batch does not have is zero in its rows."""
        width = self.width
        z = np.empty((len(batch), len(self.products)))
        if np.array_equal(batch.ids, self.ids):
            np.subtract(batch.values, self.pivot, out=z[:, :width])
        else:
            places = places_of(self.ids, batch.ids)
            known = places >= 0
            z[:, :width] = -self.pivot
            z[:, np.flatnonzero(known)] += batch.values[:, places[known]]
        z[:, width] = 1.0
        z[:, width + 1 : self.marks_at] = as_columns(batch.y) - self.targets
        z[:, self.marks_at :] = batch.erased[:, self.marked]
        for unit in np.flatnonzero(batch.erased.any(axis=0)):
            rows = np.flatnonzero(batch.erased[:, unit])
            z[np.ix_(rows, np.flatnonzero(self.unit == unit))] = 0.0
        return z

    def add(self, z: Floats, sign: float = 1.0) -> None:
        """Add the products of rows (`sign` 1), or subtract them (-1)."""
        from scipy.linalg import blas

        if len(z):
            self.products = blas.dsyrk(sign, z.T, beta=1.0, c=self.products, lower=1, overwrite_c=1)

    def changed(self, removed: Batch, added: Batch, at: Coordinates) -> Basis:
        """Return the basis without some rows and with others, for the columns of `at`."""
        basis = self._covering(at, removed, added)
        basis.noise = np.hypot(basis.noise, _power_of_two(basis.products.diagonal()))
        for batch, sign in ((removed, -1.0), (added, 1.0)):
            basis._count(batch, int(sign))
            basis.add(basis.rows(batch), sign)
        basis._settle()
        _check_finite(basis.products.diagonal())
        return basis._within(at)

    @property
    def worn(self) -> bool:
        """Whether what left was so much larger than what stayed that rounding errors show."""
        diagonal = np.abs(self.products.diagonal())
        return bool((self.noise > WORN * diagonal)[diagonal > 0.0].any())

    def _count(self, batch: Batch, sign: int) -> None:
        places = places_of(batch.ids, self.ids)
        self.support[places] += sign * np.count_nonzero(batch.values, axis=0)

    def _settle(self) -> None:
        """Leave exact zeros where a column has no value any more, instead of rounding errors."""
        empty = np.flatnonzero((self.support == 0) & (self.noise[: self.width] > 0.0))
        if len(empty):
            self.products[empty] = 0.0
            self.products[:, empty] = 0.0
            self.noise[empty] = 0.0
            self.pivot[empty] = 0.0

    def _covering(self, at: Coordinates, *batches: Batch) -> Basis:
        """Return a copy with columns for all of `at` and for all units the batches erase.

        Rows counted so far are zero in the columns that are new.
        """
        erased = [np.flatnonzero(batch.erased.any(axis=0)) for batch in batches]
        marks = np.setdiff1d(np.concatenate([np.empty(0, np.int64), *erased]), self.marked)
        fresh = np.flatnonzero(~np.isin(at.ids, self.ids))
        nothing = np.zeros(len(fresh))
        width, size = self.width, len(self.products)
        kept = np.concatenate([np.arange(width), np.arange(width, size) + len(fresh)])
        grown = size + len(fresh) + len(marks)
        noise = np.zeros(grown)
        noise[kept] = self.noise
        products = self.products
        if grown > size:
            products = np.zeros((grown, grown), order="F")
            products[np.ix_(kept, kept)] = self.products
        return Basis(
            np.concatenate([self.ids, at.ids[fresh]]),
            np.concatenate([self.unit, at.unit[fresh]]),
            np.concatenate([self.pivot, nothing]),
            self.targets,
            np.concatenate([self.marked, marks]),
            np.concatenate([self.support, nothing.astype(np.int64)]),
            noise,
            products if grown > size else products.copy(order="F"),
        )

    def _within(self, at: Coordinates) -> Basis:
        """Return the basis with the columns of `at` in their order, all of which it has."""
        if np.array_equal(self.ids, at.ids):
            return self
        places = places_of(at.ids, self.ids)
        kept = np.concatenate([places, np.arange(self.width, len(self.products))])
        return Basis(
            self.ids[places],
            self.unit[places],
            self.pivot[places],
            self.targets,
            self.marked,
            self.support[places],
            self.noise[kept],
            np.asfortranarray(np.tril(symmetric(self.products)[np.ix_(kept, kept)])),
        )

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the basis with its products packed to one triangle."""
        from scipy.linalg import lapack

        packed, _ = lapack.dtrttp(self.products, uplo="L")
        return {
            "ids": self.ids,
            "unit": self.unit,
            "pivot": self.pivot,
            "targets": self.targets,
            "marked": self.marked,
            "support": self.support,
            "noise": self.noise,
            "products": packed,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Basis:
        """Undo `to_arrays`; the arrays stay as they are."""
        from scipy.linalg import lapack

        packed = arrays["products"]
        ids, targets, marked = arrays["ids"], arrays["targets"], arrays["marked"]
        products, _ = lapack.dtpttr(len(ids) + 1 + len(targets) + len(marked), packed, uplo="L")
        support, noise = arrays["support"], arrays["noise"]
        unit, pivot = arrays["unit"], arrays["pivot"]
        return cls(ids, unit, pivot, targets, marked, support, noise, products)


def _check_finite(*sums: Floats) -> None:
    """Refuse rows with missing or infinite values, from which no sum recovers."""
    if not all(np.isfinite(part).all() for part in sums):
        raise ModelError(
            "the feature columns or the labels of training rows hold missing or infinite values, "
            "which linear models do not accept: fill them while encoding, e.g. with "
            "SimpleImputer, or drop the rows in prepare()"
        )


def _power_of_two(values: Floats) -> Floats:
    """Return the next power of two above the magnitude of every value, 0 for 0."""
    with np.errstate(divide="ignore"):
        power: Floats = np.exp2(np.ceil(np.log2(np.abs(values))))
    return power


def places_of(wanted: Ints, ids: Ints) -> Ints:
    """Return the place of each wanted id among `ids`, -1 where it is not among them."""
    order = np.argsort(ids, kind="stable")
    found = np.searchsorted(ids[order], wanted)
    places: Ints = np.full(len(wanted), -1)
    inside = found < len(ids)
    candidates = order[found[inside]]
    places[inside] = np.where(ids[candidates] == wanted[inside], candidates, -1)
    return places


def symmetric(lower: Floats) -> Floats:
    """Return the full matrix of which the lower triangle is given."""
    full: Floats = np.tril(lower)
    full += np.tril(lower, -1).T
    return full
