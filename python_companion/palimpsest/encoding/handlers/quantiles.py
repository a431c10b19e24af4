"""RobustScaler: medians and quantile ranges, looked up again in the columns that changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ...matrix import Floats, Marks
from ..cells import Cells, to_floats
from ..statistic import Arrays, Maintenance, Outputs, Plain, RemainingColumn, StepRows
from .extremes import or_one


@dataclass(frozen=True)
class Range:
    """The parameters of a RobustScaler."""

    centred: bool
    scaled: bool
    low: float
    high: float
    unit_variance: bool

    @classmethod
    def of(cls, transformer: Any) -> Range:
        """Read them off a transformer."""
        low, high = (float(bound) for bound in transformer.quantile_range)
        centred, scaled = bool(transformer.with_centering), bool(transformer.with_scaling)
        return cls(centred, scaled, low, high, bool(transformer.unit_variance))

    def of_values(self, values: Floats) -> tuple[float, float]:
        """Return median and quantile range of known values; 0 and 0 where there are none."""
        if not len(values):
            return 0.0, 0.0
        low, high = np.percentile(values, [self.low, self.high])
        return float(np.median(values)), float(high - low)

    def outputs(self, centres: Floats, widths: Floats, names: tuple[str, ...]) -> Outputs:
        """Return columns shifted by their median and scaled by their range."""
        divisor = or_one(widths)
        if self.unit_variance:
            from scipy.stats import norm

            divisor = divisor / float(norm.ppf(self.high / 100) - norm.ppf(self.low / 100))
        nothing = np.zeros(len(centres))
        shift = centres if self.centred else nothing
        return Outputs.scaled(shift, 1.0 / divisor if self.scaled else nothing + 1.0, names)


def fit(transformer: Any, cells: Cells, rows: Marks, step: str) -> tuple[Quantiles, Floats]:
    """Take over a RobustScaler; see `registry.Handler`."""
    values = to_floats(cells, step)
    counted = ~cells.erased_cells & rows[:, None] & ~np.isnan(values)
    scale = Range.of(transformer)
    known = [scale.of_values(values[mask, column]) for column, mask in enumerate(counted.T)]
    centres, widths = np.array(known).reshape(-1, 2).T
    return Quantiles(scale, cells.names, centres, widths), values


@dataclass(frozen=True, eq=False)
class Quantiles(Plain):
    """Median and quantile range of every column."""

    range: Range
    names: tuple[str, ...]
    centres: Floats
    widths: Floats

    kind: ClassVar[str] = "quantiles"
    maintenance: ClassVar[Maintenance] = "shift-scale"

    @property
    def width(self) -> int:
        """Number of raw columns."""
        return len(self.names)

    def read(self, cells: Cells, step: str) -> tuple[Quantiles, Floats]:
        """Return the cells as numbers."""
        return self, to_floats(cells, step)

    def updated(self, removed: StepRows, added: StepRows, remaining: RemainingColumn) -> Quantiles:
        """Return the quantiles after a change; columns that changed are looked at again."""
        moved = removed.counted.any(axis=0) | added.counted.any(axis=0)
        centres, widths = self.centres.copy(), self.widths.copy()
        for column in np.flatnonzero(moved):
            values = remaining(int(column))
            centres[column], widths[column] = self.range.of_values(values[~np.isnan(values)])
        return replace(self, centres=centres, widths=widths)

    def check(self, step: str) -> None:
        """Accept any rows."""

    def outputs(self) -> Outputs:
        """Return the columns, shifted by the median and scaled by the range."""
        return self.range.outputs(self.centres, self.widths, self.names)

    def describe(self) -> dict[str, Any]:
        """Return the column names and parameters."""
        return {"names": list(self.names), "range": vars(self.range)}

    def arrays(self) -> Arrays:
        """Return the quantiles."""
        return {"centres": self.centres, "widths": self.widths}

    @classmethod
    def load(cls, description: Mapping[str, Any], arrays: Mapping[str, Any]) -> Quantiles:
        """Undo `describe` and `arrays`."""
        scale, names = Range(**description["range"]), tuple(description["names"])
        return cls(scale, names, arrays["centres"], arrays["widths"])
