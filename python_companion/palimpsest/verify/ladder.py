"""The rungs of the ladder on which the versions run: real inputs, then mutated ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from palimpsest.protocol.messages import Difference, DifferenceTable, Progress, Verdict
from palimpsest.verify.checks import Comparer, Mismatch
from palimpsest.verify.checks.cells import close
from palimpsest.verify.inputs.mutations import Mutation, constants, mutations
from palimpsest.verify.inputs.sampling import mark_reached, sample
from palimpsest.verify.inputs.sources import NotTabular, Sources, columns_of, read_source
from palimpsest.verify.inputs.thresholds import thresholds
from palimpsest.verify.inputs.uses import Uses
from palimpsest.verify.judge import Judge, Judgement
from palimpsest.verify.locate.faults import met_in_another_order
from palimpsest.verify.locate.localise import Cause, localise
from palimpsest.verify.record import Record, Tally, explain
from palimpsest.verify.sandbox.jobs import Failure, SideName
from palimpsest.verify.sandbox.process import Outcome
from palimpsest.verify.values import Array, Cell, Observed, Stages, Table, row_count, show

OnProgress = Callable[[Progress], None]

_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")

_FEW = 10
"""With fewer mutated inputs than these no further ones are looked for."""

_FIXED_STEPS = 3
"""Steps before the mutated inputs: start, real inputs, their comparison."""


@dataclass(frozen=True)
class Effort:
    """How much is tried.

    Attributes
    ----------
    mutations
        How many mutated inputs.
    sample_rows
        How many rows of each source these are made from.
    seed
        Seed of all random choices.
    localise
        Whether the rows and statements behind a difference are looked for.
    """

    mutations: int
    sample_rows: int
    seed: int
    localise: bool = True


@dataclass(frozen=True)
class Code:
    """The code of both versions.

    Attributes
    ----------
    cells
        The cells of either side.
    place
        Names the cell in a failure's message, given its number and line.
    """

    cells: dict[SideName, list[str]]
    place: Callable[[str, int | None, int | None], tuple[str, int | None]]


class Steps:
    """Tells how far a verification is.

    Parameters
    ----------
    on_progress
        Told after each step.
    expected
        How many mutated inputs there will probably be.
    """

    def __init__(self, on_progress: OnProgress | None, expected: int) -> None:
        self._on_progress = on_progress
        self._done = 0
        self._total = _FIXED_STEPS + expected

    def done(self, detail: str) -> None:
        """Tell that a step is done."""
        self._done = min(self._done + 1, self._total)
        if self._on_progress is not None:
            self._on_progress(
                Progress(stage="verify", done=self._done, total=self._total, detail=detail)
            )

    def expect(self, inputs: int) -> None:
        """Tell how many mutated inputs there will be."""
        self._total = _FIXED_STEPS + inputs


class Ladder:
    """Climbs from the real inputs to mutated ones, up to the first difference.

    Parameters
    ----------
    judge
        Runs the two versions, and judges what they do on one input.
    record
        Where the evidence goes.
    steps
        Told about progress.
    effort
        How much is tried.
    code
        The code of both versions.
    """

    def __init__(
        self,
        judge: Judge,
        record: Record,
        steps: Steps,
        effort: Effort,
        code: Code,
    ) -> None:
        self._sides = judge.sides
        self._judge = judge
        self._record = record
        self._steps = steps
        self._effort = effort
        self._cells = code.cells
        self._place = code.place

    @property
    def _comparer(self) -> Comparer:
        return self._judge.comparer

    def climb(self) -> Verdict:
        """Run both versions on the real inputs, then on mutated ones."""
        self._check_walls()
        self._steps.done("start")
        first, second, rewritten = self._sides.thrice()
        self._steps.done("real inputs")
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
            or self._check_complete(first.observed)
            or self._record.equivalent(self._judge.mask)
        )

    def _check_complete(self, observed: Observed | None) -> Verdict | None:
        """Decide nothing when a stage of the original could not be observed, or is all chance."""
        mask = self._judge.mask
        missing = dict(observed.missing) if isinstance(observed, Stages) else {}
        missing |= {role: part for role, part in mask.stages.items() if isinstance(part, str)}
        if not missing:
            return None
        told = "; ".join(f"stage '{role}': {why}" for role, why in missing.items())
        self._record.note(False, told)
        return self._record.inconclusive(f"not all could be compared: {told}")

    def _check_walls(self) -> None:
        walls = self._sides.walls()
        named = {
            "the network": walls.network,
            "files": walls.files,
            "other processes": walls.processes,
            "sockets": walls.sockets,
        }
        missing = [name for name, stands in named.items() if not stands]
        if missing:
            told = ", ".join(missing)
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
            return self._failed("original", original.failure)
        if rewritten.failure is not None:
            return self._failed("rewritten", rewritten.failure)
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
        found = self._comparer.unstable(first.observed, second.observed)
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
        self._remark_on_labels(original.observed)
        self._compare_printed(original.report.printed, rewritten.report.printed)
        self._steps.done("compared")
        return None

    def _remark_on_labels(self, observed: Observed) -> None:
        """Say when all labels are the same: hardly what the author meant, and faithful all the same."""
        if isinstance(observed, Stages):
            labels: Observed | None = observed.results.get("label")
        else:
            labels = observed if self._judge.role == "label" else None
        if not isinstance(labels, Array) or labels.data.size < 2:
            return
        value = labels.data.flat[0]
        if bool((labels.data == value).all()):
            told = f"every label is the same ({value.item()}): there is nothing to learn from them"
            self._record.remark([told])

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
        names, _ = constants([*self._cells["original"], *self._cells["rewritten"]])
        found: Sources = {}
        reasons: dict[str, None] = {}
        for outcome in outcomes:
            written: set[str] = set()
            for access in outcome.report.accesses:
                if access.write:
                    written.add(access.path)
                elif access.path in known - written - set(found):
                    try:
                        found[access.path] = read_source(
                            self._sides.scratch.pristine, access.path, set(names)
                        )
                    except NotTabular as error:
                        reasons[str(error)] = None
        return found, list(reasons)

    def _check_mutated(
        self, observed: Observed | None, sources: Sources, reasons: list[str]
    ) -> Verdict | None:
        effort = self._effort
        self._record.notes(reasons, ok=False)
        if not self._comparer.mutates:
            self._record.note(True, "models are compared on the real inputs only")
            return None
        if not effort.mutations or not sources:
            asked = "the code reads no text file that could be mutated"
            none = "no mutated inputs were asked for"
            self._record.note(False, none if not effort.mutations else asked)
            return None
        table = observed.results.get("prepare") if isinstance(observed, Stages) else observed
        if isinstance(table, Table):
            sources = mark_reached(sources, (value for row in table.rows for value in row))
        sampled = sample(sources, effort.sample_rows, effort.seed)
        ours, theirs = self._cells["original"], self._cells["rewritten"]
        inputs = mutations(sampled, ours, effort.mutations, effort.seed, theirs)
        if effort.mutations >= _FEW:
            columns = columns_of(sampled, Uses(ours))
            inputs += thresholds(sampled, columns, self._original_on)
        self._steps.expect(len(inputs))
        tally = Tally()
        for mutation in inputs:
            judgement = self._try(mutation)
            if judgement.mismatch is not None and not _excused(mutation, judgement):
                self._record.mutated_inputs = tally.agreed
                told = f"{mutation.name}: {explain(judgement.mismatch)}"
                self._record.add("mutated", False, told)
                return self._different(judgement.mismatch, mutation.sources, mutation)
            tally.count(mutation, judgement)
            self._steps.done(mutation.name)
        self._record.mutated_inputs = tally.agreed
        tally.report(self._record)
        return None

    def _try(self, mutation: Mutation) -> Judgement:
        """Judge an input; faults that are met in another order are no other errors."""
        judgement = self._judge.try_input(mutation.sources)
        if judgement.stops is None or not met_in_another_order(
            self._judge, mutation.sources, judgement.stops
        ):
            return judgement
        ours, theirs = (failure.type for failure in judgement.stops)
        told = f"{theirs} where the original meets another fault first, and raises {ours}"
        return Judgement("akin", judgement.rows, error=told)

    def _original_on(self, sources: Sources) -> Observed | None:
        """Run the original; None when it fails before it has a result."""
        return self._sides.original(sources).observed

    def _different(
        self, mismatch: Mismatch, sources: Sources, mutation: Mutation | None
    ) -> Verdict:
        cause = Cause()
        if self._effort.localise:
            self._steps.done("localising")
            cause = localise(self._judge, mismatch, sources, mutation, self._cells)
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
            rewritten_line=cause.rewritten_line,
            stage=mismatch.stage,  # type: ignore[arg-type]
            cause=cause.told,
            table=_table(cause.seen or mismatch),
            source_lines=cause.source_lines,
        )
        return self._record.different(mismatch, difference)

    def _failed(self, side: SideName, failure: Failure) -> Verdict:
        """Return the verdict that a side failed when it ran."""
        self._record.add("runs", False, f"{side}: {failure.traceback or failure.message}")
        message, line = self._place(failure.message, failure.cell, failure.line)
        return self._record.failed(side, message, line)


def _table(mismatch: Mismatch) -> DifferenceTable | None:
    """Return the rows that differ, for people."""
    if not mismatch.columns or (mismatch.expected is None and mismatch.got is None):
        return None
    return DifferenceTable(
        columns=mismatch.columns, expected=_shown(mismatch.expected), got=_shown(mismatch.got)
    )


def _shown(row: list[Cell] | None) -> list[str] | None:
    return None if row is None else [show(value) for value in row]


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
