"""Find where a result jumps: limits of values that the code computes, which no constant shows.

For a number in a source, rows are made that differ in it alone, over its whole range; where the rest of
the original's result changes from one row to the next, the place is narrowed down. The values around it
tell ``>`` from ``>=``, and rounding before a comparison from rounding after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from palimpsest.verify.inputs.mutations.base import Mutation
from palimpsest.verify.inputs.sources import Column, Record, Source, Sources
from palimpsest.verify.values import Array, Cell, Observed, Stages, Table

_GRID = 48
"""How many values are tried at once."""

_ROUNDS = 3
_JUMPS = 3
"""How many jumps are narrowed down for each column."""

_MOST_COLUMNS = 5
_MOST_VALUES = 6
"""A column of the result with more values than these follows the number, and has no jumps."""

_DECIMALS = (0, 1, 2, 3, 4)
_WIDEST_MATRIX = 64

Run = Callable[[Sources], Observed | None]
_Row = tuple[Cell, ...]


def thresholds(sources: Sources, columns: Sequence[Column], run: Run) -> Iterator[Mutation]:
    """Yield inputs with values around the places where the original's result jumps.

    Parameters
    ----------
    sources
        The sample.
    columns
        Its columns, with what the code does with them.
    run
        Runs the original; None when it fails.
    """
    wanted = [
        c for c in columns if c.kind == "number" and c.use.ways & {"number", "compared", "order"}
    ]
    for column in wanted[:_MOST_COLUMNS]:
        search = _search(sources, column, run)
        values = search.values_around_jumps() if search is not None else []
        if values and search is not None:
            name = f"values around the jumps of the result with {column.label}"
            yield Mutation(name, search.sources_with(values))


@dataclass(frozen=True)
class _Search:
    """A row whose number is varied.

    Attributes
    ----------
    sources, column
        Where the number is.
    template
        The row.
    offset
        Where the rows made of it begin in the result.
    others
        How many rows the result has beside them.
    run
        Runs the original.
    """

    sources: Sources
    column: Column
    template: Record
    offset: int
    others: int
    run: Run

    def values_around_jumps(self) -> list[str]:
        """Return values at and beside the places where the result jumps."""
        numbers = sorted(_numbers(self.column.values))
        whole = not any("." in value for value in self.column.values)
        found: list[str] = []
        for low, high in self._jumps(numbers[0], numbers[-1])[:_JUMPS]:
            narrow = (low, high)
            for _ in range(_ROUNDS - 1):
                inner = self._jumps(*narrow)
                narrow = inner[0] if inner else narrow
            found += _around(*narrow, whole)
        return list(dict.fromkeys(found))

    def _jumps(self, low: float, high: float) -> list[tuple[float, float]]:
        """Return pairs of neighbouring values between which the result changes."""
        step = (high - low) / (_GRID - 1)
        values = [low + i * step for i in range(_GRID)]
        texts = [f"{value:.6f}".rstrip("0").rstrip(".") for value in values]
        rows = rows_of(self.run(self.sources_with(texts))) or []
        there = len(rows) - self.others
        if not 0 < there <= _GRID:
            return []
        missing = _GRID - there
        # Values that give no row are taken to be the lowest; the highest are as likely.
        jumps = [missing - 1, there - 1] if missing else []
        own = rows[self.offset : self.offset + there]
        kept = [k for k in range(len(own[0])) if len({row[k] for row in own}) <= _MOST_VALUES]
        seen = [tuple(row[k] for k in kept) for row in own]
        jumps += [missing + i for i in range(there - 1) if seen[i] != seen[i + 1]]
        return [(values[i], values[i + 1]) for i in jumps]

    def sources_with(self, values: list[str]) -> Sources:
        """Return the sources with one row for each value, instead of those of the column's source."""
        source = self.sources[self.column.source]
        records = [_with(source, self.template, self.column.index, value) for value in values]
        return {**self.sources, self.column.source: source.with_records(records)}


def _search(sources: Sources, column: Column, run: Run) -> _Search | None:
    """Find a row of which copies reach the result as such, one after the other."""
    source = sources[column.source]
    if len(_numbers(column.values)) < 2:
        return None
    ranked = sorted(source.records, key=lambda record: not record.reached)
    for template in [ranked[0], ranked[len(ranked) // 2]]:
        if column.index >= len(template.fields):
            continue
        search = _Search(sources, column, template, 0, 0, run)
        same = source.text(template, column.index) or ""
        rows = rows_of(run(search.sources_with([same] * _GRID))) or []
        offset = _start_of_equal(rows, _GRID)
        if offset is not None:
            return replace(search, offset=offset, others=len(rows) - _GRID)
    return None


def rows_of(observed: Observed | None) -> list[_Row] | None:
    """Return the rows of a result, of several stages beside each other; None when they do not fit."""
    if isinstance(observed, Stages):
        parts = [rows_of(result) for result in observed.results.values()]
        fitting = [part for part in parts if part is not None]
        if not fitting:
            return None
        length = len(fitting[0])
        beside = [part for part in fitting if len(part) == length]
        return [tuple(cell for part in beside for cell in part[i]) for i in range(length)]
    if isinstance(observed, Table):
        return [tuple(_hashable(cell) for cell in row) for row in observed.rows]
    if isinstance(observed, Array):
        if observed.data.ndim == 1:
            return [(value,) for value in observed.data.tolist()]
        if observed.data.shape[1] <= _WIDEST_MATRIX:
            return [tuple(row) for row in observed.data.tolist()]
    return None


def _hashable(cell: Cell) -> Cell:
    return cell["text"] if isinstance(cell, dict) else cell


def _start_of_equal(rows: list[_Row], count: int) -> int | None:
    """Return where `count` equal rows begin, one after the other."""
    start = 0
    for i in range(1, len(rows) + 1):
        if i == len(rows) or rows[i] != rows[start]:
            if i - start >= count:
                return start
            start = i
    return None


def _numbers(values: list[str]) -> list[float]:
    numbers = []
    for value in values:
        try:
            numbers.append(float(value))
        except ValueError:
            continue
    return [number for number in numbers if abs(number) < 1e12]


def _around(low: float, high: float, whole: bool) -> list[str]:
    """Return values between and beside two others, with few decimals and with many."""
    found = [low, high, (low + high) / 2]
    texts = [f"{value:.6f}" for value in found] if not whole else []
    for decimals in (0,) if whole else _DECIMALS:
        step = 10.0**-decimals
        for value in (low, high):
            texts += [f"{value + k * step:.{decimals}f}" for k in (-1, 0, 1)]
    return texts


def _with(source: Source, record: Record, index: int, value: str) -> Record:
    return replace(source.put(record, index, value), origin=None)
