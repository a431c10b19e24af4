"""Lines of a file that have fewer fields than the others.

pandas fills such a line with missing values (or empty text) and says nothing. What `palimpsest.pandas` reads stays
equal to that; but code that splits lines by hand fails there, so the line is named.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas

_PLAIN = frozenset(
    {
        "sep",
        "delimiter",
        "header",
        "names",
        "dtype",
        "quoting",
        "quotechar",
        "doublequote",
        "escapechar",
        "encoding",
        "keep_default_na",
        "na_values",
        "na_filter",
        "skip_blank_lines",
        "parse_dates",
        "date_format",
        "converters",
        "engine",
        "low_memory",
        "memory_map",
        "dtype_backend",
        "thousands",
        "decimal",
        "true_values",
        "false_values",
        "float_precision",
    }
)
"""Options under which a line of the file is found again; with others nothing is said."""

_COMPRESSED = (".gz", ".bz2", ".zip", ".xz", ".zst", ".tar")


@dataclass(frozen=True)
class ShortLines:
    """The short lines of a file.

    Attributes
    ----------
    line : int
        The first of them, from 1.
    fields, expected : int
        How many fields it has, and how many it should have.
    count : int
    """

    line: int
    fields: int
    expected: int
    count: int


def find_short_lines(
    path: Any, frame: pandas.DataFrame, options: Mapping[str, Any], separator: str
) -> ShortLines | None:
    """Find lines with fewer fields than the frame that was read from them has columns.

    The file is looked through only when the last column has a missing value or an empty text: every
    short line has one there.
    """
    separator = options.get("sep") or options.get("delimiter") or separator
    readable = (
        isinstance(path, (str, os.PathLike))
        and os.path.isfile(path)
        and not os.fspath(path).endswith(_COMPRESSED)
        and set(options) <= _PLAIN
        and len(separator) == 1
        and options.get("header", 0) in (0, None, "infer")
        and isinstance(frame.index, pandas.RangeIndex)
    )
    if not readable or not frame.shape[1] or not _may_be_short(frame.iloc[:, -1]):
        return None
    if _has_all_separators(path, frame, options, separator):
        return None
    expected = frame.shape[1]
    try:
        short = [(line, n) for line, n in _fields(path, options, separator) if n < expected]
    except (csv.Error, UnicodeDecodeError, LookupError):
        return None
    return ShortLines(*short[0], expected, len(short)) if short else None


def _may_be_short(last: pandas.Series[Any]) -> bool:
    if last.isna().any():
        return True
    textual = last.dtype == object or isinstance(last.dtype, pandas.StringDtype)
    return textual and bool((last == "").any())


def _has_all_separators(
    path: Any, frame: pandas.DataFrame, options: Mapping[str, Any], separator: str
) -> bool:
    """Count bytes, where no field can be quoted: much quicker than to look for fields."""
    named = options.get("header", "infer") == "infer" and options.get("names") is None
    lines = len(frame) + int(named or options.get("header", "infer") == 0)
    quote, wanted = options.get("quotechar", '"').encode(), separator.encode()
    found = 0
    with open(path, "rb") as stream:
        while data := stream.read(1 << 20):
            if quote in data:
                return False
            found += data.count(wanted)
    return bool(found == lines * (frame.shape[1] - 1))


def _fields(path: Any, options: Mapping[str, Any], separator: str) -> Iterator[tuple[int, int]]:
    """Yield the line on which each record begins, and how many fields it has."""
    with open(path, encoding=options.get("encoding") or "utf-8", newline="") as stream:
        reader = csv.reader(
            stream,
            delimiter=separator,
            quoting=options.get("quoting", csv.QUOTE_MINIMAL),
            quotechar=options.get("quotechar", '"'),
            doublequote=options.get("doublequote", True),
            escapechar=options.get("escapechar"),
        )
        begun = 1
        for record in reader:
            blank = not record or (len(record) == 1 and not record[0].strip())
            if not blank or not options.get("skip_blank_lines", True):
                yield begun, len(record)
            begun = reader.line_num + 1
