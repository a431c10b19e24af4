"""Small tables of what was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np

from palimpsest.pipeline.tracing import plain
from palimpsest.protocol.checkmessages import EvidenceColumn, EvidenceTable, Target

Kind = Literal["text", "count", "number", "share", "seconds"]

MOST_ROWS = 200
"""Rows of an evidence table that are returned; `total` tells of the others."""

MOST_TARGETS = 1000
"""Row ids that one line of evidence leads to."""


def evidence(
    title: str,
    columns: Sequence[tuple[str, Kind]],
    lines: Iterable[tuple[Sequence[Any], Target | None]],
) -> EvidenceTable:
    """Make a table; the first lines are kept, so the worst should come first.

    Parameters
    ----------
    title : str
    columns : sequence of (name, kind)
    lines : iterable of (cells, target)
    """
    found = list(lines)
    shown = found[:MOST_ROWS]
    return EvidenceTable(
        title=title,
        columns=[EvidenceColumn(name=name, kind=kind) for name, kind in columns],
        rows=[[plain(cell) for cell in cells] for cells, _ in shown],
        targets=[target for _, target in shown],
        total=len(found),
    )


def to_rows(table: str, rows: Any = (), column: str | None = None) -> Target:
    """Lead to rows of a table."""
    ids = np.asarray(rows, dtype=np.int64)[:MOST_TARGETS].tolist()
    return Target(table=table, rows=ids, column=column)


def to_column(source: str, column: str, rows: Any = ()) -> Target:
    """Lead to a column of a source."""
    return to_rows(f"source:{source}", rows, column)


def to_node(node: int, table: str, rows: Any = (), column: str | None = None) -> Target:
    """Lead to an operation of the plan."""
    return to_rows(table, rows, column).model_copy(update={"node": node})
