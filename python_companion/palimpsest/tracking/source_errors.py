"""Errors of unreadable sources: which file, which line, and what to do.

Each is also of the type that pandas raises, so that code which catches that type still does.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pandas

from .addresses import address_of, file_behind


class SourceError(Exception):
    """A source cannot be read.

    Attributes
    ----------
    file : str
    line, column : int or None
        Both from 1.
    hint : str
        What to do.
    """

    file: str
    line: int | None
    column: int | None
    hint: str
    protocol_code = "invalid-source"

    @property
    def message(self) -> str:
        """What is wrong, without place and hint."""
        return self._problem

    def describe(
        self, problem: str, file: str, hint: str, line: int | None = None, column: int | None = None
    ) -> None:
        """Set the attributes and the text."""
        self.file, self.line, self.column, self.hint = file, line, column, hint
        self._problem = problem

    def __str__(self) -> str:
        place = "".join(
            f", {name} {number}"
            for name, number in (("line", self.line), ("column", self.column))
            if number is not None
        )
        return f"{self.file}{place}: {self._problem} {self.hint}"


class MissingFile(SourceError, FileNotFoundError):
    """The file does not exist."""


class UnreadableFile(SourceError, OSError):
    """The file exists and cannot be opened."""


class EmptyFile(SourceError, pandas.errors.EmptyDataError):  # type: ignore[misc]
    """The file holds nothing."""


class RaggedLine(SourceError, pandas.errors.ParserError):  # type: ignore[misc]
    """A line does not have the number of fields of the lines before it."""


class WrongEncoding(SourceError, UnicodeDecodeError):
    """The bytes are not text in the expected encoding."""


class BadValue(SourceError, ValueError):
    """A value does not fit the dtype that was asked for."""


@contextmanager
def explain(path: Any, options: Mapping[str, Any]) -> Iterator[None]:
    """Turn errors of reading `path` into a `SourceError` of the same kind."""
    if not isinstance(path, (str, os.PathLike)):
        yield
        return
    file = str(os.fspath(path))
    try:
        yield
    except SourceError:
        raise
    except FileNotFoundError as error:
        found = MissingFile(*error.args)
        found.describe("there is no such file.", file, _missing_hint(file))
        raise found from error
    except UnicodeDecodeError as error:
        raise _wrong_encoding(file, error, options) from error
    except pandas.errors.EmptyDataError as error:
        empty = EmptyFile(*error.args)
        empty.describe("the file is empty.", file, "Check that it was written completely.")
        raise empty from error
    except pandas.errors.ParserError as error:
        raise _ragged(file, error) from error
    except ImportError as error:
        raise missing_package(error, "pyarrow", "Reading Parquet") from error
    except OSError as error:
        unreadable = UnreadableFile(*error.args)
        unreadable.describe(f"{error.strerror or error}.", file, "Check its permissions.")
        raise unreadable from error
    except ValueError as error:
        if type(error).__module__.startswith("pyarrow"):
            problem = f"it is no Parquet file ({_first_line(error)})."
            raise as_source_error(error, problem, file, "Check how it was written.") from error
        if type(error) is not ValueError:
            raise
        bad = BadValue(*error.args)
        line, column = _bad_json(file) if options.get("lines") else (None, None)
        bad.describe(f"{error}.", file, _bad_value_hint(options), line, column)
        raise bad from error


@contextmanager
def explain_query(con: Any) -> Iterator[None]:
    """Turn errors of a query into a `SourceError` of the same kind, which does not quote a password."""
    address = address_of(con) if isinstance(con, str) else type(con).__name__
    file = file_behind(address) if isinstance(con, str) else None
    if file is not None and not os.path.exists(file):
        # SQLite would make an empty database there.
        missing = MissingFile(2, "No such file or directory", file)
        missing.describe("there is no such database.", file, _missing_hint(file))
        raise missing
    try:
        yield
    except SourceError:
        raise
    except ImportError as error:
        raise missing_package(error, "sqlalchemy", "Reading a database by its URL") from error
    except Exception as error:
        if not type(error).__module__.startswith(("sqlalchemy", "pandas", "sqlite3")):
            raise
        cause = error if error.__cause__ is None else error.__cause__
        cause = getattr(cause, "orig", None) or cause
        hint = "Check the query, and that the database can be reached."
        problem = f"the query failed ({_first_line(cause)})."
        raise as_source_error(error, problem, address, hint) from cause


def as_source_error(error: Exception, problem: str, file: str, hint: str) -> SourceError:
    """Make a `SourceError` that is also of the type of another error."""
    kind = type(type(error).__name__, (SourceError, type(error)), {"__module__": __name__})
    found: SourceError = kind.__new__(kind, *error.args)
    found.__dict__.update(error.__dict__)
    found.args = error.args
    found.describe(problem, file, hint)
    return found


def missing_package(error: ImportError, package: str, what: str) -> ImportError:
    """Say which package is missing, and how to install it."""
    if package not in str(error).lower():
        return error
    return ImportError(
        f"{what} needs {package}, which is not installed. Run: pip install {package}", name=package
    )


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


def _bad_value_hint(options: Mapping[str, Any]) -> str:
    if "lines" in options:
        return "Each line has to be one JSON object."
    return "Check names=, dtype= and usecols=."


def _bad_json(file: str) -> tuple[int | None, int | None]:
    """Line and column of the first line of a file that is no JSON."""
    try:
        with open(file, encoding="utf-8") as stream:
            for number, line in enumerate(stream, start=1):
                if not line.strip():
                    continue
                try:
                    json.loads(line)
                except json.JSONDecodeError as error:
                    return number, error.colno
    except (OSError, UnicodeDecodeError):
        return None, None
    return None, None


def _missing_hint(file: str) -> str:
    folder = os.path.dirname(os.path.abspath(file))
    if not os.path.isdir(folder):
        return f"The folder {folder} does not exist either."
    return f"Check the name; it is looked for in {folder}."


def _ragged(file: str, error: pandas.errors.ParserError) -> RaggedLine:
    ragged = RaggedLine(*error.args)
    match = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
    if match:
        expected, line, saw = map(int, match.groups())
        ragged.describe(
            f"expected {expected} fields, saw {saw}.",
            file,
            "Quote the field that holds the separator, or pass on_bad_lines='skip'.",
            line,
            expected + 1 if saw > expected else saw,
        )
    else:
        at = re.search(r"(?:row|line) (\d+)", str(error))
        ragged.describe(
            f"{error}.", file, "Check the quoting.", int(at.group(1)) + 1 if at else None
        )
    return ragged


def _wrong_encoding(
    file: str, error: UnicodeDecodeError, options: Mapping[str, Any]
) -> WrongEncoding:
    encoding = options.get("encoding") or "utf-8"
    wrong = WrongEncoding(error.encoding, error.object, error.start, error.end, error.reason)
    line, column = _undecodable(file, encoding)
    wrong.describe(
        f"the bytes are not {encoding} text ({error.reason}).",
        file,
        "Pass the file's encoding, such as encoding='latin-1' or encoding='cp1252'.",
        line,
        column,
    )
    return wrong


def _undecodable(file: str, encoding: str) -> tuple[int | None, int | None]:
    """Line and column of the first bytes that are not text; pandas only knows a place in its buffer."""
    try:
        with open(file, "rb") as stream:
            for number, line in enumerate(stream, start=1):
                try:
                    line.decode(encoding)
                except UnicodeDecodeError as error:
                    return number, len(line[: error.start].decode(encoding, "replace")) + 1
    except (OSError, LookupError):
        return None, None
    return None, None
