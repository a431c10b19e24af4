"""``DataFrame(...)``, ``Series(...)``: from tracked series, or from values in the code."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import pandas

from ..expressions import Expr, Literal, shorten
from ..frame import DataFrame
from ..literals import NotPlannable, to_json
from ..scalar import by_row
from ..series import Series, same_rows, together
from ..sources import scan_frame
from ..table import ErasedMasks
from ..untracked import call_untracked, is_tracked
from .columns import as_series
from .projecting import copy, project_step

CODE = "code"
"""Name of the source of tables whose values are written in the code."""


def make_frame(data: Any, args: Sequence[Any], keywords: Mapping[str, Any]) -> DataFrame:
    """``DataFrame(data, ...)``."""
    if isinstance(data, DataFrame) and not args and not keywords:
        return copy(data)
    if isinstance(data, dict) and not args and set(keywords) <= {"columns", "copy"}:
        made = _of_series(data, keywords)
        if made is not None:
            return made
    if is_tracked(data) or is_tracked(list(args)) or is_tracked(dict(keywords)):
        result: DataFrame = call_untracked(
            "this DataFrame(...)", pandas.DataFrame, (data, *args), keywords
        )
        return result
    started = time.perf_counter()
    return scan_frame(CODE, pandas.DataFrame(data, *args, **keywords), {}, {}, started)


def _of_series(data: Mapping[Any, Any], keywords: Mapping[str, Any]) -> DataFrame | None:
    """Frame of series of the same rows, and of constants; None when it is not that."""
    started = time.perf_counter()
    series = [value for value in data.values() if isinstance(value, Series)]
    data = {name: by_row(value, series) for name, value in data.items()}
    names = list(keywords.get("columns") or data)
    if not series or not all(same_rows(series[0], other) for other in series[1:]):
        return None
    if not all(name in data for name in names):
        return None
    expressions: dict[Any, Expr] = {}
    for name in names:
        value = data[name]
        if isinstance(value, Series):
            expressions[name] = value._expr
            continue
        try:
            to_json(value)
        except NotPlannable:
            return None
        if not pandas.api.types.is_scalar(value):
            return None
        expressions[name] = Literal(value)
    plain = {k: v._held if isinstance(v, Series) else v for k, v in data.items()}
    held = pandas.DataFrame(plain, **keywords)
    erased: ErasedMasks = {
        name: data[name]._mask
        for name in names
        if isinstance(data[name], Series) and data[name]._mask is not None
    }
    steps, calls = together(series)
    label = shorten(", ".join(map(str, names)))
    step = project_step("construct", steps, held, expressions, erased, calls, label, started)
    return DataFrame._make(held, erased, step)


def make_series(data: Any, args: Sequence[Any], keywords: Mapping[str, Any]) -> Series:
    """``Series(data, ...)``."""
    result: Series
    if isinstance(data, Series) and not args and not keywords:
        return Series._make(data._held.copy(), data._mask, data._expr, data._steps, data._calls)
    if is_tracked(data) or is_tracked(list(args)) or is_tracked(dict(keywords)):
        result = call_untracked("this Series(...)", pandas.Series, (data, *args), keywords)
        return result
    held = pandas.Series(data, *args, **keywords)
    column = 0 if held.name is None else held.name
    result = as_series(scan_frame(CODE, held.to_frame(column), {}, {}), held.name)
    return result
