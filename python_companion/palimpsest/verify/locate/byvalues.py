"""Guesses from the two values that differ."""

from __future__ import annotations

import math

from palimpsest.verify.checks.cells import number
from palimpsest.verify.inputs.sources import MISSING_WORDS
from palimpsest.verify.locate.evidence import Evidence, Guess
from palimpsest.verify.values import Cell, show


def missing_value(evidence: Evidence) -> Guess | None:
    """Tell that a value is missing on one side only."""
    pair = evidence.pair
    if pair is None or (pair[0] is None) == (pair[1] is None):
        return None
    there = pair[1] if pair[0] is None else pair[0]
    who = "this keeps" if pair[0] is None else "the original keeps"
    if isinstance(there, str) and there.strip() in MISSING_WORDS:
        other = "the original takes" if pair[0] is None else "this takes"
        return Guess("missing", f"{other} {there!r} for a missing value, and {who} the text")
    return Guess("missing", f"the value is missing on one side; {who} {show(there)}")


def spaces_and_case(evidence: Evidence) -> Guess | None:
    """Tell texts that differ in spaces, in case, or by a cut."""
    pair = evidence.pair
    ours, theirs = pair if pair is not None else (None, None)
    if not isinstance(ours, str) or not isinstance(theirs, str):
        return None
    if ours.strip() == theirs.strip():
        told = "the original strips" if len(ours) < len(theirs) else "this strips"
        other = "this keeps" if len(ours) < len(theirs) else "the original keeps"
        return Guess("spaces", f"spaces around the text: {told} them, {other} them")
    if ours.casefold() == theirs.casefold():
        return Guess("case", "upper and lower case: only one side changes it")
    if ours.split() == theirs.split():
        return Guess("spaces", "spaces inside the text are treated otherwise")
    if (theirs and theirs in ours) or (ours and ours in theirs):
        return Guess("cut", "the text is cut at another place")
    return None


def other_type(evidence: Evidence) -> Guess | None:
    """Tell values of different types."""
    pair = evidence.pair
    if pair is None or type(pair[0]) is type(pair[1]):
        return None
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in pair):
        return None
    return Guess("type", f"a {_kind(pair[0])} in the original is a {_kind(pair[1])} here")


def _kind(value: Cell) -> str:
    if isinstance(value, bool):
        return "truth value"
    if isinstance(value, (int, float)):
        return "number"
    return "text" if isinstance(value, str) else "value of another type"


def other_column(evidence: Evidence) -> Guess | None:
    """Find the value of the rewrite in another column of the result."""
    pair, mismatch = evidence.pair, evidence.mismatch
    if pair is None or mismatch.expected is None or len(mismatch.columns) < 2:
        return None
    for name, value in zip(mismatch.columns, mismatch.expected, strict=False):
        if name != mismatch.column and value == pair[1] and not is_common(value):
            return Guess("column", f"this has the value of another column, '{name}'")
    return None


def source_column(evidence: Evidence) -> Guess | None:
    """Find the value of the rewrite in another column of a source."""
    if evidence.pair is None or is_common(evidence.pair[1]) or evidence.smallest is None:
        return None
    ours, theirs = map(plain, evidence.pair)
    found = {
        column.label: {plain(text) for _, text in evidence.fields(column)}
        for column in evidence.columns()
    }
    right = [label for label, values in found.items() if ours in values]
    wrong = [label for label, values in found.items() if theirs in values and ours not in values]
    if right and wrong:
        return Guess("column", f"the original takes {right[0]}, this takes {wrong[0]}")
    return None


def counted(evidence: Evidence) -> Guess | None:
    """Tell words from characters."""
    ours, theirs = evidence.pair if evidence.pair is not None else (None, None)
    for column in evidence.columns():
        for _, text in evidence.fields(column):
            counts = (len(text.split()), len(text))
            if counts[0] != counts[1] and counts in ((ours, theirs), (theirs, ours)):
                who = "words" if ours == counts[0] else "characters"
                other = "characters" if who == "words" else "words"
                return Guess("count", f"the original counts {who}, this counts {other}")
    return None


def numbers(evidence: Evidence) -> Guess | None:
    """Tell how two numbers differ: by sign, by rounding, by one."""
    pair = evidence.pair
    if pair is None:
        return None
    ours, theirs = number(pair[0]), number(pair[1])
    if ours is None or theirs is None or not (math.isfinite(ours) and math.isfinite(theirs)):
        return None
    if ours == -theirs:
        return Guess("sign", "the sign is the other one")
    if math.floor(ours) == theirs or math.floor(theirs) == ours or round(ours) == theirs:
        return Guess("division", "whole-number division or rounding on one side only")
    if abs(ours - theirs) == 1:
        return Guess("off-by-one", "the number is off by one")
    if evidence.mismatch.stage == "encode":
        return Guess("statistic", "it is computed from other rows, or scaled otherwise")
    return None


def _is_deviation(ours: float, theirs: float) -> bool:
    """Tell whether two numbers differ by the factor of a sample's deviation."""
    if not ours or not theirs:
        return False
    square = (ours / theirs) ** 2
    share = square if square < 1 else 1 / square
    rows = 1 / (1 - share) if share < 1 else 0
    return 2 <= rows < 1e6 and abs(rows - round(rows)) < 1e-4 * rows


def deviation(evidence: Evidence) -> Guess | None:
    """Find a standard deviation that is of the sample on one side only."""
    ours, theirs = map(number, evidence.pair) if evidence.pair is not None else (None, None)
    if ours is None or theirs is None or evidence.mismatch.stage not in (None, "encode"):
        return None
    if not _is_deviation(ours, theirs):
        return None
    told = "a standard deviation of the sample on one side, of the population on the other (ddof)"
    return Guess("deviation", told)


def is_common(value: Cell) -> bool:
    """Tell whether a value is too common to say where it comes from."""
    return value is None or value in (0, 1, True, False, "")


def plain(cell: Cell) -> str:
    """Return a cell so that it can be found again in a source."""
    value = number(cell) if not isinstance(cell, bool) else None
    return f"{value:g}" if value is not None else str(cell).strip().strip("'").casefold()
