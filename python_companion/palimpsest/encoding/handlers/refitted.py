"""Everything that learns from rows in a way nobody maintains yet: refitted on what remains.

Where each result column depends on one input column alone, every input column is fitted by
itself: an erased cell then takes nothing from the others of its row. Transformers that learn from
the label are given it for the rows that they are fitted on, and what these look like is what they
say it is while fitting: a TargetEncoder encodes a training row without its own label.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ...estimators import NotPortable, class_path, describe, restore
from ...matrix import Floats, Ints, Marks
from ..cells import Cells, any_of, missing_where_erased, take, to_floats, width_of
from ..errors import EncodingError, NeedsTransformer, NoRowsLeft
from ..statistic import (
    Arrays,
    Maintenance,
    Outputs,
    Plain,
    RemainingColumn,
    StepRows,
    from_json_array,
    json_array,
)
from ..training import Table
from .chance import draws, settled
from .columnwise import is_columnwise, names_after, order_of

_LABELLED = ("sklearn.feature_selection.", "sklearn.cross_decomposition.")
"""Packages whose transformers do not say that they need the label."""


def fit(chain: Sequence[Any], cells: Cells, table: Table, step: str) -> tuple[Refitted, Floats]:
    """Take over the rest of a chain, from the first transformer that learns from rows on."""
    if table.labels is None:
        for transformer in chain:
            _refuse_supervised(transformer, step)
    descriptions = tuple(_described(transformer) for transformer in chain)
    label = " → ".join(type(transformer).__name__ for transformer in chain)
    imputes = class_path(type(chain[0])).startswith("sklearn.impute.")
    one_each = np.array_equal(cells.unit, np.arange(len(cells.names)))
    by_column = one_each and len(cells.values.shape) == 2 and is_columnwise(chain)
    nothing = np.empty(0, dtype=np.int64)
    empty = Refitted(label, descriptions, imputes, by_column, 0, (), nothing, tuple(chain))
    return empty.refitted(cells, table, step)


def _supervised(transformer: Any) -> bool:
    """Tell whether a transformer learns from the label, by itself or through a model in it."""
    path = class_path(type(transformer))
    if path.startswith("sklearn.impute."):
        return False  # the model in an imputer learns columns from each other
    if path.startswith(_LABELLED) and not path.endswith(".VarianceThreshold"):
        return True
    tags = getattr(transformer, "__sklearn_tags__", None)
    if tags is not None and tags().target_tags.required:
        return True
    told = inspect.signature(transformer.fit).parameters.get("y")
    if told is not None and told.default is inspect.Parameter.empty:
        return True
    inner = getattr(transformer, "estimator", None)
    return hasattr(inner, "fit") and _supervised(inner)


def _refuse_supervised(transformer: Any, step: str) -> None:
    if _supervised(transformer):
        raise EncodingError(
            f"step {step!r}: {type(transformer).__name__} learns from the label, which was not "
            "given"
        )


def _described(transformer: Any) -> dict[str, Any] | None:
    try:
        return describe(transformer)
    except NotPortable:
        return None


@dataclass(frozen=True, eq=False)
class Refitted(Plain):
    """The result of transformers that are fitted afresh whenever rows change.

    Attributes
    ----------
    label : str
        Names the transformers to users.
    descriptions : tuple of dict or None
        The transformers as data; None for user code.
    imputes : bool
        Whether the first one accepts missing values, so that erased cells reach it as missing.
    by_column : bool
        Whether every input column is fitted by itself.
    first_id : int
        Identities of the columns start here; every refit makes new ones.
    names : tuple of str
    unit : (p,) int64
        Unit of each column.
    chain : tuple of objects or None
        The unfitted transformers, when they are at hand.
    """

    label: str
    descriptions: tuple[dict[str, Any] | None, ...]
    imputes: bool
    by_column: bool
    first_id: int
    names: tuple[str, ...]
    unit: Ints
    chain: tuple[Any, ...] | None = field(default=None, repr=False)

    kind: ClassVar[str] = "refitted"
    freezable: ClassVar[bool] = False
    maintenance: ClassVar[Maintenance] = "refit"

    @property
    def width(self) -> int:
        """Number of raw columns."""
        return len(self.names)

    def marks(self, erased: Marks) -> Marks:
        """Return the marks of the result, one a unit."""
        marks = erased if self.by_column else any_of(erased)[:, None]
        return np.zeros_like(marks) if self.imputes else marks

    def refitted(self, cells: Cells, table: Table, step: str) -> tuple[Refitted, Floats]:
        """Fit on the rows of the table to fit on, without erased ones; return all raw values."""
        chain = self._live(step)
        if self.imputes:
            missing = getattr(chain[0], "missing_values", np.nan)
            cells = replace(cells, values=missing_where_erased(cells, missing))
            cells = replace(cells, erased=np.zeros_like(cells.erased))
        parts = _columns(cells) if self.by_column else [cells]
        made = [_fitted(chain, part, table, step) for part in parts]
        values = np.concatenate([part for part, _ in made], axis=1)
        unit = np.repeat(np.arange(len(parts)), [part.shape[1] for part, _ in made])
        names = tuple(f"{step}_{place}" for place in range(values.shape[1]))
        told = [part for _, part in made if part is not None]
        if len(told) == len(parts):
            order = order_of(chain, cells.names, told) if self.by_column else np.arange(len(unit))
            values, unit = values[:, order], unit[order]
            flat = [name for part in told for name in part]
            names = tuple(flat[place] for place in order.tolist())
        first = self.first_id + self.width
        return replace(self, names=names, unit=unit, first_id=first), values

    def _live(self, step: str) -> tuple[Any, ...]:
        if self.chain is not None:
            return self.chain
        if any(description is None for description in self.descriptions):
            raise NeedsTransformer(
                f"step {step!r} must be fitted again with {self.label}, which is code of the "
                "notebook: open the notebook and run its cells, then apply again"
            )
        return tuple(restore(description) for description in self.descriptions if description)

    def read(self, cells: Cells, step: str) -> tuple[Refitted, Floats]:
        """Return zeros: the refit that any change brings about fills them in."""
        return self, np.zeros((len(cells), self.width))

    def updated(self, removed: StepRows, added: StepRows, remaining: RemainingColumn) -> Refitted:
        """Return the same: `refitted` does the work."""
        return self

    def check(self, step: str) -> None:
        """Accept any rows."""

    def outputs(self) -> Outputs:
        """Return the raw columns."""
        nothing = np.zeros(self.width)
        return Outputs.scaled(nothing, nothing + 1.0, self.names, self.first_id)

    def describe(self) -> dict[str, Any]:
        """Return the transformers; the names may be a vocabulary, which is personal data."""
        return {
            "label": self.label,
            "descriptions": list(self.descriptions),
            "imputes": self.imputes,
            "by_column": self.by_column,
            "first_id": self.first_id,
        }

    def arrays(self) -> Arrays:
        """Return the names of the columns, and whose they are."""
        return {"names": json_array(list(self.names)), "unit": self.unit}

    @classmethod
    def load(cls, description: Mapping[str, Any], arrays: Mapping[str, Any]) -> Refitted:
        """Undo `describe` and `arrays`; the transformers are built when they are needed."""
        return cls(
            description["label"],
            tuple(description["descriptions"]),
            description["imputes"],
            description["by_column"],
            description["first_id"],
            tuple(from_json_array(arrays["names"])),
            arrays["unit"],
        )


def _columns(cells: Cells) -> list[Cells]:
    """Return each column as cells of its own, of the type that it has beside the others."""
    values = cells.values
    if hasattr(values, "iloc"):
        kinds = [getattr(dtype, "kind", "O") for dtype in values.dtypes]
        if any(kind in "biuf" for kind in kinds) and not all(kind in "biuf" for kind in kinds):
            values = values.astype(object)
        columns = [values.iloc[:, [place]] for place in range(values.shape[1])]
    else:
        columns = [values[:, [place]] for place in range(values.shape[1])]
    unit = np.zeros(1, dtype=np.int64)
    return [
        Cells(column, cells.erased[:, [place]], unit, (cells.names[place],))
        for place, column in enumerate(columns)
    ]


def _fitted(
    chain: Sequence[Any], cells: Cells, table: Table, step: str
) -> tuple[Floats, list[str] | None]:
    """Fit a chain on the rows to fit on; return its columns for all rows, and their names."""
    present = cells.present
    chosen = present & table.fit
    supervised = any(_supervised(transformer) for transformer in chain)
    if supervised and table.labels is not None:
        chosen &= table.labels.known
    if not chosen.any():
        raise NoRowsLeft(f"step {step!r} has no row left that is not erased to be fitted on")
    drawn = any(draws(transformer) for transformer in chain)
    rows = table.order[chosen[table.order]] if drawn else np.flatnonzero(chosen)
    others = np.flatnonzero(present & ~chosen)
    y = None if table.labels is None or not supervised else table.labels.take(rows)
    inner, outer = take(cells.values, rows), take(cells.values, others)
    names: list[str] | None = list(cells.names)
    for transformer in chain:
        inner, outer, names = _passed(settled(transformer, y), inner, outer, y, names)
        if not width_of(inner):
            return np.zeros((len(cells), 0)), []
    floats = np.zeros((len(cells), width_of(inner)))
    for places, values in ((rows, inner), (others, outer)):
        if len(places):
            floats[places] = _floats(values, step)
    return floats, names


def _passed(
    transformer: Any, inner: Any, outer: Any, y: Any, names: list[str] | None
) -> tuple[Any, Any, list[str] | None]:
    """Fit a transformer; return what it makes of the fitted rows and of others, and the names."""
    if _supervised(transformer) and hasattr(transformer, "fit_transform"):
        made = transformer.fit_transform(inner, y)
    else:
        made = transformer.fit(inner, y).transform(inner)
    if outer.shape[0] and width_of(made):
        outer = transformer.transform(outer)
    told = None if names is None else names_after(transformer, names, width_of(made))
    return made, outer, told


def _floats(values: Any, step: str) -> Floats:
    width = width_of(values)
    unit = np.zeros(width, dtype=np.int64)
    erased: npt.NDArray[np.bool_] = np.zeros((values.shape[0], 1), dtype=bool)
    return to_floats(Cells(values, erased, unit, ("",) * width), step)
