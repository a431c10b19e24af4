"""Taking out of a torch model what forgotten rows contributed to the gradient it was left with.

Training stops where the gradient of all rows is some small vector, not zero. A change of the rows
changes that gradient; this difference is the *contribution* of the change, and steps are sought
after which the gradient of the remaining objective is again what training left. Where training
went to an optimum, that is the optimum of the remaining objective.

The contribution is known exactly, from the changed rows alone. What a step does to the others is
measured on a sample of them, as a difference between two points: the sample need not tell the
gradient itself, which differs much from row to row, only how it changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..matrix import Floats
from .differentiable import Differentiable, Rows, Sums

ENOUGH = 0.1
"""Share of the contribution at which the search ends."""

TOO_MUCH = 0.5
"""Share of a contribution that must not be left, unless it is a negligible one."""

NEGLIGIBLE = 0.02
"""Size of a contribution, as a part of the gradient that training left, that tells nothing."""

_WAYS = ((2, 0.3), (2, 1.0), (1, 1.0), (1, 0.3), (1, 0.1))
"""Order of the derivative, and damping as a part of the curvature or length as a part of the best."""

_WORTH = 0.95
_WELL_WORTH = 0.4
"""Part of the share after a step at which another is not worth its trial, while too much is left
and when it is not."""

_ITERATIONS = 8
_ACCURATE = 0.05
_NOISE = 1e-6


@dataclass(frozen=True, eq=False)
class Groups:
    """Which rows are looked at.

    Attributes
    ----------
    sample : Rows
        Remaining rows to measure on.
    part : Rows
        Fewer, to take the second derivative over.
    forgotten : Rows
        Those whose loss must not fall.
    """

    sample: Rows
    part: Rows
    forgotten: Rows


@dataclass(frozen=True, eq=False)
class Limits:
    """How far a removal may go.

    Attributes
    ----------
    order : int
        Highest derivative to use, 1 or 2.
    trials : int
        Most steps that are measured.
    allowed : float
        By how much loss (as a share) and accuracy on the remaining rows may get worse.
    """

    order: int
    trials: int
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
    order, trials : int
        Highest derivative that was used, and steps that were measured.
    """

    point: Floats
    sums: Sums
    share: float
    contribution: float
    forgotten: float
    order: int = 0
    trials: int = 0


class Remover:
    """Seeks the parameters at which the remaining rows have a given gradient.

    Parameters
    ----------
    problem : Differentiable
    groups : Groups
    target : (q,) float64
        The gradient that training left.
    limits : Limits
    """

    def __init__(
        self,
        problem: Differentiable,
        groups: Groups,
        target: Floats,
        limits: Limits,
    ) -> None:
        self._problem = problem
        self._sample, self._part = groups.sample, groups.part
        self._forgotten = groups.forgotten
        self._target, self._limits = target, limits

    def run(self, start: Floats, sums: Sums) -> Removal | None:
        """Step until little of the contribution is left, or nothing helps any more.

        Parameters
        ----------
        start : (q,) float64
        sums : Sums
            Of all remaining rows, there.

        Returns
        -------
        Removal or None
            None when no step did what it should without harm.
        """
        size = float(np.linalg.norm(self._residual(start, sums)))
        strangers = self._problem.sums(start, self._forgotten)
        found = first = Removal(start, sums, 1.0, size, strangers.mean_loss)
        left = float(np.linalg.norm(self._target))
        if size <= _NOISE * left:
            return first  # what the rows contributed is lost in rounding errors already
        negligible = size <= NEGLIGIBLE * left
        offset = sums - self._problem.sums(start, self._sample)
        ways = [way for way in _WAYS if way[0] <= self._limits.order]
        while ways and found.share > ENOUGH and found.trials < self._limits.trials:
            point = self._candidate(found, *ways[0])
            if point is None:
                ways.pop(0)
                continue
            there = offset + self._problem.sums(point, self._sample)
            better = self._judged(point, there, found, first, ways[0][0])
            if better is None:
                found = replace(found, trials=found.trials + 1)
                ways = [] if found.share <= TOO_MUCH else ways[1:]
            else:
                worth = _WORTH if better.share > TOO_MUCH else _WELL_WORTH
                ways = ways if better.share <= worth * found.share else []
                found = better
        lost = found.share * size <= _NOISE * left
        return found if found.share <= TOO_MUCH or negligible or lost else None

    def _candidate(self, found: Removal, order: int, amount: float) -> Floats | None:
        """Return a point to try; None where the objective bends downwards."""
        residual = self._residual(found.point, found.sums)
        bends = self._problem.bends(found.point, self._part)
        direction = damped_direction(bends, residual, amount) if order == 2 else -residual
        if direction is None:
            return None
        direction = self._without_learning(found.point, direction)
        change = bends(direction)
        length = -float(residual @ change) / max(float(change @ change), 1e-300)
        if length <= 0.0:
            return None
        return found.point + (length if order == 2 else amount * length) * direction

    def _judged(
        self, point: Floats, sums: Sums, found: Removal, first: Removal, order: int
    ) -> Removal | None:
        """Return a point as a better one than another, if it is and does no harm."""
        share = float(np.linalg.norm(self._residual(point, sums))) / first.contribution
        loss = self._problem.sums(point, self._forgotten).mean_loss
        orders = max(order, found.order)
        better = Removal(point, sums, share, first.contribution, loss, orders, found.trials + 1)
        return better if share < found.share and self._harmless(better, first) else None

    def _residual(self, point: Floats, sums: Sums) -> Floats:
        return self._problem.gradient(point, sums) - self._target

    def _harmless(self, found: Removal, first: Removal) -> bool:
        """Tell whether forgotten rows are not learned, and remaining ones not unlearned."""
        allowed, now, before = self._limits.allowed, found.sums, first.sums
        return (
            found.forgotten >= first.forgotten - _NOISE * (1.0 + abs(first.forgotten))
            and now.mean_loss <= before.mean_loss + allowed * abs(before.mean_loss) + _NOISE
            and now.accuracy >= before.accuracy - allowed
            and now.balanced_accuracy >= before.balanced_accuracy - allowed
        )

    def _without_learning(self, point: Floats, direction: Floats) -> Floats:
        """Return the direction less what of it would make the loss of forgotten rows fall."""
        if not len(self._forgotten):
            return direction
        slope = self._problem.sums(point, self._forgotten).gradient
        falling = min(0.0, float(slope @ direction))
        return direction - falling / max(float(slope @ slope), 1e-300) * slope


def damped_direction(
    bends: Callable[[Floats], Floats], residual: Floats, part: float
) -> Floats | None:
    """Solve ``(H + damping) p = -residual`` approximately, by conjugate gradients.

    Parameters
    ----------
    bends : callable
        Multiplies by H.
    residual : (q,) float64
    part : float
        Damping as a part of the curvature along the residual.

    Returns
    -------
    (q,) float64 or None
        None when a curvature is not positive: the objective is not convex there, and needs more
        damping.
    """
    solution, left = np.zeros_like(residual), -residual
    along, size = left.copy(), float(left @ left)
    enough, damping = _ACCURATE**2 * size, None
    for _ in range(_ITERATIONS):
        change = bends(along)
        if damping is None:
            damping = part * abs(float(along @ change)) / size
        change = change + damping * along
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
