"""What a run file says of its datasets: sources in, training table, matrix and model out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from palimpsest.openlineage import events
from palimpsest.openlineage.events import Json, Place
from palimpsest.tracking.addresses import file_behind, is_url
from palimpsest.tracking.lineage import ColumnDeps, SourceColumn, column_lineage, row_control

if TYPE_CHECKING:
    from palimpsest.pipeline.state import StoredRun


@dataclass(frozen=True)
class Described:
    """The columns of a run and where they come from.

    Attributes
    ----------
    sources : mapping of source to its columns with their types
    training : sequence of (column, type)
    columns : mapping of column of the training table to ColumnDeps
    steps : mapping of transformer to ColumnDeps
        A matrix is told by its transformers: names of one-hot columns hold values.
    model : ColumnDeps
    rows : frozenset of (source, column)
        What decides which rows there are.
    """

    sources: Mapping[str, Sequence[tuple[str, str]]]
    training: Sequence[tuple[str, str]]
    columns: Mapping[str, ColumnDeps]
    steps: Mapping[str, ColumnDeps]
    model: ColumnDeps
    rows: frozenset[SourceColumn]


def describe(stored: StoredRun) -> Described:
    """Read from a run file what its events tell."""
    from palimpsest.pipeline.execution import LABEL, SPLIT  # which itself tells events

    plan = stored.plan
    deps = column_lineage(plan, plan.output)
    steps: dict[str, ColumnDeps] = {}
    for part in stored.encoding.slices:
        of = [deps.get(column, ColumnDeps()) for column in part.columns]
        steps[part.transformer] = reduce(or_, of, steps.get(part.transformer, ColumnDeps()))
    decided = [deps[name] for name in (LABEL, SPLIT) if name in deps]
    training = _fields(stored.training.codecs)
    return Described(
        {name: _fields(stored.source(name).codecs) for name in stored.sources},
        training,
        {name: deps[name] for name, _ in training if name in deps},
        steps,
        reduce(or_, [*steps.values(), *decided], ColumnDeps()),
        row_control(plan, plan.output),
    )


def place_of(source: str, path: str | None, pipeline: str) -> Place:
    """Return where a source lies: a file, a database, or what the notebook had in memory."""
    if path is None:
        return (events.NAMESPACE, f"{pipeline}/{source}")
    if not is_url(path):
        return ("file", path)
    file = file_behind(path)
    if file is not None:
        return ("file", f"{file}/{source}")
    parts = urlsplit(path)
    host = parts.netloc.rpartition("@")[2]
    return (f"{parts.scheme}://{host}", f"{parts.path.lstrip('/')}/{source}".lstrip("/"))


def inputs_of(described: Described, places: Mapping[str, Place], producer: str) -> list[Json]:
    """Return the sources as datasets."""
    return [
        events.dataset(places[name], events.schema(fields, producer))
        for name, fields in described.sources.items()
    ]


def outputs_of(
    described: Described, places: Mapping[str, Place], path: Path, rows: int, producer: str
) -> list[Json]:
    """Return training table, feature matrix and model as datasets inside the run file."""
    parts = {
        "training": (described.training, described.columns, rows),
        "matrix": ([(name, "float64") for name in described.steps], described.steps, rows),
        "model": ([("model", "estimator")], {"model": described.model}, None),
    }
    return [
        events.output(
            ("file", f"{path}/{name}"),
            count,
            producer,
            events.schema(fields, producer),
            events.column_lineage(columns, described.rows, places, producer),
        )
        for name, (fields, columns, count) in parts.items()
    ]


def _fields(codecs: Mapping[str, object]) -> list[tuple[str, str]]:
    return [(name, str(getattr(codec, "dtype", ""))) for name, codec in codecs.items()]
