"""Guesses from the smallest input, each tried: without what is suspected nothing may differ."""

from __future__ import annotations

from collections import Counter

from palimpsest.verify.checks import Mismatch
from palimpsest.verify.checks.cells import number
from palimpsest.verify.inputs.sources import MISSING_WORDS, Column, Record, links
from palimpsest.verify.locate.byvalues import plain
from palimpsest.verify.locate.evidence import Evidence, Guess


def repeated_key(evidence: Evidence) -> Guess | None:
    """Find two records of one key, without one of which nothing differs; tell which was kept."""
    for column in evidence.columns():
        if "key" not in column.use.ways and column.kind != "key":
            continue
        fields = evidence.fields(column)
        counts = Counter(text for _, text in fields)
        rows = [record for record, text in fields if counts[text] > 1]
        others = (
            [record for record, _ in fields if record not in (rows[0], rows[-1])] if rows else []
        )
        single = [[*others, rows[0]], [*others, rows[-1]]] if rows else []
        if rows and all(evidence.vanishes(column.source, one) for one in single):
            return _kept(evidence, column, rows)
    return None


def _kept(evidence: Evidence, column: Column, rows: list[Record]) -> Guess:
    mismatch, key = evidence.mismatch, f"duplicate key ({column.label})"
    if mismatch.kind == "row" and mismatch.original == "no such row":
        return Guess("key", f"{key}: the original keeps fewer of its rows than this")
    if mismatch.kind in ("row", "shape"):
        return Guess("key", f"{key}: the original keeps more of its rows than this")
    assert evidence.smallest is not None
    source = evidence.smallest[column.source]
    first, last = ({plain(text) for text in source.texts(rows[place])} for place in (0, -1))
    ours, theirs = (
        {plain(cell) for cell in row or []} for row in (mismatch.expected, mismatch.got)
    )
    if len(ours & last) > len(ours & first):
        kept = "the first" if len(theirs & first) > len(theirs & last) else "another one"
        return Guess("key", f"{key}: the original keeps the last, this keeps {kept}")
    if len(ours & first) > len(ours & last):
        kept = "the last" if len(theirs & last) > len(theirs & first) else "another one"
        return Guess("key", f"{key}: the original keeps the first, this keeps {kept}")
    return Guess("key", f"{key}: the two versions treat its rows otherwise")


def limit(evidence: Evidence) -> Guess | None:
    """Find a value that is exactly at a limit of a comparison, beside which nothing differs."""
    for column in evidence.columns():
        limits = [c for c in column.use.constants if isinstance(c, (int, float))]
        for record, text in evidence.fields(column):
            value = number(text.strip())
            if value is None or value not in limits:
                continue
            beside = (f"{value - 1:g}", f"{value + 1:g}")
            if all(evidence.vanishes_with(column, record, other) for other in beside):
                told = f"{column.label} is {text.strip()}, exactly a limit: > or >=, < or <= ?"
                return Guess("limit", told, (value,))
    return None


def spelling(evidence: Evidence) -> Guess | None:
    """Find a text that equals a mentioned one but for case or spaces, as which nothing differs."""
    for column in evidence.columns():
        texts = sorted(c for c in column.use.constants if isinstance(c, str) and c)
        for record, value in evidence.fields(column):
            for text in texts:
                if value == text or value.strip().casefold() != text.strip().casefold():
                    continue
                if evidence.vanishes_with(column, record, text):
                    kind = "spaces" if value.strip() == text.strip() else "case"
                    but = "spaces" if kind == "spaces" else "upper and lower case"
                    told = f"{value!r} in {column.label} is {text!r} but for {but}"
                    return Guess(kind, told, (text,))
    return None


def gap(evidence: Evidence) -> Guess | None:
    """Find a missing value, with another value for which nothing differs."""
    for column in evidence.columns():
        filled = next((value for value in column.values if value.strip() not in MISSING_WORDS), "1")
        for record, value in evidence.fields(column):
            if value.strip() in MISSING_WORDS and evidence.vanishes_with(column, record, filled):
                told = f"a missing value ({value!r} in {column.label}) is treated otherwise"
                return Guess("missing", told)
    return None


def unmatched(evidence: Evidence) -> Guess | None:
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


def repeated_row(evidence: Evidence) -> Guess | None:
    """Find equal rows."""
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
