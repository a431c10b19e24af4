"""Errors and warnings of the tracking, each with what to do about it."""

from __future__ import annotations

from .location import Location


class TrackingWarning(UserWarning):
    """Something the provenance cannot see through; a forget then re-runs the preparation.

    Attributes
    ----------
    message : str
    location : Location or None
        Place in user code.
    """

    def __init__(self, message: str, location: Location | None) -> None:
        super().__init__(f"{location}: {message}" if location else message)
        self.message = message
        self.location = location


class TrackingError(Exception):
    """Base of the errors that maintenance answers with."""


class FullRerun(TrackingError):
    """The result cannot be maintained locally: the preparation must run again.

    Attributes
    ----------
    reason : str
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason} The preparation has to run again as a whole.")
        self.reason = reason


class NeedsFunction(TrackingError):
    """A user function must be called for new values, and its notebook is not here.

    Attributes
    ----------
    function : str
    line : int or None
    """

    protocol_code = "needs-kernel"

    def __init__(self, function: str, line: int | None) -> None:
        at = "" if line is None else f" (line {line})"
        super().__init__(
            f"The function {function!r}{at} has to be called for values it has not seen yet. "
            "Open the notebook that defines it and run the cell, then repeat the request."
        )
        self.function = function
        self.line = line


class UntraceableError(TrackingError):
    """Rows have no known derivation."""

    protocol_code = "invalid-argument"

    def __init__(self, label: str, location: Location | None) -> None:
        super().__init__(f"{label} ({location}) is not tracked: rows after it cannot be traced.")


class UnsupportedError(TrackingError, ValueError):
    """Something that would break the provenance, refused with what to do instead."""

    protocol_code = "invalid-argument"


class DuplicateColumns(UnsupportedError):
    """Two columns of one frame have the same name."""

    def __init__(self, names: list[str], operation: str) -> None:
        listed = ", ".join(repr(name) for name in names)
        super().__init__(
            f"{operation} would give a frame with duplicate column names ({listed}). "
            "Rename one of them first: provenance is by column name."
        )
