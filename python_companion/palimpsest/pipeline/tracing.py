"""What a record reached, and why a row is here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.errors import PalimpsestError
from palimpsest.pipeline.graph import feature_slices
from palimpsest.pipeline.nodetable import shown_name
from palimpsest.pipeline.state import StoredRun
from palimpsest.protocol import messages as m
from palimpsest.tracking.lineage import (
    cell_lineage,
    column_lineage,
    forward_from,
    lineage,
    row_control,
)
from palimpsest.tracking.plan import Plan
from palimpsest.tracking.polynomial import polynomial

Rows = npt.NDArray[np.int32]


def trace_forward(
    stored: StoredRun,
    source: str,
    records: Rows,
    limit: int,
    other_runs: list[m.RunSummary],
) -> m.TraceForward:
    """Tell what records of a source reached."""
    rows = reached(stored, source, records)
    deps = column_lineage(stored.plan, stored.plan.output)
    slices = feature_slices(stored.encoding, deps)
    touched = [part for part in slices if _mentions(part.value + part.control, source)]
    width = sum(part.stop - part.start for part in slices if _mentions(part.value, source))
    in_split = int((stored.in_split.take(rows) & ~stored.labels.erased(rows)).sum())
    return m.TraceForward(
        records=len(records),
        training_rows=len(rows),
        rows=rows[:limit].tolist(),
        cells=len(rows) * width,
        feature_columns=touched if len(rows) else [],
        in_training_split=in_split,
        models=[stored.model.label] if in_split else [],
        other_runs=other_runs,
        untraced=untraced(stored.plan),
    )


def trace_back(stored: StoredRun, row: int) -> m.TraceBack:
    """Tell the derivation of one training row."""
    check_row(stored, row)
    plan, state = stored.plan, stored.rows
    derivation = polynomial(plan, state, plan.output, row)
    made = lineage(plan, state, plan.output, np.array([row], dtype=np.int32))
    records: list[m.Contribution] = []
    occurrences: dict[str, int] = {}
    for scan, rows in made.items():
        source = str(plan[scan].arguments["source"])
        occurrence = occurrences[source] = occurrences.get(source, -1) + 1
        records += contributions(stored, source, np.unique(rows.of(0)), occurrence)
    return m.TraceBack(
        row=row,
        polynomial=str(derivation),
        sentence=sentence_of(stored, row),
        records=records,
        untraced=untraced(plan),
    )


def contributions(
    stored: StoredRun, source: str, records: Rows, occurrence: int
) -> list[m.Contribution]:
    """Return records of a source with what their cells hold."""
    part = stored.source(source).read(records)
    return [
        m.Contribution(
            source=source,
            row=record,
            occurrence=occurrence,
            values={
                name: None if _marked(part.erased, name, place) else plain(part.frame[name][place])
                for name in part.frame.columns
            },
        )
        for place, record in enumerate(records.tolist())
    ]


def trace_column(stored: StoredRun, columns: Sequence[m.ColumnRef]) -> m.ColumnTrace:
    """Tell where source columns go."""
    origins = frozenset((ref.source, ref.column) for ref in columns)
    plan = stored.plan
    nodes = []
    for node in plan.nodes:
        cells, decides = cell_lineage(plan, node.id), row_control(plan, node.id)
        value = [name for name in node.columns if cells[name].value & origins]
        control = [
            name for name in node.columns if name not in value and cells[name].control & origins
        ]
        if value or control or decides & origins:
            nodes.append(
                m.NodeDependents(
                    node=node.id,
                    value=[shown_name(node, name) for name in value],
                    control=[shown_name(node, name) for name in control],
                    rows=bool(decides & origins),
                )
            )
    slices = feature_slices(stored.encoding, column_lineage(plan, plan.output))
    touched = [
        part
        for part in slices
        if origins & {(ref.source, ref.column) for ref in (*part.value, *part.control)}
    ]
    return m.ColumnTrace(nodes=nodes, features=touched)


def check_row(stored: StoredRun, row: int) -> None:
    """Refuse a row that the training table has not."""
    alive = stored.rows.alive(stored.plan[stored.plan.output].space)
    if not 0 <= row < len(alive) or not alive.take([row])[0]:
        raise PalimpsestError(
            "not-found",
            f"The training table has no row {row}.",
            hint="It may have been removed by a forget.",
        )


def sentence_of(stored: StoredRun, row: int) -> str:
    """Say in one sentence which records a training row is made of."""
    plan = stored.plan
    made = lineage(plan, stored.rows, plan.output, np.array([row], dtype=np.int32))
    by_source: dict[str, set[int]] = {}
    for scan, rows in made.items():
        source = str(plan[scan].arguments["source"])
        by_source.setdefault(source, set()).update(np.unique(rows.of(0)).tolist())
    return _sentence(row, by_source)


def reached(stored: StoredRun, source: str, records: Rows) -> Rows:
    """Return the training rows that are made of records."""
    return forward_from(stored.plan, stored.rows, source, records, stored.plan.output)


def untraced(plan: Plan) -> list[str]:
    """Say where values were read out of the tracking, with the lines."""
    return [
        escape.message if escape.location is None else f"{escape.message} ({escape.location})"
        for escape in plan.escapes
    ]


def check_source(stored: StoredRun, source: str) -> None:
    """Refuse a source that the run has not."""
    if source not in stored.sources:
        raise PalimpsestError(
            "not-found",
            f"This run has no source '{source}'.",
            hint=f"It has: {', '.join(stored.sources)}.",
        )


def plain(value: Any) -> Any:
    """Return a cell as JSON has it."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if np.isfinite(value) else None if np.isnan(value) else str(value)
    if isinstance(value, str | int | bool):
        return value
    return str(value)


def _mentions(columns: list[m.ColumnRef], source: str) -> bool:
    return any(column.source == source for column in columns)


def _marked(erased: dict[str, npt.NDArray[np.bool_]], name: str, place: int) -> bool:
    mask = erased.get(name)
    return mask is not None and bool(mask[place])


def _sentence(row: int, by_source: dict[str, set[int]]) -> str:
    parts = []
    for source, rows in by_source.items():
        distinct = sorted(rows)
        if not distinct:
            continue
        shown = ", ".join(map(str, distinct[:5]))
        if len(distinct) > 5:
            shown += f" and {len(distinct) - 5} more"
        parts.append(f"{source} record{'s' if len(distinct) > 1 else ''} {shown}")
    if not parts:
        return f"Training row {row} is made of no record: its values are written in the code."
    return f"Training row {row} is made of {' with '.join(parts)}."
