"""Right of access: everything that some records reached, in all runs of the folder."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from palimpsest.forget.selector import select_records
from palimpsest.pipeline.holding import rows_of
from palimpsest.pipeline.run import Run
from palimpsest.pipeline.state import StoredRun, identity_array
from palimpsest.pipeline.tracing import check_source, contributions, trace_forward
from palimpsest.protocol.checkmessages import AccessedRun, AccessReport
from palimpsest.protocol.messages import RunSummary, Selector
from palimpsest.store.catalog import Catalog, is_there
from palimpsest.tracking.lineage import forward_from
from palimpsest.tracking.operations import OPERATIONS

Rows = npt.NDArray[np.int32]
Progress: TypeAlias = "Callable[[str, int, int, str | None], None]"

MOST_ROWS = 10_000
"""Ids of training rows that are returned of a run; `training_rows` counts all."""


def access_report(
    run: Run,
    source: str,
    selector: Selector,
    *,
    values: bool = True,
    progress: Progress | None = None,
) -> AccessReport:
    """Tell everything that records reached.

    Parameters
    ----------
    run : Run
        Where the records are looked for.
    source : str
    selector : Selector
    values : bool
        Whether to return the cells of the records, too.
    progress : callable, optional

    Raises
    ------
    PalimpsestError
        ``empty-selection`` when no record is selected.
    """
    with run.reading() as stored:
        check_source(stored, source)
        records = select_records(stored.source(source), selector, source)
        found = stored.arrays[identity_array(source)].take(records)
        path = stored.sources[source].path
    identities = {identity.tobytes() for identity in found}
    with Catalog.open(run.path.parent) as catalog:
        catalog.reconcile()
        holding = catalog.records.holding([(source, path)], identities)
        summaries = [one for one in catalog.runs(there=None) if one.run in holding]
    accessed = []
    for done, summary in enumerate(summaries):
        if progress is not None:
            progress("access", done, len(summaries), summary.name)
        for name in sorted(holding[summary.run]):
            if not is_there(run.path.parent, summary):
                accessed.append(_gone(summary, name))
            elif (one := _accessed(summary, name, identities, values)) is not None:
                accessed.append(one)
    return AccessReport(
        time=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        source=source,
        records=len(records),
        runs=accessed,
    )


def _accessed(
    summary: RunSummary, source: str, identities: set[bytes], values: bool
) -> AccessedRun | None:
    with Run.open_alone(Path(summary.path)) as run, run.reading() as stored:
        records = rows_of(stored, source, identities)
        if not len(records):
            return None
        traced = trace_forward(stored, source, records, MOST_ROWS, [])
        return AccessedRun(
            run=summary,
            source=source,
            is_there=True,
            records=contributions(stored, source, records, 0) if values else [],
            training_rows=traced.training_rows,
            rows=traced.rows,
            in_training_split=traced.in_training_split,
            cells=traced.cells,
            features=traced.feature_columns,
            models=traced.models,
            operations=_operations(stored, source, records),
            receipts=summary.forgets,
            untraced=traced.untraced,
        )


def _gone(summary: RunSummary, source: str) -> AccessedRun:
    """Tell what the catalog remembers of a run whose file is not there."""
    return AccessedRun(
        run=summary,
        source=source,
        is_there=False,
        records=[],
        training_rows=0,
        rows=[],
        in_training_split=0,
        cells=0,
        features=[],
        models=[],
        operations=[],
        receipts=summary.forgets,
        untraced=["The run file is not where it was; it held such records when it was last seen."],
    )


def _operations(stored: StoredRun, source: str, records: Rows) -> list[str]:
    """Name the operations that made rows of the records, in their order."""
    plan = stored.plan
    return [
        node.label or node.operation
        for node in plan.nodes
        if node.operation != "scan"
        and not OPERATIONS[node.operation].keeps_rows
        and len(forward_from(plan, stored.rows, source, records, node.id))
    ]
