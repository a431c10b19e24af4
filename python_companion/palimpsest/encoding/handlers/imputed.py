"""SimpleImputer, alone or before a scaler: what fills the gaps is kept beside the matrix.

A missing cell, and an erased one, is marked as erased and zero in the raw matrix. In X it is the
`base` of its column: what is filled in, scaled. When a mean moves, two or three numbers change.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ... import twofold
from ...estimators import class_path
from ...matrix import Floats, Ints, Marks
from ..cells import Cells, missing_where_erased, to_floats
from ..statistic import Arrays, Maintenance, Outputs, Plain, RemainingColumn, StepRows
from .extremes import Extremes
from .indicators import centred, indicators, ranged, standardised, unscaled
from .moments import Moments, empty_moments, pivot_of
from .quantiles import Range

_SCALERS = {
    "sklearn.preprocessing.MaxAbsScaler": "extremes",
    "sklearn.preprocessing.MinMaxScaler": "extremes",
    "sklearn.preprocessing.RobustScaler": "quantiles",
    "sklearn.preprocessing.StandardScaler": "moments",
}


def fit(
    chain: Sequence[Any], cells: Cells, rows: Marks, step: str
) -> tuple[Imputed, Floats] | None:
    """Take over an imputer of numbers, and a scaler behind it; None for anything else."""
    imputer, scaler = chain[0], chain[1] if len(chain) > 1 else None
    strategy = imputer.strategy
    if len(chain) > 2 or strategy not in {"mean", "median", "most_frequent", "constant"}:
        return None
    if not is_missing_nan(imputer.missing_values):
        return None
    if not np.array_equal(cells.unit, np.arange(len(cells.names))):
        return None
    kind = "none" if scaler is None else _SCALERS.get(class_path(type(scaler)), "")
    if not kind or getattr(scaler, "clip", False):
        return None
    constant = 0.0 if imputer.fill_value is None else imputer.fill_value
    if strategy == "constant" and not isinstance(constant, int | float):
        return None
    if not _numeric(cells):
        return None
    values = to_floats(replace(cells, values=missing_where_erased(cells, np.nan)), step)
    counted = StepRows(np.nan_to_num(values), np.isnan(values) | cells.erased_cells, rows)
    width = values.shape[1]
    nothing = np.zeros(width)
    empty = Imputed(
        strategy,
        float(constant) if strategy == "constant" else 0.0,
        bool(imputer.keep_empty_features),
        bool(imputer.add_indicator),
        Scaling.of(kind, scaler),
        cells.names,
        empty_moments(pivot_of(counted.values, counted.counted), cells.names),
        Extremes(None, cells.names, np.full(width, np.inf), np.full(width, -np.inf)),
        np.zeros(width, dtype=np.int64),
        nothing,
        nothing,
        nothing,
    )

    def column(position: int) -> Floats:
        known: Floats = counted.values[counted.counted[:, position], position]
        return known

    return empty.changed_by(None, counted, column), np.where(cells.erased_cells, np.nan, values)


def is_missing_nan(value: Any) -> bool:
    """Tell whether an imputer fills what pandas calls missing."""
    return isinstance(value, float) and math.isnan(value)


def _numeric(cells: Cells) -> bool:
    values = cells.values
    dtypes = values.dtypes if hasattr(values, "dtypes") else [values.dtype]
    listed = dtypes if hasattr(dtypes, "__iter__") else [dtypes]
    return all(getattr(dtype, "kind", "O") in "biuf" for dtype in listed)


@dataclass(frozen=True)
class Scaling:
    """The scaler behind an imputer.

    Attributes
    ----------
    kind : "none", "moments", "extremes" or "quantiles"
    target : pair of float or None
        The range of a MinMaxScaler; None for a MaxAbsScaler.
    with_mean, with_std : bool
    range : Range or None
    """

    kind: str
    target: tuple[float, float] | None = None
    with_mean: bool = True
    with_std: bool = True
    range: Range | None = None

    @classmethod
    def of(cls, kind: str, scaler: Any) -> Scaling:
        """Read the parameters off a transformer."""
        if kind == "extremes":
            bounds = getattr(scaler, "feature_range", None)
            target = None if bounds is None else (float(bounds[0]), float(bounds[1]))
            return cls(kind, target)
        if kind == "moments":
            with_mean, with_std = bool(scaler.with_mean), bool(scaler.with_std)
            return cls(kind, with_mean=with_mean, with_std=with_std)
        return cls(kind, range=Range.of(scaler) if kind == "quantiles" else None)

    def of_indicators(self, absent: Ints, known: Ints) -> tuple[Floats, Floats]:
        """Return shift and scale of the columns that say what was missing."""
        if self.kind == "moments":
            with_mean, with_std = self.with_mean, self.with_std
            return standardised(absent, known, with_mean=with_mean, with_std=with_std)
        if self.kind == "extremes":
            return ranged(absent, known, self.target)
        return unscaled(absent, known) if self.range is None else centred(absent, known, self.range)

    def to_json(self) -> dict[str, Any]:
        """Return the scaler as JSON."""
        target = None if self.target is None else list(self.target)
        return {
            "kind": self.kind,
            "target": target,
            "with_mean": self.with_mean,
            "with_std": self.with_std,
            "range": None if self.range is None else vars(self.range),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Scaling:
        """Undo `to_json`."""
        target = None if data["target"] is None else (data["target"][0], data["target"][1])
        scale = None if data["range"] is None else Range(**data["range"])
        return cls(data["kind"], target, data["with_mean"], data["with_std"], scale)


@dataclass(frozen=True, eq=False)
class Imputed(Plain):
    """What fills each column, and how the filled columns are scaled.

    Attributes
    ----------
    strategy : str
    constant : float
        What fills with the strategy "constant".
    keeps_empty : bool
        Whether a column without any known value stays, filled with the constant.
    indicates : bool
        Whether a column is added for each that has gaps.
    scaling : Scaling
    names : tuple of str
    moments, extremes : Moments, Extremes
        Of the known values.
    absent : (p,) int64
        Fitted rows in which each column is missing or erased.
    filled : (p,) float64
        What fills each column.
    centres, widths : (p,) float64
        Median and quantile range of the filled column, for a RobustScaler.
    """

    strategy: str
    constant: float
    keeps_empty: bool
    indicates: bool
    scaling: Scaling
    names: tuple[str, ...]
    moments: Moments
    extremes: Extremes
    absent: Ints
    filled: Floats
    centres: Floats
    widths: Floats

    kind: ClassVar[str] = "imputed"
    maintenance: ClassVar[Maintenance] = "shift-scale"
    fills: ClassVar[bool] = True

    @property
    def width(self) -> int:
        """Number of raw columns."""
        return len(self.names)

    @property
    def _kept(self) -> Ints:
        """Columns that are in the matrix."""
        if self.keeps_empty:
            return np.arange(self.width)
        return np.flatnonzero(self.moments.count > 0)

    def regrouped(self, before: Any) -> bool:
        """Tell whether a column came back that had no known value."""
        return not np.isin(self._kept, before._kept).all()

    def read(self, cells: Cells, step: str) -> tuple[Imputed, Floats]:
        """Return the cells as numbers, those that are to be filled as missing."""
        return self, to_floats(replace(cells, values=missing_where_erased(cells, np.nan)), step)

    def updated(self, removed: StepRows, added: StepRows, remaining: RemainingColumn) -> Imputed:
        """Return the statistic after some rows left and others came."""
        return self.changed_by(removed, added, remaining)

    def changed_by(
        self, removed: StepRows | None, added: StepRows, remaining: RemainingColumn
    ) -> Imputed:
        """Return the statistic after a change; `remaining` is asked only for what needs order."""
        moments, absent = self.moments.updated_by(added, sign=1), self.absent.copy()
        absent += (added.erased & added.fit[:, None]).sum(axis=0)
        moved = (added.fit[:, None] & np.ones_like(added.erased)).any(axis=0)
        extremes = self.extremes
        # Extremes are values of records: where no scaling needs them, none are kept.
        ordered = self.scaling.kind == "extremes"
        if removed is None:
            extremes = extremes.extended_by(added) if ordered else extremes
        else:
            moments = moments.updated_by(removed, sign=-1)
            absent -= (removed.erased & removed.fit[:, None]).sum(axis=0)
            moved |= (removed.fit[:, None] & np.ones_like(removed.erased)).any(axis=0)
            if ordered:
                extremes = extremes.updated(removed, added, remaining)
        after = replace(self, moments=moments, extremes=extremes, absent=absent)
        return after._with_order(np.flatnonzero(moved), remaining)

    def _with_order(self, moved: Ints, remaining: RemainingColumn) -> Imputed:
        """Return the statistic with fills, and ranges of filled columns, that are right again."""
        filled, centres, widths = self.filled.copy(), self.centres.copy(), self.widths.copy()
        for column in moved.tolist():
            known: Floats | None = None
            if self.strategy in {"median", "most_frequent"} or self.scaling.range is not None:
                known = remaining(column)
            filled[column] = self._fill(column, known)
            if self.scaling.range is not None and known is not None:
                gaps = np.full(int(self.absent[column]), filled[column])
                whole = np.concatenate([known, gaps])
                centres[column], widths[column] = self.scaling.range.of_values(whole)
        return replace(self, filled=filled, centres=centres, widths=widths)

    def _fill(self, column: int, known: Floats | None) -> float:
        if self.strategy == "constant" or not self.moments.count[column]:
            return self.constant
        if self.strategy == "mean" or known is None:
            return float(self.moments.mean_and_variance()[0][column])
        if self.strategy == "median":
            return float(np.median(known))
        values, counts = np.unique(known, return_counts=True)
        return float(values[np.argmax(counts)])

    def check(self, step: str) -> None:
        """Accept any rows."""

    def outputs(self) -> Outputs:
        """Return the columns: filled, then shifted and scaled."""
        scaled = self._scaled()
        base = (self.filled - scaled.shift) * scaled.scale
        filled = replace(scaled, shift=self.filled, base=base).take(self._kept)
        return filled.joined(self._indicators()) if self.indicates else filled

    def _indicators(self) -> Outputs:
        absent, known = self.absent, np.asarray(self.moments.count)
        return indicators(absent, known, self.names, self.scaling.of_indicators(absent, known))

    def _scaled(self) -> Outputs:
        scaling = self.scaling
        if scaling.kind == "moments":
            moments = self._filled_moments()
            moments = replace(moments, with_mean=scaling.with_mean, with_std=scaling.with_std)
            return moments.outputs()
        if scaling.kind == "extremes":
            gaps = self.absent > 0
            smallest = np.where(gaps, np.minimum(self.extremes.smallest, self.filled), np.inf)
            largest = np.where(gaps, np.maximum(self.extremes.largest, self.filled), -np.inf)
            smallest = np.minimum(smallest, self.extremes.smallest)
            largest = np.maximum(largest, self.extremes.largest)
            return Extremes(scaling.target, self.names, smallest, largest).outputs()
        if scaling.range is not None:
            return scaling.range.outputs(self.centres, self.widths, self.names)
        return Outputs.scaled(np.zeros(self.width), np.ones(self.width), self.names)

    def _filled_moments(self) -> Moments:
        """Return the moments of the filled columns: every gap counts with what fills it."""
        moments, gaps = self.moments, self.absent.astype(np.float64)
        away = twofold.exact_sum(self.filled, -moments.pivot)
        many = (gaps, np.zeros(self.width))
        sums = twofold.multiply(away, many)
        squares = twofold.multiply(twofold.multiply(away, away), many)
        return replace(
            moments,
            count=moments.count + self.absent,
            sums=twofold.add(moments.sums, sums),
            squares=twofold.add(moments.squares, squares),
        )

    def describe(self) -> dict[str, Any]:
        """Return names and parameters."""
        return {
            "strategy": self.strategy,
            "constant": self.constant,
            "keeps_empty": self.keeps_empty,
            "indicates": self.indicates,
            "scaling": self.scaling.to_json(),
            "names": list(self.names),
            "moments": self.moments.describe(),
            "extremes": self.extremes.describe(),
        }

    def arrays(self) -> Arrays:
        """Return what was computed from rows."""
        parts = {"moments": self.moments.arrays(), "extremes": self.extremes.arrays()}
        nested = {f"{part}:{name}": a for part, kept in parts.items() for name, a in kept.items()}
        return {
            **nested,
            "absent": self.absent,
            "filled": self.filled,
            "centres": self.centres,
            "widths": self.widths,
        }

    @classmethod
    def load(cls, description: Mapping[str, Any], arrays: Mapping[str, Any]) -> Imputed:
        """Undo `describe` and `arrays`."""
        parts: dict[str, dict[str, Any]] = {"moments": {}, "extremes": {}}
        for name, array in arrays.items():
            part, colon, key = name.partition(":")
            if colon:
                parts[part][key] = array
        return cls(
            description["strategy"],
            description["constant"],
            description["keeps_empty"],
            description["indicates"],
            Scaling.from_json(description["scaling"]),
            tuple(description["names"]),
            Moments.load(description["moments"], parts["moments"]),
            Extremes.load(description["extremes"], parts["extremes"]),
            arrays["absent"],
            arrays["filled"],
            arrays["centres"],
            arrays["widths"],
        )
