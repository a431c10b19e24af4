"""Where each column of X comes from in the raw matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..matrix import Floats, Ints
from .statistic import Outputs


@dataclass(frozen=True)
class Layout:
    """How raw rows are spread out to one value a column of X.

    Attributes
    ----------
    width : int
        Number of columns of X.
    runs : tuple of (start, stop, source)
        Columns `start` to `stop` of X are copies of raw columns from `source` on.
    codes : tuple of (column, source, code)
        The column of X says whether the raw column equals the code.
    identical : bool
        X and the raw matrix have the same columns.
    """

    width: int
    runs: tuple[tuple[int, int, int], ...]
    codes: tuple[tuple[int, int, float], ...]
    identical: bool

    @classmethod
    def of(cls, outputs: Sequence[Outputs], starts: Sequence[int]) -> Layout:
        """Lay out the outputs of all steps, whose raw columns begin at `starts`."""
        none: list[Floats] = [np.empty(0)]
        code = np.concatenate(none + [output.code for output in outputs])
        sources = [
            output.source + start for output, start in zip(outputs, starts[:-1], strict=True)
        ]
        source = np.concatenate([np.empty(0, dtype=np.int64), *sources])
        copied = np.isnan(code)
        codes = tuple(
            (int(column), int(source[column]), float(code[column]))
            for column in np.flatnonzero(~copied)
        )
        identical = not codes and np.array_equal(source, np.arange(starts[-1]))
        return cls(len(code), tuple(_runs(np.flatnonzero(copied), source)), codes, identical)

    def expanded(self, raw: Floats) -> Floats:
        """Return one raw value a column of X; the rows themselves where nothing differs."""
        if self.identical:
            return raw
        values = np.empty((len(raw), self.width))
        for start, stop, source in self.runs:
            values[:, start:stop] = raw[:, source : source + stop - start]
        for column, source, code in self.codes:
            values[:, column] = raw[:, source] == code
        return values


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
