"""``series.isin(other)`` with a series of another table."""

from __future__ import annotations

from ..series import Series
from .arranging import run_operation
from .columns import as_frame


def isin(series: Series, among: Series) -> Series:
    """Say of each value whether it occurs in another series."""
    frames = [as_frame(series), as_frame(among)]
    label = f"{series._expr} is in {among._expr}"
    labels = frames[0]._step.node.labels
    found = run_operation("isin", frames, {}, label, labels=labels)
    result = found._column(found._held.columns[0])
    result._held = result._held.rename(series._held.name)
    return result
