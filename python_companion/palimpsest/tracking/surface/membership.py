"""``series.isin(other)`` and ``series.map(other)`` with a series of another table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas

from ..operations.isin import finds_missing
from ..series import Series
from .arranging import reset_index, run_operation
from .columns import as_frame


def isin(series: Series, values: Any) -> Any:
    """``series.isin(values)``; also of another table's series."""
    if isinstance(values, Series):
        return _in_series(series, values)
    plain = values.tolist() if isinstance(values, (pandas.Series, pandas.Index)) else values
    return series._elementwise("isin", plain)


def _in_series(series: Series, among: Series) -> Series:
    """Say of each value whether it occurs in another series."""
    frames = [as_frame(series), as_frame(among)]
    label = f"{series._expr} is in {among._expr}"
    labels = frames[0]._step.node.labels
    found = run_operation("isin", frames, {}, label, labels=labels)
    result = found._column(found._held.columns[0])
    result._held = result._held.rename(series._held.name)
    return result


def look_up(series: Series, known: Series) -> Series | None:
    """``series.map(known)``: the value that stands under each value in another series; None when it has no keys."""
    labels = known._steps[0].node.labels
    if labels is None or len(labels) != 1 or not known._held.index.is_unique:
        return None
    if finds_missing(series._held, known._held):
        return None
    column = "(value)"
    table = reset_index(as_frame(known, column))
    if not labels[0] or labels[0] not in table._held.columns:
        return None
    frames = [as_frame(series), table]
    label = f"{series._expr} looked up in {known._expr}"
    arguments = {"key": labels[0]}
    made = run_operation("look_up", frames, arguments, label, labels=frames[0]._step.node.labels)
    result = made._column(made._held.columns[0])
    result._held = result._held.rename(series._held.name)
    return result


SERIES: dict[str, Callable[..., Any]] = {"isin": isin}
