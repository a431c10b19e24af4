"""Functions of the module that make a column of a column: ``to_datetime``, ``to_numeric``, ``cut``, ``qcut``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas

from ..frame import DataFrame
from ..literals import NotPlannable, to_json
from ..operations.whole import ORDERED
from ..series import Series, elementwise
from ..untracked import call_untracked, is_tracked
from .arranging import run_operation
from .columns import as_frame
from .framewise import each_column


def of_whole_column(
    function: str,
    series: Series,
    args: Sequence[Any] = (),
    keywords: Mapping[str, Any] | None = None,
) -> Any:
    """Run a function of a whole column (see `palimpsest.tracking.operations.whole`) and record it."""
    named = dict(keywords or {})
    try:
        to_json([*args, *named.values()])
    except NotPlannable:
        return None
    frame = as_frame(series)
    label = f"{function} of {series._expr}"
    arguments = {"arguments": list(args), "keywords": named}
    labels = frame._step.node.labels
    made = run_operation(function, [frame], arguments, label, labels=labels)
    result = made._column(made._held.columns[0])
    result._held = result._held.rename(series._held.name)
    return result


def _by_pandas(name: str, args: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
    """Leave a call to pandas; with tracked arguments its result is marked untracked."""
    function = getattr(pandas, name)
    if is_tracked(list(args)) or is_tracked(dict(keywords)):
        return call_untracked(f"pandas.{name}", function, args, keywords)
    return function(*args, **keywords)


def to_numeric(arg: Any, *args: Any, **keywords: Any) -> Any:
    """``pandas.to_numeric(series, errors=)``."""
    if isinstance(arg, Series) and not args:
        return elementwise("to_numeric", (arg,), keywords)
    return _by_pandas("to_numeric", (arg, *args), keywords)


def to_timedelta(arg: Any, *args: Any, **keywords: Any) -> Any:
    """``pandas.to_timedelta(series, unit=)``."""
    if isinstance(arg, Series) and not args:
        return elementwise("to_timedelta", (arg,), keywords)
    return _by_pandas("to_timedelta", (arg, *args), keywords)


def to_datetime(arg: Any, *args: Any, **keywords: Any) -> Any:
    """``pandas.to_datetime(series, format=)``.

    Without a format pandas reads that of all text from the first value: then the result looks at all rows.
    """
    if isinstance(arg, Series) and not args:
        text = arg._held.dtype == object or isinstance(arg._held.dtype, pandas.StringDtype)
        if keywords.get("format") is not None or not text:
            return elementwise("to_datetime", (arg,), keywords)
        made = of_whole_column("to_datetime", arg, keywords=keywords)
        if made is not None:
            return made
    return _by_pandas("to_datetime", (arg, *args), keywords)


def cut(x: Any, bins: Any, *args: Any, **keywords: Any) -> Any:
    """``pandas.cut(series, bins)``; with a number of bins it looks at all rows for their edges."""
    if isinstance(x, Series) and not args and not keywords.get("retbins"):
        if not pandas.api.types.is_scalar(bins):
            edges = bins if isinstance(bins, pandas.IntervalIndex) else list(bins)
            return elementwise("cut", (x, edges), keywords)
        made = of_whole_column("cut", x, [bins], keywords)
        if made is not None:
            return made
    return _by_pandas("cut", (x, bins, *args), keywords)


def qcut(x: Any, q: Any, *args: Any, **keywords: Any) -> Any:
    """``pandas.qcut(series, q)``: its edges come from all rows."""
    if isinstance(x, Series) and not args and not keywords.get("retbins"):
        made = of_whole_column("qcut", x, [q], keywords)
        if made is not None:
            return made
    return _by_pandas("qcut", (x, q, *args), keywords)


def astype(series: Series, dtype: Any, **keywords: Any) -> Any:
    """``series.astype(dtype)``.

    pandas writes intervals of whole numbers as ``(0, 1]``, but as ``(0.0, 1.0]`` when a value is missing somewhere in the
    column: then the result looks at all rows.
    """
    held = series._held.dtype
    categories = held.categories if isinstance(held, pandas.CategoricalDtype) else None
    if categories is not None and isinstance(categories.dtype, pandas.IntervalDtype):
        made = of_whole_column("astype", series, [dtype], keywords)
        if made is not None:
            return made
    return series._elementwise("astype", dtype, **keywords)


def _missing(name: str) -> Callable[[Any], Any]:
    def run(obj: Any) -> Any:
        if isinstance(obj, (Series, DataFrame)):
            return getattr(obj, name)()
        return getattr(pandas, name)(obj)

    return run


def _series_method(name: str) -> Callable[..., Any]:
    def run(series: Series, *args: Any, **keywords: Any) -> Any:
        given = {key: value for key, value in keywords.items() if value is not None}
        made = of_whole_column(name, series, args, given) if "axis" not in given else None
        if made is not None:
            return made
        held = getattr(series._held, name)
        return call_untracked(f"this {name}", held, args, keywords, series._steps)

    return run


def _frame_method(name: str) -> Callable[..., Any]:
    def run(frame: DataFrame, *args: Any, **keywords: Any) -> Any:
        if "axis" in keywords:
            held = getattr(frame._held, name)
            return call_untracked(f"this {name}", held, args, keywords, [frame._step])
        return each_column(frame, lambda _, one: getattr(one, name)(*args, **keywords))

    return run


SERIES: dict[str, Callable[..., Any]] = {
    "astype": astype,
    **{name: _series_method(name) for name in [*sorted(ORDERED), "rank"]},
}
FRAME: dict[str, Callable[..., Any]] = {
    name: _frame_method(name) for name in sorted(ORDERED - {"pct_change"})
}
MODULE: dict[str, Callable[..., Any]] = {
    "cut": cut,
    "qcut": qcut,
    "to_datetime": to_datetime,
    "to_numeric": to_numeric,
    "to_timedelta": to_timedelta,
    **{name: _missing(name) for name in ("isna", "isnull", "notna", "notnull")},
}
