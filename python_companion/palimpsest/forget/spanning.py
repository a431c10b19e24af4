"""A forget that spans several runs: one transaction a run, and none is left out.

The run that was asked is changed first, together with the list of the others (see
`palimpsest.store.waiting`). Each of the others follows by itself; one whose functions are needed and
not here, or whose file is not there, waits, and everything else is done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from palimpsest.errors import PalimpsestError
from palimpsest.forget.apply import apply_ticket
from palimpsest.forget.tokens import Ticket
from palimpsest.pipeline.execution import Progress, ignore_progress
from palimpsest.pipeline.holding import rows_of
from palimpsest.pipeline.live import find_live
from palimpsest.pipeline.run import Run
from palimpsest.pipeline.state import StoredRun
from palimpsest.pipeline.tracing import plain
from palimpsest.protocol.messages import (
    ForgetRequest,
    RowIds,
    RunSummary,
    RunUpdate,
    RunUpdates,
)
from palimpsest.store.catalog import Catalog, Waiting, is_there
from palimpsest.store.runfile import RunFile
from palimpsest.store.suppression import Suppressed, remembered
from palimpsest.store.waiting import reached
from palimpsest.tracking.errors import TrackingError

Rows = npt.NDArray[np.int32]


@dataclass(frozen=True)
class StillWaiting:
    """A part of a forget that could not be done yet.

    Attributes
    ----------
    receipt : str
        Of the forget that it is part of.
    run : str
    reason : str
        What it waits for.
    """

    receipt: str
    run: str
    reason: str


_REASONS: dict[tuple[str, str], str] = {}
"""What was tried in vain in this process, and why: by receipt and run."""

_TRIED: set[tuple[str, str, bool]] = set()
"""What was tried in this process: receipt, run, and whether its functions were here."""


def resume(
    folder: Path,
    *,
    again: bool = True,
    user: str | None = None,
    progress: Progress = ignore_progress,
) -> list[StillWaiting]:
    """Do what forgets have still to do in other runs; return what goes on waiting.

    Parameters
    ----------
    folder : Path
        Of the run files.
    again : bool
        Whether to try also what was tried in vain in this process.
    user : str, optional
    progress : callable
    """
    left = []
    with Catalog.open(folder) as catalog:
        catalog.reconcile()  # it may not have heard yet of what is in the files
        for part in catalog.waiting():
            attempt = (part.receipt, part.run, find_live(part.run) is not None)
            if attempt in _TRIED and not again:
                continue
            _TRIED.add(attempt)
            try:
                _reach(catalog, part, user, progress)
            except (PalimpsestError, TrackingError) as error:
                _REASONS[part.receipt, part.run] = str(error)
                left.append(StillWaiting(part.receipt, part.run, str(error)))
    return left


def updates(run: Run) -> RunUpdates:
    """Return how far the forgets that were asked of a run have come in the others.

    What a run waits for is known when it was tried in this process (see `resume`).
    """
    asked = {receipt.receipt for receipt in run.receipts().receipts}
    with Catalog.open(run.path.parent) as catalog:
        waiting = [part for part in catalog.waiting() if part.origin == run.id]
        names = {summary.run: summary.name for summary in catalog.runs(there=None)}
        others = [summary for summary in catalog.runs() if summary.run != run.id]
    found = [
        RunUpdate(
            receipt=part.receipt,
            run=part.run,
            name=names.get(part.run, part.run),
            state="waiting",
            followed_by=None,
            reason=_REASONS.get((part.receipt, part.run)),
        )
        for part in waiting
    ]
    for summary in others:
        if summary.forgets:
            found += _followed(summary, asked)
    return RunUpdates(updates=found)


def _followed(summary: RunSummary, asked: Collection[str]) -> Iterator[RunUpdate]:
    """Return what a run has done of the forgets that were asked of another."""
    with Run.open_alone(Path(summary.path)) as run:
        receipts = run.receipts().receipts
    for receipt in receipts:
        if receipt.part_of is not None and receipt.part_of in asked:
            yield RunUpdate(
                receipt=receipt.part_of,
                run=summary.run,
                name=summary.name,
                state="done",
                followed_by=receipt.receipt,
                reason=None,
            )


def _reach(catalog: Catalog, part: Waiting, user: str | None, progress: Progress) -> None:
    origin = _file_of(catalog, part.origin)
    with Run.open_alone(_file_of(catalog, part.run)) as target:
        for ticket in _tickets(origin, target, part.receipt):
            apply_ticket(target, ticket, progress, user, part_of=part.receipt)
    with RunFile.open(origin, writable=True) as file:
        with file.transaction() as connection:
            reached(connection, part.receipt, part.run)
        file.checkpoint()
        catalog.register(file, origin)


def _file_of(catalog: Catalog, run: str) -> Path:
    found: RunSummary | None = None
    for summary in catalog.runs(there=None):
        if summary.run == run:
            found = summary
    if found is None or not is_there(catalog.folder, found):
        where = "" if found is None else f" '{found.path}'"
        raise PalimpsestError(
            "not-found",
            f"The file{where} of run '{run}' is not there.",
            hint="Put it back into its folder; what was forgotten in other runs is then forgotten "
            "there too.",
        )
    return Path(found.path)


def _tickets(origin: Path, target: Run, receipt: str) -> Iterator[Ticket]:
    """Return what is to be done in a run, source by source; nothing when it is done already."""
    with Run.open_alone(origin) as asked, asked.reading() as stored:
        entries = remembered(stored.connection, [receipt])
        paths = {name: fact.path for name, fact in stored.sources.items()}
        values = _right_values(stored, entries)
    with target.reading() as stored:
        tickets = []
        for source in stored.sources.values():
            matching = [
                entry
                for entry in entries
                if entry.source == source.name
                or (source.path is not None and paths.get(entry.source) == source.path)
            ]
            request = _request(stored, target.id, source.name, matching, values)
            if request is None:
                continue
            rows = _rows_to_change(
                stored, request, rows_of(stored, source.name, {e.identity for e in matching})
            )
            if len(rows):
                selector = RowIds.model_construct(rows=rows.tolist())
                request = request.model_copy(update={"selector": selector})
                tickets.append(Ticket(target.id, stored.version, request, rows))
    # Of two sources in one run, the second is asked of the state that the first one leaves.
    for ticket in tickets:
        with target.reading() as stored:
            version = stored.version
        yield Ticket(ticket.run, version, ticket.request, ticket.rows)


def _request(
    stored: StoredRun,
    run: str,
    source: str,
    entries: Collection[Suppressed],
    values: dict[str, Any],
) -> ForgetRequest | None:
    if not entries:
        return None
    entry = next(iter(entries))
    known = [column for column in entry.columns if column in stored.source(source).columns]
    if entry.action != "delete" and not known:
        return None
    return ForgetRequest(
        run=run,
        source=source,
        selector=RowIds(rows=[]),
        action=entry.action,  # type: ignore[arg-type]
        columns=known if entry.action == "erase" else [],
        values={column: values[column] for column in known} if entry.action == "rectify" else {},
    )


def _rows_to_change(stored: StoredRun, request: ForgetRequest, rows: Rows) -> Rows:
    """Leave out records of which all cells to erase are erased already."""
    if request.action != "erase" or not len(rows):
        return rows
    erased = stored.source(request.source).read(rows, request.columns).erased
    masks = [erased.get(column, np.zeros(len(rows), dtype=bool)) for column in request.columns]
    done: npt.NDArray[np.bool_] = np.logical_and.reduce(masks)
    return rows[~done]


def _right_values(stored: StoredRun, entries: Collection[Suppressed]) -> dict[str, Any]:
    """Read what corrected cells hold now, in the run that was asked."""
    entry = next((entry for entry in entries if entry.action == "rectify"), None)
    if entry is None:
        return {}
    rows = rows_of(stored, entry.source, {bytes.fromhex(entry.became)})
    if not len(rows):
        raise PalimpsestError(
            "not-found",
            "The corrected records are not in the run any more that was asked to correct them.",
            hint="Correct them in the other runs by requests of their own.",
        )
    frame = stored.source(entry.source).read(rows[:1], entry.columns).frame
    return {column: plain(frame[column].iloc[0]) for column in entry.columns}
