"""Smooth convex losses of linear predictors, with first and second derivatives.

A loss sees K linear predictors a row and its label. Its second derivative by them, a K by K matrix,
comes as a factor R with R R' equal to it: a row then adds ``(R' kron x)' (R' kron x)`` to the
second derivative by the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..matrix import Floats

Labels = npt.NDArray[Any]


class Loss(Protocol):
    """What a model sums up over its training rows."""

    @property
    def outputs(self) -> int:
        """Number of linear predictors, K."""
        ...

    def slopes(self, z: Floats, y: Labels) -> Floats:
        """Return the derivative of every row's loss by its predictors, (n, K)."""
        ...

    def roots(self, z: Floats, y: Labels) -> Floats:
        """Return factors of the second derivatives, (n, K, K)."""
        ...


@dataclass(frozen=True, eq=False)
class Binary:
    """Logistic loss of two classes.

    Attributes
    ----------
    positive : label
        The second class.
    weights : pair of float
        Weights of rows of the first and of the second class.
    """

    positive: Any
    weights: tuple[float, float] = (1.0, 1.0)

    @property
    def outputs(self) -> int:
        """One: the log odds of the second class."""
        return 1

    def slopes(self, z: Floats, y: Labels) -> Floats:
        """See `Loss.slopes`."""
        from scipy.special import expit

        second = (y == self.positive)[:, None]
        slopes: Floats = np.where(second, self.weights[1], self.weights[0]) * (expit(z) - second)
        return slopes

    def roots(self, z: Floats, y: Labels) -> Floats:
        """See `Loss.roots`."""
        weight = np.where((y == self.positive)[:, None], self.weights[1], self.weights[0])
        decay = np.exp(-np.abs(z))
        root: Floats = np.sqrt(weight * decay) / (1.0 + decay)
        return root[:, :, None]


@dataclass(frozen=True, eq=False)
class Softmax:
    """Cross entropy of several classes, one predictor each.

    Attributes
    ----------
    classes : (K,)
        Ascending.
    weights : (K,) float64
        Weights of the rows of each class.
    """

    classes: Labels
    weights: Floats

    @property
    def outputs(self) -> int:
        """One predictor a class."""
        return len(self.classes)

    def slopes(self, z: Floats, y: Labels) -> Floats:
        """See `Loss.slopes`."""
        from scipy.special import softmax

        places = np.searchsorted(self.classes, y)
        slopes: Floats = softmax(z, axis=1)
        slopes[np.arange(len(y)), places] -= 1.0
        return slopes * self.weights[places][:, None]

    def roots(self, z: Floats, y: Labels) -> Floats:
        """See `Loss.roots`: diag(sqrt(p)) - p sqrt(p)', whose square is diag(p) - p p'."""
        from scipy.special import softmax

        shares = softmax(z, axis=1)
        rooted = np.sqrt(shares)
        roots: Floats = -shares[:, :, None] * rooted[:, None, :]
        diagonal = np.arange(self.outputs)
        roots[:, diagonal, diagonal] += rooted
        weight = np.sqrt(self.weights[np.searchsorted(self.classes, y)])
        return roots * weight[:, None, None]


@dataclass(frozen=True, eq=False)
class SquaredHinge:
    """Squared hinge loss of each class against the rest, ``max(0, 1 - s z)^2`` with s = +-1.

    Attributes
    ----------
    classes : (K,)
        The classes that are told from the rest; the second one alone where there are two.
    """

    classes: Labels

    @property
    def outputs(self) -> int:
        """One predictor a class, or one in all for two classes."""
        return len(self.classes)

    def slopes(self, z: Floats, y: Labels) -> Floats:
        """See `Loss.slopes`."""
        sign = np.where(y[:, None] == self.classes, 1.0, -1.0)
        slopes: Floats = -2.0 * sign * np.maximum(0.0, 1.0 - sign * z)
        return slopes

    def roots(self, z: Floats, y: Labels) -> Floats:
        """See `Loss.roots`; rows beyond the margin do not bend the loss."""
        sign = np.where(y[:, None] == self.classes, 1.0, -1.0)
        return _diagonal(np.where(sign * z < 1.0, np.sqrt(2.0), 0.0))


@dataclass(frozen=True, eq=False)
class OneVsRest:
    """Logistic loss of each class against the rest; the weights are those of the rows' classes."""

    classes: Labels

    @property
    def outputs(self) -> int:
        """One predictor a class."""
        return len(self.classes)

    def slopes(self, z: Floats, y: Labels) -> Floats:
        """See `Loss.slopes`."""
        from scipy.special import expit

        slopes: Floats = expit(z) - (y[:, None] == self.classes)
        return slopes

    def roots(self, z: Floats, y: Labels) -> Floats:
        """See `Loss.roots`."""
        decay = np.exp(-np.abs(z))
        return _diagonal(np.sqrt(decay) / (1.0 + decay))


@dataclass(frozen=True, eq=False)
class Tweedie:
    """Half the Tweedie deviance with a logarithmic link: Poisson for 1, Gamma for 2.

    Attributes
    ----------
    power : float
        From 1 to 2, where the loss is convex.
    """

    power: float

    @property
    def outputs(self) -> int:
        """One: the logarithm of the mean."""
        return 1

    def slopes(self, z: Floats, y: Labels) -> Floats:
        """See `Loss.slopes`."""
        mean, target = self._terms(z, y)
        return mean - target

    def roots(self, z: Floats, y: Labels) -> Floats:
        """See `Loss.roots`."""
        mean, target = self._terms(z, y)
        bend = (2.0 - self.power) * mean + (self.power - 1.0) * target
        return _diagonal(np.sqrt(bend))

    def _terms(self, z: Floats, y: Labels) -> tuple[Floats, Floats]:
        with np.errstate(over="ignore"):  # a step too far is seen by its gradient and taken back
            mean = np.exp((2.0 - self.power) * z)
            target = y.astype(np.float64)[:, None] * np.exp((1.0 - self.power) * z)
        return mean, target


def _diagonal(roots: Floats) -> Floats:
    matrices = np.zeros((*roots.shape, roots.shape[1]))
    diagonal = np.arange(roots.shape[1])
    matrices[:, diagonal, diagonal] = roots
    return matrices
