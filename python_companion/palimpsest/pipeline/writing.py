"""From an outcome in memory to the tables and arrays of a run file."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas

from palimpsest.pipeline.execution import Outcome
from palimpsest.pipeline.matrix import ERASED, VALUES, RawMatrix
from palimpsest.pipeline.state import (
    ENCODING,
    MODEL,
    ROWS,
    SPLIT_ARRAY,
    TRAINING,
    StoredRun,
    identity_array,
    source_table_name,
)
from palimpsest.store.arrays import ArrayStore
from palimpsest.store.documents import write_document
from palimpsest.store.identity import Identities
from palimpsest.store.labels import LabelColumn
from palimpsest.store.memo import FileMemo
from palimpsest.store.summary import SourceFact
from palimpsest.store.tables import RowTable
from palimpsest.tracking.functions import MemoryMemo
from palimpsest.tracking.literals import dtype_to_json
from palimpsest.tracking.plan import Plan


@dataclass(frozen=True)
class SourceEntry:
    """What is written of a source beside its rows.

    Attributes
    ----------
    fact : SourceFact
    identities : (n, 16) uint8
    """

    fact: SourceFact
    identities: Identities


def write_sources(
    connection: sqlite3.Connection,
    arrays: ArrayStore,
    outcome: Outcome,
    entries: Mapping[str, SourceEntry],
) -> None:
    """Write the source rows as they were read, with their marks and identities."""
    for name, scan in outcome.captured.sources.items():
        RowTable.create(connection, source_table_name(name), scan.frame, scan.erased)
        arrays.create(identity_array(name), entries[name].identities)
    write_document(
        connection,
        "sources",
        [
            {
                "name": name,
                "path": entry.fact.path,
                "keys": None if entry.fact.keys is None else list(entry.fact.keys),
                "scheme": entry.fact.scheme,
                "rows": entry.fact.rows,
                "parameter": entry.fact.parameter,
                "fingerprint": entry.fact.fingerprint,
            }
            for name, entry in entries.items()
        ],
    )


def write_outcome(
    connection: sqlite3.Connection, arrays: ArrayStore, outcome: Outcome, details: Mapping[str, Any]
) -> None:
    """Write everything that was made of the sources."""
    captured = outcome.captured
    write_document(connection, "plan", plan_document(captured.plan))
    write_document(connection, "details", dict(details))
    rewritten = bool(outcome.encoding.refitted_steps)
    carried = LabelColumn.create(connection, arrays, outcome.labels, outcome.unlabelled)
    carried += RawMatrix.create(arrays, outcome.raw, rewritten=rewritten)
    RowTable.create(connection, TRAINING, outcome.frame, outcome.erased, carried=carried)
    arrays.create(SPLIT_ARRAY, outcome.in_split)
    captured.rows.build()
    for name, values in captured.rows.to_arrays().items():
        if len(values):
            arrays.create(ROWS + name, values)
    _write_memo(connection, captured.memo)
    stored = StoredRun(connection, captured.plan.hash_key, arrays)
    stored.write_encoding(outcome.encoding)
    stored.write_model(outcome.model)


_CATEGORICAL = dtype_to_json(pandas.CategoricalDtype()).keys()


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return a plan as it is kept: without the key of its hashes, and without values of records.

    The categories of a categorical column are values that a forget would have to erase. An ordered
    column keeps them: their order is in the code, and it decides results.
    """
    document: dict[str, Any] = plan.to_json()
    document.pop("hash_key")  # kept sealed, see `Secret.seal`
    for node in document["nodes"]:
        node["schema"] = [[name, _without_categories(dtype)] for name, dtype in node["schema"]]
        node["expressions"] = _stripped(node["expressions"])
    return document


def _stripped(expression: Any) -> Any:
    """Return the JSON of expressions with the dtypes of results stripped; literals stay."""
    if isinstance(expression, list):
        return [_stripped(part) for part in expression]
    if not isinstance(expression, dict) or "literal" in expression:
        return expression
    if expression.keys() == _CATEGORICAL:
        return _without_categories(expression)
    return {key: _stripped(part) for key, part in expression.items()}


def _without_categories(dtype: Any) -> Any:
    if isinstance(dtype, dict) and not dtype["ordered"]:
        return {**dtype, "categories": None, "dtype": None}
    return dtype


def erase_outcome(stored: StoredRun) -> None:
    """Remove everything that was made of the sources, to write it anew."""
    stored.training.drop()
    stored.labels.drop()
    for prefix in (ROWS, ENCODING, MODEL):
        for name in stored.arrays.names(prefix):
            stored.arrays.drop(name)
    for name in (SPLIT_ARRAY, VALUES, ERASED):
        stored.arrays.drop(name)
    stored.memo.clear()


def _write_memo(connection: sqlite3.Connection, memo: Any) -> None:
    if not isinstance(memo, MemoryMemo):
        raise TypeError(f"expected the memo of a capture in memory, got {type(memo).__name__}")
    FileMemo(connection).load(memo.items())
