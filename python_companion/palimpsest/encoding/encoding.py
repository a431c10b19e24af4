"""The fitted encoding of a run: from the training table to the raw matrix, and after a change."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..matrix import Batch, Coordinates, Floats, Ints, Layout, Marks, TrainingData
from . import freezing
from .columns import steps_of
from .delta import EncodingDelta, Replacement, Slice
from .errors import EncodingError, NeedsTable, NoRowsLeft
from .handlers.refitted import Refitted
from .layout import layout_of
from .rows import RawRows
from .statistic import Arrays, Outputs, RemainingColumn, StepRows
from .step import Step
from .training import Table

Part: TypeAlias = "tuple[Any, Mapping[Any, Marks]]"
"""Some rows of the training table: frame and erased marks."""

RowIds: TypeAlias = "npt.NDArray[np.integer[Any]]"

_ID_BITS = 32
_NONE: Ints = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Encoding:
    """A fitted encoding. A value: changes make a new one.

    Attributes
    ----------
    steps : tuple of Step
    verbose_names : bool
        Whether names of matrix columns start with the name of their step.
    fitted_rows : int
        Number of rows that the encoders are fitted on.
    frozen : tuple of Outputs or None
        Parameters that stay, see `freezing`; None when those of the statistics are used.
    """

    steps: tuple[Step, ...]
    verbose_names: bool
    fitted_rows: int
    frozen: tuple[Outputs, ...] | None = None

    @cached_property
    def _outputs(self) -> tuple[Outputs, ...]:
        """The matrix columns of each step."""
        return self.frozen or tuple(step.outputs for step in self.steps)

    def freeze(self, like: Encoding | None = None) -> Encoding:
        """Return the encoding with parameters that stay: its own, or those of a frozen one."""
        if like is None or like.frozen is None:
            return replace(self, frozen=freezing.frozen_outputs(self.steps))
        frozen = freezing.carried_over(like.frozen, like.steps, self.steps)
        return replace(self, frozen=frozen)

    @cached_property
    def drift(self) -> freezing.Drift | None:
        """How far frozen parameters are from those of the remaining rows."""
        if self.frozen is None:
            return None
        names = iter(self.feature_names)
        name_of = {
            (index, place): next(names)
            for index, outputs in enumerate(self.frozen)
            for place in range(len(outputs.ids))
        }
        return freezing.drift_of(self.frozen, self.steps, name_of)

    @cached_property
    def _starts(self) -> list[int]:
        widths = [step.statistic.width for step in self.steps]
        return [0, *np.cumsum(widths, dtype=int).tolist()]

    @cached_property
    def _unit_starts(self) -> list[int]:
        return [0, *np.cumsum([step.units for step in self.steps], dtype=int).tolist()]

    @property
    def raw_width(self) -> int:
        """Number of raw columns."""
        return self._starts[-1]

    @property
    def units(self) -> int:
        """Number of erased marks a row."""
        return self._unit_starts[-1]

    @property
    def width(self) -> int:
        """Number of columns of X."""
        return self.coordinates.width

    @cached_property
    def coordinates(self) -> Coordinates:
        """How the columns of X are made of raw ones."""
        none = np.empty(0)
        ids, unit = [_NONE], [_NONE]
        shift, scale, base = [none], [none], [none]
        for index, (step, outputs) in enumerate(zip(self.steps, self._outputs, strict=True)):
            ids.append((index << _ID_BITS) + outputs.ids)
            shift.append(outputs.shift)
            scale.append(outputs.scale)
            base.append(outputs.base)
            unit.append(self._unit_starts[index] + step.unit[outputs.source])
        bases = np.concatenate(base)
        return Coordinates(
            np.concatenate(ids),
            np.concatenate(shift),
            np.concatenate(scale),
            np.concatenate(unit),
            bases if bases.any() else None,
        )

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the columns of X, as scikit-learn gives them where it can."""
        return tuple(
            _full_name(step.name, name) if self.verbose_names else name
            for step, outputs in zip(self.steps, self._outputs, strict=True)
            for name in outputs.names
        )

    @cached_property
    def slices(self) -> tuple[Slice, ...]:
        """Which input columns reach which columns of X, as narrow as the transformers permit."""
        slices: list[Slice] = []
        start = 0
        for step, outputs in zip(self.steps, self._outputs, strict=True):
            units = step.unit[outputs.source]
            bounds = [0, *(np.flatnonzero(np.diff(units)) + 1).tolist(), len(units)]
            for low, high in pairwise(bounds):
                if low == high:
                    continue
                columns = tuple(str(column) for column in step.columns_of(int(units[low])))
                names = self.feature_names[start + low : start + high]
                kind = step.statistic.maintenance
                slices.append(Slice(step.name, start + low, start + high, columns, names, kind))
            start += len(units)
        return tuple(slices)

    @property
    def places(self) -> list[tuple[tuple[Hashable, ...], slice, slice]]:
        """For each step its input columns, its raw columns and its erased marks."""
        return [
            (step.columns, slice(*raw), slice(*units))
            for step, raw, units in zip(
                self.steps, pairwise(self._starts), pairwise(self._unit_starts), strict=True
            )
        ]

    @property
    def refitted_steps(self) -> tuple[str, ...]:
        """Steps that are fitted again on all remaining rows whenever rows change."""
        return tuple(step.name for step in self.steps if isinstance(step.statistic, Refitted))

    @cached_property
    def _layout(self) -> Layout | None:
        return layout_of(self._outputs, self._starts, self._unit_starts)

    def batch(
        self, raw: RawRows, y: npt.NDArray[Any] | None = None, rows: RowIds | None = None
    ) -> Batch:
        """Return rows with one raw value a column of X, as models want them."""
        labels = np.zeros(len(raw)) if y is None else y
        return Batch(raw.values, raw.erased, self.coordinates.ids, labels, self._layout, rows)

    def materialise(self, raw: RawRows) -> Floats:
        """Return X of some rows."""
        return self.batch(raw).encoded(self.coordinates)

    def training_data(
        self,
        n: int,
        blocks: Callable[[], Iterator[tuple[RawRows, npt.NDArray[Any], RowIds | None]]],
        *,
        rewritten: bool = False,
    ) -> TrainingData:
        """Return rows, labels and ids, given in blocks, as training data for a model."""

        def batches() -> Iterator[Batch]:
            for raw, y, rows in blocks():
                yield self.batch(raw, y, rows)

        return TrainingData(self.coordinates, n, batches, rewritten)

    def transform_rows(
        self,
        frame: Any,
        erased: Mapping[Any, Marks],
        *,
        previous: RawRows | None = None,
        changed: Mapping[Any, Marks] | None = None,
    ) -> tuple[Encoding, RawRows]:
        """Return raw values of new or changed rows, without fitting anything.

        Parameters
        ----------
        frame : DataFrame
            The rows as they are now.
        erased : mapping of column to (n,) bool
        previous : RawRows, optional
            The same rows before they changed. A step none of whose columns changed in a row
            keeps its values there, and its transformer is not called.
        changed : mapping of column to (n,) bool, optional
            Which cells changed, the newly erased ones included; needed with `previous`.

        Returns
        -------
        encoding : Encoding
            Knows the categories first met in these rows; give it the `update`.
        raw : RawRows

        Raises
        ------
        NeedsTransformer
            When a transformer that must be called is code of the notebook; see `bind`.
        """
        raw = RawRows.zeros(len(frame), self.raw_width, self.units)
        steps: list[Step] = []
        for index, step in enumerate(self.steps):
            columns = slice(self._starts[index], self._starts[index + 1])
            units = slice(self._unit_starts[index], self._unit_starts[index + 1])
            rows = np.ones(len(frame), dtype=bool)
            if previous is not None:
                rows = _changed_rows(step.columns, changed or {}, len(frame))
                raw.values[:, columns] = previous.values[:, columns]
                raw.erased[:, units] = previous.erased[:, units]
            if rows.any():
                marks = {column: mask[rows] for column, mask in erased.items()}
                part = frame if rows.all() else frame[rows]
                known, values, absent = step.transform(part, marks)
                raw.values[rows, columns] = values
                raw.erased[rows, units] = absent
                steps.append(known)
            else:
                steps.append(step)
        return replace(self, steps=tuple(steps)), raw

    def update(
        self,
        removed: RawRows,
        removed_fit: Marks,
        added: RawRows,
        added_fit: Marks,
        *,
        remaining: Callable[[], Iterator[tuple[RawRows, Marks]]] | None = None,
        changed: Callable[[], tuple[Part, Part]] | None = None,
        table: Callable[[], Table] | None = None,
    ) -> EncodingDelta:
        """Return the encoding after rows left and others came; a changed row does both.

        Parameters
        ----------
        removed, added : RawRows
            Rows as they were, and as `transform_rows` gave them.
        removed_fit, added_fit : (n,) bool
            Which of them encoders are fitted on.
        remaining : callable, optional
            Starts a pass over all rows after the change with their fit flags. Called only when
            a statistic cannot be had from the changed rows alone (a smallest value left).
        changed : callable, optional
            Gives the removed and the added rows of the training table, as they were and are.
            Needed by transformers that keep less than they read (a vectorizer that limits its
            terms).
        table : callable, optional
            Gives the whole training table after the change; needed by `refitted_steps`.

        Raises
        ------
        NoRowsLeft, UnknownCategory, NeedsTable, NeedsTransformer
            Before anything is changed.
        """
        fitted_rows = self.fitted_rows - int(removed_fit.sum()) + int(added_fit.sum())
        if fitted_rows <= 0:
            raise NoRowsLeft("no training row is left: delete the run instead")
        for index, outputs in enumerate(self.frozen or ()):
            rows = self._step_rows(index, added, added_fit)
            freezing.check_known(self.steps[index], outputs, rows)
        sides = self._sides(removed, removed_fit, added, added_fit, changed)
        steps: list[Step] = []
        replaced: list[Replacement] = []
        regrouped = False
        whole: Table | None = None
        for index, step in enumerate(self.steps):
            followed = step
            if not step.is_refitted:
                column = self._remaining_column(index, remaining)
                statistic = step.statistic.updated(*sides(index), column)
                followed = replace(step, statistic=statistic)
            if not followed.is_refitted:
                if self.frozen is None:
                    followed.statistic.check(step.name)
                    regrouped = regrouped or followed.statistic.regrouped(step.statistic)
            elif len(removed) or len(added):
                whole = whole or _whole(table, step)
                followed, values = followed.refitted(whole)
                start, stop = self._starts[index], self._starts[index + 1]
                replaced.append(Replacement(step.name, start, stop, values))
            steps.append(followed)
        after = replace(self, steps=tuple(steps), fitted_rows=fitted_rows)
        return EncodingDelta(self, after, tuple(replaced), regrouped)

    def _sides(
        self,
        removed: RawRows,
        removed_fit: Marks,
        added: RawRows,
        added_fit: Marks,
        changed: Callable[[], tuple[Part, Part]] | None,
    ) -> Callable[[int], tuple[StepRows, StepRows]]:
        """Return what gives, for each step, the rows that left and those that came."""
        parts = None if changed is None else cache(changed)

        def rows(index: int, raw: RawRows, fit: Marks, side: int) -> StepRows:
            step = self.steps[index]
            read = None if parts is None else lambda: step.cells(*parts()[side])
            return replace(self._step_rows(index, raw, fit), read=read)

        def sides(index: int) -> tuple[StepRows, StepRows]:
            return rows(index, removed, removed_fit, 0), rows(index, added, added_fit, 1)

        return sides

    def _step_rows(self, index: int, raw: RawRows, fit: Marks) -> StepRows:
        values = raw.values[:, self._starts[index] : self._starts[index + 1]]
        erased = raw.erased[:, self._unit_starts[index] : self._unit_starts[index + 1]]
        return StepRows(values, erased[:, self.steps[index].unit], fit)

    def _remaining_column(
        self, index: int, remaining: Callable[[], Iterator[tuple[RawRows, Marks]]] | None
    ) -> RemainingColumn:
        kept: list[StepRows] = []

        def column(position: int) -> Floats:
            if remaining is None:
                raise NeedsTable(
                    f"step {self.steps[index].name!r} must look at the remaining rows again"
                )
            if not kept:
                parts = [self._step_rows(index, raw, fit) for raw, fit in remaining()]
                kept.append(StepRows.concatenated(parts))
            rows = kept[0]
            values: Floats = rows.values[rows.counted[:, position], position]
            return values

        return column

    def bind(self, transformer: Any, frame: Any) -> Encoding:
        """Return the encoding with the notebook's transformers at hand.

        Parameters
        ----------
        transformer : ColumnTransformer
            Unfitted, as the run had it.
        frame : DataFrame
            Some rows of the training table, for its columns and dtypes.

        Raises
        ------
        EncodingError
            When the transformer has other steps than the run had.
        """
        specs = {spec.name: spec for spec in steps_of(transformer, frame)}
        if list(specs) != [step.name for step in self.steps] or any(
            specs[step.name].columns != step.columns for step in self.steps
        ):
            raise EncodingError(
                "encode_features() no longer has the steps and columns that this run was encoded "
                "with; run the pipeline again"
            )
        steps = tuple(step.bound(specs[step.name].chain) for step in self.steps)
        return replace(self, steps=steps)

    def describe(self) -> dict[str, Any]:
        """Return the encoding as JSON, without anything that was computed from rows."""
        return {
            "verbose_names": self.verbose_names,
            "fitted_rows": self.fitted_rows,
            "frozen": self.frozen is not None,
            "steps": [step.describe() for step in self.steps],
        }

    def to_arrays(self) -> Arrays:
        """Return everything that was computed from rows: personal data, to be erased with them."""
        arrays = {
            f"{index}/{name}": array
            for index, step in enumerate(self.steps)
            for name, array in step.arrays().items()
        }
        return arrays | freezing.to_arrays(self.frozen or ())

    @classmethod
    def from_arrays(cls, description: Mapping[str, Any], arrays: Mapping[str, Any]) -> Encoding:
        """Undo `describe` and `to_arrays`; no user code is needed."""
        parts: list[dict[str, Any]] = [{} for _ in description["steps"]]
        for name, array in arrays.items():
            index, _, key = name.partition("/")
            if index != "frozen":
                parts[int(index)][key] = array
        steps = tuple(
            Step.load(step, part) for step, part in zip(description["steps"], parts, strict=True)
        )
        frozen = freezing.from_arrays(arrays, len(steps)) if description["frozen"] else None
        return cls(steps, description["verbose_names"], description["fitted_rows"], frozen)


def _full_name(step: str, name: str) -> str:
    """Prefix a column with its step, as scikit-learn does, unless it is already named after it."""
    numbered = name.startswith(f"{step}_") and name[len(step) + 1 :].isdigit()
    return name if numbered else f"{step}__{name}"


def _changed_rows(columns: Sequence[Hashable], changed: Mapping[Any, Marks], n: int) -> Marks:
    rows = np.zeros(n, dtype=bool)
    for column in columns:
        if column in changed:
            rows |= changed[column]
    return rows


def _whole(table: Callable[[], Table] | None, step: Step) -> Table:
    if table is None:
        raise NeedsTable(f"step {step.name!r} is fitted again and needs the training table")
    return table()
