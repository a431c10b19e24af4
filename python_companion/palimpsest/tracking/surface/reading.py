"""Reading sources: files and databases, and errors that say where and what to do."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import pandas

from ..addresses import file_behind
from ..literals import NotPlannable, to_json
from ..session import session
from ..shortlines import find_short_lines
from ..source_errors import explain, explain_query
from ..sources import SourcePath, scan_frame, scanned, stored_frame
from ..untracked import untracked_frame

_UNTRACKED_OPTIONS = ("chunksize", "iterator", "index_col")


def read_csv(path: Any, *args: Any, **keywords: Any) -> Any:
    """``pandas.read_csv``; the result knows its source."""
    return _read_text("read_csv", path, args, keywords, ",")


def read_table(path: Any, *args: Any, **keywords: Any) -> Any:
    """``pandas.read_table``; the result knows its source."""
    return _read_text("read_table", path, args, keywords, "\t")


def read_json(path: Any, *args: Any, **keywords: Any) -> Any:
    """``pandas.read_json``; the result knows its source, with ``lines=True`` and as a list of records."""
    return _read("read_json", path, args, keywords)


def read_parquet(path: Any, *args: Any, **keywords: Any) -> Any:
    """``pandas.read_parquet``; the result knows its source."""
    return _read("read_parquet", path, args, keywords)


def read_sql(query: Any, con: Any, *args: Any, **keywords: Any) -> Any:
    """``pandas.read_sql``; the database is the source, given by its URL."""
    return _read_database("read_sql", query, con, args, keywords)


def read_sql_query(query: Any, con: Any, *args: Any, **keywords: Any) -> Any:
    """``pandas.read_sql_query``; the database is the source, given by its URL."""
    return _read_database("read_sql_query", query, con, args, keywords)


def read_sql_table(table: Any, con: Any, *args: Any, **keywords: Any) -> Any:
    """``pandas.read_sql_table``; the database is the source, given by its URL."""
    return _read_database("read_sql_table", table, con, args, keywords)


def _read_text(name: str, path: Any, args: Any, keywords: dict[str, Any], separator: str) -> Any:
    result = _read(name, path, args, keywords)
    frame = getattr(result, "_held", None)
    if isinstance(frame, pandas.DataFrame) and stored_frame(path) is None and not args:
        short = find_short_lines(path, frame, keywords, separator)
        if short is not None:
            session().warn(
                f"{os.fspath(path)}, line {short.line}, column {short.fields + 1}: {short.count} "
                f"lines have fewer than {short.expected} fields. pandas takes what is not there as "
                "missing or empty; code that splits the lines by hand fails. Complete the lines, or leave "
                "them out with dropna()."
            )
    return result


def _read(name: str, path: Any, args: Any, keywords: dict[str, Any]) -> Any:
    started = time.perf_counter()
    stored = stored_frame(path)
    if stored is not None:
        return scanned(path, stored, _options(name, keywords), started)
    with explain(path, keywords):
        result = getattr(pandas, name)(path, *args, **keywords)
    odd = _odd(name, args, keywords, result)
    if odd:
        return _unknown(f"{name} {odd}", result, started)
    return scanned(path, result, _options(name, keywords), started)


def _read_database(name: str, query: Any, con: Any, args: Any, keywords: dict[str, Any]) -> Any:
    started = time.perf_counter()
    options = _options(name, {"query": query, **keywords})
    stored = stored_frame(con)
    if stored is not None:
        return scanned(con, stored, options, started)
    # SourcePath is a string to everybody, but SQLAlchemy wants no other kind.
    target = str(con) if isinstance(con, str) else con
    with explain_query(con):
        result = getattr(pandas, name)(query, target, *args, **keywords)
    odd = _odd(name, args, keywords, result)
    if odd:
        return _unknown(f"{name} {odd}", result, started)
    if isinstance(con, SourcePath):
        return scanned(con, result, options, started)
    return scan_frame(_database_name(con), result, {}, options, started)


def _database_name(con: Any) -> str:
    """Name a database that is no parameter of the preparing function."""
    address = con if isinstance(con, str) else getattr(getattr(con, "engine", con), "url", None)
    file = None if address is None else file_behind(str(address)) or str(address)
    return "database" if file is None else os.path.basename(file).split(".")[0] or "database"


def _odd(name: str, args: Any, keywords: dict[str, Any], result: Any) -> str | None:
    """Say why rows of a result have no identity, if they have none."""
    odd = [key for key in _UNTRACKED_OPTIONS if keywords.get(key) not in (None, False)]
    if odd:
        return f"with {', '.join(odd)}"
    if args:
        return "with positional options"
    if not isinstance(result, pandas.DataFrame):
        return "of something that is no table"
    if name not in ("read_csv", "read_table") and not _is_positional(result.index):
        return "of rows with labels of their own"
    return None


def _is_positional(index: pandas.Index[Any]) -> bool:
    # An index without rows has whatever type its reader likes.
    return not len(index) or bool(index.equals(pandas.RangeIndex(len(index))))


def _options(name: str, keywords: dict[str, Any]) -> dict[str, Any]:
    """Options as JSON-able values; an option that a plan cannot hold is kept by its representation."""
    options: dict[str, Any] = {"reader": name}
    for key, value in keywords.items():
        try:
            options[key] = to_json(value)
        except NotPlannable:
            options[key] = {"$": "repr", "v": repr(value)}
    return options


def _unknown(name: str, result: Any, started: float) -> Any:
    if isinstance(result, pandas.DataFrame):
        session().warn(f"{name} is not tracked: its rows have no identity.")
        return untracked_frame(name, result, [], started)
    session().warn(f"{name} is not tracked: what is read through it has no provenance.")
    session().escape(f"{name} read values outside the tracking")
    return result


def untracked_reader(name: str) -> Callable[..., Any]:
    """Make a reader of `pandas` that has no tracked counterpart: its rows have no identity."""

    def read(*args: Any, **keywords: Any) -> Any:
        started = time.perf_counter()
        return _unknown(name, getattr(pandas, name)(*args, **keywords), started)

    return read


MODULE = {
    reader.__name__: reader
    for reader in (
        read_csv,
        read_table,
        read_json,
        read_parquet,
        read_sql,
        read_sql_query,
        read_sql_table,
    )
}
