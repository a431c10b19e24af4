"""Source files as rows of fields that know which line they came from."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path

from palimpsest.verify.inputs import jsonrows
from palimpsest.verify.inputs.uses import Use, Uses

MAX_PARSED_BYTES = 256_000_000
"""A larger source is not mutated."""

MISSING_WORDS = frozenset({"", "NA", "nan", "NaN", "NULL", "None", "N/A", "null", "?", "-"})
"""Texts that stand for a missing value in many files."""

_SEPARATORS = ("\t", ",", ";", "|")
_NUMBER = re.compile(r"\s*[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\s*")
_DATE = re.compile(r"\s*\d{4}-\d{2}-\d{2}([T ].*)?")


@dataclass(frozen=True)
class Record:
    """One row of a source.

    Attributes
    ----------
    fields
        The fields as text, without what separates them; of a JSON object, as JSON.
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
    paths
        For JSON objects, where each column's values are in them.
    listed
        Whether the JSON objects stand in one list instead of one a line.
    unfinished
        Whether the last line has no end.
    """

    path: str
    records: tuple[Record, ...]
    header: tuple[str, ...] | None
    separator: str
    quoted: bool
    ending: str = "\n"
    encoding: str = "utf-8"
    raw_lines: tuple[str, ...] = field(default=())
    paths: tuple[jsonrows.Path, ...] = ()
    listed: bool = False
    unfinished: bool = False

    @property
    def width(self) -> int:
        """The number of columns of most rows."""
        widths = Counter(len(record.fields) for record in self.records)
        return widths.most_common(1)[0][0] if widths else 0

    def column(self, index: int) -> list[str]:
        """Return the texts of a column, of the rows that have it."""
        return [text for record in self.records if (text := self.text(record, index)) is not None]

    def text(self, record: Record, index: int) -> str | None:
        """Return a field as plain text, or None when the row has no such field."""
        if index >= len(record.fields):
            return None
        field_ = record.fields[index]
        return jsonrows.text_of(field_) if self.paths else field_

    def texts(self, record: Record) -> list[str]:
        """Return the fields of a row as plain text."""
        return [jsonrows.text_of(f) for f in record.fields] if self.paths else list(record.fields)

    def put(self, record: Record, index: int, text: str) -> Record:
        """Return a row with a field replaced by a text."""
        value = jsonrows.field_of(text, record.fields[index]) if self.paths else text
        return record.put(index, value)

    def with_records(self, records: list[Record]) -> Source:
        """Return the source with other rows."""
        return replace(self, records=tuple(records))

    def to_bytes(self) -> bytes:
        """Return the file's content."""
        content = self._json() if self.paths else self._lines()
        if self.unfinished and not self.listed:
            content = content.removesuffix(self.ending)
        return content.encode(self.encoding, "replace")

    def _lines(self) -> str:
        rows = [record.fields for record in self.records]
        if self.header is not None:
            rows.insert(0, self.header)
        if self.quoted:
            text = io.StringIO()
            csv.writer(text, delimiter=self.separator, lineterminator=self.ending).writerows(rows)
            content = text.getvalue()
        else:
            content = "".join(self.separator.join(row) + self.ending for row in rows)
        return content + "".join(line + self.ending for line in self.raw_lines)

    def _json(self) -> str:
        texts = [
            json.dumps(jsonrows.object_of(record.fields, self.paths), ensure_ascii=False)
            for record in self.records
        ]
        if self.listed:
            return "[" + ", ".join(texts) + "]"
        return "".join(text + self.ending for text in (*texts, *self.raw_lines))


Sources = dict[str, Source]


class NotTabular(Exception):
    """A source cannot be read as lines of text; the message says why."""


def read_source(folder: Path, path: str, names: Collection[str] = ()) -> Source:
    """Read a source file.

    Parameters
    ----------
    folder, path
        Where it is.
    names
        Texts of the code, among which the names of columns may be.

    Raises
    ------
    NotTabular
        When the file is binary or too large.
    """
    file = folder / path
    if file.stat().st_size > MAX_PARSED_BYTES:
        raise NotTabular(f"'{path}' is too large to be mutated")
    return parse_source(path, file.read_bytes(), names)


