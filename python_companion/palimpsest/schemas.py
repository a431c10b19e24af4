"""What live sources look like: names, dtypes, counts, and rows only when they are asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from palimpsest.protocol.messages import SourceColumn, SourceDescription
from palimpsest.verify.inputs.sources import NotTabular, Source, kind_of, parse_source

MAXIMUM_BYTES = 16_000_000
"""Of a larger text file only the beginning is looked at."""

MAXIMUM_ROWS = 200_000
"""Of a longer source only the first rows are looked at."""

MAXIMUM_COLUMNS = 500
"""A wider source is described by its first columns."""

SAMPLE_WIDTH = 200
"""Characters after which a sampled value is cut."""

_LINES_OF_JSON = (".jsonl", ".ndjson")


class NotASource(Exception):
    """Something that cannot be described; the message says why."""


@dataclass(frozen=True)
class _Table:
    """The rows that were looked at.

    Attributes
    ----------
    frame
        The rows; columns may have any labels.
    rows
        How many rows the source has, or those that were looked at when not all were.
    complete
        Whether all rows were looked at.
    named
        Whether the names of the columns stand in the source.
    texts
        Whether all values are texts as the file has them.
    """

    frame: pd.DataFrame
    rows: int
    complete: bool
    named: bool = True
    texts: bool = False


def describe_file(folder: Path, path: str, samples: int) -> SourceDescription:
    """Describe a file.

    Parameters
    ----------
    folder
        Where relative paths start.
    path
        As the code names it.
    samples
        How many rows to return.

    Raises
    ------
    NotASource
        When there is no such file, or it is no table.
    """
    file = folder / path
    try:
        if not file.is_file():
            raise NotASource(f"there is no file '{path}'")
        if file.suffix == ".parquet":
            table = _parquet(file)
        elif file.suffix in _LINES_OF_JSON:
            table = _json_lines(file)
        elif file.suffix == ".json":
            table = _json(file, path)
        else:
            table = _text(file, path)
    except OSError as error:
        raise NotASource(f"'{path}' cannot be read: {error.strerror or error}") from error
    except (ValueError, NotTabular) as error:
        raise NotASource(f"'{path}' is no table that can be described: {error}") from error
    return _describe(path, "file", table, samples)


def frame_named(variables: Mapping[str, Any], name: str) -> pd.DataFrame | None:
    """Return the frame that a variable holds, as it is now; None when it holds none.

    Parameters
    ----------
    variables
        The variables of the notebook, which cells may change meanwhile.
    name
        The name of one.
    """
    value = variables.get(name)
    held = value if isinstance(value, pd.DataFrame) else _held_by(value)
    # A shallow copy: with copy-on-write, a cell that changes its frame meanwhile leaves this one alone.
    return None if held is None else held.copy(deep=False)


def _held_by(value: object) -> pd.DataFrame | None:
    from palimpsest.tracking.frame import DataFrame

    return value._held if isinstance(value, DataFrame) else None


def describe_frame(name: str, frame: pd.DataFrame, samples: int) -> SourceDescription:
    """Describe a frame of the notebook.

    Parameters
    ----------
    name
        Of its variable.
    frame
        It, or a copy.
    samples
        How many rows to return.
    """
    table = _Table(frame.head(MAXIMUM_ROWS), len(frame), len(frame) <= MAXIMUM_ROWS)
    return _describe(name, "frame", table, samples)


# --- reading ----------------------------------------------------------------------------------


def _beginning(file: Path) -> tuple[bytes, bool]:
    """Return a file's content, or its first whole lines; and whether that is all of it."""
    with file.open("rb") as stream:
        data = stream.read(MAXIMUM_BYTES + 1)
    if len(data) <= MAXIMUM_BYTES:
        return data, True
    return data[: data.rfind(b"\n", 0, MAXIMUM_BYTES) + 1], False


