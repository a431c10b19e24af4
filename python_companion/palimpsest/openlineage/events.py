"""The messages of OpenLineage, as far as they are used here: plain JSON, from values to values."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from palimpsest.tracking.lineage import ColumnDeps, SourceColumn

Json: TypeAlias = dict[str, Any]

EventType = Literal["START", "COMPLETE", "FAIL"]

_SPEC = "https://openlineage.io/spec"
_FACETS = {
    "schema": "1-2-0/SchemaDatasetFacet",
    "columnLineage": "1-2-0/ColumnLineageDatasetFacet",
    "outputStatistics": "1-0-2/OutputStatisticsOutputDatasetFacet",
    "jobType": "2-0-4/JobTypeJobFacet",
    "parent": "1-2-0/ParentRunFacet",
    "processing_engine": "1-1-1/ProcessingEngineRunFacet",
    "errorMessage": "1-0-1/ErrorMessageRunFacet",
}
"""Which version of which facet is written: file in the specification, without its ending."""

NAMESPACE = "palimpsest"
"""Of jobs, and of sources that are no files."""

Place = tuple[str, str]
"""Namespace and name of a dataset."""


def event(
    kind: EventType,
    run: Json,
    job: Json,
    *,
    inputs: Sequence[Json],
    outputs: Sequence[Json],
    producer: str,
) -> Json:
    """Return a run event that happens now."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return {
        "eventType": kind,
        "eventTime": now.isoformat(timespec="milliseconds"),
        "run": run,
        "job": job,
        "inputs": list(inputs),
        "outputs": list(outputs),
        "producer": producer,
        "schemaURL": f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent",
    }


def facet(name: str, producer: str, content: Mapping[str, Any]) -> Json:
    """Return one facet under its name."""
    file = _FACETS[name]
    title = file.partition("/")[2]
    url = f"{_SPEC}/facets/{file}.json#/$defs/{title}"
    return {name: {"_producer": producer, "_schemaURL": url, **content}}


def dataset(place: Place, *facets: Json) -> Json:
    """Return a dataset with facets."""
    namespace, name = place
    return {"namespace": namespace, "name": name, "facets": _merged(facets)}


def output(place: Place, rows: int | None, producer: str, *facets: Json) -> Json:
    """Return a dataset that was written, with how many rows it has."""
    written = dataset(place, *facets)
    if rows is not None:
        written["outputFacets"] = facet("outputStatistics", producer, {"rowCount": rows})
    return written


def schema(fields: Iterable[tuple[str, str]], producer: str) -> Json:
    """Return the facet of columns and their types."""
    listed = [{"name": name, "type": dtype} for name, dtype in fields]
    return facet("schema", producer, {"fields": listed})


def column_lineage(
    columns: Mapping[str, ColumnDeps],
    rows: Iterable[SourceColumn],
    places: Mapping[str, Place],
    producer: str,
) -> Json:
    """Return the facet of which columns of sources each column was made of.

    Parameters
    ----------
    columns : mapping of column to ColumnDeps
        A value dependency is a DIRECT transformation, a control dependency an INDIRECT one.
    rows : iterable of (source, column)
        What decides which rows there are: INDIRECT for the dataset as a whole.
    places : mapping of source to Place
    """
    whole = set(rows)
    fields = {
        name: {
            "inputFields": [
                *_input_fields(deps.value, "DIRECT", places),
                *_input_fields(deps.control - whole, "INDIRECT", places),
            ]
        }
        for name, deps in columns.items()
    }
    content = {"fields": fields, "dataset": _input_fields(whole, "INDIRECT", places)}
    return facet("columnLineage", producer, content)


def _input_fields(
    columns: Iterable[SourceColumn], kind: str, places: Mapping[str, Place]
) -> list[Json]:
    return [
        {
            "namespace": places[source][0],
            "name": places[source][1],
            "field": column,
            "transformations": [{"type": kind}],
        }
        for source, column in sorted(columns)
        if source in places
    ]


def _merged(facets: Iterable[Json]) -> Json:
    merged: Json = {}
    for one in facets:
        merged.update(one)
    return merged
