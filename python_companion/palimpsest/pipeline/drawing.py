"""Drawing the split of a run whose rule is a share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.pipeline.split import Origins, SplitRule, content_hashes
from palimpsest.tracking.capture import Captured
from palimpsest.tracking.errors import UntraceableError
from palimpsest.tracking.lineage import lineage
from palimpsest.tracking.plan import Plan
from palimpsest.tracking.rows import RowState

Rows = npt.NDArray[np.int32]


def draw_captured(rule: SplitRule, captured: Captured) -> npt.NDArray[np.bool_]:
    """Draw for all rows of a captured training table."""
    count = len(captured.frame)
    if not rule.by_hash:
        return np.ones(count, dtype=bool)
    rows = np.arange(count, dtype=np.int32)
    try:
        origins = origins_of(captured.plan, captured.rows, rows)
    except UntraceableError:
        # Rows of unknown origin are told apart by what they hold.
        contents = {"": content_hashes(captured.frame)}
        return rule.draw(count, [("", rows, rows)], contents)
    contents = {name: content_hashes(scan.frame) for name, scan in captured.sources.items()}
    return rule.draw(count, origins, contents)


def draw_added(
    rule: SplitRule,
    plan: Plan,
    state: RowState,
    rows: Rows,
    read: Callable[[str, Rows], pd.DataFrame],
) -> npt.NDArray[np.bool_]:
    """Draw for rows that a forget has added.

    Parameters
    ----------
    rule : SplitRule
    plan : Plan
    state : RowState
        After the change.
    rows : (n,) int32
    read : callable
        Returns records of a source as they are after the change.
    """
    if not rule.by_hash or not len(rows):
        return np.ones(len(rows), dtype=bool)
    origins: list[tuple[str, Any, Any]] = []
    needed: dict[str, list[Rows]] = {}
    for source, places, records in origins_of(plan, state, rows):
        needed.setdefault(source, []).append(records.astype(np.int32))
        origins.append((source, places, records))
    known = {source: np.unique(np.concatenate(parts)) for source, parts in needed.items()}
    contents = {source: content_hashes(read(source, ids)) for source, ids in known.items()}
    placed = [
        (source, places, np.searchsorted(known[source], records))
        for source, places, records in origins
    ]
    return rule.draw(len(rows), placed, contents)


def origins_of(plan: Plan, state: RowState, rows: Rows) -> Origins:
    """Return for each scan which records the rows are made of."""
    found = lineage(plan, state, plan.output, rows)
    return [
        (
            str(plan[scan].arguments["source"]),
            np.repeat(np.arange(len(rows)), np.diff(made.starts)),
            made.rows,
        )
        for scan, made in found.items()
    ]