def _text(file: Path, path: str) -> _Table:
    data, whole = _beginning(file)
    source: Source = parse_source(path, data)
    records = source.records[:MAXIMUM_ROWS]
    width = source.width
    rows = [(*record.fields[:width], *[""] * (width - len(record.fields))) for record in records]
    names = source.header or tuple(f"field {index}" for index in range(width))
    frame = pd.DataFrame(rows, columns=range(width), dtype=object)
    frame.columns = pd.Index([names[i] if i < len(names) else f"field {i}" for i in range(width)])
    complete = whole and len(source.records) <= MAXIMUM_ROWS
    count = len(source.records) if whole else len(records)
    return _Table(frame, count, complete, named=source.header is not None, texts=True)


def _json_lines(file: Path) -> _Table:
    data, whole = _beginning(file)
    lines = [line for line in data.decode("utf-8", "replace").splitlines() if line.strip()]
    read = lines[:MAXIMUM_ROWS]
    frame = _normalized([json.loads(line) for line in read])
    return _Table(frame, len(lines) if whole else len(read), whole and len(lines) <= MAXIMUM_ROWS)


def _json(file: Path, path: str) -> _Table:
    data, whole = _beginning(file)
    if not whole:
        raise NotTabular(f"'{path}' is larger than {MAXIMUM_BYTES:,} bytes")
    content = json.loads(data)
    if not isinstance(content, list):
        raise NotTabular(f"'{path}' holds one value, not a list of records")
    frame = _normalized(content[:MAXIMUM_ROWS])
    return _Table(frame, len(content), len(content) <= MAXIMUM_ROWS)


def _normalized(records: list[Any]) -> pd.DataFrame:
    """Return records as rows; what is nested in them has a path for its name."""
    if all(isinstance(record, dict) for record in records):
        return pd.json_normalize(records)
    return pd.DataFrame({"value": records})


def _parquet(file: Path) -> _Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(file) as source:
        rows = source.metadata.num_rows
        batches = source.iter_batches(batch_size=MAXIMUM_ROWS)
        batch = next(batches, None)
        table = (
            source.schema_arrow.empty_table() if batch is None else pa.Table.from_batches([batch])
        )
    frame = table.to_pandas()
    return _Table(frame, rows, len(frame) == rows)


# --- describing -------------------------------------------------------------------------------


def _describe(
    name: str, kind: Literal["file", "frame"], table: _Table, samples: int
) -> SourceDescription:
    frame = table.frame.iloc[:, :MAXIMUM_COLUMNS]
    columns = [_column(str(label), frame.iloc[:, i], table.texts) for i, label in enumerate(frame)]
    return SourceDescription(
        name=name,
        kind=kind,
        rows=table.rows,
        complete=table.complete and len(frame.columns) == len(table.frame.columns),
        named=table.named,
        columns=columns,
        samples=[[_sample(value) for value in row] for row in frame.head(samples).to_numpy(object)],
    )


def _column(name: str, column: pd.Series[Any], texts: bool) -> SourceColumn:
    if texts:
        values = column.astype(str)
        blank = values.str.strip() == ""
        return SourceColumn(
            name=name,
            dtype=_text_dtype([str(value) for value in values.head(1000)]),
            nulls=int(blank.sum()),
            distinct=int(values[~blank].nunique()),
        )
    filled = column.dropna()
    try:
        distinct = int(filled.nunique())
    except TypeError:  # lists and dictionaries have no hash
        distinct = int(filled.map(repr).nunique())
    return SourceColumn(
        name=name, dtype=str(column.dtype), nulls=int(column.isna().sum()), distinct=distinct
    )


def _text_dtype(values: list[str]) -> str:
    kind = kind_of(values)
    if kind == "number":
        whole = all(value.strip().lstrip("+-").isdigit() for value in values if value.strip())
        return "text (whole numbers)" if whole else "text (numbers)"
    return "text (dates)" if kind == "date" else "text"


def _sample(value: object) -> str:
    text = str(value)
    return text if len(text) <= SAMPLE_WIDTH else f"{text[:SAMPLE_WIDTH]}…"
