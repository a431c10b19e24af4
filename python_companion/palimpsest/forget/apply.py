"""Doing a forget: one transaction, then everything erased is gone from the disk."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from palimpsest.encoding import Encoding
from palimpsest.forget.calls import functions_of
from palimpsest.forget.change import TableChange, table_change
from palimpsest.forget.edit import edit_of
from palimpsest.forget.identities import new_identities, suppressed_by, take_last_places
from palimpsest.forget.impact import Impact, impact_of
from palimpsest.forget.matrixchange import MatrixChange, matrix_change
from palimpsest.forget.matrixwriting import WholeAfter, write_matrix
from palimpsest.forget.membership import MOST_UNSEEN, Aside, Scores, membership_scores, put_aside
from palimpsest.forget.modelling import ModelChange, changed_training_rows, model_change
from palimpsest.forget.receipts import FORGET, as_receipt, now, user_name
from palimpsest.forget.rerun import rerun
from palimpsest.forget.tokens import TOKENS, Ticket, check_version
from palimpsest.models import ModelState
from palimpsest.openlineage.stories import about, forget_story
from palimpsest.pipeline.cache import CACHE, WORKED_OUT
from palimpsest.pipeline.live import LivePipeline
from palimpsest.pipeline.state import StoredRun, identity_array
from palimpsest.protocol.messages import Receipt, StageTiming
from palimpsest.store.audit import AuditEntry, append_entry
from palimpsest.store.catalog import Catalog, Forgotten, facts_of
from palimpsest.store.identity import Identities
from palimpsest.store.kept import kept_catalog, tell_catalog
from palimpsest.store.summary import write_facts
from palimpsest.store.suppression import Suppressed, remember
from palimpsest.store.waiting import wait_for
from palimpsest.tracking.errors import FullRerun

if TYPE_CHECKING:
    from palimpsest.pipeline.execution import Progress
    from palimpsest.pipeline.run import Run

STAGES = ("training table", "sources", "feature matrix", "model", "commit")


def apply(run: Run, token: str, progress: Progress, user: str | None) -> Receipt:
    """Apply a previewed request; see `Run.apply`."""
    ticket = TOKENS.redeem(token, run.id)
    try:
        receipt = apply_ticket(run, ticket, progress, user)
    except BaseException:
        TOKENS.restore(token, ticket)  # after a mere lock it is still good
        raise
    if ticket.request.everywhere:
        from palimpsest.forget.spanning import resume  # which itself applies

        resume(run.path.parent, user=user, progress=progress)
    return receipt


def apply_ticket(
    run: Run, ticket: Ticket, progress: Progress, user: str | None, part_of: str | None = None
) -> Receipt:
    """Do what a ticket stands for.

    Parameters
    ----------
    run : Run
    ticket : Ticket
    progress : callable
    user : str or None
        Who asks, by default the user of the process.
    part_of : str, optional
        Receipt of the forget in another run that this one follows.
    """
    with forget_story(run) as story:
        forget, receipt = _apply(run, ticket, progress, user, part_of)
        if forget.is_rerun:
            with run.reading() as stored:
                story.about = about(stored)
        story.complete(run.path, forget.training_rows)
    return receipt


def _apply(
    run: Run, ticket: Ticket, progress: Progress, user: str | None, part_of: str | None
) -> tuple[_Forget, Receipt]:
    timer, folder = _Timer(progress), run.path.parent
    try:
        with run.writing() as file:
            with file.transaction():
                stored = run.stored_in(file)
                check_version(ticket, stored.version)
                forget = _Forget(run, stored, ticket, timer)
                entry = forget.write(user, part_of)
                forgotten = forget.for_catalog()
                timer.begin("commit")
                ready = time.perf_counter()
            written = {"commit": time.perf_counter() - ready}
            noted: list[bool] = []

            def complete(catalog: Catalog) -> None:
                if noted != [True]:
                    catalog.register(file, run.path)
                catalog.took(forget.receipt, written)

            try:
                with timed(written, "checkpoint"), file.emptying():
                    tell_catalog(folder, lambda catalog: noted.append(catalog.note(forgotten)))
            finally:  # what is committed is done, even while old bytes stay
                tell_catalog(folder, complete)
    except BaseException:
        CACHE.drop(run.id)  # what is in memory may be half-changed
        raise
    timer.end()
    put_aside(run.id, forget.aside)
    return forget, as_receipt(entry, None, written)


@contextmanager
def timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    """Note how long a block takes."""
    started = time.perf_counter()
    yield
    seconds[name] = time.perf_counter() - started


@dataclass
class _Timer:
    """Times the stages and tells the progress."""

    progress: Progress
    timings: list[StageTiming] = field(default_factory=list)
    started: float = field(default_factory=time.perf_counter)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.begin(name)
        started = time.perf_counter()
        yield
        self.timings.append(StageTiming(stage=name, seconds=time.perf_counter() - started))

    def seconds(self, stage: str) -> float:
        return sum(timing.seconds for timing in self.timings if timing.stage == stage)

    def begin(self, name: str) -> None:
        self.progress(name, STAGES.index(name), len(STAGES), None)

    def end(self) -> None:
        self.progress(STAGES[-1], len(STAGES), len(STAGES), None)


class _Forget:
    """One forget inside its transaction."""

    def __init__(self, run: Run, stored: StoredRun, ticket: Ticket, timer: _Timer) -> None:
        self.run = run
        self.stored = stored
        self.ticket = ticket
        self.timer = timer
        self.live: LivePipeline | None = run.live
        self.edit = edit_of(stored, ticket.request, ticket.rows)
        self.arrived: dict[str, Identities] = {}
        self.suppressed: list[Suppressed] = []
        self.receipt = secrets.token_hex(8)
        self.after: tuple[Encoding, ModelState] | None = None
        self.aside: Aside | None = None
        self.is_rerun = False
        self.training_rows = 0  # afterwards

    def write(self, user: str | None, part_of: str | None) -> AuditEntry:
        """Write everything; return the audit entry."""
        wait_for(self.stored.connection, self.receipt, self._others())
        whole_after = WholeAfter(self.stored)
        try:
            with self.timer.stage("training table"):
                change = self._table_change()
        except FullRerun as reason:
            self.is_rerun = True
            self._write_sources()
            with self.timer.stage("model"):
                impact, raw = rerun(self.run, self.stored, self.live, reason)
            whole_after.start_again(raw)
            membership = None
        else:
            self._write_sources()
            impact, membership = self._maintain(change, whole_after)
        return self._finish(impact, membership, (user, part_of), whole_after)

    def _table_change(self) -> TableChange:
        """Find what changes in the training table, and update the row state.

        What the preview worked out is true of the same state; it lacks the sides of rows that come
        and what functions gave, so that it is kept only when there are none.
        """
        kept = CACHE.take(self.stored.run, self.stored.version, WORKED_OUT)
        if kept is not None and kept[0] is self.ticket:
            change: TableChange = kept[1]
            if change.delta.pending is not None:
                change.delta.pending.commit(self.stored.rows)
                return change
        functions = functions_of(self.live, self.ticket.results)
        return table_change(self.stored, functions, self.edit, dry_run=False)

    def for_catalog(self) -> Forgotten:
        """Return what the catalog has to know, once everything is written."""
        facts = facts_of(self.stored.connection, self.run.path)
        return Forgotten(facts, self.ticket.version, self.suppressed, self.arrived)

    def _others(self) -> list[str]:
        """Return the runs that are to follow, also those whose files are not there just now."""
        if not self.ticket.request.everywhere:
            return []
        source = self.edit.source
        identities = self.stored.arrays[identity_array(source)].take(self.edit.known)
        with kept_catalog(self.run.path.parent) as catalog:
            holding = catalog.records.holding(
                [(source, self.stored.sources[source].path)],
                [identity.tobytes() for identity in identities],
                but=self.run.id,
            )
        return sorted(holding)

    def _write_sources(self) -> None:
        with self.timer.stage("sources"):
            stored, edit, secret = self.stored, self.edit, self.run.secret
            table, identities = (
                stored.source(edit.source),
                stored.arrays[identity_array(edit.source)],
            )
            became = None
            if edit.action == "rectify":
                take_last_places(stored, edit, secret)
            if edit.action in ("rectify", "insert"):
                became = self.arrived[edit.source] = new_identities(stored, edit, secret)
            self.suppressed = suppressed_by(stored, edit, secret, self.receipt, became)
            remember(stored.connection, self.suppressed)
            if edit.action == "delete":
                table.blank(edit.records)  # the list of forgotten records keeps who they were
            elif edit.action == "erase":
                table.erase(edit.change.erased)
            elif became is not None:
                frame = edit.read(stored, edit.source, edit.records)
                if edit.action == "insert":
                    table.append(edit.records, frame)
                    identities.append(became)
                else:
                    table.update(edit.records, frame, table.read(edit.records).erased)
                    identities.put(edit.records, became)

    def _maintain(
        self, change: TableChange, whole_after: WholeAfter
    ) -> tuple[Impact, list[Scores] | None]:
        stored, delta, after = self.stored, change.delta, change.after
        with self.timer.stage("feature matrix"):
            matrix = matrix_change(stored, self.live, change)
            updated = len(delta.updated)
            training = stored.training
            stored.labels.blank(delta.removed)
            training.blank(delta.removed)
            training.update(
                delta.updated,
                after.frame.iloc[:updated],
                {name: mask[:updated] for name, mask in after.erased.items()},
            )
            training.append(
                delta.added,
                after.frame.iloc[updated:],
                {name: mask[updated:] for name, mask in after.erased.items()},
            )
            stored.labels.write(after.rows, after.labels, after.unlabelled)
            stored.write_split(delta.removed, after.rows, after.in_split)
            write_matrix(stored, change, matrix, whole_after)
        with self.timer.stage("model"):
            granted = self.ticket.request.model_seconds
            model = model_change(stored, self.live, change, matrix, whole_after, granted=granted)
            membership = self._membership(change, matrix, model)
            stored.write_encoding(matrix.encoding.encoding)
            if model.state is not stored.model:
                stored.write_model(model.state, stored.model)
        self.after = (matrix.encoding.encoding, model.state)
        return impact_of(stored, change, matrix, model), membership

    def _membership(
        self, change: TableChange, matrix: MatrixChange, model: ModelChange
    ) -> list[Scores] | None:
        was, _ = changed_training_rows(change, matrix)
        if not was.any():
            return None
        stored, before = self.stored, change.before
        unseen = stored.unseen_rows(MOST_UNSEEN)
        labels, _ = stored.labels.read(unseen)
        forgotten = (before.raw.take(was), before.labels[was])
        others = (stored.matrix.take(unseen), labels)
        encodings = (matrix.encoding.before, matrix.encoding.encoding)
        if self.ticket.request.keep_until_proof:
            self.aside = Aside(self.receipt, *forgotten)
        return [
            membership_scores(state, encoding, forgotten, others)
            for state, encoding in zip((stored.model, model.state), encodings, strict=True)
        ]

    def _finish(
        self,
        impact: Impact,
        membership: list[Scores] | None,
        asked_by: tuple[str | None, str | None],
        whole_after: WholeAfter,
    ) -> AuditEntry:
        stored, request = self.stored, self.ticket.request
        stored.arrays.flush()
        self.training_rows = impact.training_rows
        version = write_facts(
            stored.connection,
            training_rows=impact.training_rows,
            feature_columns=impact.feature_columns,
        )
        if self.after is not None:
            stored.keep(version, *self.after)
        whole_after.keep(version)
        asked = request.model_dump_json(include={"selector", "values", "records"})
        return append_entry(
            stored.connection,
            FORGET,
            {
                "receipt": self.receipt,
                "run": self.run.id,
                "time": now(),
                "user": user_name(asked_by[0]),
                **({} if asked_by[1] is None else {"part_of": asked_by[1]}),
                "source": request.source,
                "action": request.action,
                "columns": list(dict.fromkeys([*request.columns, *request.values])),
                "keep_rows": request.keep_rows,
                "selector_hash": self.run.secret.hex(asked, b"selector"),
                "records": len(self.edit.records),
                "training_rows_removed": impact.removed,
                "training_rows_changed": impact.changed,
                "training_rows_added": impact.added,
                "matrix_cells": impact.cells,
                "artifacts": [
                    artifact.model_copy(
                        update={
                            "seconds": self.timer.seconds(artifact.artifact) or artifact.seconds
                        }
                    ).model_dump()
                    for artifact in impact.artifacts
                ],
                "timings": [timing.model_dump() for timing in self.timer.timings],
                "seconds": time.perf_counter() - self.timer.started,
                "membership": membership and [scores.threshold for scores in membership],
                "likelihood": membership and [scores.likelihood for scores in membership],
            },
        )
