"""What was read of a state of a run, kept in memory for whoever opens that state next.

Panels open a run anew for every request; a model that passes over all rows (see
`palimpsest.models.newton`) would read half a gigabyte each time. What is kept belongs to one
state of the run and goes when the run changes.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

RAW_BYTES = 2 << 30
"""The most that is kept of raw matrices, over all runs."""

RUNS = 8
"""Of how many runs something is kept."""

RAW, LABELS, LENT, WORKED_OUT = "raw", "labels", "lent", "worked out"

T = TypeVar("T")


@dataclass
class _Kept:
    version: int
    parts: dict[str, Any] = field(default_factory=dict)


class StateCache:
    """Parts of run states, by run.

    Nothing kept here is changed afterwards, but for a raw matrix and its labels, which `take` gives
    to one owner.
    """

    def __init__(self, raw_bytes: int = RAW_BYTES) -> None:
        self._raw_bytes = raw_bytes
        self._lock = threading.Lock()
        self._runs: OrderedDict[str, _Kept] = OrderedDict()

    def get(self, run: str, version: int, part: str, read: Callable[[], T]) -> T:
        """Return a part of a state; read it when it is not here."""
        with self._lock:
            kept = self._runs.get(run)
            if kept is not None and kept.version == version and part in kept.parts:
                self._runs.move_to_end(run)
                found: T = kept.parts[part]
                return found
        value = read()
        self.put(run, version, part, value)
        return value

    def put(self, run: str, version: int, part: str, value: Any) -> None:
        """Keep a part of a state; parts of an older one go."""
        with self._lock:
            kept = self._runs.get(run)
            if kept is None or kept.version < version:
                kept = self._runs[run] = _Kept(version)
            if kept.version == version:
                kept.parts[part] = value
            self._runs.move_to_end(run)
            self._shrink()

    def take(self, run: str, version: int, part: str) -> Any:
        """Return a part of a state, to be changed by its one new owner; None when it is not here."""
        with self._lock:
            kept = self._runs.get(run)
            if kept is None or kept.version != version:
                return None
            return kept.parts.pop(part, None)

    def drop(self, run: str) -> None:
        """Keep nothing of a run."""
        with self._lock:
            self._runs.pop(run, None)

    def _shrink(self) -> None:
        while len(self._runs) > RUNS:
            self._runs.popitem(last=False)
        for kept in list(self._runs.values()):
            if self._size() <= self._raw_bytes:
                break
            kept.parts.pop(RAW, None)

    def _size(self) -> int:
        raws = (kept.parts.get(RAW) for kept in self._runs.values())
        return sum(raw.values.nbytes + raw.erased.nbytes for raw in raws if raw is not None)


CACHE = StateCache()
"""That of the process."""
