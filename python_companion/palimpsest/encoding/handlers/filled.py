"""SimpleImputer before an encoder of categories: a missing value is one more row of a category.

Missing and erased cells have a code of their own. Which category it stands for, the most frequent
one or a constant, is looked up in the counts, so that no stored row is touched when that changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas

from ...estimators import class_path
from ...matrix import Floats, Ints, Marks
from ..cells import Cells
from ..statistic import (
    Arrays,
    Entries,
    Maintenance,
    Outputs,
    Plain,
    RemainingColumn,
    StepRows,
)
from .categories import ERASED, Categories, Unstorable, key_of, rules_of, value_of
from .grouping import Entry
from .imputed import is_missing_nan

_DEFAULT = "missing_value"
"""What scikit-learn fills texts with when it is told no constant."""


def fit(chain: Sequence[Any], cells: Cells, rows: Marks, step: str) -> tuple[Filled, Floats] | None:
    """Take over an imputer of texts and the encoder behind it; None for anything else."""
    if len(chain) != 2 or len(cells.values.shape) != 2 or not _texts(cells):
        return None
    imputer, encoder = chain
    if imputer.strategy not in {"most_frequent", "constant"} or imputer.add_indicator:
        return None
    if not is_missing_nan(imputer.missing_values) or not isinstance(encoder.categories, str):
        return None
    rules = rules_of(class_path(type(encoder)), encoder)
    if rules is None:
        return None
    width = len(cells.names)
    constant = _DEFAULT if imputer.fill_value is None else imputer.fill_value
    refuses = encoder.handle_unknown == "error"
    tables: tuple[dict[Any, Entry], ...] = tuple({} for _ in cells.names)
    nothing = np.zeros(width, dtype=np.int64)
    try:
        empty = Filled(
            Categories(cells.names, True, refuses, tables, width, rules),
            key_of(constant) if imputer.strategy == "constant" else None,
            bool(imputer.keep_empty_features),
            nothing,
            nothing,
        )
        known, values = empty.read(cells, step)
    except Unstorable:
        return None
    kinds = {key[0] for table in known.known.tables for key in table}
    if not kinds <= {"text", "none"}:
        return None
    return known.counting(StepRows(values, np.zeros_like(cells.erased_cells), rows), 1), values


def _texts(cells: Cells) -> bool:
    values = cells.values
    dtypes = list(values.dtypes) if hasattr(values, "dtypes") else [values.dtype]
    one_each = np.array_equal(cells.unit, np.arange(len(cells.names)))
    return one_each and all(getattr(dtype, "kind", "O") == "O" for dtype in dtypes)


@dataclass(frozen=True, eq=False)
class Filled(Plain):
    """Categories with what takes the place of missing ones.

    Attributes
    ----------
    known : Categories
        Of the values that are there. The codes below its width are kept for constants.
    constant : key or None
        What fills; None for the most frequent category.
    keeps_empty : bool
        Whether a column without any known value stays.
    fitted, rows : (p,) int64
        Fitted rows, and rows at all, in which each column is missing or erased.
    """

    known: Categories
    constant: tuple[Any, ...] | None
    keeps_empty: bool
    fitted: Ints
    rows: Ints

    kind: ClassVar[str] = "filled"
    maintenance: ClassVar[Maintenance] = "local"
    mends: ClassVar[bool] = True
    freezable: ClassVar[bool] = False

    @property
    def width(self) -> int:
        """Number of raw columns: one code an input column."""
        return self.known.width

    def read(self, cells: Cells, step: str) -> tuple[Filled, Floats]:
        """Return the codes of the cells, missing ones with that of an erased one."""
        absent = cells.erased_cells | _missing(cells.values)
        known, codes = self.known.read(replace(cells, erased=absent), step)
        return replace(self, known=known), codes

    def updated(self, removed: StepRows, added: StepRows, remaining: RemainingColumn) -> Filled:
        """Return the categories after some rows left and others came."""
        counted = self.counting(removed, -1).counting(added, 1)
        return replace(counted, known=counted.known.pruned())

    def counting(self, rows: StepRows, sign: int) -> Filled:
        """Return the categories with rows counted (`sign` 1) or no longer counted (-1)."""
        gaps = rows.values == ERASED
        return replace(
            self,
            known=self.known.counting(rows, sign),
            fitted=self.fitted + sign * gaps[rows.fit].sum(axis=0),
            rows=self.rows + sign * gaps.sum(axis=0),
        )

    def check(self, step: str) -> None:
        """Refuse rows whose category no fitted row holds, where the encoder does."""
        replace(self.known, tables=self._tables()).check(step)

    def regrouped(self, before: Any) -> bool:
        """Tell whether a category, or what fills a gap, means other matrix columns than before."""
        was, now = before._meanings(), self._meanings()
        return any(was[code] != now[code] for code in was.keys() & now.keys())

    def outputs(self) -> Outputs:
        """Return the matrix columns that the categories make, gaps among them."""
        tables = self._tables()
        kept = np.flatnonzero([bool(table) for table in tables])
        names = tuple(self.known.names[place] for place in kept.tolist())
        some = replace(self.known, names=names, tables=tuple(tables[place] for place in kept))
        outputs = some.outputs_at(kept)
        assert outputs.entries is not None
        column, code, value = (list(array) for array in vars(outputs.entries).values())
        for place in kept.tolist():
            meant = float(self._filling(place)[1])
            for position in np.flatnonzero(outputs.entries.code == meant).tolist():
                column.append(outputs.entries.column[position])
                code.append(ERASED)
                value.append(outputs.entries.value[position])
        entries = Entries(np.array(column, dtype=np.int64), np.array(code), np.array(value))
        return replace(outputs, entries=entries)

    def _filling(self, place: int) -> tuple[tuple[Any, ...], int]:
        """Return what fills a column, and its code."""
        table = self.known.tables[place]
        key = self.constant
        if key is None:
            most = max((entry.fitted for entry in table.values()), default=0)
            best = [key for key, entry in table.items() if most and entry.fitted == most]
            key = min(best, key=_rank) if best else key_of(0)
        return key, table[key].code if key in table else place

    def _tables(self) -> tuple[dict[Any, Entry], ...]:
        """Return the categories with gaps counted; a column that is left out has none."""
        tables: list[dict[Any, Entry]] = []
        for place, table in enumerate(self.known.tables):
            if not self.keeps_empty and not any(entry.fitted for entry in table.values()):
                tables.append({})
                continue
            key, code = self._filling(place)
            entry = table.get(key, Entry(code))
            fitted = entry.fitted + int(self.fitted[place])
            rows = entry.rows + int(self.rows[place])
            tables.append({**table, key: replace(entry, fitted=fitted, rows=rows)})
        return tuple(tables)

    def _meanings(self) -> dict[Any, Any]:
        """Return for each fitted code the identity of its matrix column, and its value there."""
        outputs, known = self.outputs(), replace(self.known, tables=self._tables())
        meant: dict[Any, Any] = dict(known.meanings())
        assert outputs.entries is not None
        for place in np.flatnonzero(self.fitted).tolist():
            columns = outputs.entries.column[outputs.entries.code == ERASED]
            here = columns[outputs.source[columns] == place].tolist()
            meant["gap", place] = [int(outputs.ids[column]) for column in here]
        return meant

    def describe(self) -> dict[str, Any]:
        """Return the input columns and parameters; categories are personal data."""
        return {
            "known": self.known.describe(),
            "constant": None if self.constant is None else list(self.constant),
            "keeps_empty": self.keeps_empty,
        }

    def arrays(self) -> Arrays:
        """Return the categories with their codes and counts."""
        return {**self.known.arrays(), "fitted": self.fitted, "rows": self.rows}

    @classmethod
    def load(cls, description: Mapping[str, Any], arrays: Mapping[str, Any]) -> Filled:
        """Undo `describe` and `arrays`."""
        constant = description["constant"]
        return cls(
            Categories.load(description["known"], arrays),
            None if constant is None else tuple(constant),
            description["keeps_empty"],
            arrays["fitted"],
            arrays["rows"],
        )


def _missing(values: Any) -> Marks:
    """Return which cells an imputer sees as missing; None is a value to it."""
    if hasattr(values, "to_numpy"):
        values = values.to_numpy(dtype=object)
    values = np.asarray(values, dtype=object)
    none = np.array([value is None for value in values.ravel()], dtype=bool).reshape(values.shape)
    missing: Marks = np.asarray(pandas.isna(values), dtype=np.bool_)
    return missing & ~none


def _rank(key: tuple[Any, ...]) -> Any:
    """Sort categories as an imputer does that must choose between equally frequent ones."""
    value = value_of(key)
    return (str(type(value)), str(value))
