"""OneHotEncoder and OrdinalEncoder: a table of categories with the number of rows that hold each.

The raw matrix holds one column of codes an input column, not one a category. A category whose
last fitted row is gone drops out of the matrix by itself; one that comes back, or that only rows
outside the training split held so far, joins it, and no stored row is touched.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from ...estimators import class_path
from ...matrix import Floats, Ints, Marks
from ..cells import Cells
from ..errors import UnknownCategory
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
from .grouping import Entry, Listed, Rules, group, one_hot, ordinal

_MISSING = ("missing",)
ERASED, _UNKNOWN = -1.0, -2.0
"""Codes of an erased cell, and of a value outside the categories that were declared."""


def fit(transformer: Any, cells: Cells, rows: Marks, step: str) -> tuple[Categories, Floats] | None:
    """Take over an encoder of categories; see `registry.Handler`."""
    rules = rules_of(class_path(type(transformer)), transformer)
    return None if rules is None else _fit(rules, transformer, cells, rows, step)


def rules_of(path: str, transformer: Any) -> Rules | None:
    """Return what matrix columns an encoder makes; None when that is not maintained."""
    read = {
        "sklearn.preprocessing.OneHotEncoder": _one_hot_rules,
        "sklearn.preprocessing.OrdinalEncoder": _ordinal_rules,
    }.get(path)
    return None if read is None else read(transformer)


def _one_hot_rules(transformer: Any) -> Rules | None:
    drop = transformer.drop
    if transformer.feature_name_combiner != "concat" or transformer.handle_unknown == "warn":
        return None
    if drop is not None and not isinstance(drop, str):
        return None  # a declared category to drop must exist: leave the check to scikit-learn
    return Rules(
        ordinal=False,
        drop=drop,
        min_frequency=_number(transformer.min_frequency),
        max_categories=_number(transformer.max_categories),
        unknown_is_infrequent=transformer.handle_unknown == "infrequent_if_exist",
    )


def _ordinal_rules(transformer: Any) -> Rules | None:
    unknown, missing = transformer.unknown_value, transformer.encoded_missing_value
    if transformer.min_frequency is not None or transformer.max_categories is not None:
        return None
    if any(value is not None and value >= 0 for value in (unknown, missing)):
        return None  # whether such a number is free is for scikit-learn to judge
    return Rules(
        ordinal=True,
        unknown_value=None if unknown is None else float(unknown),
        missing_value=float(missing),
    )


def _number(value: Any) -> float | None:
    return value if value is None or isinstance(value, int) else float(value)


def _fit(
    rules: Rules, transformer: Any, cells: Cells, rows: Marks, step: str
) -> tuple[Categories, Floats] | None:
    refuses = transformer.handle_unknown == "error"
    learned = isinstance(transformer.categories, str)
    if learned:
        tables: tuple[dict[Any, Entry], ...] = tuple({} for _ in cells.names)
    else:
        tables = _declared(transformer.categories)
    names = cells.names
    first = sum(len(table) for table in tables)
    empty = Categories(names, learned, refuses, tables, first, rules)
    try:
        known, values = empty.read(cells, step)
    except Unstorable:
        return None
    added = StepRows(values, cells.erased_cells, rows)
    return known.counting(added, sign=1), values


class Unstorable(TypeError):
    """A category of a type that has no JSON form."""


def _declared(categories: Iterable[Iterable[Any]]) -> tuple[dict[Any, Entry], ...]:
    tables: list[dict[Any, Entry]] = []
    code = 0
    for values in categories:
        table: dict[Any, Entry] = {}
        for value in values:
            table[key_of(value)] = Entry(code)
            code += 1
        tables.append(table)
    return tuple(tables)


@dataclass(frozen=True)
class Categories(Plain):
    """The categories of every input column.

    Attributes
    ----------
    names : tuple of str
        Input columns.
    learned : bool
        Whether categories come from the fitted rows (else they were declared, and stay).
    refuses : bool
        Whether a row with an unknown category is an error (else its columns are zero).
    tables : tuple of dict
        For every input column, its categories by value. Learned ones in any row are listed; those
        that no fitted row holds have no matrix column.
    next_code : int
        Codes are never reused.
    rules : Rules
        What matrix columns the categories make.
    """

    names: tuple[str, ...]
    learned: bool
    refuses: bool
    tables: tuple[dict[Any, Entry], ...]
    next_code: int
    rules: Rules

    kind: ClassVar[str] = "categories"
    maintenance: ClassVar[Maintenance] = "local"

    @property
    def width(self) -> int:
        """Number of raw columns: one code an input column."""
        return len(self.names)

    def read(self, cells: Cells, step: str) -> tuple[Categories, Floats]:
        """Return the codes of the cells; a category not met before gets the next code."""
        codes = np.full((len(cells), self.width), ERASED)
        tables = []
        next_code = self.next_code
        for position, table in enumerate(self.tables):
            erased = cells.erased[:, cells.unit[position]]
            known = dict(table)
            for value, places in _places(_column(cells.values, position), ~erased):
                entry = known.get(value)
                if entry is None and self.learned:
                    entry = known[value] = Entry(next_code)
                    next_code += 1
                if entry is None and self.refuses:
                    raise UnknownCategory(
                        f"step {step!r}: {len(places)} row(s) hold a value of column "
                        f"{self.names[position]!r} that is not among the declared categories. Add "
                        f"it to the categories, or use {self.rules.lenient}."
                    )
                codes[places, position] = _UNKNOWN if entry is None else entry.code
            tables.append(known)
        return replace(self, tables=tuple(tables), next_code=next_code), codes

    def updated(self, removed: StepRows, added: StepRows, remaining: RemainingColumn) -> Categories:
        """Return the categories after some rows left and others came."""
        return self.counting(removed, sign=-1).counting(added, sign=1).pruned()

    def pruned(self) -> Categories:
        """Return the categories without learned ones that no row holds."""
        if not self.learned:
            return self
        tables = tuple(
            {value: entry for value, entry in table.items() if entry.rows} for table in self.tables
        )
        return replace(self, tables=tables)

    def counting(self, rows: StepRows, sign: int) -> Categories:
        """Return the categories with rows counted (`sign` 1) or no longer counted (-1)."""
        tables = []
        for position, table in enumerate(self.tables):
            present = ~rows.erased[:, position]
            codes = rows.values[:, position]
            everywhere = Counter(codes[present].tolist())
            fitted = Counter(codes[present & rows.fit].tolist())
            tables.append(
                {
                    value: Entry(
                        entry.code,
                        entry.fitted + sign * fitted[entry.code],
                        entry.rows + sign * everywhere[entry.code],
                    )
                    for value, entry in table.items()
                }
            )
        return replace(self, tables=tuple(tables))

    def check(self, step: str) -> None:
        """Refuse rows whose category no fitted row holds, where the encoder does."""
        if not (self.refuses and self.learned):
            return
        for name, table in zip(self.names, self.tables, strict=True):
            strangers = [entry.rows for entry in table.values() if not entry.fitted and entry.rows]
            if strangers:
                raise UnknownCategory(
                    f"step {step!r}: {sum(strangers)} row(s) outside the training rows hold "
                    f"{len(strangers)} category(s) of column {name!r} that no training row holds. "
                    f"handle_unknown='error' refuses them: use {self.rules.lenient}, or let the "
                    "request cover those rows too."
                )

    def outputs(self) -> Outputs:
        """Return the matrix columns that the fitted or declared categories make."""
        return self.outputs_at(np.arange(self.width))

    def outputs_at(self, places: Ints) -> Outputs:
        """Return the matrix columns, when the input columns stand at these raw columns."""
        columns = [self._listed(table) for table in self.tables]
        make = ordinal if self.rules.ordinal else one_hot
        return make(self.rules, self.names, columns, places)

    def _listed(self, table: dict[Any, Entry]) -> Listed:
        """Return the categories of a column in order, and the codes of values outside them."""
        if not self.learned:
            entries = list(table.items())
            unknown = [_UNKNOWN]
        else:
            entries = [(value, entry) for value, entry in table.items() if entry.fitted]
            entries.sort(key=lambda item: _order(item[0]))
            unknown = [float(entry.code) for entry in table.values() if not entry.fitted]
        values = [value_of(value) for value, _ in entries]
        kept = [entry for _, entry in entries]
        return Listed(values, kept, unknown, group(self.rules, [entry.fitted for entry in kept]))

    def regrouped(self, before: Any) -> bool:
        """Tell whether a category that stays fitted means other matrix columns than before."""
        was, now = before.meanings(), self.meanings()
        return any(was[code] != now[code] for code in was.keys() & now.keys())

    def meanings(self) -> dict[float, tuple[int, float]]:
        """Return for each fitted code the identity of its matrix column, and its value there."""
        outputs = self.outputs()
        entries = outputs.entries
        assert entries is not None
        meant = {
            code: (int(outputs.ids[column]), value)
            for column, code, value in zip(
                entries.column.tolist(), entries.code.tolist(), entries.value.tolist(), strict=True
            )
        }
        fitted = [
            float(entry.code) for table in self.tables for entry in table.values() if entry.fitted
        ]
        return {code: meant.get(code, (-1, 0.0)) for code in fitted}

    def describe(self) -> dict[str, Any]:
        """Return the input columns and parameters; categories are personal data."""
        return {
            "names": list(self.names),
            "learned": self.learned,
            "refuses": self.refuses,
            "next_code": self.next_code,
            "rules": self.rules.to_json(),
        }

    def arrays(self) -> Arrays:
        """Return the categories with their codes and counts."""
        values = [[list(value) for value in table] for table in self.tables]
        entries = [entry for table in self.tables for entry in table.values()]
        counts = [[entry.code, entry.fitted, entry.rows] for entry in entries]
        return {
            "values": json_array(values),
            "counts": np.array(counts, dtype=np.int64).reshape(-1, 3),
        }

    @classmethod
    def load(cls, description: Mapping[str, Any], arrays: Mapping[str, Any]) -> Categories:
        """Undo `describe` and `arrays`."""
        counts = iter(arrays["counts"].tolist())
        tables = tuple(
            {tuple(value): Entry(*next(counts)) for value in values}
            for values in from_json_array(arrays["values"])
        )
        return cls(
            tuple(description["names"]),
            description["learned"],
            description["refuses"],
            tables,
            description["next_code"],
            Rules.from_json(description["rules"]),
        )


def _column(values: Any, position: int) -> Any:
    if hasattr(values, "iloc"):
        return (values.iloc[:, position] if values.ndim > 1 else values).to_numpy()
    if hasattr(values, "toarray"):
        values = values.toarray()
    return values[:, position] if values.ndim > 1 else values


def _places(column: Any, present: Marks) -> Iterable[tuple[Any, Any]]:
    """Return every distinct value of a column with the positions of the rows that hold it."""
    import pandas

    rows = np.flatnonzero(present)
    values = np.asarray(column, dtype=object)[rows]
    absent = np.asarray(pandas.isna(values), dtype=np.bool_)
    found: dict[Any, list[Any]] = {}
    for row, value in zip(rows[absent].tolist(), values[absent], strict=True):
        found.setdefault(key_of(value), []).append([row])
    rows, values = rows[~absent], values[~absent]
    codes, distinct = pandas.factorize(values)
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(distinct) + 1))
    for code, value in enumerate(distinct):
        places = rows[order[bounds[code] : bounds[code + 1]]]
        found.setdefault(key_of(value), []).append(places)
    return [(key, np.concatenate(places)) for key, places in found.items()]


def key_of(value: Any) -> tuple[Any, ...]:
    """Return a category as a hashable JSON value with its kind.

    Numbers are one kind: a column of integers becomes one of floats when a cell is erased.
    """
    import pandas

    if isinstance(value, np.generic):
        value = value.item()
    if value is None:
        return ("none",)
    if value is pandas.NA or (isinstance(value, float) and math.isnan(value)):
        return _MISSING
    for name, kind in (("bool", bool), ("number", (int, float)), ("text", str)):
        if isinstance(value, kind):
            return (name, value)
    raise Unstorable(type(value).__name__)


def value_of(key: tuple[Any, ...]) -> Any:
    """Return the category of a key."""
    if key == _MISSING:
        return math.nan
    return None if key == ("none",) else key[1]


def _order(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """Sort as scikit-learn does: values, then None, then NaN."""
    if key == _MISSING:
        return (2,)
    return (1,) if key == ("none",) else (0, *key)
