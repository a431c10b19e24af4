"""Typed errors: what went wrong, where, and what to do about it.

The codes are those of the protocol's ``ErrorInfo``; `protocol_code` is how the service finds them.
"""

from __future__ import annotations

from typing import Literal

Code = Literal[
    "not-found",
    "invalid-argument",
    "invalid-source",
    "stale-token",
    "empty-selection",
    "busy",
    "cancelled",
    "needs-kernel",
    "store",
    "internal",
]


class PalimpsestError(Exception):
    """An error that a user can act on.

    Parameters
    ----------
    code : str
        What kind of error it is; one of the codes of the protocol.
    message : str
        What went wrong: names the argument, what was got and what was expected.
    hint : str, optional
        What to do.
    file, line, column : optional
        Where, 1-based.
    """

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        hint: str | None = None,
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code: Code = code
        self.message = message
        self.hint = hint
        self.file = file
        self.line = line
        self.column = column

    @property
    def protocol_code(self) -> Code:
        """The code, as the protocol's service looks for it."""
        return self.code

    def __str__(self) -> str:
        place = "" if self.file is None else f"{self.file}"
        if place and self.line is not None:
            place += f":{self.line}"
        text = f"{place}: {self.message}" if place else self.message
        return text if self.hint is None else f"{text} {self.hint}"


class StoreError(PalimpsestError):
    """A run file or the catalog cannot be read or written."""

    def __init__(self, message: str, *, hint: str | None = None, file: str | None = None) -> None:
        super().__init__("store", message, hint=hint, file=file)


class BusyError(PalimpsestError):
    """Another process holds the file."""

    def __init__(self, message: str, *, hint: str | None = None, file: str | None = None) -> None:
        super().__init__("busy", message, hint=hint, file=file)


class InvalidArgumentError(PalimpsestError):
    """An argument does not make sense."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__("invalid-argument", message, hint=hint)


class NeedsKernelError(PalimpsestError):
    """The notebook's functions are needed and are not in this process."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__("needs-kernel", message, hint=hint)
