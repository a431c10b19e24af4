"""One transformer of the ColumnTransformer: stateless stages, then one maintained statistic."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..estimators import class_path, from_json, to_json
from ..matrix import Floats, Ints, Marks
from .cells import Cells, select
from .columns import StepSpec
from .handlers import filled, imputed, refitted
from .handlers.identity import Identity
from .handlers.refitted import Refitted
from .handlers.spans import Spans
from .handlers.terms import Terms
from .registry import HANDLERS, IMPUTER, STATISTICS
from .stage import LocalStage, local_stage
from .statistic import Arrays, Outputs, Statistic
from .training import Table


@dataclass(frozen=True, eq=False)
class Step:
    """A fitted step.

    Attributes
    ----------
    name : str
    columns : tuple
        Input columns of the training table.
    scalar : bool
        Whether the first transformer gets a Series.
    weight : float
        Factor on the result.
    prefix : tuple of LocalStage
    statistic : Statistic
    unit : (p,) int64
        The unit of each raw column, within the step.
    units : int
        Number of units. There is one for each input column, or a single one for all.
    """

    name: str
    columns: tuple[Hashable, ...]
    scalar: bool
    weight: float
    prefix: tuple[LocalStage, ...]
    statistic: Statistic
    unit: Ints
    units: int

    @cached_property
    def outputs(self) -> Outputs:
        """The matrix columns, with the weight of the step."""
        outputs = self.statistic.outputs()
        if self.weight == 1.0:
            return outputs
        scale, base = outputs.scale * self.weight, outputs.base * self.weight
        return replace(outputs, scale=scale, base=base)

    def columns_of(self, unit: int) -> tuple[Hashable, ...]:
        """Return the input columns of a unit."""
        return self.columns if self.units == 1 else (self.columns[unit],)

    def transform(self, frame: Any, erased: Mapping[Any, Marks]) -> tuple[Step, Floats, Marks]:
        """Return raw values and marks of new rows, and the step that knows what they hold.

        A step that is refitted anyway is not run: its values are zero for now.
        """
        if isinstance(self.statistic, Refitted):
            cells = select(frame, erased, self.columns, self.scalar)
            values = np.zeros((len(cells), self.statistic.width))
            return self, values, self.statistic.marks(self._erased(cells.erased))
        cells = self.cells(frame, erased)
        statistic, values = self.statistic.read(cells, self.name)
        values, marks = marked(statistic, values, cells.erased)
        return replace(self, statistic=statistic), values, marks

    def cells(self, frame: Any, erased: Mapping[Any, Marks]) -> Cells:
        """Return what the last transformer is given of some rows."""
        cells = select(frame, erased, self.columns, self.scalar)
        for stage in self.prefix:
            cells = stage.apply(cells, self.name)
        return cells

    @property
    def is_refitted(self) -> bool:
        """Whether any change of rows means fitting again, or the last one does."""
        return isinstance(self.statistic, Refitted) or self.statistic.outgrown

    def refitted(self, table: Table) -> tuple[Step, Floats]:
        """Fit again on the training table; return all raw values."""
        if not isinstance(self.statistic, Refitted | Terms | Spans):
            raise TypeError(f"step {self.name!r} is maintained, not refitted")
        cells = self.cells(table.frame, table.erased)
        statistic, values = self.statistic.refitted(cells, table, self.name)
        return replace(self, statistic=statistic, unit=statistic.unit), values

    def _erased(self, erased: Marks) -> Marks:
        for stage in self.prefix:
            erased = stage.marks(erased)
        return erased

    def bound(self, chain: Sequence[Any]) -> Step:
        """Return the step with the notebook's transformers at hand."""
        prefix = tuple(
            replace(stage, transformer=transformer)
            for stage, transformer in zip(self.prefix, chain, strict=False)
        )
        statistic = self.statistic
        if isinstance(statistic, Refitted):
            statistic = replace(statistic, chain=tuple(chain[len(prefix) :]))
        elif isinstance(statistic, Terms):
            reader = replace(statistic.reader, transformer=chain[len(prefix)])
            statistic = replace(statistic, reader=reader)
        return replace(self, prefix=prefix, statistic=statistic)

    def describe(self) -> dict[str, Any]:
        """Return the step as JSON, without what was computed from rows."""
        return {
            "name": self.name,
            "columns": [to_json(column) for column in self.columns],
            "scalar": self.scalar,
            "weight": self.weight,
            "prefix": [stage.to_json() for stage in self.prefix],
            "units": self.units,
            "kind": self.statistic.kind,
            "statistic": self.statistic.describe(),
        }

    def arrays(self) -> Arrays:
        """Return what was computed from rows."""
        return {"unit": self.unit, **self.statistic.arrays()}

    @classmethod
    def load(cls, data: Mapping[str, Any], arrays: Mapping[str, Any]) -> Step:
        """Undo `describe` and `arrays`."""
        return cls(
            data["name"],
            tuple(from_json(column) for column in data["columns"]),
            data["scalar"],
            data["weight"],
            tuple(LocalStage.from_json(stage) for stage in data["prefix"]),
            STATISTICS[data["kind"]].load(data["statistic"], arrays),
            arrays["unit"],
            data["units"],
        )


def fit_step(spec: StepSpec, table: Table, width: int | None) -> tuple[Step, Floats, Marks]:
    """Fit a step on some rows of the training table; return raw values and marks of all.

    Parameters
    ----------
    spec : StepSpec
    table : Table
    width : int or None
        Number of raw columns, if an earlier run tells.
    """
    cells = select(table.frame, table.erased, spec.columns, spec.scalar)
    prefix: list[LocalStage] = []
    for transformer in spec.chain:
        outcome = local_stage(transformer, cells, spec.name, width)
        if outcome is None:
            break
        stage, cells = outcome
        prefix.append(stage)
    statistic, values = _fit_statistic(spec, spec.chain[len(prefix) :], cells, table)
    statistic.check(spec.name)
    values, marks = marked(statistic, values, cells.erased)
    unit = cells.unit
    if isinstance(statistic, Refitted | Terms):
        unit, marks = statistic.unit, statistic.marks(marks)
    step = Step(
        spec.name,
        spec.columns,
        spec.scalar,
        spec.weight,
        tuple(prefix),
        statistic,
        unit,
        marks.shape[1],
    )
    return step, values, marks


def marked(statistic: Statistic, values: Floats, erased: Marks) -> tuple[Floats, Marks]:
    """Return raw values and marks; missing values that are filled are marked as erased ones are."""
    if statistic.mends:
        return values, np.zeros_like(erased)
    if not statistic.fills:
        return values, erased
    absent = erased | np.isnan(values)
    return np.where(absent, 0.0, values), absent


def _fit_statistic(
    spec: StepSpec, rest: Sequence[Any], cells: Cells, table: Table
) -> tuple[Statistic, Floats]:
    if not rest:
        return Identity(cells.names).read(cells, spec.name)
    maintained: tuple[Statistic, Floats] | None = None
    handler = HANDLERS.get(class_path(type(rest[0])))
    if class_path(type(rest[0])) == IMPUTER:
        maintained = imputed.fit(rest, cells, table.fit, spec.name)
        maintained = maintained or filled.fit(rest, cells, table.fit, spec.name)
    elif handler is not None and len(rest) == 1:
        maintained = handler(rest[0], cells, table.fit, spec.name)
    return maintained or refitted.fit(rest, cells, table, spec.name)
