"""``merge`` and ``join`` on columns."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import pandas

from ..evaluate import no_functions
from ..frame import DataFrame
from ..operations import OPERATIONS
from ..series import Series
from ..steps import draft, finish
from ..table import Table
from ..untracked import call_untracked, is_tracked
from .columns import as_frame
from .framewise import with_series
from .membership import look_up

_TRACKED = frozenset(
    ["how", "on", "left_on", "right_on", "suffixes", "sort", "copy", "validate", "indicator"]
)
_HOW = frozenset({"inner", "left", "right", "outer", "cross", "left_anti", "right_anti"})


def merge(  # noqa: PLR0917 - as in pandas
    left: DataFrame,
    right: Any,
    how: str = "inner",
    on: Any = None,
    left_on: Any = None,
    right_on: Any = None,
    **keywords: Any,
) -> Any:
    """``left.merge(right, ...)`` on columns; merging on indexes is untracked."""
    started = time.perf_counter()
    options = {"how": how, "on": on, "left_on": left_on, "right_on": right_on, **keywords}
    given = {
        key: value for key, value in options.items() if value is not None and value is not False
    }
    if isinstance(right, Series) and right._held.name is not None:
        right = as_frame(right)
    sides = _keys(left, right, options)
    if sides is not None and _converted(left._held, right._held, sides):
        sides = None
    if sides is None or not set(given) <= _TRACKED or how not in _HOW:
        return call_untracked("this merge", pandas.merge, (left, right), given)
    if keywords.get("validate"):
        keys = {key: given[key] for key in given if key not in ("indicator", "suffixes")}
        pandas.merge(left._held[sides[0]], right._held[sides[1]], **keys)  # raises when it fails
    arguments = {
        "how": how,
        "left_on": sides[0],
        "right_on": sides[1],
        "suffixes": tuple(keywords.get("suffixes", ("_x", "_y"))),
        "sort": bool(keywords.get("sort", False)),
        "indicator": keywords.get("indicator") or False,
    }
    inputs = [left._step, right._step]
    node = draft("merge", arguments, inputs)
    tables = [left._table, right._table]
    output = OPERATIONS["merge"].run(node, tables, no_functions)
    step = finish(
        node,
        inputs,
        output,
        {},
        label=f"{how.replace('_', ' ')} join"
        + (f" on {', '.join(map(str, sides[0]))}" if sides[0] else ""),
        started=started,
        tables=tables,
    )
    table: Table = output.table
    return DataFrame._make(table.frame, table.erased, step)


def _keys(
    left: DataFrame, right: Any, options: Mapping[str, Any]
) -> tuple[list[Any], list[Any]] | None:
    """Key columns of both sides; None when the keys are not columns of two tracked frames."""
    on, left_on, right_on = (options[name] for name in ("on", "left_on", "right_on"))
    if not isinstance(right, DataFrame):
        return None
    if options["how"] == "cross":
        return None if {on, left_on, right_on} != {None} else ([], [])
    if on is None and left_on is None and right_on is None:
        on = [name for name in left._held.columns if name in right._held.columns]
    if on is not None:
        left_on = right_on = on
    sides = []
    for frame, names in ((left, left_on), (right, right_on)):
        listed = [names] if pandas.api.types.is_scalar(names) else list(names)
        if not listed or not all(
            pandas.api.types.is_hashable(name) and name in frame._held.columns for name in listed
        ):
            return None
        sides.append(listed)
    return (sides[0], sides[1]) if len(sides[0]) == len(sides[1]) else None


def _converted(
    left: pandas.DataFrame, right: pandas.DataFrame, sides: tuple[list[Any], list[Any]]
) -> bool:
    """Say whether pandas converts keys to compare them: a categorical with what is no text, by what rows there are."""
    for one, other in zip(*sides, strict=True):
        dtypes = (left[one].dtype, right[other].dtype)
        categorical = [isinstance(dtype, pandas.CategoricalDtype) for dtype in dtypes]
        if any(categorical) and not all(categorical):
            numeric = [pandas.api.types.is_numeric_dtype(dtype) for dtype in dtypes]
            if any(numeric):
                return True
    return False


def join(frame: DataFrame, other: Any, on: Any = None, how: str = "left", **keywords: Any) -> Any:
    """``frame.join(other, on=column)`` with a table under an index of its keys, each once: its columns are looked up."""
    columns = _looked_up(frame, other, on) if how == "left" and not keywords else None
    if columns is not None:
        return with_series(frame, columns)
    options = {"on": on, "how": how, **keywords}
    return call_untracked("this join", frame._held.join, (other,), options, [frame._step])


def _looked_up(frame: DataFrame, other: Any, on: Any) -> dict[Any, Series] | None:
    """Columns of another table for the keys in column `on`; None when they cannot be looked up."""
    if isinstance(other, Series) and other._held.name is not None:
        parts = {other._held.name: other}
    elif isinstance(other, DataFrame):
        parts = {name: other._column(name) for name in other._held.columns}
    else:
        return None
    known = pandas.api.types.is_hashable(on) and on in frame._held.columns
    if not known or set(parts) & set(frame._held.columns):
        return None
    found: dict[Any, Series] = {}
    for name, part in parts.items():
        column = look_up(frame._column(on), part)
        if column is None:
            return None
        found[name] = column
    return found


def merge_any(left: Any, right: Any, *args: Any, **keywords: Any) -> Any:
    """``merge(left, right, ...)``."""
    if isinstance(left, DataFrame):
        return merge(left, right, *args, **keywords)
    if is_tracked([left, right]):
        return call_untracked("this merge", pandas.merge, (left, right, *args), keywords)
    return pandas.merge(left, right, *args, **keywords)


FRAME: dict[str, Callable[..., Any]] = {"join": join, "merge": merge}
MODULE: dict[str, Callable[..., Any]] = {"merge": merge_any}
