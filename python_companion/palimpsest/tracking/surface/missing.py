"""Missing values: ``dropna``, ``fillna`` of a frame."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import pandas

from ..frame import DataFrame
from ..series import Series
from ..untracked import call_untracked
from .arranging import reset_positions
from .columns import as_frame, as_series
from .filtering import filter_frame
from .framewise import with_series
from .projecting import copy, select


def dropna(frame: DataFrame, **keywords: Any) -> Any:
    """``frame.dropna(subset=, how=, thresh=)``: a filter; dropping columns is untracked."""
    how = keywords.get("how", "any")
    known = {"subset", "how", "thresh", "ignore_index"}
    if keywords.get("axis") in (0, "index"):
        del keywords["axis"]
    if (
        not set(keywords) <= known
        or {"how", "thresh"} <= set(keywords)
        or how not in ("any", "all")
    ):
        return call_untracked("this dropna", frame._held.dropna, (), keywords, [frame._step])
    subset = keywords.get("subset")
    if subset is None:
        names = list(frame._held.columns)
    else:
        names = [subset] if pandas.api.types.is_scalar(subset) else list(subset)
    missing = [name for name in names if name not in frame._held.columns]
    if missing:
        raise KeyError(missing)
    if not names:
        return copy(frame)
    if keywords.get("thresh") is not None:
        predicate = select(frame, names).count(axis=1) >= keywords["thresh"]
    else:
        present = [frame._column(name).notna() for name in names]
        predicate = reduce(lambda a, b: a & b if how == "any" else a | b, present)
    kept = filter_frame(frame, predicate)
    return reset_positions(kept) if keywords.get("ignore_index") else kept


def dropna_series(series: Series, **keywords: Any) -> Any:
    """``series.dropna()``."""
    return as_series(dropna(as_frame(series), **keywords), series._held.name)


def fillna(frame: DataFrame, value: Any = None, **keywords: Any) -> Any:
    """``frame.fillna(value)``, also by column."""
    if keywords or value is None or isinstance(value, (DataFrame, Series)):
        return call_untracked("this fillna", frame._held.fillna, (value,), keywords, [frame._step])
    by_column = value if isinstance(value, dict) else dict.fromkeys(frame._held.columns, value)
    names = [name for name in frame._held.columns if name in by_column]
    return with_series(frame, {name: frame._column(name).fillna(by_column[name]) for name in names})


FRAME: dict[str, Callable[..., Any]] = {"dropna": dropna, "fillna": fillna}
SERIES: dict[str, Callable[..., Any]] = {"dropna": dropna_series}
