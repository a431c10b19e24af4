"""The normal equations of least squares, in the coordinates of X."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..matrix import Coordinates, Floats, Marks
from .basis import Basis, symmetric


@dataclass(frozen=True, eq=False)
class Moments:
    """What the normal equations are made of.

    Attributes
    ----------
    gram : (d, d) in Fortran order
        Lower triangle of X'X before scaling, of centred X where asked; zero above.
    scale : (d,) float64
        X'X is ``gram * outer(scale, scale)``.
    target : (d, k) float64
        X'y.
    means : (d,) float64
    target_means : (k,) float64
    weight : float
        Number of rows.
    rounding : (d,) float64
        Rounding errors on the diagonal of `gram`, in units of the precision.
    """

    gram: Floats
    scale: Floats
    target: Floats
    means: Floats
    target_means: Floats
    weight: float
    rounding: Floats

    @classmethod
    def of(cls, basis: Basis, at: Coordinates, *, centred: bool) -> Moments:
        """Derive the moments in coordinates whose columns the basis has in order."""
        width, marks = basis.width, basis.marks_at
        rest = symmetric(basis.products[width:, width:])
        across = basis.products[width:, :width].copy()
        gram = np.array(basis.products[:width, :width], order="F")
        weight = float(rest[0, 0])
        means, rest_means = across[0] / weight, rest[0] / weight
        rounding = basis.noise[:width] + gram.diagonal()
        if centred:
            _subtract_products(gram, across[0], weight)
            across -= np.outer(rest_means, across[0])
            rest -= np.outer(rest_means, rest[0])
        others = np.concatenate([[0], np.arange(marks - width, len(rest))])
        targets = slice(1, marks - width)
        mixing = _mixing(basis, at)
        if np.any(mixing[:, 1:]) or not centred:
            cross = rest[np.ix_(others, others)]
            gram = _with_products(gram, mixing, across[others].T + 0.5 * (mixing @ cross))
        target = (across[targets].T + mixing @ rest[others, targets]) * at.scale[:, None]
        column_means = at.scale * (means + mixing @ rest_means[others])
        if centred:
            constant = _constant(rounding, gram.diagonal(), means + basis.pivot, weight)
            for part in (rounding, target, gram, gram.T):
                part[constant] = 0.0
        else:
            target += weight * np.outer(column_means, basis.targets)
        target_means = basis.targets + rest_means[targets]
        return cls(gram, at.scale, target, column_means, target_means, weight, rounding)

    def growth(self, alpha: float) -> float:
        """Return how much larger relative rounding errors are than those of one operation."""
        kept = self.gram.diagonal() * self.scale**2 + alpha
        lost = self.rounding * self.scale**2
        if (kept <= 0.0)[lost > 0.0].any():
            return math.inf
        return float((lost / np.where(kept > 0.0, kept, 1.0)).max(initial=1.0))


def _mixing(basis: Basis, at: Coordinates) -> Floats:
    """Return K, (d, 1 + e), so that X = (Z_raw + [1, marks] K') * scale."""
    offset = basis.pivot - at.shift
    mixing = np.zeros((basis.width, 1 + len(basis.marked)))
    mixing[:, 0] = offset + at.base / at.scale
    for position, unit in enumerate(basis.marked):
        own = basis.unit == unit
        mixing[own, 1 + position] = -offset[own]
    return mixing


def _subtract_products(lower: Floats, sums: Floats, weight: float) -> None:
    """Subtract ``outer(sums, sums) / weight`` from a lower triangle, in place."""
    from scipy.linalg import blas

    blas.dsyr(-1.0 / weight, sums, a=lower, lower=1, overwrite_a=1)


def _with_products(lower: Floats, a: Floats, b: Floats) -> Floats:
    """Return a lower triangle with ``a b' + b a'`` added."""
    from scipy.linalg import blas

    a, b = np.asfortranarray(a), np.asfortranarray(b)
    added: Floats = blas.dsyr2k(1.0, a, b, beta=1.0, c=lower, lower=1, overwrite_c=1)
    return added


def _constant(before: Floats, after: Floats, means: Floats, weight: float) -> Marks:
    """Return the columns that are constant up to rounding, which say nothing once centred."""
    at_pivot = before <= weight * (means * 2.0**-18) ** 2
    return np.asarray((after == 0.0) | (at_pivot & (after <= before * 1e-13)))
