"""The runs of a folder: how they are, and which of them share records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt

from palimpsest.compliance.history import read_history
from palimpsest.compliance.marks import read_mark
from palimpsest.errors import StoreError
from palimpsest.pipeline.run import Run
from palimpsest.protocol.checkmessages import HistoryEntry
from palimpsest.protocol.messages import RunSummary
from palimpsest.protocol.runmessages import RunFacts, RunsOverview
from palimpsest.store.catalog import Catalog, is_there
from palimpsest.store.recordindex import KnownSource, RecordIndex

SCORE = "score"
"""The check whose measure is the score on held-out rows."""


def overview(folder: Path) -> RunsOverview:
    """Describe all runs of a folder, newest first, those too whose files are gone."""
    if not folder.is_dir():
        return RunsOverview(runs=[])
    with Catalog.open(folder) as catalog:
        catalog.reconcile()
        summaries = catalog.runs(there=None)
        waiting = [one.run for one in catalog.waiting()]
        shared = sharing(catalog.records, [one.run for one in summaries])
    return RunsOverview(
        runs=[
            _facts(one, is_there(folder, one), waiting.count(one.run), sorted(shared[one.run]))
            for one in summaries
        ]
    )


def sharing(records: RecordIndex, runs: Iterable[str]) -> dict[str, set[str]]:
    """Return for each run the others that hold one of its records."""
    found: dict[str, set[str]] = {run: set() for run in runs}
    known = [one for one in records.sources() if one.run in found]
    held = {(one.run, one.name): records.held(one.run, one.name) for one in known}
    for one, other in combinations(known, 2):
        if one.run == other.run or other.run in found[one.run] or not _comparable(one, other):
            continue
        if _meet(held[one.run, one.name], held[other.run, other.name]):
            found[one.run].add(other.run)
            found[other.run].add(one.run)
    return found


def _comparable(one: KnownSource, other: KnownSource) -> bool:
    same_file = one.path is not None and one.path == other.path
    return one.scheme == other.scheme and (one.name == other.name or same_file)


def _meet(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> bool:
    return bool(np.isin(one, other).any())


def _facts(summary: RunSummary, there: bool, waiting: int, shares_with: list[str]) -> RunFacts:
    state, seconds, history = -1, {}, []
    mark, note = False, ""
    if there:
        try:
            with Run.open_alone(Path(summary.path)) as run, run.reading() as stored:
                state, history = stored.version, read_history(stored)
                seconds = _numbers(stored.details["seconds"])
                mark, note = read_mark(stored)
                summary = run.summary
        except StoreError as error:  # the others must be seen all the same
            note = str(error)
    last = history[-1] if history else None
    return RunFacts(
        summary=summary,
        is_there=there,
        state=state,
        seconds=seconds,
        score=_score(history),
        checks={} if last is None else last.statuses,
        checked_state=None if last is None else last.state,
        waiting=waiting,
        marked=mark,
        note=note,
        shares_with=shares_with,
    )


def _numbers(seconds: Mapping[str, float]) -> dict[str, float]:
    return {str(stage): float(took) for stage, took in seconds.items()}


def _score(history: list[HistoryEntry]) -> float | None:
    known = [entry.measures[SCORE] for entry in history if SCORE in entry.measures]
    return known[-1] if known else None
