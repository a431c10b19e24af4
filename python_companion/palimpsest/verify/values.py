"""Observed results as plain data: what a sandboxed process hands out, and what is compared.

A process that ran code nobody has vetted must not hand out pickles. A result is a `Table` of
JSON cells, an `Array` in NumPy's own format without objects, or both in a `Parts`.
"""

from __future__ import annotations

import datetime
import decimal
import math
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Cell = None | bool | int | float | str | dict[str, str]
"""A missing value, a scalar, or ``{"type": ..., "text": ...}`` for anything else."""

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


@dataclass
class Table:
    """Rows of cells.

    Attributes
    ----------
    columns
        One name a column.
    rows
        The rows, in the order in which they were found.
    named
        Whether the names were observed, not invented.
    ordered
        Whether the order of rows is part of the result.
    separator
        For rows of a text file, what stood between the fields.
    """

    columns: list[str]
    rows: list[list[Cell]]
    named: bool = True
    ordered: bool = True
    separator: str | None = None


@dataclass
class Array:
    """A numeric or boolean array of one or two dimensions, rows first."""

    data: npt.NDArray[Any]
    names: list[str] | None = None


@dataclass
class Parts:
    """Several named results that belong together, such as the parameters of a model.

    Attributes
    ----------
    parts
        The results.
    rows
        How many rows they were made from.
    """

    parts: dict[str, Table | Array] = field(default_factory=dict)
    rows: int = 0


@dataclass
class Stages:
    """The results of several stages of one run of a script.

    Attributes
    ----------
    results
        By stage, those that were found.
    missing
        Why others were not.
    """

    results: dict[str, Table | Array | Parts] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


Observed = Table | Array | Parts | Stages


class NotObservable(Exception):
    """A value has no form that could be compared; the message says why."""


def cell(value: object) -> Cell:
    """Return a value as a cell."""
    if value is None or isinstance(value, str):
        return value if type(value) is str or value is None else str(value)
    if isinstance(value, np.generic):
        # A NumPy duration has no Python scalar of the same precision; its text has.
        item = str(value) if isinstance(value, np.timedelta64) else value.item()
        return None if isinstance(value, np.datetime64) and np.isnat(value) else cell(item)
    if isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    return {"type": _family(value), "text": _ADDRESS.sub("", _text(value))}


def _family(value: object) -> str:
    if isinstance(value, (datetime.date, datetime.time)):
        return "time"
    if isinstance(value, decimal.Decimal):
        return "decimal"
    return type(value).__name__


def _text(value: object) -> str:
    if isinstance(value, np.ndarray):
        return str([cell(item) for item in value.tolist()])
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(sorted(repr(item) for item in value)) + "}"
    return str(value)


def table_of(value: object) -> Table:
    """Return a Python value as a table.

    Raises
    ------
    NotObservable
        When the value has no rows.
    """
    value = plain(value)
    frame = _frame_table(value)
    if frame is not None:
        return frame
    if isinstance(value, np.ndarray):
        if value.ndim not in (1, 2):
            raise NotObservable(f"an array of {value.ndim} dimensions has no rows")
        return _sequence_table(value.tolist())
    if isinstance(value, dict):
        return _mapping_table(value)
    if isinstance(value, (set, frozenset)):
        table = _sequence_table(sorted(value, key=repr))
        table.ordered = False
        return table
    if isinstance(value, (list, tuple)):
        return _sequence_table(list(value))
    raise NotObservable(f"a value of type {type(value).__name__} has no rows to compare")


def _frame_table(value: Any) -> Table | None:
    if type(value).__module__.split(".")[0] != "pandas":
        return None
    named = hasattr(value, "columns") or value.name is not None
    if not hasattr(value, "columns"):
        value = value.to_frame("value" if value.name is None else value.name)
    value = _with_index(value)
    names = [str(name) for name in value.columns]
    columns = [[cell(item) for item in value.iloc[:, i].tolist()] for i in range(len(names))]
    return Table(names, [list(row) for row in zip(*columns, strict=True)], named)


def _with_index(frame: Any) -> Any:
    """Return a frame with the named levels of its index as columns; unnamed ones only number rows."""
    levels = [name for name in frame.index.names if name is not None and name not in frame.columns]
    return frame.reset_index(level=levels) if levels else frame


def _sequence_table(items: list[Any]) -> Table:
    if items and all(isinstance(item, dict) for item in items):
        names = list(dict.fromkeys(str(key) for item in items for key in item))
        rows = [{str(key): cell(entry) for key, entry in item.items()} for item in items]
        return Table(names, [[row.get(name) for name in names] for row in rows])
    if items and all(isinstance(item, (list, tuple, np.ndarray)) for item in items):
        width = max(len(item) for item in items)
        names = [str(i) for i in range(width)]
        return Table(names, [[cell(entry) for entry in item] for item in items], named=False)
    return Table(["value"], [[cell(item)] for item in items], named=False)


def _mapping_table(value: dict[Any, Any]) -> Table:
    lists = [entry for entry in value.values() if isinstance(entry, (list, np.ndarray))]
    if value and len(lists) == len(value) and len({len(entry) for entry in lists}) == 1:
        columns = [[cell(item) for item in plain_list(entry)] for entry in value.values()]
        return Table(
            [str(name) for name in value], [list(row) for row in zip(*columns, strict=True)]
        )
    rows = [
        [key, *(entry if isinstance(entry, (list, tuple)) else (entry,))]
        for key, entry in value.items()
    ]
    return _sequence_table(rows)


def plain_list(value: Any) -> list[Any]:
    """Return an array or list as a list."""
    return list(value.tolist()) if isinstance(value, np.ndarray) else list(value)


def plain(value: Any) -> Any:
    """Return the ordinary object behind a tracked, lazy, sparse or tensor one."""
    if type(value).__module__.split(".")[0] == "palimpsest" and hasattr(value, "_held"):
        return value._held
    if type(value).__module__.startswith("scipy.sparse"):
        return value.toarray()
    if hasattr(value, "detach") and hasattr(value, "numpy"):
        return value.detach().cpu().numpy()
    return value


def array_of(value: object) -> Array | Table:
    """Return a matrix or a vector as an array, or as a table when it holds more than numbers."""
    value = plain(value)
    names = [str(name) for name in value.columns] if hasattr(value, "columns") else None
    try:
        data = np.asarray(value)
    except ValueError:
        return table_of(value)
    if data.dtype.kind == "O" and hasattr(value, "dtypes"):
        return table_of(value)
    if data.dtype.kind not in "biuf":
        return table_of(value)
    if data.ndim not in (1, 2):
        raise NotObservable(f"an array of {data.ndim} dimensions has no rows to compare")
    return Array(data, names)


def row_count(observed: Observed) -> int:
    """Return how many rows a result has."""
    if isinstance(observed, Table):
        return len(observed.rows)
    if isinstance(observed, Array):
        return int(observed.data.shape[0])
    if isinstance(observed, Stages):
        # A model that was trained is something, also when its rows are not known.
        least = int(any(isinstance(result, Parts) for result in observed.results.values()))
        return max((row_count(result) for result in observed.results.values()), default=0) or least
    return observed.rows


def show(value: Cell) -> str:
    """Return a cell as a person would read it."""
    if value is None:
        return "missing"
    return value["text"] if isinstance(value, dict) else repr(value)


def show_row(row: list[Cell], width: int = 200) -> str:
    """Return a row as a person would read it, cut at `width` characters."""
    text = ", ".join(show(value) for value in row)
    return text if len(text) <= width else text[: width - 1] + "…"
