"""Reading sources: ``read_csv`` and errors that say where and what to do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pandas

from ..literals import NotPlannable, to_json
from ..session import session
from ..source_errors import explain
from ..sources import scanned, stored_frame
from ..untracked import untracked_frame

_UNTRACKED_OPTIONS = ("chunksize", "iterator", "index_col")


def read_csv(path: Any, *args: Any, **keywords: Any) -> Any:
    """``pandas.read_csv``; the result knows its source."""
    return _read("read_csv", pandas.read_csv, path, args, keywords)


def read_table(path: Any, *args: Any, **keywords: Any) -> Any:
    """``pandas.read_table``; the result knows its source."""
    return _read("read_table", pandas.read_table, path, args, keywords)


def _read(
    name: str, reader: Callable[..., Any], path: Any, args: Any, keywords: dict[str, Any]
) -> Any:
    started = time.perf_counter()
    stored = stored_frame(path)
    if stored is not None:
        return scanned(path, stored, _options(name, keywords), started)
    with explain(path, keywords):
        result = reader(path, *args, **keywords)
    odd = [key for key in _UNTRACKED_OPTIONS if keywords.get(key) not in (None, False)]
    if odd or args or not isinstance(result, pandas.DataFrame):
        return _unknown(f"{name} with {', '.join(odd) or 'positional options'}", result, started)
    return scanned(path, result, _options(name, keywords), started)


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


MODULE = {"read_csv": read_csv, "read_table": read_table}
