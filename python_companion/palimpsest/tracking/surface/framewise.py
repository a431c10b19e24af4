"""Element-wise methods of frames: the same for each column, or one value from the cells of a row."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas

from ..columnwise import REDUCED
from ..elementwise import ELEMENTWISE
from ..expressions import shorten
from ..frame import DataFrame
from ..scalar import is_single
from ..series import Series, elementwise, same_rows
from ..steps import pass_through
from ..untracked import call_untracked
from .mapping import map_function
from .projecting import projected


def with_series(frame: DataFrame, columns: Mapping[Any, Series], label: str = "") -> DataFrame:
    """Replace or add columns by series with the frame's rows."""
    started = time.perf_counter()
    held = frame._held.copy(deep=False)
    expressions = pass_through(frame._step)
    erased = {name: mask for name, mask in frame._erased.items() if name not in columns}
    for name, series in columns.items():
        held[name] = series._held
        expressions[name] = series._expr
        if series._mask is not None:
            erased[name] = series._mask
    described = label or "; ".join(f"{name} = {one._expr}" for name, one in columns.items())
    more = list(columns.values())
    return projected("assign", frame, held, expressions, erased, shorten(described), started, more)


def each_column(frame: DataFrame, compute: Callable[[Any, Series], Any]) -> Any:
    """Frame of a function of each column."""
    columns = {name: compute(name, frame._column(name)) for name in frame._held.columns}
    return with_series(frame, columns)


def _untracked(frame: DataFrame, name: str, args: Any, keywords: Any) -> Any:
    return call_untracked(f"this {name}", getattr(frame._held, name), args, keywords, [frame._step])


def _plain(name: str) -> Callable[..., Any]:
    """Make a method with the same arguments for each column."""

    def run(frame: DataFrame, *args: Any, **keywords: Any) -> Any:
        values = [*args, *keywords.values()]
        listed = any(pandas.api.types.is_list_like(value) for value in values)
        if listed and not (name == "isin" and isinstance(values[0], (list, set, tuple))):
            return _untracked(frame, name, args, keywords)
        return each_column(frame, lambda _, one: getattr(one, name)(*args, **keywords))

    return run


def _by_column(name: str) -> Callable[..., Any]:
    """Make a method whose first argument may be a dict with a value for some columns."""

    def run(frame: DataFrame, value: Any = None, *args: Any, **keywords: Any) -> Any:
        columns = set(frame._held.columns)
        if type(value) is not dict:
            return _plain(name)(frame, *([] if value is None else [value]), *args, **keywords)
        if not set(value) <= columns:
            return _untracked(frame, name, (value, *args), keywords)
        named = {
            column: getattr(frame._column(column), name)(one, *args, **keywords)
            for column, one in value.items()
        }
        return with_series(frame, named)

    return run


def replace(frame: DataFrame, *args: Any, **keywords: Any) -> Any:
    """``frame.replace(old, new)``, ``frame.replace({old: new})``."""
    nested = any(type(one) is dict and _nested(one, frame) for one in [*args, *keywords.values()])
    if nested:
        return _untracked(frame, "replace", args, keywords)
    return each_column(frame, lambda _, one: one.replace(*args, **keywords))


def _nested(value: dict[Any, Any], frame: DataFrame) -> bool:
    return any(type(one) is dict for one in value.values()) or bool(
        set(value) & set(frame._held.columns)
    )


def map_cells(frame: DataFrame, func: Any, na_action: str | None = None, **keywords: Any) -> Any:
    """``frame.map(function)``."""
    if not callable(func) or keywords or isinstance(func, np.ufunc):
        return _untracked(frame, "map", (func, na_action), keywords)
    ignore = na_action == "ignore"
    return each_column(frame, lambda _, one: map_function(one, func, ignore_missing=ignore))


def _choosing(name: str) -> Callable[..., Any]:
    """``frame.where(conditions, value)`` and ``mask``, with a frame of conditions."""

    def run(frame: DataFrame, cond: Any, other: Any = np.nan, **keywords: Any) -> Any:
        fits = isinstance(cond, DataFrame) and list(cond._held.columns) == list(frame._held.columns)
        if keywords or not fits or not is_single(other):
            return _untracked(frame, name, (cond, other), keywords)
        return each_column(
            frame, lambda column, one: getattr(one, name)(cond._column(column), other)
        )

    return run


def reduction(name: str) -> Callable[..., Any]:
    """Reduction of the cells of each row: ``frame.sum(axis=1)``."""

    def run(frame: DataFrame, *args: Any, **keywords: Any) -> Any:
        options = dict(keywords)
        across = options.pop("axis", args[0] if args else 0) in (1, "columns")
        if not across or len(args) > 1 or not len(frame._held.columns):
            return _untracked(frame, name, args, keywords)
        columns = frame._held.columns
        if options.pop("numeric_only", False):
            columns = frame._held.select_dtypes(["number", "bool"]).columns
        if not len(columns):
            return _untracked(frame, name, args, keywords)
        return elementwise(f"row.{name}", [frame._column(one) for one in columns], options)

    return run


def arithmetic(frame: DataFrame, function: str, other: Any, *, reflected: bool = False) -> Any:
    """``frame + value``, ``frame + frame`` column by column; None when it is neither."""
    columns = frame._held.columns
    if isinstance(other, DataFrame):
        if not len(columns) or list(other._held.columns) != list(columns):
            return None
        if not same_rows(frame._column(columns[0]), other._column(columns[0])):
            return None
    elif not is_single(other):
        return None

    def one(name: Any, column: Series) -> Any:
        operand = other._column(name) if isinstance(other, DataFrame) else other
        pair = (operand, column) if reflected else (column, operand)
        return elementwise(function, pair, {})

    return each_column(frame, one)


def ufunc(frame: DataFrame, name: str) -> Any:
    """``np.log1p(frame)`` and other functions of one operand; None when it is not known."""
    if f"np.{name}" not in ELEMENTWISE:
        return None
    return each_column(frame, lambda _, one: elementwise(f"np.{name}", (one,), {}))


def negated(frame: DataFrame, function: str) -> Any:
    """``-frame``, ``~frame``, ``abs(frame)``."""
    return each_column(frame, lambda _, one: elementwise(function, (one,), {}))


FRAME: dict[str, Callable[..., Any]] = {
    **{
        name: _plain(name) for name in ("abs", "clip", "isin", "isna", "isnull", "notna", "notnull")
    },
    **{name: _by_column(name) for name in ("astype", "round")},
    **{name: reduction(name) for name in REDUCED},
    "map": map_cells,
    "mask": _choosing("mask"),
    "replace": replace,
    "where": _choosing("where"),
}
