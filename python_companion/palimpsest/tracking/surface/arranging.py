"""Rows on top of each other, multiplied, in another order, some of them: concat, explode, sort_values, head."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas

from ..evaluate import no_functions
from ..expressions import Expr, Literal, shorten
from ..frame import DataFrame
from ..operations import OPERATIONS
from ..series import Series, same_rows, together
from ..steps import draft, finish
from ..table import ErasedMasks, any_erased
from ..untracked import call_untracked, is_tracked
from .columns import as_frame, as_series
from .framewise import with_series
from .projecting import project_step, select


def run_operation(
    operation: str,
    frames: list[DataFrame],
    arguments: Mapping[str, Any],
    label: str,
    *,
    labels: tuple[str | None, ...] | None = None,
) -> DataFrame:
    """Run an operation without expressions on frames, and record it.

    `labels` names the levels of the result's index when they hold data.
    """
    started = time.perf_counter()
    inputs = [frame._step for frame in frames]
    tables = [frame._table for frame in frames]
    node = draft(operation, arguments, inputs)
    output = OPERATIONS[operation].run(node, tables, no_functions)
    step = finish(
        node,
        inputs,
        output,
        {},
        label=shorten(label),
        started=started,
        labels=labels,
        tables=tables,
    )
    return DataFrame._make(output.table.frame, output.table.erased, step)


def concat(objs: Iterable[Any] | Mapping[Any, Any], **keywords: Any) -> Any:
    """``concat(frames)`` of rows, or of columns of frames with the same rows."""
    given = {key: value for key, value in keywords.items() if value is not None}
    parts = list(objs) if not isinstance(objs, Mapping) else None
    if not is_tracked(dict(objs) if isinstance(objs, Mapping) else parts):
        return pandas.concat(objs if parts is None else parts, **given)
    sideways = given.get("axis", 0) in (1, "columns")
    if (
        parts is None
        or not parts
        or not set(given) <= {"axis", "ignore_index", "join", "sort", "copy"}
    ):
        return call_untracked("this concat", pandas.concat, (objs,), given)
    if sideways:
        made = _beside(parts, given)
        return (
            call_untracked("this concat", pandas.concat, (parts,), given) if made is None else made
        )
    if all(isinstance(part, Series) for part in parts):
        return _stacked(parts, given)
    renumbered = bool(given.get("ignore_index", False))
    plain = all(
        isinstance(part, DataFrame) and (renumbered or part._step.node.labels is None)
        for part in parts
    )
    if not plain:
        return call_untracked("this concat", pandas.concat, (parts,), given)
    arguments = {
        "join": given.get("join", "outer"),
        "ignore_index": bool(given.get("ignore_index", False)),
        "sort": bool(given.get("sort", False)),
    }
    return run_operation("concat", parts, arguments, f"{len(parts)} tables on top of each other")


def _stacked(parts: list[Series], keywords: Mapping[str, Any]) -> Any:
    """Values of several series on top of each other."""
    names = {part._held.name for part in parts}
    name = names.pop() if len(names) == 1 else None
    column = "values" if name is None else name
    frames = [as_frame(part, column) for part in parts]
    renumbered = bool(keywords.get("ignore_index", False))
    if not renumbered and any(frame._step.node.labels is not None for frame in frames):
        return call_untracked("this concat", pandas.concat, (parts,), keywords)
    arguments = {"join": "outer", "ignore_index": renumbered, "sort": False, "series": True}
    label = f"{len(parts)} columns on top of each other"
    return as_series(run_operation("concat", frames, arguments, label), name)


def _beside(parts: list[Any], keywords: Mapping[str, Any]) -> DataFrame | None:
    """Columns of several frames and series with the same rows; None when they are not that."""
    started = time.perf_counter()
    if not set(keywords) <= {"axis"} or not all(isinstance(p, (DataFrame, Series)) for p in parts):
        return None
    columns: list[Series] = []
    for part in parts:
        listed = (
            [part._column(c) for c in part._held.columns] if isinstance(part, DataFrame) else [part]
        )
        columns += listed
    names = [column._held.name for column in columns]
    if not columns or None in names or len(set(names)) < len(names):
        return None
    if not all(same_rows(columns[0], other) for other in columns[1:]):
        return None
    held = pandas.concat([part._held for part in parts], axis=1)
    expressions: dict[Any, Expr] = {column._held.name: column._expr for column in columns}
    erased: ErasedMasks = {c._held.name: c._mask for c in columns if c._mask is not None}
    steps, calls = together(columns)
    label = shorten(", ".join(map(str, names)))
    step = project_step("construct", steps, held, expressions, erased, calls, label, started)
    return DataFrame._make(held, erased, step)


def explode(frame: DataFrame, column: Any, ignore_index: bool = False) -> Any:
    """``frame.explode(column)``."""
    columns = list(column) if isinstance(column, (list, tuple)) else [column]
    if frame._step.node.labels is not None or not all(c in frame._held.columns for c in columns):
        return call_untracked(
            "this explode", frame._held.explode, (column, ignore_index), {}, [frame._step]
        )
    arguments = {"columns": columns, "ignore_index": bool(ignore_index)}
    return run_operation("explode", [frame], arguments, f"each of {', '.join(map(str, columns))}")


def explode_series(series: Series, ignore_index: bool = False) -> Any:
    """``series.explode()``."""
    frame = as_frame(series)
    return as_series(explode(frame, frame._held.columns[0], ignore_index), series._held.name)


def sort_values(frame: DataFrame, by: Any, **keywords: Any) -> Any:
    """``frame.sort_values(by, ascending=, kind=, na_position=, ignore_index=, key=)``."""
    names = list(by) if isinstance(by, (list, tuple)) else [by]
    if callable(keywords.get("key")) and all(name in frame._held.columns for name in names):
        made = _sort_by_key(frame, names, dict(keywords))
        if made is not None:
            return made
    known = {"ascending", "kind", "na_position", "ignore_index"}
    if not set(keywords) <= known or not all(name in frame._held.columns for name in names):
        return call_untracked(
            "this sort_values", frame._held.sort_values, (by,), keywords, [frame._step]
        )
    ascending = keywords.get("ascending", True)
    arguments = {
        "by": names,
        "ascending": list(ascending) if isinstance(ascending, (list, tuple)) else bool(ascending),
        "kind": keywords.get("kind") or "quicksort",
        "na_position": keywords.get("na_position", "last"),
    }
    result = run_operation(
        "sort_values",
        [frame],
        arguments,
        f"sort by {', '.join(map(str, names))}",
        labels=frame._step.node.labels,
    )
    return reset_positions(result) if keywords.get("ignore_index") else result


def _sort_by_key(frame: DataFrame, names: list[Any], keywords: dict[str, Any]) -> Any:
    """Sort by functions of the columns; None when these cannot be recorded."""
    function = keywords.pop("key")
    keys = {f"(key {place})": function(frame._column(name)) for place, name in enumerate(names)}
    anchor = frame._column(frame._held.columns[0])
    if not all(isinstance(key, Series) and same_rows(anchor, key) for key in keys.values()):
        return None
    result = sort_values(with_series(frame, keys), list(keys), **keywords)
    return select(result, list(frame._held.columns))


def reset_positions(frame: DataFrame) -> DataFrame:
    """``frame.reset_index(drop=True)``."""
    arguments = {"drop": True, "names": []}
    return run_operation("reset_index", [frame], arguments, "number the rows")


def head(frame: DataFrame, n: int = 5) -> Any:
    """``frame.head(n)``."""
    return run_operation(
        "head", [frame], {"rows": slice(None, n)}, f"first {n}", labels=frame._step.node.labels
    )


def tail(frame: DataFrame, n: int = 5) -> Any:
    """``frame.tail(n)``."""
    rows = slice(-n, None) if n > 0 else slice(0 if n == 0 else -n, 0 if n == 0 else None)
    return run_operation(
        "tail", [frame], {"rows": rows}, f"last {n}", labels=frame._step.node.labels
    )


def slice_rows(frame: DataFrame, rows: slice) -> DataFrame:
    """``frame.iloc[start:stop]``."""
    label = f"rows {Literal(rows)}"
    return run_operation("slice", [frame], {"rows": rows}, label, labels=frame._step.node.labels)


def set_index(frame: DataFrame, keys: Any, **keywords: Any) -> Any:
    """``frame.set_index(columns)``; an index of anything else is untracked."""
    names = list(keys) if isinstance(keys, list) else [keys]
    hashable = all(pandas.api.types.is_hashable(name) for name in names)
    plain = hashable and all(name in frame._held.columns for name in names)
    options = {key: value for key, value in keywords.items() if key != "verify_integrity"}
    if not plain or not set(options) <= {"drop"} or any_erased(frame._erased, names) is not None:
        return call_untracked(
            "this set_index", frame._held.set_index, (keys,), keywords, [frame._step]
        )
    if keywords.get("verify_integrity"):
        frame._held.set_index(keys, verify_integrity=True)  # raises when it fails
    arguments = {"keys": names, "drop": bool(options.get("drop", True))}
    label = f"index by {', '.join(map(str, names))}"
    return run_operation("set_index", [frame], arguments, label, labels=tuple(names))


def reset_index(frame: DataFrame, level: Any = None, **keywords: Any) -> Any:
    """``frame.reset_index()`` of an index that holds data, or with ``drop=True``."""
    if keywords == {"drop": True} and level is None:
        return reset_positions(frame)
    labels = frame._step.node.labels
    if labels is None or level is not None or keywords or None in labels:
        return call_untracked(
            "reset_index() of row numbers, which change when rows go (write drop=True),",
            frame._held.reset_index,
            (level,),
            keywords,
            [frame._step],
        )
    arguments = {"drop": False, "names": list(labels)}
    return run_operation("reset_index", [frame], arguments, "index to columns")


def reset_series(series: Series, level: Any = None, **keywords: Any) -> Any:
    """``series.reset_index(name=...)``: a frame, or with ``drop=True`` a series."""
    name = keywords.pop("name", series._held.name)
    if keywords == {"drop": True} and level is None:
        return as_series(reset_positions(as_frame(series)), series._held.name)
    frame = as_frame(series, name)
    return reset_index(frame, level, **keywords)


def sort_series(series: Series, **keywords: Any) -> Any:
    """``series.sort_values()``."""
    frame = as_frame(series)
    name = frame._held.columns[0]
    if not set(keywords) <= {"ascending", "kind", "na_position", "ignore_index"}:
        return call_untracked(
            "this sort_values", series._held.sort_values, (), keywords, series._steps
        )
    return as_series(sort_values(frame, name, **keywords), series._held.name)


def head_series(series: Series, n: int = 5) -> Series:
    """``series.head(n)``."""
    return as_series(head(as_frame(series), n), series._held.name)


def tail_series(series: Series, n: int = 5) -> Series:
    """``series.tail(n)``."""
    return as_series(tail(as_frame(series), n), series._held.name)


FRAME: dict[str, Callable[..., Any]] = {
    "explode": explode,
    "head": head,
    "reset_index": reset_index,
    "set_index": set_index,
    "sort_values": sort_values,
    "tail": tail,
}
SERIES: dict[str, Callable[..., Any]] = {
    "explode": explode_series,
    "head": head_series,
    "reset_index": reset_series,
    "sort_values": sort_series,
    "tail": tail_series,
}
MODULE = {"concat": concat}
