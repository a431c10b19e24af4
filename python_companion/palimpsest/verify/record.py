"""What was found on the way up the ladder, and the verdict it makes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from palimpsest.protocol.messages import Difference, Evidence, SideError, Verdict
from palimpsest.verify.checks import Mask, Mismatch
from palimpsest.verify.inputs.mutations import Mutation
from palimpsest.verify.judge import Judgement
from palimpsest.verify.sandbox.jobs import SideName

Step = Literal["parses", "names", "runs", "real", "mutated", "nondeterminism", "note"]
Status = Literal["equivalent", "different", "failed", "inconclusive"]


class Record:
    """Collects evidence and counts, and writes the verdict.

    Attributes
    ----------
    real_rows
        Rows of the original's result on the real inputs.
    mutated_inputs
        Mutated inputs on which both versions agreed.
    remarks
        What is told with *equivalent*, for it is not quite that.
    other_errors
        The one among them that says where errors change their kind; empty when there is none.
    """

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._evidence: list[Evidence] = []
        self.real_rows = 0
        self.mutated_inputs = 0
        self.remarks: list[str] = []
        self.other_errors = ""

    def add(self, step: Step, ok: bool, detail: str) -> None:
        """Add a piece of evidence."""
        self._evidence.append(Evidence(step=step, ok=ok, detail=detail))

    def note(self, ok: bool, detail: str) -> None:
        """Add a remark, unless it was made before."""
        if all(evidence.detail != detail for evidence in self._evidence):
            self.add("note", ok, detail)

    def notes(self, remarks: list[str], ok: bool = True) -> None:
        """Add remarks."""
        for remark in remarks:
            self.note(ok, remark)

    def remark(self, remarks: list[str]) -> None:
        """Add what has to be told with *equivalent*, each once."""
        self.notes(remarks, ok=False)
        self.remarks += [text for text in dict.fromkeys(remarks) if text not in self.remarks]

    def equivalent(self, mask: Mask) -> Verdict:
        """Return the verdict that nothing differed."""
        rows = f"{self.real_rows:,} real row{'s' if self.real_rows != 1 else ''}"
        inputs = f"{self.mutated_inputs} mutated input{'s' if self.mutated_inputs != 1 else ''}"
        left_out = f" (left out: {', '.join(mask.names)})" if mask else ""
        summary = f"equivalent on {rows} and {inputs}{left_out}{self._told_remarks()}"
        return self._verdict("equivalent", summary, remarks=self.remarks)

    def _told_remarks(self) -> str:
        """Errors of another kind are told at once; other remarks are counted."""
        others = len(self.remarks) - bool(self.other_errors)
        told = f"; {self.other_errors}" if self.other_errors else ""
        if others:
            told += f"; {others} {'further ' if told else ''}remark{'s' if others != 1 else ''}"
        return told

    def different(self, mismatch: Mismatch, difference: Difference) -> Verdict:
        """Return the verdict that a difference was found."""
        real = difference.input == "real"
        where = "the real inputs" if real else f"a mutated input ({difference.input})"
        summary = f"different on {where}: {explain(mismatch)}"
        return self._verdict("different", summary, difference=difference)

    def failed(self, side: SideName, message: str, line: int | None) -> Verdict:
        """Return the verdict that one side could not be run."""
        name = "the original" if side == "original" else "the rewrite"
        error = SideError(side=side, message=message, line=line)
        return self._verdict("failed", f"{name} failed: {message}", error=error)

    def inconclusive(self, why: str) -> Verdict:
        """Return the verdict that nothing can be said."""
        return self._verdict("inconclusive", why)

    def _verdict(
        self,
        status: Status,
        summary: str,
        *,
        difference: Difference | None = None,
        error: SideError | None = None,
        remarks: Sequence[str] = (),
    ) -> Verdict:
        return Verdict(
            status=status,
            summary=summary,
            real_rows=self.real_rows,
            mutated_inputs=self.mutated_inputs,
            evidence=self._evidence,
            difference=difference,
            error=error,
            remarks=list(remarks),
            seconds=time.monotonic() - self._started,
        )


class Tally:
    """Counts what came of the mutated inputs."""

    def __init__(self) -> None:
        self._outcomes: Counter[str] = Counter()
        self._with_rows = 0
        self._empty = 0
        self._errors: Counter[str] = Counter()
        self._akin: Counter[str] = Counter()
        self._notes: list[str] = []
        self._excuses: list[str] = []
        self._skips: list[str] = []
        self._undecided: list[str] = []

    @property
    def agreed(self) -> int:
        """Inputs on which both versions gave equal results or equal errors."""
        return self._outcomes["equal"] + self._outcomes["raised"]

    def count(self, mutation: Mutation, judgement: Judgement) -> None:
        """Count one input."""
        self._outcomes[judgement.outcome] += 1
        decided = judgement.outcome in ("equal", "raised")
        self._with_rows += decided and judgement.rows > 0
        self._empty += judgement.outcome == "equal" and judgement.rows == 0
        if judgement.outcome == "raised":
            self._errors[judgement.error] += 1
        if judgement.outcome == "akin":
            self._akin[judgement.error] += 1
        if judgement.outcome == "undecided":
            self._undecided.append(mutation.name)
        self._notes += judgement.notes
        self._excuses += judgement.excuses
        self._skips += judgement.skips

    def report(self, record: Record) -> None:
        """Add what was counted to the evidence."""
        parts = [f"{self._with_rows} with equal rows"]
        if self._empty:
            parts.append(f"{self._empty} without rows on either side")
        if self._errors:
            kinds = ", ".join(f"{name} {times}x" for name, times in self._errors.most_common())
            parts.append(f"{self._outcomes['raised']} on which both raise an equal error ({kinds})")
        told = f"{self.agreed} mutated inputs agree: {'; '.join(parts)}"
        record.add("mutated", self._with_rows > 0, told)
        if not self._with_rows:
            record.add("mutated", False, "no mutated input gave rows: only the real rows count")
        if self._undecided:
            record.add("mutated", False, f"not counted: {', '.join(self._undecided)}")
        record.notes(self._notes)
        record.notes(self._skips, ok=False)
        if self._akin:
            record.other_errors = self._told_akin()
            record.remark([record.other_errors])
        record.remark(self._excuses)

    def _told_akin(self) -> str:
        times = sum(self._akin.values())
        kinds = ", ".join(self._akin)
        return (
            f"on {times} more input{'s' if times != 1 else ''} both stop,"
            f" this with an error of another kind: {kinds}"
        )


def explain(mismatch: Mismatch) -> str:
    """Tell a difference in one sentence."""
    detail = f" ({mismatch.detail})" if mismatch.detail else ""
    if mismatch.kind == "row" and mismatch.original == "no such row":
        return f"the rewrite has a row that the original lacks: {mismatch.rewritten}{detail}"
    if mismatch.kind == "row":
        return f"the rewrite lacks a row of the original: {mismatch.original}{detail}"
    places = [f"row {mismatch.row}"] if mismatch.row is not None else []
    places += [f"column {mismatch.column}"] if mismatch.column is not None else []
    place = f"{', '.join(places)}: " if places else ""
    return f"{place}original {mismatch.original}, rewrite {mismatch.rewritten}{detail}"
