"""Source files as rows of fields that know which line they came from."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

MAX_PARSED_BYTES = 256_000_000
"""A larger source is not mutated."""

_SEPARATORS = ("\t", ",", ";", "|")
_NUMBER = re.compile(r"\s*[-+]?\d+(\.\d+)?\s*")
_DATE = re.compile(r"\s*\d{4}-\d{2}-\d{2}([T ].*)?")


@dataclass(frozen=True)
class Record:
    """One row of a source.

    Attributes
    ----------
    fields
        The fields as text, without what separates them.
    origin
        0-based number of the row in the real file, or None for a row that was made up.
    reached
        Whether the row is known to have reached the original's result.
    """

    fields: tuple[str, ...]
    origin: int | None
    reached: bool = False

    def put(self, column: int, value: str) -> Record:
        """Return the record with one field replaced."""
        return replace(self, fields=(*self.fields[:column], value, *self.fields[column + 1 :]))


@dataclass(frozen=True)
class Source:
    """A source file.

    Attributes
    ----------
    path
        Relative to the working folder.
    records
        Its rows, without the header.
    header
        The header's fields, or None.
    separator
        What separates fields; empty when every line is one field.
    quoted
        Whether fields may be quoted.
    ending
        What ends each line; the last line has it too.
    """

    path: str
    records: tuple[Record, ...]
    header: tuple[str, ...] | None
    separator: str
    quoted: bool
    ending: str = "\n"
    encoding: str = "utf-8"
    raw_lines: tuple[str, ...] = field(default=())

    @property
    def width(self) -> int:
        """The number of columns of most rows."""
        widths = Counter(len(record.fields) for record in self.records)
        return widths.most_common(1)[0][0] if widths else 0

    def column(self, index: int) -> list[str]:
        """Return the fields of a column, of the rows that have it."""
        return [r.fields[index] for r in self.records if index < len(r.fields)]

    def with_records(self, records: list[Record]) -> Source:
        """Return the source with other rows."""
        return replace(self, records=tuple(records))

    def to_bytes(self) -> bytes:
        """Return the file's content."""
        rows = [record.fields for record in self.records]
        if self.header is not None:
            rows.insert(0, self.header)
        if self.quoted:
            text = io.StringIO()
            csv.writer(text, delimiter=self.separator, lineterminator=self.ending).writerows(rows)
            content = text.getvalue()
        else:
            content = "".join(self.separator.join(row) + self.ending for row in rows)
        content += "".join(line + self.ending for line in self.raw_lines)
        return content.encode(self.encoding, "replace")


Sources = dict[str, Source]


class NotTabular(Exception):
    """A source cannot be read as lines of text; the message says why."""


def read_source(folder: Path, path: str) -> Source:
    """Read a source file.

    Raises
    ------
    NotTabular
        When the file is binary or too large.
    """
    file = folder / path
    if file.stat().st_size > MAX_PARSED_BYTES:
        raise NotTabular(f"'{path}' is too large to be mutated")
    return parse_source(path, file.read_bytes())


def parse_source(path: str, data: bytes) -> Source:
    """Read the content of a source file.

    Raises
    ------
    NotTabular
        When it is binary.
    """
    if b"\0" in data[:100_000]:
        raise NotTabular(f"'{path}' is a binary file and is not mutated")
    try:
        text, encoding = data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = data.decode("latin-1"), "latin-1"
    ending = "\r\n" if "\r\n" in text[:10_000] else "\n"
    separator = _separator(text, path)
    quoted = bool(separator) and bool(re.search(rf'(^|[{re.escape(separator)}\n])"', text))
    rows = _rows(text, separator, quoted)
    header = rows.pop(0) if separator and _has_header(rows) else None
    records = tuple(Record(row, i) for i, row in enumerate(rows))
    return Source(path, records, header, separator, quoted, ending, encoding)