def parse_source(path: str, data: bytes, names: Collection[str] = ()) -> Source:
    """Read the content of a source file, given texts that may be names of its columns.

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
    if (found := jsonrows.objects_of(text)) is not None:
        return _json_source(path, *found, ending, encoding)
    separator = _separator(text, path)
    quoted = bool(separator) and bool(re.search(rf'(^|[{re.escape(separator)}\n])"', text))
    rows = _rows(text, separator, quoted)
    header = rows.pop(0) if separator and _has_header(rows, names) else None
    records = tuple(Record(row, i) for i, row in enumerate(rows))
    unfinished = bool(text) and not text.endswith("\n")
    return Source(path, records, header, separator, quoted, ending, encoding, unfinished=unfinished)


def _json_source(
    path: str, objects: list[dict[str, object]], listed: bool, ending: str, encoding: str
) -> Source:
    paths = jsonrows.paths_of(objects)
    records = tuple(Record(jsonrows.fields_of(item, paths), i) for i, item in enumerate(objects))
    header = tuple(".".join(names) for names in paths)
    return Source(path, records, header, ",", False, ending, encoding, paths=paths, listed=listed)


def _separator(text: str, path: str) -> str:
    """Return the sign that divides most lines into the same number of fields."""
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


def _has_header(rows: list[tuple[str, ...]], names: Collection[str]) -> bool:
    """Tell whether the first row names the columns: the code says so, or it looks like names.

    It looks like that when it holds words only, over some column of numbers or dates.
    """
    if not rows:
        return False
    first = rows[0]
    if any(not name.strip() or kind_of([name]) != "text" for name in first):
        return False
    if len(set(first)) < len(first):
        return False
    if 2 * sum(name in names for name in first) > len(first):
        return True
    if len(rows) < 2:
        return False
    body = [row for row in rows[1:200] if len(row) == len(first)]
    if any(kind_of([row[i] for row in body]) != "text" for i in range(len(first)) if body):
        return True
    return all(re.fullmatch(r"\w[\w .()/%-]*", name) for name in first) and not any(
        first[i] in {row[i] for row in body} for i in range(len(first))
    )


def kind_of(values: list[str]) -> str:
    """Return ``number``, ``date`` or ``text``: what nine tenths of the non-blank values look like."""
    filled = [value for value in values if value.strip() not in MISSING_WORDS]
    if not filled:
        return "text"
    for kind, pattern in (("number", _NUMBER), ("date", _DATE)):
        if sum(bool(pattern.fullmatch(value)) for value in filled) >= 0.9 * len(filled):
            return kind
    return "text"


@dataclass(frozen=True, eq=False)
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
    use
        What the code does with it.
    label
        For people.
    """

    source: str
    index: int
    kind: str
    values: list[str]
    use: Use = field(default_factory=Use)
    label: str = ""


def columns_of(sources: Sources, uses: Uses | None = None) -> list[Column]:
    """Describe all columns of all sources; those the code does most with come first."""
    joined = links(sources)
    keys = {(link.left, link.left_column) for link in joined}
    keys |= {(link.right, link.right_column) for link in joined}
    described = []
    for path, source in sources.items():
        for index in range(source.width):
            values = source.column(index)
            counts = Counter(values)
            kind = kind_of(values)
            if (path, index) in keys:
                kind = "key"
            elif kind == "text" and len(counts) <= max(20, len(values) // 20):
                kind = "category"
            name = source.header[index] if source.header and index < len(source.header) else None
            use = uses.of(name, index, source.width) if uses is not None else Use()
            common = [value for value, _ in counts.most_common(1000)]
            label = f"column '{name or index + 1}' of {path}"
            described.append(Column(path, index, kind, common, use, label))
    return sorted(described, key=lambda column: -len(column.use.ways))


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
