"""Keeping the rows and computing columns: select, assign, rename, drop, copy."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas

from ..expressions import Column, Expr, Literal, shorten
from ..frame import DataFrame
from ..literals import NotPlannable, to_json
from ..operations.base import Output
from ..scalar import by_row
from ..series import Series, same_rows, together
from ..steps import LiveCall, Step, draft, finish, pass_through
from ..table import ErasedMasks, Table, masks_of
from ..untracked import call_untracked


def projected(  # noqa: PLR0917
    operation: str,
    frame: DataFrame,
    held: pandas.DataFrame,
    expressions: Mapping[Any, Expr],
    erased: ErasedMasks,
    label: str,
    started: float,
    more: Sequence[Series] = (),
) -> DataFrame:
    """Make the frame of a projection whose values are known already.

    Parameters
    ----------
    operation : str
    frame : DataFrame
        Whose rows are kept.
    held : pandas.DataFrame
    expressions : mapping of column to Expr
    erased : dict
    label : str
    started : float
    more : sequence of Series
        Series whose expressions are used.
    """
    steps, calls = together(more)
    inputs = [frame._step, *(step for step in steps if step is not frame._step)]
    step = project_step(operation, inputs, held, expressions, erased, calls, label, started)
    return DataFrame._make(held, erased, step)


def project_step(  # noqa: PLR0917
    operation: str,
    inputs: Sequence[Step],
    held: pandas.DataFrame,
    expressions: Mapping[Any, Expr],
    erased: ErasedMasks,
    calls: Mapping[int, LiveCall],
    label: str,
    started: float,
) -> Step:
    """Record a projection over steps of one space."""
    node = draft(operation, {}, inputs, expressions)
    return finish(
        node,
        inputs,
        Output(Table(held, erased)),
        calls,
        label=label,
        started=started,
        labels=inputs[0].node.labels,
    )


def select(frame: DataFrame, names: list[Any]) -> DataFrame:
    """``frame[names]``."""
    started = time.perf_counter()
    held = frame._held[names]
    expressions = {name: Column(frame._step.node.id, name) for name in held.columns}
    erased = masks_of(frame._erased, list(held.columns))
    label = f"select {', '.join(map(str, held.columns))}"
    return projected("select", frame, held, expressions, erased, shorten(label), started)


def drop(frame: DataFrame, labels: Any = None, **keywords: Any) -> Any:
    """``frame.drop(columns=...)``; dropping rows by label is untracked."""
    started = time.perf_counter()
    columns = keywords.get("columns", labels if keywords.get("axis") in (1, "columns") else None)
    rows = keywords.get("index") is not None
    if columns is None or rows:
        return call_untracked(
            "DataFrame.drop of rows", frame._held.drop, (labels,), keywords, [frame._step]
        )
    errors = keywords.get("errors", "raise")
    held = frame._held.drop(columns=columns, errors=errors)
    expressions = {name: Column(frame._step.node.id, name) for name in held.columns}
    erased = masks_of(frame._erased, list(held.columns))
    named = columns if isinstance(columns, (list, tuple)) else [columns]
    label = shorten(f"drop {', '.join(map(str, named))}")
    return projected("select", frame, held, expressions, erased, label, started)


def rename(frame: DataFrame, mapper: Any = None, **keywords: Any) -> Any:
    """``frame.rename(columns=...)``; renaming the index is untracked."""
    started = time.perf_counter()
    columns = keywords.get("columns", mapper if keywords.get("axis") in (1, "columns") else None)
    if columns is None or keywords.get("index") is not None:
        return call_untracked(
            "DataFrame.rename of the index", frame._held.rename, (mapper,), keywords, [frame._step]
        )
    held = frame._held.rename(columns=columns, errors=keywords.get("errors", "ignore"))
    return _renamed(frame, held, started)


def _renamed_by(change: Callable[[pandas.DataFrame, Any], pandas.DataFrame]) -> Any:
    def run(frame: DataFrame, text: str, axis: Any = None) -> Any:
        started = time.perf_counter()
        if axis in (0, "index"):
            return call_untracked("renaming the index", change, (frame, text), {})
        return _renamed(frame, change(frame._held, text), started)

    return run


def set_axis(frame: DataFrame, labels: Any, *, axis: Any = 0, **keywords: Any) -> Any:
    """``frame.set_axis(names, axis=1)``."""
    if axis in (1, "columns") and not keywords:
        return set_names(frame, labels)
    return call_untracked(
        "set_axis of the index", frame._held.set_axis, (labels,), keywords, [frame._step]
    )


def filter_columns(frame: DataFrame, *args: Any, **keywords: Any) -> Any:
    """``frame.filter(items=, like=, regex=)`` of columns."""
    if keywords.get("axis") in (0, "index"):
        held = frame._held.filter
        return call_untracked("filter of the index", held, args, keywords, [frame._step])
    return select(frame, list(frame._held.filter(*args, **keywords).columns))


def select_dtypes(frame: DataFrame, *args: Any, **keywords: Any) -> Any:
    """``frame.select_dtypes(include, exclude)``."""
    return select(frame, list(frame._held.select_dtypes(*args, **keywords).columns))


def reindex(frame: DataFrame, labels: Any = None, **keywords: Any) -> Any:
    """``frame.reindex(columns=names)`` of columns that are there."""
    names = list(keywords.get("columns", ()))
    if labels is None and set(keywords) == {"columns"} and set(names) <= set(frame._held.columns):
        return select(frame, names)
    return call_untracked("reindex", frame._held.reindex, (labels,), keywords, [frame._step])


def insert(frame: DataFrame, loc: int, column: Any, value: Any, **keywords: Any) -> None:
    """``frame.insert(place, name, value)``, in place."""
    if keywords or column in frame._held.columns:
        raise ValueError(f"cannot insert {column}, already exists")
    names = list(frame._held.columns)
    changed = copy(frame)
    set_column(changed, column, value)
    ordered = select(changed, [*names[:loc], column, *names[loc:]])
    frame._become(ordered._held, ordered._erased, ordered._step)


def pop(frame: DataFrame, item: Any) -> Series:
    """``frame.pop(name)``, in place."""
    column = frame._column(item)
    del frame[item]
    return column


def set_names(frame: DataFrame, names: Sequence[Any]) -> DataFrame:
    """``frame.columns = names``."""
    started = time.perf_counter()
    return _renamed(frame, frame._held.set_axis(pandas.Index(names), axis=1), started)


def _renamed(frame: DataFrame, held: pandas.DataFrame, started: float) -> DataFrame:
    pairs = list(zip(frame._held.columns, held.columns, strict=True))
    expressions = {new: Column(frame._step.node.id, old) for old, new in pairs}
    erased = {new: frame._erased[old] for old, new in pairs if old in frame._erased}
    label = ", ".join(f"{old} as {new}" for old, new in pairs if old != new)
    return projected("rename", frame, held, expressions, erased, shorten(label), started)


def assign(frame: DataFrame, **columns: Any) -> DataFrame:
    """``frame.assign(...)``: functions get the frame as it is so far, as in pandas."""
    result = frame
    for name, value in columns.items():
        result = _with_column(result, name, value(result) if callable(value) else value)
    return copy(frame) if result is frame else result


def set_column(frame: DataFrame, name: Any, value: Any) -> None:
    """``frame[name] = value``."""
    changed = _with_column(frame, name, value)
    frame._become(changed._held, changed._erased, changed._step)


def _with_column(frame: DataFrame, name: Any, value: Any) -> DataFrame:
    started = time.perf_counter()
    expression, series = _column_expression(frame, value)
    held = frame._held.copy(deep=False)
    if expression is None:
        return _with_values(frame, name, value)
    held[name] = series._held if series is not None else value
    expressions = pass_through(frame._step) | {name: expression}
    erased = {column: mask for column, mask in frame._erased.items() if column != name}
    if series is not None and series._mask is not None:
        erased[name] = series._mask
    label = shorten(f"{name} = {expression}")
    more = [] if series is None else [series]
    return projected("assign", frame, held, expressions, erased, label, started, more)


def _column_expression(frame: DataFrame, value: Any) -> tuple[Expr | None, Series | None]:
    """Expression of a new column; None when its values come from outside the frame's rows."""
    value = by_row(value, [frame._column(name) for name in frame._held.columns[:1]])
    if isinstance(value, Series):
        if not len(frame._held.columns):
            return None, None
        fits = same_rows(frame._column(frame._held.columns[0]), value)
        return (value._expr, value) if fits else (None, None)
    if not pandas.api.types.is_scalar(value):
        return None, None
    try:
        to_json(value)
    except NotPlannable:
        return None, None
    return Literal(value), None


