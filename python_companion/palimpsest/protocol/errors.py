"""Typed errors: from an exception of the companion to an `ErrorInfo` that says what to do.

Modules of the companion do not know the protocol. An exception class of theirs states its
`protocol_code` (one of the codes of `ErrorInfo`), and optionally the attributes `message`, `hint`,
`file`, `line` and `column` (see `palimpsest.errors`); anything without a code is an internal error.
"""

from __future__ import annotations

import logging
import sqlite3
from typing import Any, get_args

from pydantic import ValidationError

from palimpsest.protocol.messages import ErrorCode, ErrorInfo

logger = logging.getLogger(__name__)

ERROR_CODES: frozenset[str] = frozenset(get_args(ErrorCode))


class ProtocolError(Exception):
    """An error that already knows how it is told to the peer.

    Parameters
    ----------
    code
        One of the codes of `ErrorInfo`.
    message
        What went wrong, naming the argument, file or method.
    hint
        What to do about it.
    """

    def __init__(self, code: ErrorCode, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code: ErrorCode = code
        self.hint = hint


class CallCancelled(Exception):
    """The peer asked to stop this call."""


def describe(error: BaseException, method: str) -> ErrorInfo:
    """Tell an exception raised while answering `method` as an `ErrorInfo`.

    Exceptions that nobody foresaw are logged with their traceback and become ``internal``.
    """
    if isinstance(error, ProtocolError):
        return ErrorInfo(code=error.code, message=str(error), hint=error.hint)
    if isinstance(error, (CallCancelled, KeyboardInterrupt)):
        return ErrorInfo(code="cancelled", message=f"'{method}' was stopped on request.")
    code = getattr(error, "protocol_code", None)
    if isinstance(code, str) and code in ERROR_CODES:
        return _declared(error, code)
    if isinstance(error, FileNotFoundError) and error.filename is not None:
        return ErrorInfo(
            code="not-found",
            message=f"'{method}' needs the file '{error.filename}', which does not exist.",
            hint="Check the path; relative paths start at the kernel's working directory.",
            file=_text_or_none(error.filename),
        )
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return ErrorInfo(
            code="busy",
            message=f"'{method}' could not read or write the run file: {error}.",
            hint="Another kernel is using it. Try again when that kernel is idle.",
        )
    if isinstance(error, sqlite3.DatabaseError):
        logger.exception("The run file failed in %s", method, exc_info=error)
        return ErrorInfo(
            code="store",
            message=f"'{method}' could not use the run file or the catalog: {error}.",
            hint="Run the pipeline again to write a new run file.",
        )
    logger.error("Internal error in %s", method, exc_info=error)
    return ErrorInfo(
        code="internal",
        message=_valid_text(f"The companion failed in '{method}': {type(error).__name__}: {error}"),
        hint="This is a bug in Palimpsest; the kernel's log has its "
        "traceback. Restart the kernel and try again.",
    )


def malformed(error: ValidationError, what: str) -> ErrorInfo:
    """Tell what of a message or its parameters does not match the schema."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    first = details[0]
    place = ".".join(str(part) for part in first["loc"]) or "the message"
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    return ErrorInfo(
        code="malformed",
        message=_valid_text(f"{what} does not match the protocol: {place}: {first['msg']}{more}."),
        hint="See docs/protocol.md for the methods and their parameters.",
    )


def _declared(error: BaseException, code: str) -> ErrorInfo:
    details: dict[str, Any] = {
        name: getattr(error, name, None) for name in ("hint", "file", "line", "column")
    }
    return ErrorInfo.model_validate(
        {
            "code": code,
            "message": _valid_text(str(getattr(error, "message", error))),
            "hint": _text_or_none(details["hint"]),
            "file": _text_or_none(details["file"]),
            "line": _int_or_none(details["line"]),
            "column": _int_or_none(details["column"]),
        }
    )


def _text_or_none(value: object) -> str | None:
    return None if value is None else _valid_text(str(value))


def _int_or_none(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _valid_text(text: str) -> str:
    """Replace lone surrogates, which no JSON encoder sends."""
    return text.encode("utf-8", "replace").decode("utf-8")
