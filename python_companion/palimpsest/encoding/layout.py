"""Where each column of X comes from in the raw matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..matrix import Ints, Layout, Marks, Seen
from .statistic import Outputs


def layout_of(
    outputs: Sequence[Outputs], starts: Sequence[int], units: Sequence[int]
) -> Layout | None:
    """Lay out the outputs of all steps, whose raw columns begin at `starts`, their marks at `units`.

    None when the columns of X are the raw columns.
    """
    source: list[Ints] = [np.empty(0, dtype=np.int64)]
    coded: list[Marks] = [np.empty(0, dtype=bool)]
    codes: list[tuple[int, int, float, float]] = []
    seen: list[Seen] = []
    first = 0
    for index, output in enumerate(outputs):
        start, width = starts[index], len(output.source)
        source.append(output.source + start)
        made = output.entries is not None or output.lens is not None
        coded.append(np.full(width, made) | (np.arange(width) >= width - output.blank))
        if output.entries is not None:
            columns = output.entries.column
            codes += zip(
                (columns + first).tolist(),
                source[-1][columns].tolist(),
                output.entries.code.tolist(),
                output.entries.value.tolist(),
                strict=True,
            )
        if output.lens is not None:
            stored, marks = slice(start, starts[index + 1]), slice(units[index], units[index + 1])
            seen.append(Seen(first, first + width, stored, marks, output.lens))
        first += width
    sources, copied = np.concatenate(source), ~np.concatenate(coded)
    if copied.all() and np.array_equal(sources, np.arange(starts[-1])):
        return None
    runs = _runs(np.flatnonzero(copied), sources)
    return Layout(first, tuple(runs), tuple(codes), tuple(seen))


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
