"""Find a small set of source rows on which a difference still shows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from palimpsest.verify.inputs.sampling import sample
from palimpsest.verify.inputs.sources import Record, Sources, links
from palimpsest.verify.values import Cell

_SHORTEST_CLUE = 5
_MAX_CLUE_ROWS = 20
_SAMPLE_SIZES = (50, 200, 800)

Differs = Callable[[Sources], bool]
_Place = tuple[str, Record]


@dataclass(frozen=True)
class Effort:
    """How much may be spent: runs of both versions, and seconds."""

    runs: int = 40
    seconds: float = 20.0


class _OutOfEffort(Exception):
    """Enough was tried."""


class Shrinker:
    """Removes source rows while a difference remains (delta debugging).

    Parameters
    ----------
    differs
        Runs both versions and tells whether the same difference shows.
    effort
        When to stop; the smallest input found so far is then the answer.
    """

    def __init__(self, differs: Differs, effort: Effort | None = None) -> None:
        self._differs = differs
        self._effort = effort or Effort()
        self._runs = 0
        self._deadline = time.monotonic() + self._effort.seconds
        self._best: Sources | None = None

    def shrink(self, sources: Sources, clues: Sequence[Cell]) -> Sources | None:
        """Return the smallest input found with the difference; None when none is smaller."""
        try:
            start = self._first(sources, clues)
            self._minimise(start)
        except _OutOfEffort:
            pass
        return self._best

    def _try(self, sources: Sources) -> bool:
        if self._runs >= self._effort.runs or time.monotonic() > self._deadline:
            raise _OutOfEffort
        self._runs += 1
        if not self._differs(sources):
            return False
        self._best = sources
        return True

    def _first(self, sources: Sources, clues: Sequence[Cell]) -> Sources:
        """Return a small input to start from: rows that resemble the difference, or a sample."""
        suspected = rows_like(sources, clues)
        if any(source.records for source in suspected.values()) and self._try(suspected):
            return suspected
        for seed, size in enumerate(_SAMPLE_SIZES):
            if size < max(len(source.records) for source in sources.values()):
                sampled = sample(sources, size, seed)
                if self._try(sampled):
                    return sampled
        return sources

    def _minimise(self, sources: Sources) -> Sources:
        places = [(path, record) for path, source in sources.items() for record in source.records]
        parts = 2
        while len(places) > 1:
            size = -(-len(places) // parts)
            for start in range(0, len(places), size):
                rest = places[:start] + places[start + size :]
                if self._try(_only(sources, rest)):
                    places, parts = rest, max(parts - 1, 2)
                    break
            else:
                if size == 1:
                    break
                parts = min(parts * 2, len(places))
        return _only(sources, places)


def _only(sources: Sources, places: list[_Place]) -> Sources:
    kept: dict[str, list[Record]] = {path: [] for path in sources}
    for path, record in places:
        kept[path].append(record)
    return {path: source.with_records(kept[path]) for path, source in sources.items()}


def rows_like(sources: Sources, clues: Sequence[Cell]) -> Sources:
    """Return the rows that hold a longer text of the clues, and the rows these are joined with."""
    words = {
        _normal(clue)
        for clue in clues
        if isinstance(clue, str) and len(clue.strip()) >= _SHORTEST_CLUE
    }
    chosen: dict[str, list[Record]] = {}
    for path, source in sources.items():
        rows = [
            record
            for record in source.records
            if any(_normal(text) in words for text in source.texts(record))
        ]
        chosen[path] = rows if len(rows) <= _MAX_CLUE_ROWS else []
    for link in links(sources):
        for here, i, there, j in (
            (link.left, link.left_column, link.right, link.right_column),
            (link.right, link.right_column, link.left, link.left_column),
        ):
            if chosen[here] and not chosen[there]:
                keys = {
                    record.fields[i].strip() for record in chosen[here] if i < len(record.fields)
                }
                rows = [
                    r
                    for r in sources[there].records
                    if j < len(r.fields) and r.fields[j].strip() in keys
                ]
                chosen[there] = rows[:_MAX_CLUE_ROWS]
    return {path: source.with_records(chosen[path]) for path, source in sources.items()}


def _normal(text: str) -> str:
    return text.strip().casefold()
