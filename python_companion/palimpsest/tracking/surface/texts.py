"""Methods behind ``.str`` and ``.dt`` that take or give several columns: ``cat``, ``extract``, ``isocalendar``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from ..frame import DataFrame
from ..series import Series, elementwise
from ..untracked import call_untracked
from .columns import as_frame
from .framewise import with_series


def cat(
    series: Series, others: Any = None, sep: Any = None, na_rep: Any = None, **more: Any
) -> Any:
    """``series.str.cat(others)`` with other series."""
    listed = list(others) if isinstance(others, (list, tuple)) else [others]
    if more or not listed or not all(isinstance(one, Series) for one in listed):
        keywords = {"sep": sep, "na_rep": na_rep, **more}
        run = series._held.str.cat
        return call_untracked("this Series.str.cat", run, (others,), keywords, series._steps)
    options = {key: one for key, one in (("sep", sep), ("na_rep", na_rep)) if one is not None}
    return elementwise("str.cat", (series, *listed), options)


def extract(series: Series, pat: str, flags: int = 0, expand: bool = True) -> Any:
    """``series.str.extract(pattern)``: a column for each group of the pattern."""
    compiled = re.compile(pat, flags)
    if not compiled.groups:
        return series._held.str.extract(pat, flags=flags)  # raises
    named = {number: name for name, number in compiled.groupindex.items()}
    options = {"flags": flags} if flags else {}
    columns = {
        named.get(group + 1, group): elementwise("str.extract_group", (series, pat, group), options)
        for group in range(compiled.groups)
    }
    if len(columns) == 1 and not expand:
        (result,) = columns.values()
        result._held = result._held.rename(next(iter(named.values()), series._held.name))
        return result
    return _frame_of(series, columns)


def isocalendar(series: Series) -> Any:
    """``series.dt.isocalendar()``: year, week and day."""
    parts = ("year", "week", "day")
    return _frame_of(
        series, {part: elementwise("dt.calendar_part", (series, part), {}) for part in parts}
    )


def _frame_of(series: Series, columns: dict[Any, Any]) -> DataFrame:
    """Frame of columns that were computed from a series."""
    first, *rest = columns
    frame = as_frame(columns[first], first)
    return with_series(frame, {name: columns[name] for name in rest}) if rest else frame


def _untracked_split(method: str) -> Callable[..., Any]:
    def run(series: Series, *args: Any, **keywords: Any) -> Any:
        if keywords.get("expand", method.endswith("partition")):
            held = getattr(series._held.str, method)
            name = f"Series.str.{method} into columns, as many as the values need,"
            return call_untracked(name, held, args, keywords, series._steps)
        return series._elementwise(f"str.{method}", *args, **keywords)

    return run


def repeat(series: Series, repeats: Any) -> Any:
    """``series.str.repeat(n)``."""
    if isinstance(repeats, (int, np.integer)):
        return series._elementwise("str.repeat", int(repeats))
    run = series._held.str.repeat
    return call_untracked("this Series.str.repeat", run, (repeats,), {}, series._steps)


ACCESSORS: dict[str, Callable[..., Any]] = {
    "dt.isocalendar": isocalendar,
    "str.cat": cat,
    "str.extract": extract,
    "str.partition": _untracked_split("partition"),
    "str.repeat": repeat,
    "str.rpartition": _untracked_split("rpartition"),
    "str.rsplit": _untracked_split("rsplit"),
    "str.split": _untracked_split("split"),
}
