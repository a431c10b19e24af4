"""KBinsDiscretizer and SplineTransformer over the span of a column, from smallest to largest value.

The values themselves are stored, and seen through bins or splines. As long as the smallest and
largest value stay, a change stays in its rows; when one of them goes, no row is written, but every
row may look different.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from ...estimators import NotPortable, describe, restore
from ...matrix import Floats, Marks
from ..cells import Cells, to_floats
from ..errors import EncodingError, NoRowsLeft
from ..statistic import Arrays, Maintenance, Outputs, Plain, RemainingColumn, StepRows
from ..training import Table
from . import refitted
from .columnwise import is_columnwise
from .extremes import Extremes

_ID_BITS = 16


def fit_bins(transformer: Any, cells: Cells, rows: Marks, step: str) -> tuple[Spans, Floats] | None:
    """Take over a KBinsDiscretizer of equally wide bins; see `registry.Handler`."""
    if transformer.strategy != "uniform" or transformer.dtype not in {None, np.float64}:
        return None
    return _fit(transformer, cells, rows, step)


def fit_splines(
    transformer: Any, cells: Cells, rows: Marks, step: str
) -> tuple[Spans, Floats] | None:
    """Take over a SplineTransformer with equally distant knots; see `registry.Handler`."""
    told = isinstance(transformer.knots, str) and transformer.knots == "uniform"
    strict = getattr(transformer, "handle_missing", "error") != "error"
    if not told or strict or transformer.extrapolation == "error":
        return None
    return _fit(transformer, cells, rows, step)


def _fit(transformer: Any, cells: Cells, rows: Marks, step: str) -> tuple[Spans, Floats] | None:
    one_each = np.array_equal(cells.unit, np.arange(len(cells.names)))
    if not one_each or not is_columnwise([transformer]):
        return None
    most = getattr(transformer, "subsample", None)
    if most is not None and int(rows.sum()) > most:
        return None  # it draws rows to look at
    try:
        description = describe(transformer)
    except NotPortable:
        return None
    values = to_floats(cells, step)
    if not np.isfinite(values).all():
        return None  # scikit-learn says what is wrong
    extremes = Extremes.of(None, cells.names, StepRows(values, cells.erased_cells, rows))
    return Spans(description, most, extremes, int(rows.sum())), values


@dataclass(frozen=True, eq=False)
class Spans(Plain):
    """Smallest and largest value of every column, and what is laid out between them.

    Attributes
    ----------
    description : dict
        The transformer as data.
    most : int or None
        With more fitted rows than these, it looks at some that it draws.
    extremes : Extremes
    fitted : int
        Number of fitted rows.
    """

    description: dict[str, Any]
    most: int | None
    extremes: Extremes
    fitted: int

    kind: ClassVar[str] = "spans"
    maintenance: ClassVar[Maintenance] = "local"
    freezable: ClassVar[bool] = False

    @property
    def width(self) -> int:
        """Number of raw columns."""
        return self.extremes.width

    @property
    def outgrown(self) -> bool:  # type: ignore[override]  # here it is a fact of one value
        """Whether there are so many rows that the transformer draws some."""
        return self.most is not None and self.fitted > self.most

    def refitted(self, cells: Cells, table: Table, step: str) -> tuple[refitted.Refitted, Floats]:
        """Leave it to scikit-learn from now on."""
        return refitted.fit([restore(self.description)], cells, table, step)

    def read(self, cells: Cells, step: str) -> tuple[Spans, Floats]:
        """Return the cells as numbers."""
        values = to_floats(cells, step)
        if not np.isfinite(values).all():
            raise EncodingError(
                f"step {step!r}: a column that is divided into bins or splines holds a missing or "
                "infinite value; fill it first, e.g. with SimpleImputer"
            )
        return self, values

    def updated(self, removed: StepRows, added: StepRows, remaining: RemainingColumn) -> Spans:
        """Return the spans after some rows left and others came."""
        fitted = self.fitted - int(removed.fit.sum()) + int(added.fit.sum())
        extremes = self.extremes.updated(removed, added, remaining)
        return replace(self, extremes=extremes, fitted=fitted)

    def check(self, step: str) -> None:
        """Refuse a column without any value: how many columns it makes is not known."""
        if not (self.extremes.smallest <= self.extremes.largest).all():
            raise NoRowsLeft(f"step {step!r} has a column with no value left to be fitted on")

    def regrouped(self, before: Any) -> bool:
        """Tell whether a span changed, so that rows that did not look different."""
        was, now = before.extremes, self.extremes
        return not (
            np.array_equal(was.smallest, now.smallest) and np.array_equal(was.largest, now.largest)
        )

    @cached_property
    def _lens(self) -> SpanLens:
        pairs = zip(self.extremes.smallest.tolist(), self.extremes.largest.tolist(), strict=True)
        return SpanLens(
            tuple(restore(self.description).fit([[low], [high]]) for low, high in pairs)
        )

    def outputs(self) -> Outputs:
        """Return the columns of all bins or splines."""
        names = [
            [str(name) for name in fitted.get_feature_names_out([own])]
            for fitted, own in zip(self._lens.fitted, self.extremes.names, strict=True)
        ]
        source = np.repeat(np.arange(self.width), [len(own) for own in names])
        place = np.concatenate([np.arange(len(own)) for own in names])
        flat = tuple(name for own in names for name in own)
        return Outputs.through(self._lens, source, (source << _ID_BITS) + place, flat)

    def describe(self) -> dict[str, Any]:
        """Return the transformer and the names of the columns."""
        return {
            "description": self.description,
            "most": self.most,
            "fitted": self.fitted,
            "extremes": self.extremes.describe(),
        }

    def arrays(self) -> Arrays:
        """Return the extremes."""
        return self.extremes.arrays()

    @classmethod
    def load(cls, description: Mapping[str, Any], arrays: Mapping[str, Any]) -> Spans:
        """Undo `describe` and `arrays`."""
        return cls(
            description["description"],
            description["most"],
            Extremes.load(description["extremes"], arrays),
            description["fitted"],
        )


@dataclass(frozen=True, eq=False)
class SpanLens:
    """A lens: one fitted transformer a stored column."""

    fitted: tuple[Any, ...]

    def __call__(self, stored: Floats, erased: Marks) -> Floats:
        """Return the columns of some rows."""
        parts = [
            self._column(fitted, stored[:, [place]], erased[:, place])
            for place, fitted in enumerate(self.fitted)
        ]
        return np.concatenate(parts, axis=1)

    @staticmethod
    def _column(fitted: Any, values: Floats, erased: Marks) -> Floats:
        made = fitted.transform(values) if len(values) else np.zeros((0, _width(fitted)))
        made = made.toarray() if hasattr(made, "toarray") else made
        made[erased] = 0.0
        columns: Floats = made
        return columns


def _width(fitted: Any) -> int:
    return len(fitted.get_feature_names_out(["x"]))
