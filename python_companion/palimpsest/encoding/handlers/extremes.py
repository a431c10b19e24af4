"""MinMaxScaler and MaxAbsScaler: the smallest and largest value of every column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ...matrix import Floats, Marks
from ..cells import Cells, to_floats
from ..statistic import Arrays, Maintenance, Outputs, Plain, RemainingColumn, StepRows


def fit_min_max(
    transformer: Any, cells: Cells, rows: Marks, step: str
) -> tuple[Extremes, Floats] | None:
    """Take over a MinMaxScaler that does not clip; see `registry.Handler`."""
    if transformer.clip:
        return None
    low, high = (float(bound) for bound in transformer.feature_range)
    return _fit((low, high), cells, rows, step)


def fit_max_abs(
    transformer: Any, cells: Cells, rows: Marks, step: str
) -> tuple[Extremes, Floats] | None:
    """Take over a MaxAbsScaler that does not clip; see `registry.Handler`."""
    if getattr(transformer, "clip", False):
        return None
    return _fit(None, cells, rows, step)


def _fit(
    target: tuple[float, float] | None, cells: Cells, rows: Marks, step: str
) -> tuple[Extremes, Floats]:
    values = to_floats(cells, step)
    return Extremes.of(target, cells.names, StepRows(values, cells.erased_cells, rows)), values


@dataclass(frozen=True, eq=False)
class Extremes(Plain):
    """Smallest and largest counted value of every column; infinite where nothing is counted.

    Attributes
    ----------
    target : pair of float, or None
        The range of MinMaxScaler; None scales by the largest magnitude, as MaxAbsScaler does.
    """

    target: tuple[float, float] | None
    names: tuple[str, ...]
    smallest: Floats
    largest: Floats

    kind: ClassVar[str] = "extremes"
    maintenance: ClassVar[Maintenance] = "shift-scale"

    @classmethod
    def of(
        cls, target: tuple[float, float] | None, names: tuple[str, ...], rows: StepRows
    ) -> Extremes:
        """Return the extremes of some rows."""
        width = len(names)
        nothing = cls(target, names, np.full(width, np.inf), np.full(width, -np.inf))
        return nothing.extended_by(rows)

    @property
    def width(self) -> int:
        """Number of raw columns."""
        return len(self.names)

    def read(self, cells: Cells, step: str) -> tuple[Extremes, Floats]:
        """Return the cells as numbers."""
        return self, to_floats(cells, step)

    def extended_by(self, rows: StepRows) -> Extremes:
        """Return the extremes with rows added."""
        counted = rows.counted & ~np.isnan(rows.values)
        low = np.where(counted, rows.values, np.inf).min(axis=0, initial=np.inf)
        high = np.where(counted, rows.values, -np.inf).max(axis=0, initial=-np.inf)
        return replace(
            self,
            smallest=np.minimum(self.smallest, low),
            largest=np.maximum(self.largest, high),
        )

    def updated(self, removed: StepRows, added: StepRows, remaining: RemainingColumn) -> Extremes:
        """Return the extremes after a change; a column that lost one is looked at again."""
        lost = removed.counted & (
            (removed.values <= self.smallest) | (removed.values >= self.largest)
        )
        extended = self.extended_by(added)
        smallest, largest = extended.smallest.copy(), extended.largest.copy()
        for column in np.flatnonzero(lost.any(axis=0)):
            values = remaining(int(column))
            values = values[~np.isnan(values)]
            smallest[column] = values.min(initial=np.inf)
            largest[column] = values.max(initial=-np.inf)
        return replace(extended, smallest=smallest, largest=largest)

    def check(self, step: str) -> None:
        """Accept any rows."""

    def outputs(self) -> Outputs:
        """Return the columns, scaled to the target range or by the largest magnitude."""
        known = self.smallest <= self.largest
        smallest = np.where(known, self.smallest, 0.0)
        largest = np.where(known, self.largest, 0.0)
        if self.target is None:
            scale = 1.0 / or_one(np.maximum(np.abs(smallest), np.abs(largest)))
            shift = np.zeros(self.width)
        else:
            low, high = self.target
            scale = (high - low) / or_one(largest - smallest)
            shift = smallest - low / scale
        return Outputs.scaled(np.where(known, shift, 0.0), np.where(known, scale, 1.0), self.names)

    def describe(self) -> dict[str, Any]:
        """Return the column names and the target range."""
        return {
            "names": list(self.names),
            "target": None if self.target is None else list(self.target),
        }

    def arrays(self) -> Arrays:
        """Return the extremes."""
        return {"smallest": self.smallest, "largest": self.largest}

    @classmethod
    def load(cls, description: Mapping[str, Any], arrays: Mapping[str, Any]) -> Extremes:
        """Undo `describe` and `arrays`."""
        target = description["target"]
        return cls(
            None if target is None else (float(target[0]), float(target[1])),
            tuple(description["names"]),
            arrays["smallest"],
            arrays["largest"],
        )


def or_one(width: Floats) -> Floats:
    """Return 1 where a width is within rounding of zero, as scikit-learn does."""
    return np.where(width < 10 * np.finfo(np.float64).eps, 1.0, width)
