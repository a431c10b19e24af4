"""Taking out of a torch model what forgotten rows contributed to the gradient it was left with.

Training stops where the gradient of all rows is some small vector, not zero. A change of the rows
changes that gradient; this difference is the *contribution* of the change, and steps are sought
after which the gradient of the remaining objective is again what training left. Where training
went to an optimum, that is the optimum of the remaining objective.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..matrix import Floats
from .differentiable import Differentiable, Sums

ENOUGH = 0.1
"""Share of the contribution at which the search ends."""

TOO_MUCH = 0.5
"""Share of the contribution that must not be left."""

SAMPLE = 1024
"""Rows over which the second derivative is taken; all when there are at most twice as many."""

_WORTH = 0.95
"""Part of the share after a step at which another is not worth its pass."""

_ITERATIONS = 12
_ACCURATE = 0.05
_NOISE = 1e-6


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows as tensors."""

    X: Any
    y: Any

    def __len__(self) -> int:
        return len(self.X)

    def sample(self) -> Rows:
        """Return some of them, evenly spread."""
        if len(self) <= 2 * SAMPLE:
            return self
        places = np.linspace(0, len(self) - 1, SAMPLE).astype(np.int64)
        return Rows(self.X[places], self.y[places])


@dataclass(frozen=True, eq=False)
class Limits:
    """How far a removal may go.

    Attributes
    ----------
    order : int
        Highest derivative to use, 1 or 2.
    passes : int
        Most passes over the remaining rows.
    allowed : float
        By how much loss (as a share) and accuracy on the remaining rows may get worse.
    """

    order: int
    passes: int
    allowed: float


@dataclass(frozen=True, eq=False)
class Removal:
    """Parameters after a removal, as measured.

    Attributes
    ----------
    point : (q,) float64
    sums : Sums
        Of the remaining rows, there.
    share : float
        How much of the contribution is left.
    contribution : float
        Its size at the start.
    forgotten : float
        Mean loss of the forgotten rows.
    order, passes : int
        Highest derivative that was used, and passes that were made.
    """

    point: Floats
    sums: Sums
    share: float
    contribution: float
    forgotten: float
    order: int = 0
    passes: int = 0


class Remover:
    """Seeks the parameters at which the remaining rows have a given gradient.

    Parameters
    ----------
    problem : Differentiable
    kept, forgotten : Rows
        The remaining rows, and those whose loss must not fall.
    target : (q,) float64
        The gradient that training left.
    limits : Limits
    """

    def __init__(
        self,
        problem: Differentiable,
        kept: Rows,
        forgotten: Rows,
        target: Floats,
        limits: Limits,
    ) -> None:
        self._problem = problem
        self._kept, self._forgotten = kept, forgotten
        self._target, self._limits = target, limits

    def run(self, start: Floats, sums: Sums) -> Removal | None:
        """Step until little of the contribution is left, or the passes are used up.

        Parameters
        ----------
        start : (q,) float64
        sums : Sums
            Of the remaining rows, there.

        Returns
        -------
        Removal or None
            None when no step did what it should without harm.
        """
        residual = self._residual(start, sums)
        size = float(np.linalg.norm(residual))
        strangers = self._problem.sums(start, self._forgotten.X, self._forgotten.y)
        found = first = Removal(start, sums, 1.0, size, strangers.mean_loss)
        rounding = _NOISE * float(np.linalg.norm(self._target))
        if size <= rounding:
            return first  # what the rows contributed is lost in rounding errors already
        while found.share > ENOUGH and found.passes < self._limits.passes:
            better = self._step(found, first)
            settled = better.share > _WORTH * found.share
            found = better
            if settled:
                break
        return found if found.share <= TOO_MUCH or found.share * size <= rounding else None

    def _step(self, found: Removal, first: Removal) -> Removal:
        """Return a better point, measured; `found` with its passes when there is none."""
        sample = self._kept.sample()
        bends = self._problem.bends(found.point, sample.X, sample.y)
        residual = self._residual(found.point, found.sums)
        passes = found.passes
        for order in range(self._limits.order, 0, -1):
            direction = newton_direction(bends, residual) if order == 2 else -residual
            direction = self._without_learning(found.point, direction)
            change = bends(direction)
            length = -float(residual @ change) / max(float(change @ change), 1e-300)
            for _ in range(3):
                if length <= 0.0 or passes >= self._limits.passes:
                    break
                passes += 1
                better = self._measured(
                    found.point + length * direction, first, max(order, found.order), passes
                )
                if better.share < found.share and self._harmless(better, first):
                    return better
                length *= 0.5
        return Removal(
            found.point, found.sums, found.share, found.contribution, found.forgotten,
            found.order, passes,
        )  # fmt: skip

    def _measured(self, point: Floats, first: Removal, order: int, passes: int) -> Removal:
        sums = self._problem.sums(point, self._kept.X, self._kept.y)
        share = float(np.linalg.norm(self._residual(point, sums))) / first.contribution
        loss = self._problem.sums(point, self._forgotten.X, self._forgotten.y).mean_loss
        return Removal(point, sums, share, first.contribution, loss, order, passes)

    def _residual(self, point: Floats, sums: Sums) -> Floats:
        return self._problem.gradient(point, sums) - self._target

    def _harmless(self, found: Removal, first: Removal) -> bool:
        """Tell whether forgotten rows are not learned, and remaining ones not unlearned."""
        allowed = self._limits.allowed
        return (
            found.forgotten >= first.forgotten - _NOISE * (1.0 + abs(first.forgotten))
            and found.sums.mean_loss
            <= first.sums.mean_loss + allowed * abs(first.sums.mean_loss) + _NOISE
            and found.sums.accuracy >= first.sums.accuracy - allowed
        )

    def _without_learning(self, point: Floats, direction: Floats) -> Floats:
        """Return the direction less what of it would make the loss of forgotten rows fall."""
        if not len(self._forgotten):
            return direction
        slope = self._problem.sums(point, self._forgotten.X, self._forgotten.y).gradient
        falling = min(0.0, float(slope @ direction))
        return direction - falling / max(float(slope @ slope), 1e-300) * slope


def newton_direction(bends: Callable[[Floats], Floats], residual: Floats) -> Floats:
    """Solve ``H p = -residual`` approximately.

    By conjugate gradients, damped by a hundredth of the curvature along the residual. They need a
    convex objective; where it bends downwards it is minimal residuals that solve the equation.
    """
    curvature = abs(float(residual @ bends(residual))) / float(residual @ residual)
    found = _conjugate(bends, residual, 0.01 * curvature)
    if found is not None:
        return found
    from scipy.sparse.linalg import LinearOperator, minres

    size = len(residual)
    operator = LinearOperator((size, size), matvec=bends, dtype=np.float64)
    solution: Floats = minres(operator, -residual, rtol=_ACCURATE, maxiter=_ITERATIONS)[0]
    return solution


def _conjugate(
    bends: Callable[[Floats], Floats], residual: Floats, damping: float
) -> Floats | None:
    """Return the solution of the damped equation; None when a curvature is not positive."""
    solution = np.zeros_like(residual)
    left = -residual
    along, size = left.copy(), float(left @ left)
    enough = _ACCURATE**2 * size
    for _ in range(_ITERATIONS):
        change = bends(along) + damping * along
        curvature = float(along @ change)
        if curvature <= 0.0:
            return None
        length = size / curvature
        solution += length * along
        left -= length * change
        before, size = size, float(left @ left)
        if size <= enough:
            break
        along = left + size / before * along
    return solution
