"""Say in plain words what a difference is likely to come from."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from palimpsest.verify.checks import Mismatch
from palimpsest.verify.checks.cells import number
from palimpsest.verify.inputs.sources import MISSING_WORDS, Sources, columns_of, links
from palimpsest.verify.inputs.uses import Uses
from palimpsest.verify.sandbox.jobs import SideName
from palimpsest.verify.values import Cell, show

_MOST_ROWS = 60


@dataclass(frozen=True)
class Guess:
    """What a difference probably is.

    Attributes
    ----------
    kind
        A word for what kind of statement is responsible.
    told
        One sentence, or None.
    constants
        Constants of the statement.
    """

    kind: str = "unknown"
    told: str | None = None
    constants: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class _Evidence:
    """A difference with what is known about it."""

    mismatch: Mismatch
    smallest: Sources | None
    mutation: str | None
    uses: Uses

    @property
    def pair(self) -> tuple[Cell, Cell] | None:
        """The two cells that differ."""
        mismatch = self.mismatch
        if mismatch.kind != "cell" or mismatch.expected is None or mismatch.got is None:
            return None
        name = (mismatch.column or "").rpartition(": ")[2]
        place = mismatch.columns.index(name) if name in mismatch.columns else 0
        if place >= len(mismatch.expected) or place >= len(mismatch.got):
            return None
        return mismatch.expected[place], mismatch.got[place]


def guess_cause(
    mismatch: Mismatch,
    smallest: Sources | None,
    mutation: str | None,
    cells: Mapping[SideName, Sequence[str]],
) -> Guess:
    """Return what a difference probably comes from.

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
    """
    if smallest is not None and sum(len(s.records) for s in smallest.values()) > _MOST_ROWS:
        smallest = None
    uses = Uses([source for side in cells.values() for source in side])
    evidence = _Evidence(mismatch, smallest, mutation, uses)
    for rule in _RULES:
        guess = rule(evidence)
        if guess is not None:
            return guess
    if mutation is not None:
        return Guess(told=f"it shows with {mutation}")
    return Guess()


def _error(evidence: _Evidence) -> Guess | None:
    mismatch = evidence.mismatch
    if mismatch.kind != "error":
        return None
    ours, theirs = (text.startswith("raises") for text in (mismatch.original, mismatch.rewritten))
    if ours and theirs:
        return Guess("error", "both stop, with errors of different kinds")
    if ours:
        return Guess("error", "the original stops at such a value, and this goes on")
    return Guess("error", "this stops at such a value, and the original goes on")


def _order(evidence: _Evidence) -> Guess | None:
    if evidence.mismatch.kind != "order":
        return None
    return Guess("order", "the rows come in another order: sorted otherwise, or not at all")


def _parameter(evidence: _Evidence) -> Guess | None:
    mismatch = evidence.mismatch
    if mismatch.stage == "train" and mismatch.column == "value":
        return Guess("parameter", "the model has another parameter")
    if mismatch.stage == "train":
        told = "features and labels are equal, so the model was trained on other rows or in another way"
        return Guess("parameter", told)
    return None


def _missing(evidence: _Evidence) -> Guess | None:
    pair = evidence.pair
    if pair is None or (pair[0] is None) == (pair[1] is None):
        return None
    there = pair[1] if pair[0] is None else pair[0]
    who = "this keeps" if pair[0] is None else "the original keeps"
    if isinstance(there, str) and there.strip() in MISSING_WORDS:
        other = "the original takes" if pair[0] is None else "this takes"
        return Guess("missing", f"{other} {there!r} for a missing value, and {who} the text")
    return Guess("missing", f"the value is missing on one side; {who} {show(there)}")


def _text(evidence: _Evidence) -> Guess | None:
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


def _type(evidence: _Evidence) -> Guess | None:
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


def _other_column(evidence: _Evidence) -> Guess | None:
    pair, mismatch = evidence.pair, evidence.mismatch
    if pair is None or mismatch.expected is None or len(mismatch.columns) < 2:
        return None
    for name, value in zip(mismatch.columns, mismatch.expected, strict=False):
        if name != mismatch.column and value == pair[1] and not _is_common(value):
            return Guess("column", f"this has the value of another column, '{name}'")
    return None


def _is_common(value: Cell) -> bool:
    return value is None or value in (0, 1, True, False, "")


def _repeated_key(evidence: _Evidence) -> Guess | None:
    """Tell two records of one key from each other: which of them was kept."""
    for path, index, rows in _repeated(evidence):
        source = (evidence.smallest or {})[path]
        name = source.header[index] if source.header else str(index + 1)
        key = f"duplicate key ('{name}' of {path})"
        mismatch = evidence.mismatch
        if mismatch.kind == "row" and mismatch.original == "no such row":
            return Guess("key", f"{key}: the original keeps fewer of its rows than this")
        if mismatch.kind in ("row", "shape"):
            return Guess("key", f"{key}: the original keeps more of its rows than this")
        if mismatch.kind != "cell" or mismatch.expected is None or mismatch.got is None:
            continue
        first, last = (set(map(str.strip, rows[place])) for place in (0, -1))
        ours = {str(value).strip() for value in mismatch.expected}
        theirs = {str(value).strip() for value in mismatch.got}
        if len(ours & last) > len(ours & first):
            kept = "the first" if len(theirs & first) > len(theirs & last) else "another one"
            return Guess("key", f"{key}: the original keeps the last, this keeps {kept}")
        if len(ours & first) > len(ours & last):
            kept = "the last" if len(theirs & last) > len(theirs & first) else "another one"
            return Guess("key", f"{key}: the original keeps the first, this keeps {kept}")
        return Guess("key", f"{key}: the two versions treat its rows otherwise")
    return None


def _repeated(evidence: _Evidence) -> Iterator[tuple[str, int, list[list[str]]]]:
    """Yield columns of keys in which two rows of the smallest input are equal, with these rows."""
    if evidence.smallest is None:
        return
    for column in columns_of(evidence.smallest, evidence.uses):
        if "key" not in column.use.ways and column.kind != "key":
            continue
        source = evidence.smallest[column.source]
        counts = Counter(source.column(column.index))
        repeated = next((text for text, times in counts.items() if times > 1), None)
        if repeated is not None:
            rows = [
                source.texts(record)
                for record in source.records
                if source.text(record, column.index) == repeated
            ]
            yield column.source, column.index, rows


def _limit(evidence: _Evidence) -> Guess | None:
    """Find a value that is exactly at a limit of a comparison."""
    if evidence.smallest is None or evidence.mismatch.kind not in ("row", "cell", "shape"):
        return None
    for column in columns_of(evidence.smallest, evidence.uses):
        limits = [c for c in column.use.constants if isinstance(c, (int, float))]
        for text in evidence.smallest[column.source].column(column.index):
            value = number(text.strip())
            if value is not None and value in limits and column.use.ways & {"order", "compared"}:
                told = f"{column.label} is {text.strip()}, exactly a limit: > or >=, < or <= ?"
                return Guess("limit", told, (value,))
    return None


def _spelling(evidence: _Evidence) -> Guess | None:
    """Find a text that equals a mentioned one but for case or spaces."""
    if evidence.smallest is None or evidence.mismatch.kind not in ("row", "cell", "shape"):
        return None
    for column in columns_of(evidence.smallest, evidence.uses):
        texts = [c for c in column.use.constants if isinstance(c, str) and c]
        for value in evidence.smallest[column.source].column(column.index):
            for text in texts:
                if value != text and value.strip() == text.strip():
                    return Guess("spaces", f"{value!r} is {text!r} but for spaces", (text,))
                if value != text and value.casefold() == text.casefold():
                    return Guess(
                        "case", f"{value!r} is {text!r} but for upper and lower case", (text,)
                    )
            if value.strip() in MISSING_WORDS and column.use.ways & {
                "missing",
                "number",
                "compared",
            }:
                told = f"a missing value ({value!r} in {column.label}) is treated otherwise"
                return Guess("missing", told)
    return None


def _unmatched(evidence: _Evidence) -> Guess | None:
    """Find a key without a match: an inner join against a left one."""
    if evidence.smallest is None or evidence.mismatch.kind not in ("row", "cell"):
        return None
    for link in links(evidence.smallest):
        ours = evidence.smallest[link.left].column(link.left_column)
        theirs = evidence.smallest[link.right].column(link.right_column)
        if set(ours) - set(theirs) or set(theirs) - set(ours):
            return _join(evidence.mismatch)
    if any(not source.records for source in evidence.smallest.values()):
        return _join(evidence.mismatch)
    return None


def _join(mismatch: Mismatch) -> Guess:
    if mismatch.original == "no such row":
        return Guess("join", "rows without a match: the original drops them, this keeps them")
    if mismatch.rewritten == "no such row":
        return Guess("join", "rows without a match: the original keeps them, this drops them")
    return Guess("join", "rows without a match are filled with other values")


def _numbers(evidence: _Evidence) -> Guess | None:
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
    if _is_deviation(ours, theirs):
        told = (
            "a standard deviation of the sample on one side, of the population on the other (ddof)"
        )
        return Guess("deviation", told)
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


def _repeated_row(evidence: _Evidence) -> Guess | None:
    if evidence.smallest is None or evidence.mismatch.kind not in ("row", "shape"):
        return None
    for source in evidence.smallest.values():
        if len({record.fields for record in source.records}) < len(source.records):
            more = evidence.mismatch.original != "no such row"
            who = (
                "the original keeps both, this one" if more else "this keeps both, the original one"
            )
            return Guess("key", f"equal rows: {who}")
    return None


_Rule = Callable[[_Evidence], Guess | None]

_RULES: tuple[_Rule, ...] = (
    _error,
    _order,
    _parameter,
    _missing,
    _text,
    _repeated_row,
    _repeated_key,
    _limit,
    _type,
    _other_column,
    _spelling,
    _unmatched,
    _numbers,
)
"""From the most telling to the vaguest."""
