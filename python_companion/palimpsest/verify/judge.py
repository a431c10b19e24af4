"""Judge what the two versions did on one input."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from palimpsest.protocol.messages import Role
from palimpsest.verify.checks import CHECKS, Mask, Mismatch
from palimpsest.verify.inputs.sources import Sources
from palimpsest.verify.sandbox.jobs import Failure
from palimpsest.verify.sandbox.process import Outcome
from palimpsest.verify.sides import Sides
from palimpsest.verify.values import Observed, Parts, row_count

_FAMILIES = (
    {"ValueError", "KeyError", "IndexError", "LookupError"},
    {"TypeError", "AttributeError"},
    {"ZeroDivisionError", "FloatingPointError", "OverflowError", "ArithmeticError"},
)
_TOO_BROAD = {"Exception", "BaseException", "object"}


@dataclass
class Judgement:
    """What came of one input.

    Attributes
    ----------
    outcome
        ``equal`` results, both ``raised``, ``different``, or ``undecided``.
    rows
        Rows of the original's result.
    mismatch
        The first difference.
    notes
        Remarks for the evidence.
    excuses
        Why the input does not count, or a difference on it does not decide.
    error
        Class of the error both raised.
    """

    outcome: Literal["equal", "raised", "different", "undecided"]
    rows: int = 0
    mismatch: Mismatch | None = None
    notes: list[str] = field(default_factory=list)
    excuses: list[str] = field(default_factory=list)
    error: str = ""


class Judge:
    """Runs both versions on inputs and judges what came of it.

    Parameters
    ----------
    sides
        The two versions.
    role
        What is compared.
    mask
        What is left out.
    """

    def __init__(self, sides: Sides, role: Role, mask: Mask) -> None:
        self.sides = sides
        self.role = role
        self.mask = mask
        self._check = CHECKS[role]
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
                return Judgement("undecided", excuses=["an encoder cannot be fitted without rows"])
            return _judge_failures(original, rewritten, self.sides.target)
        assert original.observed is not None
        assert rewritten.observed is not None
        mutated = sources is not None
        found = self._check.compare(original.observed, rewritten.observed, self.mask, mutated)
        mismatch = found.mismatch
        pairable = self._pairs and not any(self.mask.columns.values())
        if mismatch is not None and mismatch.kind in ("order", "cell") and pairable:
            mismatch = self._pair_rows(sources, mismatch, found.notes)
        rows = row_count(original.observed)
        outcome: Literal["equal", "different"] = "equal" if mismatch is None else "different"
        return Judgement(outcome, rows, mismatch, found.notes)

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
        found = self._check.compare(original, rewritten, Mask(), sources is not None)
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
            return Judgement("undecided", excuses=[f"the {side}: {failure.message}"])
    if first is not None and second is not None:
        if same_error(first, second):
            notes = (
                []
                if first.type == second.type
                else [f"{first.type} and {second.type} were taken as equal errors"]
            )
            return Judgement("raised", notes=notes, error=first.type)
        return Judgement("different", mismatch=Mismatch("error", _raised(first), _raised(second)))
    if first is not None and first.cell is not None and first.cell < target:
        note = f"the original stops in code cell {first.cell + 1}, before this one: {first.message}"
        return Judgement("undecided", excuses=[note])
    mismatch = Mismatch("error", _told(original), _told(rewritten))
    return Judgement("different", mismatch=mismatch)


def same_error(first: Failure, second: Failure) -> bool:
    """Tell whether two failures are equal errors.

    They are when one class derives from the other, or both are of one family: a value that is not
    accepted raises KeyError in a dict and ValueError in an encoder; a missing value raises
    AttributeError in one expression and TypeError in another.
    """
    if first.kind != "raised" or second.kind != "raised":
        return first.kind == second.kind
    ours, theirs = set(first.bases) - _TOO_BROAD, set(second.bases) - _TOO_BROAD
    if first.type in theirs or second.type in ours:
        return True
    return any(ours & family and theirs & family for family in _FAMILIES)


def _told(outcome: Outcome) -> str:
    if outcome.failure is not None:
        return _raised(outcome.failure)
    assert outcome.observed is not None
    return f"{row_count(outcome.observed)} rows"


def _raised(failure: Failure) -> str:
    return f"raises {failure.message}" if failure.kind == "raised" else failure.message
