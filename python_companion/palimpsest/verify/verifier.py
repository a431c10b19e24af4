"""The equivalence ladder: parse, names, run, equal on the real inputs, equal on mutated ones."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

from palimpsest.protocol.messages import Difference, Progress, Role, Verdict, VerifyRequest
from palimpsest.verify.checks import CHECKS, Mask, Mismatch
from palimpsest.verify.checks.cells import close
from palimpsest.verify.inputs.mutations import Mutation, mutations
from palimpsest.verify.inputs.sampling import mark_reached, sample
from palimpsest.verify.inputs.sources import NotTabular, Sources, read_source
from palimpsest.verify.judge import Judge, Judgement
from palimpsest.verify.locate.localise import localise
from palimpsest.verify.record import Record, Tally, explain
from palimpsest.verify.sandbox.jobs import Failure, SideName
from palimpsest.verify.sandbox.process import Outcome
from palimpsest.verify.sandbox.scratch import FolderTooLarge
from palimpsest.verify.sides import Sides
from palimpsest.verify.static import (
    StaticError,
    global_bindings,
    syntax_error,
    undefined_name,
    without_magics,
)
from palimpsest.verify.values import Observed, Table, row_count

OnProgress = Callable[[Progress], None]

_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")

_FIXED_STEPS = 3
"""Steps before the mutated inputs: start, real inputs, their comparison."""


class Verification:
    """One climb up the ladder.

    Parameters
    ----------
    request
        What is verified.
    on_progress
        Told after each step.
    cancelled
        When set, the climb ends with `Cancelled`.
    """

    def __init__(
        self, request: VerifyRequest, on_progress: OnProgress | None, cancelled: threading.Event
    ) -> None:
        self._request = request
        self._on_progress = on_progress
        self._cancelled = cancelled
        self._record = Record()
        self._done = 0
        self._total = _FIXED_STEPS + request.mutations

    def climb(self) -> Verdict:
        """Climb as far as it goes and return the verdict."""
        request = self._request
        lengths = {len(request.original), len(request.rewritten), len(request.roles)}
        if len(lengths) > 1 or not 0 <= request.target < len(request.original):
            return self._record.inconclusive(
                "the original, the rewrite and the roles do not have the same code cells"
            )
        role = request.roles[request.target]
        if role is None:
            return self._record.inconclusive(
                f"code cell {request.target + 1} has no role: nothing says what to compare"
            )
        cells = {
            "original": self._plain_cells(request.original),
            "rewritten": self._plain_cells(request.rewritten),
        }
        verdict = self._check_statically(cells["original"], cells["rewritten"], role)
        if verdict is not None:
            return verdict
        try:
            sides = Sides(request, cells["original"], cells["rewritten"], self._cancelled)
        except (FolderTooLarge, NotADirectoryError) as error:
            return self._record.inconclusive(str(error))
        try:
            return _Running(self, sides, role, cells).climb()
        finally:
            sides.close()

    @property
    def record(self) -> Record:
        """What was found so far."""
        return self._record

    @property
    def request(self) -> VerifyRequest:
        """What is verified."""
        return self._request

    def step(self, detail: str) -> None:
        """Tell that a step is done."""
        self._done = min(self._done + 1, self._total)
        if self._on_progress is not None:
            self._on_progress(
                Progress(stage="verify", done=self._done, total=self._total, detail=detail)
            )

    def expect(self, inputs: int) -> None:
        """Tell how many mutated inputs there will be."""
        self._total = _FIXED_STEPS + inputs

    def _plain_cells(self, cells: list[str]) -> list[str]:
        pairs = [without_magics(source) for source in cells[: self._request.target + 1]]
        if any(dropped for _, dropped in pairs):
            self._record.note(True, "lines for IPython only (magics) were left out")
        return [source for source, _ in pairs]

    def _check_statically(
        self, original: list[str], rewritten: list[str], role: Role
    ) -> Verdict | None:
        versions: tuple[tuple[SideName, list[str]], ...] = (
            ("original", original),
            ("rewritten", rewritten),
        )
        for side, cells in versions:
            error = syntax_error(cells)
            if error is not None:
                message, line = self._place(error.message, error.cell, error.line)
                self._record.add("parses", False, f"{side}: {message}")
                return self._record.failed(side, message, line)
        self._record.add("parses", True, "both versions parse")
        name = CHECKS[role].contract
        error = undefined_name(rewritten)
        if error is None and not any(name in global_bindings(source) for source in rewritten):
            message = f"the rewritten cells define no function {name}()"
            error = StaticError(message, self._request.target, None)
        if error is not None:
            self._record.add("names", False, f"rewritten: {error.message}")
            return self._record.failed("rewritten", error.message, error.line)
        self._record.add("names", True, f"every name is defined, {name}() among them")
        return None

    def _place(self, message: str, cell: int | None, line: int | None) -> tuple[str, int | None]:
        """Return a message and a line of the target cell; name the cell when it is another."""
        if cell is None or cell == self._request.target:
            return message, line
        return f"{message} (code cell {cell + 1}, line {line})", None

    def failed(self, side: SideName, failure: Failure) -> Verdict:
        """Return the verdict that a side failed when it ran."""
        self._record.add("runs", False, f"{side}: {failure.traceback or failure.message}")
        return self._record.failed(side, *self._place(failure.message, failure.cell, failure.line))


class _Running:
    """The rungs on which the versions run."""

    def __init__(
        self, climb: Verification, sides: Sides, role: Role, cells: dict[str, list[str]]
    ) -> None:
        self._verification = climb
        self._record = climb.record
        self._sides = sides
        self._role = role
        self._cells = cells
        self._judge = Judge(sides, role, Mask())

    def climb(self) -> Verdict:
        """Run both versions on the real inputs, then on mutated ones."""
        self._check_walls()
        self._verification.step("start")
        first, second, rewritten = self._sides.thrice()
        self._verification.step("real inputs")
        verdict = self._check_runs(first, rewritten) or self._check_stability(first, second)
        if verdict is not None:
            return verdict
        if self._sides.observation is None and first.report.observation is not None:
            self._sides.observation = first.report.observation
            told = _named(first.report.observation)
            self._record.note(True, f"what the original shows was taken to be {told}")
        sources, reasons = self._sources(first, rewritten)
        return (
            self._check_real(first, rewritten, sources)
            or self._check_mutated(first.observed, sources, reasons)
            or self._record.equivalent(self._judge.mask)
        )

    def _check_walls(self) -> None:
        walls = self._sides.walls()
        missing = [] if walls.network else ["the network"]
        missing += [] if walls.files else ["files"]
        if missing:
            told = " and ".join(missing)
            self._record.note(False, f"the system does not wall off {told}; an audit hook did")

    def _check_runs(self, original: Outcome, rewritten: Outcome) -> Verdict | None:
        self._record.notes(rewritten.report.notes, ok=False)
        outside = sorted({*original.report.outside, *rewritten.report.outside})
        if outside:
            told = ", ".join(outside[:3])
            self._record.note(False, f"read by absolute path, so never mutated: {told}")
        if original.failure is not None:
            if original.failure.kind == "unobservable":
                return self._record.inconclusive(f"nothing to compare: {original.failure.message}")
            return self._verification.failed("original", original.failure)
        if rewritten.failure is not None:
            return self._verification.failed("rewritten", rewritten.failure)
        times = f"original in {original.seconds:.2f} s, rewrite in {rewritten.seconds:.2f} s"
        self._record.add("runs", True, times)
        return None

    def _check_stability(self, first: Outcome, second: Outcome) -> Verdict | None:
        if second.failure is not None:
            told = f"the original failed when it was run again: {second.failure.message}"
            self._record.add("nondeterminism", False, told)
            return self._record.inconclusive(told)
        assert first.observed is not None
        assert second.observed is not None
        found = CHECKS[self._role].unstable(first.observed, second.observed)
        if isinstance(found, str):
            self._record.add("nondeterminism", False, found)
            return self._record.inconclusive(f"the original is not deterministic: {found}")
        self._judge.mask = found
        names = ", ".join(found.names)
        told = f"left out, since two runs of the original differ there: {names}"
        told = told if found else "two runs of the original agree"
        self._record.add("nondeterminism", not found, told)
        return None

    def _check_real(
        self, original: Outcome, rewritten: Outcome, sources: Sources
    ) -> Verdict | None:
        assert original.observed is not None
        rows = self._record.real_rows = row_count(original.observed)
        judgement = self._judge.judge(None, original, rewritten)
        self._record.notes(judgement.notes)
        if judgement.mismatch is not None:
            self._record.add("real", False, explain(judgement.mismatch))
            return self._different(judgement.mismatch, sources, None)
        if rows == 0:
            told = "the original gives no rows on the real inputs: nothing was compared"
            self._record.add("real", False, told)
            return self._record.inconclusive(told)
        self._record.add("real", True, f"equal on {rows:,} real rows")
        self._compare_printed(original.report.printed, rewritten.report.printed)
        self._verification.step("compared")
        return None

    def _compare_printed(self, original: str, rewritten: str) -> None:
        """Remark whether both versions print the same numbers; it decides nothing."""
        ours, theirs = ([float(n) for n in _NUMBER.findall(text)] for text in (original, rewritten))
        if ours and theirs:
            equal = len(ours) == len(theirs) and all(map(close, ours, theirs))
            said = "both versions print the same numbers"
            other = f"the original prints {original.strip()!r:.200}, the rewrite {rewritten.strip()!r:.200}"
            self._record.note(equal, said if equal else other)

    def _sources(self, *outcomes: Outcome) -> tuple[Sources, list[str]]:
        """Return the files that the code reads and that can be mutated, and why others cannot."""
        known = set(self._sides.scratch.files)
        found: Sources = {}
        reasons: dict[str, None] = {}
        for outcome in outcomes:
            written: set[str] = set()
            for access in outcome.report.accesses:
                if access.write:
                    written.add(access.path)
                elif access.path in known - written - set(found):
                    try:
                        found[access.path] = read_source(self._sides.scratch.pristine, access.path)
                    except NotTabular as error:
                        reasons[str(error)] = None
        return found, list(reasons)

    def _check_mutated(
        self, observed: Observed | None, sources: Sources, reasons: list[str]
    ) -> Verdict | None:
        request = self._verification.request
        self._record.notes(reasons, ok=False)
        if not CHECKS[self._role].mutates:
            self._record.note(True, "models are compared on the real inputs only")
            return None
        if not request.mutations or not sources:
            asked = "the code reads no text file that could be mutated"
            none = "no mutated inputs were asked for"
            self._record.note(False, none if not request.mutations else asked)
            return None
        if isinstance(observed, Table):
            sources = mark_reached(sources, (value for row in observed.rows for value in row))
        sampled = sample(sources, request.sample_rows, request.seed)
        cells = [*self._cells["original"], *self._cells["rewritten"]]
        inputs = mutations(sampled, cells, request.mutations, request.seed)
        self._verification.expect(len(inputs))
        tally = Tally()
        for mutation in inputs:
            judgement = self._judge.try_input(mutation.sources)
            if judgement.mismatch is not None and not _excused(mutation, judgement):
                self._record.mutated_inputs = tally.agreed
                told = f"{mutation.name}: {explain(judgement.mismatch)}"
                self._record.add("mutated", False, told)
                return self._different(judgement.mismatch, mutation.sources, mutation)
            tally.count(mutation, judgement)
            self._verification.step(mutation.name)
        self._record.mutated_inputs = tally.agreed
        tally.report(self._record)
        return None

    def _different(
        self, mismatch: Mismatch, sources: Sources, mutation: Mutation | None
    ) -> Verdict:
        self._verification.step("localising")
        cell = self._cells["original"][-1]
        cause = localise(self._judge, mismatch, sources, mutation is not None, cell)
        if cause.smallest:
            self._record.note(True, f"smallest input with the difference: {cause.smallest}")
        difference = Difference(
            input=mutation.name if mutation is not None else "real",
            row=mismatch.row,
            column=mismatch.column,
            original=mismatch.original,
            rewritten=mismatch.rewritten,
            source_rows=cause.source_rows,
            line=cause.line,
        )
        return self._record.different(mismatch, difference)


def _excused(mutation: Mutation, judgement: Judgement) -> bool:
    """Note a difference that the mutation excuses, instead of letting it decide."""
    mismatch = judgement.mismatch
    assert mismatch is not None
    stops = mismatch.kind == "error" and mismatch.original.startswith("raises")
    if mutation.excuse == "none" or (mutation.excuse == "original-stops" and not stops):
        return False
    judgement.outcome = "undecided"
    judgement.excuses.append(
        f"with {mutation.name} the original {mismatch.original}; the rewrite: {mismatch.rewritten}"
    )
    return True


def _named(observation: dict[str, Any]) -> str:
    if observation["kind"] == "file":
        return f"the file '{observation['path']}'"
    return f"the variable '{observation['name']}'"
