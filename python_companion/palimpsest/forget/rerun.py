"""The fall-back: what cannot be maintained locally is run again from the stored sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from palimpsest.errors import NeedsKernelError
from palimpsest.forget.impact import Impact
from palimpsest.forget.splitkept import SplitKept
from palimpsest.pipeline.execution import Outcome, Progress, execute, ignore_progress
from palimpsest.pipeline.live import LivePipeline
from palimpsest.pipeline.state import StoredRun
from palimpsest.pipeline.writing import erase_outcome, write_outcome
from palimpsest.protocol.messages import ArtifactImpact
from palimpsest.store.runfile import set_meta
from palimpsest.store.tables import Masks
from palimpsest.tracking.errors import FullRerun
from palimpsest.tracking.sources import SourceInput

if TYPE_CHECKING:
    from palimpsest.pipeline.run import Run

_EXACT = "exact: it is a re-run on the changed sources"


def rerun(run: Run, stored: StoredRun, live: LivePipeline | None, reason: FullRerun) -> Impact:
    """Run the whole pipeline again on the run's sources as they are now, and write the result.

    The training rows are numbered anew.

    Raises
    ------
    NeedsKernelError
        When the notebook's functions are not in this process.
    """
    outcome = rerun_of(stored, live, reason.reason)(ignore_progress)
    before = stored.training.read()
    details = {**stored.details, "seconds": outcome.seconds, "opaque": outcome.opaque}
    width = stored.encoding.width
    erase_outcome(stored)
    stored.arrays.flush()
    write_outcome(stored.connection, stored.arrays, outcome, details)
    sealed = run.secret.seal(outcome.captured.plan.hash_key, run.id)
    set_meta(stored.connection, "hash_key", sealed)
    removed, added = row_difference((before.frame, before.erased), (outcome.frame, outcome.erased))
    cells = (removed + added) * max(width, outcome.encoding.width)
    strategy = f"run again: {reason.reason}"
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
    return Impact(removed, 0, added, cells, artifacts, len(outcome.frame), outcome.encoding.width)


def rerun_of(
    stored: StoredRun, live: LivePipeline | None, why: str
) -> Callable[[Progress], Outcome]:
    """Return what runs the pipeline in memory on the run's sources, with their marks, as they are.

    Everything that is needed of the file is read now; running it needs the file no longer.
    """
    if live is None:
        raise NeedsKernelError(
            f"The pipeline has to run again, and its functions are not in this process: {why}",
            hint="Open the notebook of this run and run its cells, then repeat the request.",
        )
    inputs = {
        name: stored_input(stored, name) for name, fact in stored.sources.items() if fact.parameter
    }
    split_of, like = SplitKept.of(stored), stored.encoding

    def run(progress: Progress) -> Outcome:
        return execute(live.recipe, inputs, live.parameters, progress, like=like, split_of=split_of)

    return run


def stored_input(stored: StoredRun, name: str) -> SourceInput:
    """Return a source of a run as an input of a capture: its records now, and their marks."""
    part = stored.source(name).read()
    path = stored.sources[name].path

    def erased(frame: pd.DataFrame) -> Masks:
        return part.erased

    if path is None:
        return SourceInput(name, part.frame, erase=erased)
    return SourceInput(name, path, erase=erased, stored=part.frame)


def row_difference(
    before: tuple[pd.DataFrame, Masks], after: tuple[pd.DataFrame, Masks]
) -> tuple[int, int]:
    """Count the rows of two tables that only one of them has, as multisets.

    Returns
    -------
    only_before, only_after : int
    """
    was, now = Counter(row_values(*before)), Counter(row_values(*after))
    return sum((was - now).values()), sum((now - was).values())


def row_values(frame: pd.DataFrame, erased: Masks) -> list[Hashable]:
    """Return each row as one value that compares as its cells do; numbers to twelve digits."""
    columns = []
    for name in frame.columns:
        mask = erased.get(str(name))
        values = [_cell(value) for value in frame[name].astype(object)]
        if mask is not None:
            values = ["\0erased" if gone else v for v, gone in zip(values, mask, strict=True)]
        columns.append(values)
    return list(zip(*columns, strict=True)) if columns else [()] * len(frame)


def _cell(value: object) -> Hashable:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return float(value)
    if isinstance(value, int | float | np.number):
        number = float(value)
        return "\0missing" if np.isnan(number) else float(f"{number:.11e}")
    if value is None or value is pd.NA or value is pd.NaT:
        return "\0missing"
    if isinstance(value, np.ndarray):
        return tuple(_cell(item) for item in value.ravel().tolist())
    return repr(value)
