"""The fall-back: what cannot be maintained locally is run again from the stored sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from palimpsest.encoding import RawRows
from palimpsest.errors import NeedsKernelError
from palimpsest.forget.impact import Impact
from palimpsest.forget.rowskept import RowsKept
from palimpsest.forget.rowvalues import row_difference
from palimpsest.forget.splitkept import SplitKept
from palimpsest.pipeline.execution import Outcome, Progress, execute, ignore_progress
from palimpsest.pipeline.live import LivePipeline
from palimpsest.pipeline.state import StoredRun, identity_array
from palimpsest.pipeline.writing import SourceEntry, erase_outcome, write_outcome, write_sources
from palimpsest.protocol.messages import ArtifactImpact
from palimpsest.store.identity import identify, identity_scheme
from palimpsest.store.runfile import set_meta
from palimpsest.store.summary import SourceFact
from palimpsest.store.tables import Masks
from palimpsest.tracking.draws import source_records
from palimpsest.tracking.errors import FullRerun
from palimpsest.tracking.keeping import kept_rows
from palimpsest.tracking.sources import SourceInput

if TYPE_CHECKING:
    from palimpsest.pipeline.run import Run

_EXACT = "exact: it is a re-run on the changed sources"


def rerun(
    run: Run, stored: StoredRun, live: LivePipeline | None, reason: FullRerun
) -> tuple[Impact, RawRows]:
    """Run the whole pipeline again on the run's sources as they are now, and write the result.

    Rows are numbered anew, those of the sources too.

    Returns
    -------
    impact : Impact
    raw : RawRows
        The new raw matrix.

    Raises
    ------
    NeedsKernelError
        When the notebook's functions are not in this process.
    """
    outcome = rerun_of(stored, live, reason.reason, renumbered=True)(ignore_progress)
    before = stored.training.read()
    details = {**stored.details, "seconds": outcome.seconds, "opaque": outcome.opaque}
    width = stored.encoding.width
    entries = _source_entries(run, stored, outcome)
    erase_outcome(stored)
    for name in stored.sources:
        stored.source(name).drop()
        stored.arrays.drop(identity_array(name))
    write_sources(stored.connection, stored.arrays, outcome, entries)
    write_outcome(stored.connection, stored.arrays, outcome, details)
    sealed = run.secret.seal(outcome.captured.plan.hash_key, run.id)
    set_meta(stored.connection, hash_key=sealed)
    removed, added = row_difference((before.frame, before.erased), (outcome.frame, outcome.erased))
    cells = (removed + added) * max(width, outcome.encoding.width)
    # The reason may quote a value; a receipt holds none. The preview has said it.
    strategy = "run again"
    names = ("training table", "feature matrix", "encoder statistics", "model")
    artifacts = [
        ArtifactImpact(
            artifact=name,
            strategy=strategy,
            guarantee=_EXACT,
            rows=len(outcome.frame),
            cells=0,
            seconds=outcome.seconds.get(stage, 0.0),
        )
        for name, stage in zip(names, ("prepare", "encode", "encode", "train"), strict=True)
    ]
    impact = Impact(removed, 0, added, cells, artifacts, len(outcome.frame), outcome.encoding.width)
    return impact, outcome.raw


def _source_entries(run: Run, stored: StoredRun, outcome: Outcome) -> dict[str, SourceEntry]:
    """Return what is known of the sources, for their rows as they were read again."""
    entries = {}
    for name, scan in outcome.captured.sources.items():
        fact = stored.sources.get(name)
        if fact is not None and fact.parameter:
            rows = stored.source(name).rows()
            identities = stored.arrays[identity_array(name)].take(rows)
            fact = replace(fact, rows=len(rows))
        else:
            identities = identify(scan.frame, None, run.secret, name)
            scheme = identity_scheme(scan.frame, None)
            fact = SourceFact(name, None, None, scheme, len(scan.frame), parameter=False)
        entries[name] = SourceEntry(fact, identities)
    return entries


def rerun_of(
    stored: StoredRun, live: LivePipeline | None, why: str, *, renumbered: bool = False
) -> Callable[[Progress], Outcome]:
    """Return what runs the pipeline in memory on the run's sources, with their marks, as they are.

    Everything that is needed of the file is read now; running it needs the file no longer.

    Parameters
    ----------
    stored : StoredRun
    live : LivePipeline or None
    why : str
        For the error when there is no pipeline.
    renumbered : bool
        Whether the model is to know the rows by the numbers that they get now, not by those that
        they have in the run.
    """
    if live is None:
        raise NeedsKernelError(
            f"The pipeline has to run again, and its functions are not in this process: {why}",
            hint="Open the notebook of this run and run its cells, then repeat the request.",
        )
    inputs = {
        name: stored_input(stored, name) for name, fact in stored.sources.items() if fact.parameter
    }
    parameters = {**stored.details.get("unread", {}), **live.parameters}
    split_of, like = SplitKept.of(stored), stored.encoding
    identities_of = None if renumbered else RowsKept.of(stored)
    kept = kept_rows(stored.plan, stored.rows)

    def run(progress: Progress) -> Outcome:
        return execute(
            live.recipe,
            inputs,
            parameters,
            progress,
            like=like,
            split_of=split_of,
            identities_of=identities_of,
            kept=kept,
        )

    return run


def stored_input(stored: StoredRun, name: str) -> SourceInput:
    """Return a source of a run as an input of a capture: its records now, and their marks."""
    part = stored.source(name).read()
    path = stored.sources[name].path

    def erased(frame: pd.DataFrame) -> Masks:
        return part.erased

    records = source_records(stored.plan, stored.rows, name, part.rows)
    if path is None:
        return SourceInput(name, part.frame, erase=erased, records=records)
    return SourceInput(name, path, erase=erased, stored=part.frame, records=records)
