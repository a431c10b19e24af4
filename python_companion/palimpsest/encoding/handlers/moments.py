"""StandardScaler: moments that rows are added to and taken from, in twice float64's precision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ... import twofold
from ...matrix import Floats, Marks
from ...twofold import Pair
from ..cells import Cells, to_floats
from ..errors import EncodingError
from ..statistic import Arrays, Maintenance, Outputs, Plain, RemainingColumn, StepRows

_PAIR_NOISE = 1e-28
"""Share of a sum of squares that may be nothing but rounding errors."""


def fit(transformer: Any, cells: Cells, rows: Marks, step: str) -> tuple[Moments, Floats] | None:
    """Take over a StandardScaler; see `registry.Handler`."""
    values = to_floats(cells, step)
    added = StepRows(values, cells.erased_cells, rows)
    empty = empty_moments(
        pivot_of(values, added.counted),
        cells.names,
        with_mean=bool(transformer.with_mean),
        with_std=bool(transformer.with_std),
    )
    return empty.updated_by(added, sign=1), values


def pivot_of(values: Floats, counted: Marks) -> Floats:
    """Return a constant near the mean, too coarse to say anything about a single row.

    It is the mean rounded to a multiple of the standard deviation (as a power of two): near
    enough that squares stay small, and it moves only when half a deviation does.
    """
    known = np.where(counted & np.isfinite(values), values, np.nan)
    pivot = np.zeros(values.shape[1])
    some = ~np.isnan(known).all(axis=0)
    mean = np.nanmean(known[:, some], axis=0)
    deviation = np.nanstd(known[:, some], axis=0)
    grain = np.exp2(np.ceil(np.log2(np.maximum(deviation, np.finfo(float).tiny * 2))))
    coarse = np.maximum(grain, np.abs(mean) * 2.0**-20)
    pivot[some] = np.round(mean / coarse) * coarse
    return pivot


def empty_moments(
    pivot: Floats, names: tuple[str, ...], *, with_mean: bool = True, with_std: bool = True
) -> Moments:
    """Return the moments of no rows."""
    zero = (np.zeros(len(pivot)), np.zeros(len(pivot)))
    return Moments(with_mean, with_std, names, pivot, np.zeros(len(pivot), np.int64), zero, zero)


@dataclass(frozen=True, eq=False)
class Moments(Plain):
    """Count, sum and sum of squares of ``x - pivot`` of every column.

    Attributes
    ----------
    pivot : (p,) float64
        A constant near the mean; the moments would be right with any other.
    count : (p,) int64
        Cells counted: those of fitted rows that are neither erased nor missing.
    sums, squares : pair of (p,) float64
    """

    with_mean: bool
    with_std: bool
    names: tuple[str, ...]
    pivot: Floats
    count: Any
    sums: Pair
    squares: Pair

    kind: ClassVar[str] = "moments"
    maintenance: ClassVar[Maintenance] = "shift-scale"

    @property
    def width(self) -> int:
        """Number of raw columns."""
        return len(self.pivot)

    def read(self, cells: Cells, step: str) -> tuple[Moments, Floats]:
        """Return the cells as numbers."""
        return self, to_floats(cells, step)

    def updated(self, removed: StepRows, added: StepRows, remaining: RemainingColumn) -> Moments:
        """Return the moments after some rows left and others came."""
        return self.updated_by(removed, sign=-1).updated_by(added, sign=1)

    def updated_by(self, rows: StepRows, sign: int) -> Moments:
        """Return the moments with rows added (`sign` 1) or taken out (-1)."""
        counted = rows.counted & ~np.isnan(rows.values)
        if not counted.any():
            return self
        if np.isinf(rows.values[counted]).any():
            raise EncodingError("a column that is scaled holds an infinite value; replace it first")
        values = np.where(counted, rows.values, self.pivot)
        distance = twofold.exact_sum(values, np.broadcast_to(-self.pivot, values.shape))
        products = twofold.multiply(distance, distance)
        both = [np.stack(parts, axis=1) for parts in zip(distance, products, strict=True)]
        total = twofold.total((both[0], both[1]))
        total = total if sign > 0 else twofold.negative(total)
        return replace(
            self,
            count=self.count + sign * counted.sum(axis=0),
            sums=twofold.add(self.sums, (total[0][0], total[1][0])),
            squares=twofold.add(self.squares, (total[0][1], total[1][1])),
        )

    def check(self, step: str) -> None:
        """Accept any rows."""

    def mean_and_variance(self) -> tuple[Floats, Floats]:
        """Return mean and population variance of every column; 0 where nothing is counted."""
        count = np.maximum(self.count, 1).astype(np.float64)
        centre = twofold.divide(self.sums, count)
        mean, rest = twofold.add((self.pivot, np.zeros(self.width)), centre)
        spread = twofold.add(self.squares, twofold.negative(twofold.multiply(self.sums, centre)))
        # what is left when all values are equal is the rounding error of pairs, not a variance
        spread_out = spread[0] > _PAIR_NOISE * self.squares[0]
        variance = np.where(spread_out, twofold.divide(spread, count)[0], 0.0)
        known = self.count > 0
        return np.where(known, mean + rest, 0.0), np.where(known, variance, 0.0)

    def outputs(self) -> Outputs:
        """Return the columns, shifted by the mean and scaled by the inverse deviation."""
        mean, variance = self.mean_and_variance()
        # A column whose variance is within the rounding error of a two-pass computation is
        # constant and keeps its scale, by the same bound as in scikit-learn.
        eps = np.finfo(np.float64).eps
        constant = variance <= self.count * eps * variance + (self.count * mean * eps) ** 2
        deviation = np.where(constant, 1.0, np.sqrt(variance))
        deviation[deviation == 0.0] = 1.0
        nothing = np.zeros(self.width)
        shift = mean if self.with_mean else nothing
        scale = 1.0 / deviation if self.with_std else nothing + 1.0
        return Outputs.scaled(shift, scale, self.names)

    def describe(self) -> dict[str, Any]:
        """Return the column names and parameters."""
        return {
            "names": list(self.names),
            "with_mean": self.with_mean,
            "with_std": self.with_std,
        }

    def arrays(self) -> Arrays:
        """Return the moments."""
        return {
            "pivot": self.pivot,
            "count": self.count,
            "sums": np.stack(self.sums),
            "squares": np.stack(self.squares),
        }

    @classmethod
    def load(cls, description: Mapping[str, Any], arrays: Mapping[str, Any]) -> Moments:
        """Undo `describe` and `arrays`."""
        return cls(
            description["with_mean"],
            description["with_std"],
            tuple(description["names"]),
            arrays["pivot"],
            arrays["count"],
            (arrays["sums"][0], arrays["sums"][1]),
            (arrays["squares"][0], arrays["squares"][1]),
        )
