"""Between series and frames of one column."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ..frame import DataFrame
from ..series import Series
from .projecting import project_step


def as_frame(series: Series, name: Any = None) -> DataFrame:
    """Frame of one column with the rows of a series."""
    started = time.perf_counter()
    column = series._held.name if name is None else name
    column = 0 if column is None else column
    held = series._held.to_frame(column)
    erased = {} if series._mask is None else {column: series._mask}
    step = project_step(
        "construct",
        series._steps,
        held,
        {column: series._expr},
        erased,
        series._calls,
        str(column),
        started,
    )
    return DataFrame._make(held, erased, step)


def as_series(frame: DataFrame, name: Any) -> Series:
    """Only column of a frame, as a series called `name`."""
    column = frame._held.columns[0]
    series = frame._column(column)
    series._held = series._held.rename(name)
    return series


def to_frame(series: Series, name: Any = None) -> DataFrame:
    """``series.to_frame()``."""
    return as_frame(series, name)


def rename(series: Series, index: Any = None, **keywords: Any) -> Any:
    """``series.rename(name)``."""
    from ..untracked import call_untracked

    if keywords or callable(index) or isinstance(index, dict):
        return call_untracked(
            "Series.rename of the index", series._held.rename, (index,), keywords, series._steps
        )
    return copy(series, name=index)


def copy(series: Series, deep: bool = True, *, name: Any = ...) -> Series:
    """``series.copy()``."""
    held = series._held.copy(deep) if name is ... else series._held.rename(name)
    return Series._make(held, series._mask, series._expr, series._steps, series._calls)


SERIES: dict[str, Callable[..., Any]] = {"copy": copy, "rename": rename, "to_frame": to_frame}
