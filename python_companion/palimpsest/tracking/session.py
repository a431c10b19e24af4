"""What is noted while code runs: escapes, warnings, sources, results of user functions.

Outside `capture` there is one session for the process, so that tracking works in any notebook cell.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from .errors import TrackingWarning
from .location import Location, caller, sklearn_split
from .plan import Escape

_MOST_NOTES = 1000


@dataclass
class Session:
    """Notes of one capture, or of a process outside any capture."""

    escapes: list[Escape] = field(default_factory=list)
    warnings: list[TrackingWarning] = field(default_factory=list)
    results: dict[str, dict[Any, Any]] = field(default_factory=dict)
    """Function id -> exact argument -> result, while a capture lasts."""

    capturing: bool = False
    filters: int = 0
    """How many filters have run."""

    kept: dict[int, Any] = field(default_factory=dict)
    """Number of a filter -> keys of the rows that it keeps."""

    scans: list[Any] = field(default_factory=list)
    """Steps that read a source while a capture lasts, whether or not a result is made of them."""

    def next_filter(self) -> int:
        """Count a filter; return its number."""
        self.filters += 1
        return self.filters

    def escape(self, message: str) -> None:
        """Note that values left the tracking here; what a tracked split reads to check its arguments stays."""
        if sklearn_split() is not None:
            return
        if len(self.escapes) < _MOST_NOTES:
            self.escapes.append(Escape(message, caller()))

    def warn(self, message: str) -> TrackingWarning:
        """Note, and show, that the provenance cannot see through what is done here."""
        location = caller()
        warning = TrackingWarning(message, location)
        if len(self.warnings) < _MOST_NOTES:
            self.warnings.append(warning)
        _show(warning, location)
        return warning


def _show(warning: TrackingWarning, location: Location | None) -> None:
    file, line = (location.file, location.line) if location else ("<unknown>", 0)
    warnings.warn_explicit(warning, TrackingWarning, file, line)


_PROCESS = Session()
_CURRENT: ContextVar[Session] = ContextVar("palimpsest_session", default=_PROCESS)


def session() -> Session:
    """Return the current session."""
    return _CURRENT.get()


@contextmanager
def new_session() -> Iterator[Session]:
    """Open a session of its own for a block of code."""
    opened = Session(capturing=True)
    token = _CURRENT.set(opened)
    try:
        yield opened
    finally:
        _CURRENT.reset(token)
