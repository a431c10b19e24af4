"""Quasi-Newton descent with a good second derivative at hand: few, but true, passes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..matrix import Floats

_MEMORY = 10
_HALVINGS = 4


@dataclass(frozen=True, eq=False)
class Minimum:
    """Where a descent ended.

    Attributes
    ----------
    point, gradient : (q,) float64
    distance : float
        Estimated largest distance of a component of `point` to the true minimum.
    passes : int
        Number of gradients that were measured.
    converged : bool
    """

    point: Floats
    gradient: Floats
    distance: float
    passes: int
    converged: bool


def descend(
    measure: Callable[[Floats], Floats],
    start: Floats,
    precondition: Callable[[Floats], Floats],
    *,
    tolerance: float,
    budget: int,
) -> Minimum:
    """Find the minimum of a smooth, strictly convex function from measured gradients.

    Parameters
    ----------
    measure : callable
        Gives the gradient at a point.
    start : (q,) float64
    precondition : callable
        Multiplies by an approximate inverse second derivative.
    tolerance : float
        Stop when the estimated distance is below this, relative to the largest component.
    budget : int
        Largest number of measurements.
    """
    point, gradient = start, measure(start)
    passes = 1
    newton = precondition(gradient)
    pairs: deque[tuple[Floats, Floats]] = deque(maxlen=_MEMORY)
    while True:
        distance = float(np.abs(newton).max(initial=0.0))
        close = distance <= tolerance * max(1.0, float(np.abs(point).max(initial=0.0)))
        if close or passes >= budget:
            return Minimum(point, gradient, distance, passes, close)
        step = -_two_loop(gradient, pairs, precondition)
        decrement = float(gradient @ newton)
        for _ in range(_HALVINGS):
            candidate = point + step
            measured = measure(candidate)
            passes += 1
            ahead = precondition(measured)
            if float(measured @ ahead) < decrement:
                break
            step = step / 4.0
        else:
            # No step brings the gradient down any more: this is as near as rounding permits.
            measured_again = measure(point)
            return Minimum(point, measured_again, distance, passes + 1, False)
        pairs.append((candidate - point, measured - gradient))
        point, gradient, newton = candidate, measured, ahead


def _two_loop(
    gradient: Floats,
    pairs: deque[tuple[Floats, Floats]],
    precondition: Callable[[Floats], Floats],
) -> Floats:
    """Multiply by the inverse second derivative, improved by the differences seen so far."""
    direction = gradient.copy()
    factors: list[float] = []
    useful = [(s, y, 1.0 / float(s @ y)) for s, y in pairs if float(s @ y) > 0.0]
    for s, y, curvature in reversed(useful):
        factor = curvature * float(s @ direction)
        factors.append(factor)
        direction = direction - factor * y
    direction = precondition(direction)
    for (s, y, curvature), factor in zip(useful, reversed(factors), strict=True):
        direction = direction + s * (factor - curvature * float(y @ direction))
    return direction
