"""Judge what the two versions did on one input."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from palimpsest.protocol.messages import Role
from palimpsest.verify.checks import CHECKS, Comparer, Mask, Mismatch
from palimpsest.verify.errors import likeness
from palimpsest.verify.inputs.sources import Sources
from palimpsest.verify.sandbox.jobs import Failure
from palimpsest.verify.sandbox.process import Outcome
from palimpsest.verify.sides import Sides
from palimpsest.verify.values import Array, Observed, Parts, Stages, row_count


@dataclass
class Judgement:
    """What came of one input.

    Attributes
    ----------
    outcome
        ``equal`` results, both ``raised`` an equal error or one ``akin``, ``different``, or
        ``undecided``.
    rows
        Rows of the original's result.
    mismatch
        The first difference.
    notes
        Remarks for the evidence.
    excuses
        Why a difference on it does not decide: told with the verdict.
    skips
        Why the input does not count.
    error
        Class of the error both raised; of akin ones a sentence with both.
    stops
        The failures with which both versions stopped, when they are not alike.
    """

    outcome: Literal["equal", "raised", "akin", "different", "undecided"]
    rows: int = 0
    mismatch: Mismatch | None = None
    notes: list[str] = field(default_factory=list)
    excuses: list[str] = field(default_factory=list)
    skips: list[str] = field(default_factory=list)
    error: str = ""
    stops: tuple[Failure, Failure] | None = None


class Judge:
    """Runs both versions on inputs and judges what came of it.

    Parameters
    ----------
    sides
        The two versions.
    role
        What is compared; None for all stages of a script.
    comparer
        How it is compared.
    mask
        What is left out.
    """

    def __init__(self, sides: Sides, role: Role | None, comparer: Comparer, mask: Mask) -> None:
        self.sides = sides
        self.role = role
        self.comparer = comparer
        self.mask = mask
        self._pairs = role in ("encode", "label")
        self._reorders = False

    def settle_order(self) -> None:
        """From now on pair rows only if the rewrite was seen to prepare them in another order."""
        self._pairs = self._pairs and self._reorders

    def try_input(self, sources: Sources) -> Judgement:
        """Run both versions on an input and judge."""
        return self.judge(sources, *self.sides.both(sources))

    def judge(self, sources: Sources | None, original: Outcome, rewritten: Outcome) -> Judgement:
        """Judge the outcomes on one input, None being the real one."""
        if original.failure is not None or rewritten.failure is not None:
            if self.role == "encode" and _cannot_be_fitted(original, rewritten):
                return Judgement("undecided", skips=["an encoder cannot be fitted without rows"])
            finished = self._compare_finished(original, rewritten, sources is not None)
            if finished is not None and finished.mismatch is not None:
                return finished
            judged = _judge_failures(original, rewritten, self.sides.target)
            judged.rows = finished.rows if finished is not None else 0
            if judged.mismatch is None or sources is None:
                return judged
            return _excuse(original, rewritten, judged, whole_script=self.role is None)
        assert original.observed is not None
        assert rewritten.observed is not None
        mutated = sources is not None
        found = self.comparer.compare(original.observed, rewritten.observed, self.mask, mutated)
        mismatch = found.mismatch
        pairable = self._pairs and not any(self.mask.columns.values())
        if mismatch is not None and mismatch.kind in ("order", "cell") and pairable:
            mismatch = self._pair_rows(sources, mismatch, found.notes)
        rows = row_count(original.observed)
        outcome: Literal["equal", "different"] = "equal" if mismatch is None else "different"
        return Judgement(outcome, rows, mismatch, found.notes)

    def _compare_finished(
        self, original: Outcome, rewritten: Outcome, mutated: bool
    ) -> Judgement | None:
        """Compare the stages of scripts that both had finished when one of them failed.

        None when there are none.
        """
        ours, theirs = original.observed, rewritten.observed
        if not isinstance(ours, Stages) or not isinstance(theirs, Stages):
            return None
        common = {role: result for role, result in ours.results.items() if role in theirs.results}
        found = self.comparer.compare(Stages(common), theirs, self.mask, mutated)
        if not common:
            return None
        outcome: Literal["equal", "different"] = "different" if found.mismatch else "equal"
        return Judgement(outcome, row_count(Stages(common)), found.mismatch, found.notes)

    def _pair_rows(
        self, sources: Sources | None, mismatch: Mismatch, notes: list[str]
    ) -> Mismatch | None:
        """Compare each result beside its prepared row, when the prepared rows are reordered."""
        pair = self.sides.both(sources, with_rows=True)
        original, rewritten = (outcome.observed for outcome in pair)
        if not isinstance(original, Parts) or not isinstance(rewritten, Parts):
            return mismatch
        if not _reordered(original.parts["rows"], rewritten.parts["rows"]):
            return mismatch
        self._reorders = True
        found = self.comparer.compare(original, rewritten, Mask(), sources is not None)
        if found.mismatch is None:
            notes.append("the prepared rows come in another order; each has the same result")
        return found.mismatch


def _reordered(original: Observed, rewritten: Observed) -> bool:
    """Tell whether prepared rows are equal and come in another order."""
    found = CHECKS["prepare"].compare(original, rewritten, Mask(), mutated=False)
    if found.mismatch is not None:
        return found.mismatch.kind == "order"
    return any("another order" in note for note in found.notes)


def _cannot_be_fitted(original: Outcome, rewritten: Outcome) -> bool:
    """Tell whether the original made a matrix without rows, at which encoders stop."""
    if original.observed is None or row_count(original.observed) > 0:
        return False
    return rewritten.failure is not None and "ValueError" in rewritten.failure.bases


def _judge_failures(original: Outcome, rewritten: Outcome, target: int) -> Judgement:
    first, second = original.failure, rewritten.failure
    for side, failure in (("original", first), ("rewrite", second)):
        if failure is not None and (
            failure.kind == "limit" or (failure.kind == "unobservable" and side == "original")
        ):
            return Judgement("undecided", skips=[f"the {side}: {failure.message}"])
    if first is not None and second is not None:
        alike = likeness(first, second)
        if alike == "equal":
            return Judgement("raised", error=first.type)
        if alike == "akin":
            return Judgement("akin", error=f"{second.type} where the original raises {first.type}")
        mismatch = Mismatch("error", _raised(first), _raised(second))
        return Judgement("different", mismatch=mismatch, stops=(first, second))
    if first is not None and first.cell is not None and first.cell < target:
        note = f"the original stops in code cell {first.cell + 1}, before this one: {first.message}"
        return Judgement("undecided", skips=[note])
    mismatch = Mismatch("error", _told(original), _told(rewritten))
    return Judgement("different", mismatch=mismatch)


def _excuse(
    original: Outcome, rewritten: Outcome, judged: Judgement, *, whole_script: bool
) -> Judgement:
    """Let some differences on mutated inputs be told without deciding.

    Libraries stop where plain loops go on, or the other way round, when nothing is left to compute
    with, and in whole scripts when a divisor is zero.
    """
    first, second = original.failure, rewritten.failure
    why = ""
    if whole_script and first is not None and "ZeroDivisionError" in first.bases:
        ends = "goes on" if second is None else _raised(second)
        why = f"the original divides by zero, and the rewrite {ends}"
    elif whole_script and first is not None and _is_not_finite(original.observed):
        why = "the original's matrix is not finite, and it stops there"
    elif second is not None and original.observed is not None and _is_empty(original.observed):
        why = f"the original is left without rows, and the rewrite {_raised(second)}"
    elif first is not None and rewritten.observed is not None and _is_empty(rewritten.observed):
        why = f"the rewrite is left without rows, and the original {_raised(first)}"
    return Judgement("undecided", judged.rows, excuses=[why]) if why else judged


def _is_not_finite(observed: Observed | None) -> bool:
    """Tell whether a script that stopped had made a matrix of values that are no numbers."""
    matrix = observed.results.get("encode") if isinstance(observed, Stages) else None
    return isinstance(matrix, Array) and not bool(np.isfinite(matrix.data).all())


def _is_empty(observed: Observed) -> bool:
    """Tell whether a script prepared no rows."""
    if isinstance(observed, Stages) and "prepare" in observed.results:
        return row_count(observed.results["prepare"]) == 0
    return row_count(observed) == 0


def _told(outcome: Outcome) -> str:
    if outcome.failure is not None:
        return _raised(outcome.failure)
    assert outcome.observed is not None
    return f"{row_count(outcome.observed)} rows"


def _raised(failure: Failure) -> str:
    return f"raises {failure.message}" if failure.kind == "raised" else failure.message
