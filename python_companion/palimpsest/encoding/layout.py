"""Where each column of X comes from in the raw matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..matrix import Floats, Ints, Layout
from .statistic import Outputs


def layout_of(outputs: Sequence[Outputs], starts: Sequence[int]) -> Layout | None:
    """Lay out the outputs of all steps, whose raw columns begin at `starts`.

    None when the columns of X are the raw columns.
    """
    none: list[Floats] = [np.empty(0)]
    code = np.concatenate(none + [output.code for output in outputs])
    sources = [output.source + start for output, start in zip(outputs, starts[:-1], strict=True)]
    source = np.concatenate([np.empty(0, dtype=np.int64), *sources])
    copied = np.isnan(code)
    codes = tuple(
        (int(column), int(source[column]), float(code[column]))
        for column in np.flatnonzero(~copied)
    )
    if not codes and np.array_equal(source, np.arange(starts[-1])):
        return None
    return Layout(len(code), tuple(_runs(np.flatnonzero(copied), source)), codes)


def _runs(
    columns: Ints,
    source: Ints,
) -> list[tuple[int, int, int]]:
    """Join neighbouring columns that are copies of neighbouring raw columns."""
    if not len(columns):
        return []
    breaks = np.flatnonzero((np.diff(columns) != 1) | (np.diff(source[columns]) != 1)) + 1
    return [
        (int(part[0]), int(part[-1]) + 1, int(source[part[0]]))
        for part in np.split(columns, breaks)
    ]
