"""``drop_duplicates`` and ``duplicated``."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas

from ..frame import DataFrame
from ..operations.base import Output
from ..operations.drop_duplicates import duplicated
from ..series import Series
from ..steps import draft, finish
from ..table import Table, take_masks
from .arranging import run_operation
from .columns import as_frame, as_series
from .projecting import select


def drop_duplicates(frame: DataFrame, subset: Any = None, **keywords: Any) -> Any:
    """``frame.drop_duplicates(subset, keep=, ignore_index=)``."""
    started = time.perf_counter()
    held = frame._held
    names = _names(held, subset)
    node = draft(
        "drop_duplicates", {"subset": names, "keep": keywords.get("keep", "first")}, [frame._step]
    )
    kept = ~duplicated(node, frame._table)
    positions = np.flatnonzero(kept).astype(np.int32)
    result = held[kept]
    if keywords.get("ignore_index"):
        result = result.set_axis(pandas.RangeIndex(len(result)))
    erased = take_masks(frame._erased, positions)
    step = finish(
        node,
        [frame._step],
        Output(Table(result, erased), (positions,)),
        {},
        label=f"{node.arguments['keep']} of each {', '.join(map(str, names or ['row']))}",
        started=started,
        labels=None if keywords.get("ignore_index") else frame._step.node.labels,
        tables=[frame._table],
    )
    return DataFrame._make(result, erased, step)


def _names(held: pandas.DataFrame, subset: Any) -> list[Any] | None:
    if subset is None:
        return None
    single = pandas.api.types.is_hashable(subset) and subset in held.columns
    names = [subset] if single or pandas.api.types.is_scalar(subset) else list(subset)
    missing = [name for name in names if name not in held.columns]
    if missing:
        raise KeyError(pandas.Index(missing))
    return names


def duplicated_rows(frame: DataFrame, subset: Any = None, keep: Any = "first") -> Series:
    """``frame.duplicated(subset, keep=)``."""
    names = _names(frame._held, subset)
    part = frame if names is None else select(frame, list(dict.fromkeys(names)))
    column = "duplicated"
    arguments = {"subset": names, "keep": keep, "column": column}
    listed = ", ".join(map(str, names or ["row"]))
    label = f"is each {listed} a duplicate"
    labels = part._step.node.labels
    made = run_operation("duplicated", [part], arguments, label, labels=labels)
    return as_series(made, None)


def duplicated_values(series: Series, keep: Any = "first") -> Series:
    """``series.duplicated(keep=)``."""
    result = duplicated_rows(as_frame(series), None, keep)
    result._held = result._held.rename(series._held.name)
    return result


def drop_duplicates_series(series: Series, **keywords: Any) -> Series:
    """``series.drop_duplicates(keep=)``."""
    return as_series(drop_duplicates(as_frame(series), **keywords), series._held.name)


FRAME: dict[str, Callable[..., Any]] = {
    "drop_duplicates": drop_duplicates,
    "duplicated": duplicated_rows,
}
SERIES: dict[str, Callable[..., Any]] = {
    "drop_duplicates": drop_duplicates_series,
    "duplicated": duplicated_values,
}