def _with_values(frame: DataFrame, name: Any, value: Any) -> DataFrame:
    """Add a column of values of unknown origin."""

    def put(held: pandas.DataFrame, values: Any) -> pandas.DataFrame:
        return held.assign(**{name: values})

    result: DataFrame = call_untracked(
        "assignment of values that are not computed from the frame's rows", put, (frame, value), {}
    )
    return result


def copy(frame: DataFrame, deep: bool = True) -> DataFrame:
    """``frame.copy()``."""
    return DataFrame._make(frame._held.copy(deep), dict(frame._erased), frame._step)


def pipe(
    frame: DataFrame, function: Callable[..., Any] | tuple[Any, str], *args: Any, **keywords: Any
) -> Any:
    """``frame.pipe(function)``: the function gets the tracked frame."""
    if isinstance(function, tuple):
        target, name = function
        return target(*args, **{**keywords, name: frame})
    return function(frame, *args, **keywords)


def get(frame: DataFrame, key: Any, default: Any = None) -> Any:
    """``frame.get(column)``."""
    return frame[key] if key in frame._held.columns else default


FRAME: dict[str, Callable[..., Any]] = {
    "add_prefix": _renamed_by(lambda held, text: held.add_prefix(text)),
    "add_suffix": _renamed_by(lambda held, text: held.add_suffix(text)),
    "assign": assign,
    "copy": copy,
    "drop": drop,
    "filter": filter_columns,
    "get": get,
    "insert": insert,
    "pipe": pipe,
    "pop": pop,
    "reindex": reindex,
    "rename": rename,
    "select_dtypes": select_dtypes,
    "set_axis": set_axis,
}
