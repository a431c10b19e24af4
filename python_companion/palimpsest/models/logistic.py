"""The objective of binary logistic regression, evaluated on raw rows without building X."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..matrix import Batch, Coordinates, Floats, Ints
from .basis import places_of


@dataclass(frozen=True, eq=False)
class Form:
    """A linear predictor in terms of raw columns: ``raw @ slope + constant + erased @ marks``.

    It gives the same number as ``X @ coef + intercept`` in the coordinates it was made in, and
    stays what it is when shift and scale move.
    """

    ids: Ints
    slope: Floats
    constant: float
    marks: Floats

    @classmethod
    def of(cls, coef: Floats, intercept: float, at: Coordinates) -> Form:
        """Express a model in raw columns."""
        slope = coef * at.scale
        offset = at.shift * slope
        marks: Floats = np.bincount(at.unit, weights=offset, minlength=1).astype(np.float64)
        return cls(at.ids, slope, intercept - float(offset.sum()), marks)

    def of_rows(self, batch: Batch) -> Floats:
        """Return the linear predictor of every row; columns unknown to the form count nothing."""
        slope = self.slope
        if not np.array_equal(self.ids, batch.ids):
            places = places_of(batch.ids, self.ids)
            slope = np.where(places >= 0, np.append(self.slope, 0.0)[places], 0.0)
        z = batch.dot(slope)
        z += self.constant
        if batch.erased.any():
            known = min(len(self.marks), batch.erased.shape[1])
            z += batch.erased[:, :known] @ self.marks[:known]
        return z

    def in_coordinates(self, at: Coordinates) -> tuple[Floats, float]:
        """Return coefficients and intercept that give the same predictor in other coordinates."""
        places = places_of(at.ids, self.ids)
        slope = np.where(places >= 0, np.append(self.slope, 0.0)[places], 0.0)
        return slope / at.scale, self.constant + float(at.shift @ slope)


@dataclass(frozen=True)
class Objective:
    """Sum over rows of ``weight * log loss``, plus ``penalty / 2 * |coef|^2``.

    Attributes
    ----------
    positive : label
        The second class.
    penalty : float
        1 / C.
    intercept : bool
        Whether there is one; it is not penalised.
    weights : pair of float
        Weights of rows of the first and of the second class.
    """

    positive: Any
    penalty: float
    intercept: bool
    weights: tuple[float, float]

    @classmethod
    def of(cls, estimator: Any, classes: npt.NDArray[Any]) -> Objective:
        """Return what a LogisticRegression minimises, up to the factor of the number of rows."""
        by_class = estimator.class_weight or {}
        weights = tuple(float(by_class.get(label, 1.0)) for label in classes.tolist())
        return cls(
            classes[1],
            1.0 / float(estimator.C),
            bool(estimator.fit_intercept),
            (weights[0], weights[1]),
        )

    def row_weights(self, y: npt.NDArray[Any]) -> Floats:
        """Return the weight of every row."""
        return np.where(y == self.positive, self.weights[1], self.weights[0])

    def slopes(self, z: Floats, y: npt.NDArray[Any]) -> Floats:
        """Return the derivative of every row's loss by its linear predictor."""
        from scipy.special import expit

        slopes: Floats = self.row_weights(y) * (expit(z) - (y == self.positive))
        return slopes

    def curvatures(self, z: Floats, y: npt.NDArray[Any]) -> Floats:
        """Return the second derivative of every row's loss, rounded to quarter octaves.

        The rounded curvature weighs the row in the stored second derivatives. It is coarse so
        that few rows change theirs in an update, and a function of the present model alone, so
        that the stored sums do not remember an earlier one.
        """
        decay = np.exp(-np.abs(z))
        exact = self.row_weights(y) * decay / (1.0 + decay) ** 2
        rounded: Floats = np.exp2(np.round(4.0 * np.log2(np.maximum(exact, 2.0**-40))) / 4.0)
        return rounded


@dataclass
class Gradient:
    """Sums over rows from which the gradient follows in any coordinates."""

    values: Floats
    total: float
    marks: Floats

    @classmethod
    def of(cls, batch: Batch, slopes: Floats, at: Coordinates) -> Gradient:
        """Return the sums over one batch, for the columns of `at`."""
        values = batch.sums(slopes)
        if not np.array_equal(batch.ids, at.ids):
            places = places_of(at.ids, batch.ids)
            values = np.where(places >= 0, np.append(values, 0.0)[places], 0.0)
        return cls(values, float(slopes.sum()), slopes @ batch.erased)

    @classmethod
    def zero(cls, at: Coordinates) -> Gradient:
        """Return the sums over no rows."""
        return cls(np.zeros(at.width), 0.0, np.zeros(int(at.unit.max(initial=-1)) + 1))

    @classmethod
    def at_optimum(
        cls, form: Form, before: Coordinates, objective: Objective, at: Coordinates
    ) -> Gradient:
        """Return what the sums must be where a model is optimal, for the columns of `at`.

        There the rows' gradient is the opposite of the penalty's. Where rows are erased this is
        an approximation, good enough to start from.
        """
        values = -objective.penalty * form.slope / before.scale**2
        places = places_of(at.ids, form.ids)
        sums = cls.zero(at)
        sums.values = np.where(places >= 0, np.append(values, 0.0)[places], 0.0)
        return sums

    def add(self, other: Gradient) -> None:
        """Add the sums over other rows."""
        self.values += other.values
        self.total += other.total
        known = min(len(self.marks), len(other.marks))
        self.marks[:known] += other.marks[:known]

    def in_coordinates(self, at: Coordinates) -> Floats:
        """Return the derivatives by coefficients and intercept, without the penalty."""
        own = self.total - self.marks[at.unit]
        return np.append(at.scale * (self.values - at.shift * own), self.total)
