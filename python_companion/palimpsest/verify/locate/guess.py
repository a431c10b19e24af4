"""Say in plain words what a difference is likely to come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from palimpsest.verify.checks import Mismatch
from palimpsest.verify.inputs.sources import Sources
from palimpsest.verify.inputs.uses import Uses
from palimpsest.verify.locate import byinputs, byvalues
from palimpsest.verify.locate.evidence import Differs, Evidence, Guess
from palimpsest.verify.sandbox.jobs import SideName

_MOST_ROWS = 60


def guess_cause(
    mismatch: Mismatch,
    smallest: Sources | None,
    mutation: str | None,
    cells: Mapping[SideName, Sequence[str]],
    differs: Differs,
) -> Guess:
    """Return what a difference probably comes from.

    What is suspected of the input is tried: without it, the difference must be gone.

    Parameters
    ----------
    mismatch
        The difference, as it shows on the smallest input.
    smallest
        That input, if one was found.
    mutation
        Name of the mutated input on which it shows; None for the real one.
    cells
        The code of both versions.
    differs
        Runs both versions and tells whether the same difference shows.
    """
    if smallest is not None and sum(len(s.records) for s in smallest.values()) > _MOST_ROWS:
        smallest = None
    uses = Uses([source for side in cells.values() for source in side])
    evidence = Evidence(mismatch, smallest, mutation, uses, differs)
    for rule in _RULES:
        guess = rule(evidence)
        if guess is not None:
            return guess
    if mutation is not None:
        return Guess(told=f"it shows with {mutation}")
    return Guess()


def _error(evidence: Evidence) -> Guess | None:
    mismatch = evidence.mismatch
    if mismatch.kind != "error":
        return None
    ours, theirs = (text.startswith("raises") for text in (mismatch.original, mismatch.rewritten))
    if ours and theirs:
        return Guess("error", "both stop, with errors of different kinds")
    if ours:
        return Guess("error", "the original stops at such a value, and this goes on")
    return Guess("error", "this stops at such a value, and the original goes on")


def _order(evidence: Evidence) -> Guess | None:
    if evidence.mismatch.kind != "order":
        return None
    return Guess("order", "the rows come in another order: sorted otherwise, or not at all")


def _parameter(evidence: Evidence) -> Guess | None:
    mismatch = evidence.mismatch
    if mismatch.stage == "train" and mismatch.column == "value":
        return Guess("parameter", "the model has another parameter")
    if mismatch.stage == "train":
        told = "features and labels are equal, so the model was trained on other rows or in another way"
        return Guess("parameter", told)
    return None


_Rule = Callable[[Evidence], Guess | None]

_RULES: tuple[_Rule, ...] = (
    _error,
    _order,
    _parameter,
    byvalues.missing_value,
    byvalues.spaces_and_case,
    byvalues.other_type,
    byvalues.deviation,
    byvalues.other_column,
    byvalues.source_column,
    byvalues.counted,
    byinputs.repeated_key,
    byinputs.repeated_row,
    byinputs.limit,
    byinputs.spelling,
    byinputs.gap,
    byvalues.numbers,
    byinputs.unmatched,
)
"""From the most telling to the vaguest."""
