"""Running mean and deviation of columns, and constants near the means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..matrix import Floats


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
        total = self.count + len(values)
        with np.errstate(invalid="ignore"):  # what is not finite shows in the pivots
            mean = values.mean(axis=0)
            away = mean - self.mean
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
        with np.errstate(invalid="ignore"):
            grain = np.exp2(np.ceil(np.log2(least)))
            pivots: Floats = np.round(self.mean / grain) * grain
        return pivots


def as_columns(y: npt.NDArray[Any]) -> Floats:
    """Return targets as an (n, k) array of numbers."""
    targets = np.asarray(y, dtype=np.float64)
    return targets[:, None] if targets.ndim == 1 else targets
