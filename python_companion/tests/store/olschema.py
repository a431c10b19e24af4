"""Checks events against the published schemas of OpenLineage.

The client's classes are generated from the schemas, one a definition: an event is valid when they
can be made of it, with no key too many, none missing, and every value of its declared type.
"""

from __future__ import annotations

import types
import typing
from enum import Enum
from typing import Any, Union

import attr
from openlineage.client import facet_v2
from openlineage.client.generated import base

FACETS: dict[str, type] = {
    "schema": facet_v2.schema_dataset.SchemaDatasetFacet,
    "columnLineage": facet_v2.column_lineage_dataset.ColumnLineageDatasetFacet,
    "outputStatistics": facet_v2.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet,
    "jobType": facet_v2.job_type_job.JobTypeJobFacet,
    "parent": facet_v2.parent_run.ParentRunFacet,
    "processing_engine": facet_v2.processing_engine_run.ProcessingEngineRunFacet,
    "errorMessage": facet_v2.error_message_run.ErrorMessageRunFacet,
}


def check_event(event: dict[str, Any]) -> None:
    """Raise ValueError where an event is not valid."""
    _check(event, base.RunEvent, "event")


def _check(value: Any, kind: Any, where: str) -> None:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in arguments:
            return
        (kind,) = [one for one in arguments if one is not type(None)]
        _check(value, kind, where)
    elif origin is list:
        _expect(isinstance(value, list), where, "a list", value)
        for place, item in enumerate(value):
            _check(item, arguments[0], f"{where}[{place}]")
    elif origin is dict:
        _expect(isinstance(value, dict), where, "an object", value)
        for name, item in value.items():
            _check(item, _facet_class(name, arguments[1]), f"{where}.{name}")
    elif attr.has(kind):
        _check_object(value, kind, where)
    elif isinstance(kind, type) and issubclass(kind, Enum):
        _expect(value in {one.value for one in kind}, where, kind.__name__, value)
    elif kind is not Any:
        fits = isinstance(value, kind) and not (kind is int and isinstance(value, bool))
        _expect(fits, where, kind.__name__, value)


def _check_object(value: Any, kind: type, where: str) -> None:
    _expect(isinstance(value, dict), where, kind.__name__, value)
    hints = typing.get_type_hints(kind)
    fields = {field.name: field for field in attr.fields(kind)}
    for name in value:
        _expect(name in fields, f"{where}.{name}", f"no such key in {kind.__name__}", value[name])
    for name, field in fields.items():
        if name in value:
            _check(value[name], hints[name], f"{where}.{name}")
        else:
            _expect(field.default is not attr.NOTHING, f"{where}.{name}", "a value", None)
    url = value.get("schemaURL", value.get("_schemaURL"))
    if url is not None:
        expected = kind._get_schema()  # type: ignore[attr-defined]
        _expect(url == expected, f"{where} schema", expected, url)
    if issubclass(kind, base.BaseFacet):
        _expect({"_producer", "_schemaURL"} <= set(value), where, "_producer and _schemaURL", value)
    plain = {name: value[name] for name, field in fields.items() if name in value and field.init}
    kind(**{name.lstrip("_"): item for name, item in plain.items()})  # runs the validators


def _facet_class(name: str, declared: Any) -> Any:
    if isinstance(declared, type) and issubclass(declared, base.BaseFacet):
        found = FACETS[name]
        _expect(issubclass(found, declared), name, declared.__name__, found.__name__)
        return found
    return declared


def _expect(holds: bool, where: str, expected: str, got: Any) -> None:
    if not holds:
        raise ValueError(f"{where}: expected {expected}, got {got!r}")