def _separator(text: str, path: str) -> str:
    """Return the sign that divides most lines into the same number of fields."""
    if path.endswith((".jsonl", ".json", ".ndjson")):
        return ""
    lines = [line for line in text[:200_000].split("\n")[:200] if line]
    best, best_share = "", 0.0
    for sign in _SEPARATORS:
        counts = Counter(line.count(sign) for line in lines)
        common, times = counts.most_common(1)[0] if counts else (0, 0)
        share = times / max(len(lines), 1)
        if common > 0 and share > max(best_share, 0.5):
            best, best_share = sign, share
    return best


def _rows(text: str, separator: str, quoted: bool) -> list[tuple[str, ...]]:
    if quoted:
        return [tuple(row) for row in csv.reader(io.StringIO(text), delimiter=separator) if row]
    lines = text.replace("\r\n", "\n").split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    return [tuple(line.split(separator)) if separator else (line,) for line in lines]


def _has_header(rows: list[tuple[str, ...]]) -> bool:
    """Tell whether the first row names the columns: words only, over some column of numbers or dates."""
    if len(rows) < 2:
        return False
    first = rows[0]
    if any(not name.strip() or kind_of([name]) != "text" for name in first) or len(
        set(first)
    ) < len(first):
        return False
    body = [row for row in rows[1:200] if len(row) == len(first)]
    if any(kind_of([row[i] for row in body]) != "text" for i in range(len(first)) if body):
        return True
    return all(re.fullmatch(r"\w[\w .()/%-]*", name) for name in first) and not any(
        first[i] in {row[i] for row in body} for i in range(len(first))
    )


def kind_of(values: list[str]) -> str:
    """Return ``number``, ``date`` or ``text``: what nine tenths of the non-blank values look like."""
    filled = [value for value in values if value.strip()]
    if not filled:
        return "text"
    for kind, pattern in (("number", _NUMBER), ("date", _DATE)):
        if sum(bool(pattern.fullmatch(value)) for value in filled) >= 0.9 * len(filled):
            return kind
    return "text"


@dataclass(frozen=True)
class Column:
    """What a column of a source looks like.

    Attributes
    ----------
    source, index
        Which column.
    kind
        ``number``, ``date``, ``category`` (few distinct texts), ``key`` (shared with another
        source, or repeated identifiers) or ``text``.
    values
        Its distinct values, most frequent first, at most 1000.
    """

    source: str
    index: int
    kind: str
    values: list[str]


def columns_of(sources: Sources) -> list[Column]:
    """Describe all columns of all sources."""
    joined = links(sources)
    keys = {(link.left, link.left_column) for link in joined}
    keys |= {(link.right, link.right_column) for link in joined}
    described = []
    for path, source in sources.items():
        for index in range(source.width if source.separator else 0):
            values = source.column(index)
            counts = Counter(values)
            kind = kind_of(values)
            if (path, index) in keys:
                kind = "key"
            elif kind == "text" and len(counts) <= max(20, len(values) // 20):
                kind = "category"
            described.append(Column(path, index, kind, [v for v, _ in counts.most_common(1000)]))
    return described


@dataclass(frozen=True)
class Link:
    """Two columns of two sources that share values: probably a join key."""

    left: str
    left_column: int
    right: str
    right_column: int


def links(sources: Sources) -> list[Link]:
    """Find, for each pair of sources, the two columns that share the most values."""
    found = []
    names = list(sources)
    for i, left in enumerate(names):
        for right in names[i + 1 :]:
            link = _best_link(sources[left], sources[right])
            if link is not None:
                found.append(link)
    return found


def _best_link(left: Source, right: Source) -> Link | None:
    best, best_score = None, 0.0
    theirs = [set(right.column(j)) for j in range(right.width)]
    for i in range(left.width):
        ours = set(left.column(i))
        for j, other in enumerate(theirs):
            smaller = min(len(ours), len(other))
            # A column of numbers is often a counter: counters of two files overlap by chance.
            counter = kind_of(left.column(i)[:100]) == "number"
            score = len(ours & other) / max(smaller, 1) * (0.5 if counter else 1.0)
            if smaller > 1 and score > max(best_score, 0.3):
                best, best_score = Link(left.path, i, right.path, j), score
    return best
