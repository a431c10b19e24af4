"""Linear predictors and their gradients on raw rows, without building X.

A model has one or several linear predictors (one a class, say): K of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..matrix import Batch, Coordinates, Floats, Ints
from .basis import places_of


@dataclass(frozen=True, eq=False)
class Form:
    """Linear predictors in terms of raw columns: ``raw @ slope + constant + erased @ marks``.

    It gives the same numbers as ``X @ coef.T + intercept`` in the coordinates it was made in, and
    stays what it is when shift and scale move.

    Attributes
    ----------
    ids : (d,) int64
    slope : (d, K) float64
    constant : (K,) float64
    marks : (u, K) float64
    """

    ids: Ints
    slope: Floats
    constant: Floats
    marks: Floats

    @classmethod
    def of(cls, point: Floats, at: Coordinates) -> Form:
        """Express a model, (K, d + 1) with the intercepts last, in raw columns."""
        slope = point[:, :-1].T * at.scale[:, None]
        offset = at.shift[:, None] * slope
        marks = np.zeros((int(at.unit.max(initial=-1)) + 1, len(point)))
        moving = np.flatnonzero(at.shift)
        np.add.at(marks, at.unit[moving], offset[moving])
        constant = point[:, -1] - offset.sum(axis=0) + point[:, :-1] @ at.base
        return cls(at.ids, slope, constant, marks)

    def of_rows(self, batch: Batch) -> Floats:
        """Return the predictors of every row, (n, K); columns unknown to the form count nothing."""
        slope = self.slope
        if batch.ids is not self.ids and not np.array_equal(self.ids, batch.ids):
            slope = _rearranged(slope, self.ids, batch.ids)
        z = batch.dot(slope)
        z += self.constant
        if batch.erased.any():
            known = min(len(self.marks), batch.erased.shape[1])
            z += batch.erased[:, :known] @ self.marks[:known]
        return z

    def in_coordinates(self, at: Coordinates) -> Floats:
        """Return the model, (K, d + 1), that has the same predictors in other coordinates."""
        slope = _rearranged(self.slope, self.ids, at.ids)
        coef = (slope / at.scale[:, None]).T
        constant = self.constant + at.shift @ slope - coef @ at.base
        return np.concatenate([coef, constant[:, None]], axis=1)


@dataclass(eq=False)
class Gradient:
    """Sums over rows from which a gradient follows in any coordinates.

    Attributes
    ----------
    values : (d, K) float64
        Sums of derivatives by the predictors, times raw values.
    total : (K,) float64
        Sums of the derivatives.
    marks : (u, K) float64
        Sums of the derivatives over rows that are erased in a unit.
    """

    values: Floats
    total: Floats
    marks: Floats

    @classmethod
    def of(cls, batch: Batch, slopes: Floats, at: Coordinates) -> Gradient:
        """Return the sums over one batch, for the columns of `at`.

        Parameters
        ----------
        batch : Batch
        slopes : (n, K) float64
            Derivative of every row's loss by its predictors.
        at : Coordinates
        """
        values = batch.sums(slopes)
        if batch.ids is not at.ids and not np.array_equal(batch.ids, at.ids):
            values = _rearranged(values, batch.ids, at.ids)
        return cls(values, slopes.sum(axis=0), batch.erased.T @ slopes)

    @classmethod
    def zero(cls, at: Coordinates, outputs: int) -> Gradient:
        """Return the sums over no rows."""
        units = int(at.unit.max(initial=-1)) + 1
        nothing = (np.zeros(shape) for shape in ((at.width, outputs), outputs, (units, outputs)))
        return cls(*nothing)

    def add(self, other: Gradient) -> None:
        """Add the sums over other rows."""
        self.values += other.values
        self.total += other.total
        known = min(len(self.marks), len(other.marks))
        self.marks[:known] += other.marks[:known]

    def in_coordinates(self, at: Coordinates) -> Floats:
        """Return the derivatives by the model, (K, d + 1), without the penalty."""
        own = self.total - self.marks[at.unit]
        by_coef = at.scale[:, None] * (self.values - at.shift[:, None] * own)
        by_coef += at.base[:, None] * self.total
        return np.concatenate([by_coef.T, self.total[:, None]], axis=1)


def _rearranged(values: Floats, ids: Ints, wanted: Ints) -> Floats:
    """Return the rows of the wanted ids; zero for those that are not there."""
    places = places_of(wanted, ids)
    padded = np.concatenate([values, np.zeros((1, values.shape[1]))])
    return padded[places]
