"""Other texts: spaces, case, quotes, scripts, words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from palimpsest.verify.inputs.mutations.base import SHARE, Context, Mutation, different, edit

_PART = re.compile(r"\d+(?:\.\d+)?")
_LIST = re.compile(r"\s*\d+(?:\.\d+)?(?:[ ,;/]+\d+(?:\.\d+)?){2,}\s*")
_RARE = ("İ", "ß", "ŉ", "ﬁ", "ΟΔΟΣ", "ǆ", "e\u0301")
_UNUSUAL = ("Straße  GROSS", "Ünïcödé É", "a  b c", "tab·dot 日本 😀", "x" * 300)


def spaces(context: Context) -> Iterator[Mutation]:
    """Spaces around fields."""
    columns = [column for column in context.columns if column.kind not in ("number", "date")]
    last = [c for c in context.columns if c.index == context.sources[c.source].width - 1]
    ends = [c for c in last if not context.sources[c.source].paths]
    if ends:
        yield from different(
            context,
            "spaces at the end of lines",
            edit(context, ends, lambda old: f"{old} ", 1.0),
        )
    if columns:
        after = edit(context, columns, lambda old: f"{old} ", 2 * SHARE)
        yield from different(context, "spaces after fields", after)
        before = edit(context, columns, lambda old: f" {old}", 2 * SHARE)
        yield from different(context, "spaces before fields", before)
    numbers = context.of_kind("number", "date")
    if numbers:
        around = edit(context, numbers, lambda old: f" {old} ")
        yield from different(context, "spaces around numbers", around)


def other_case(context: Context) -> Iterator[Mutation]:
    """Upper and lower case exchanged."""
    columns = context.of_kind("text", "category")
    if columns:
        sources = edit(context, columns, str.swapcase, 2 * SHARE)
        yield from different(context, "upper and lower case exchanged", sources)
        sources = edit(context, columns, str.upper, 1.0)
        yield from different(context, "upper case", sources)


def unseen_categories(context: Context) -> Iterator[Mutation]:
    """Categories that never occurred."""
    columns = context.of_kind("category")
    if columns:
        sources = edit(context, columns, lambda old: f"{old}2")
        yield from different(context, "categories never seen", sources)
    for column in columns[:3]:
        sources = edit(context, [column], lambda old: f"{old}2")
        yield from different(context, f"values never seen in {column.label}", sources)


def quotes(context: Context) -> Iterator[Mutation]:
    """Quotation marks inside texts."""
    columns = context.of_kind("text", "category")
    if columns:
        sources = edit(context, columns, lambda old: f'"{old}')
        yield from different(context, "quotation marks", sources)
        sources = edit(context, columns, lambda old: f'"{old}" "x"')
        yield from different(context, "quoted words", sources)


def unusual_texts(context: Context) -> Iterator[Mutation]:
    """Accents, other scripts, doubled spaces, long texts."""
    columns = context.of_kind("text") or context.of_kind("category")
    if columns:
        sources = edit(context, columns, lambda old: f"{old} {context.rng.choice(_UNUSUAL)}")
        yield from different(context, "accents, doubled spaces and long texts", sources)


def words(context: Context) -> Iterator[Mutation]:
    """Words repeated, turned around, or only one left."""
    columns = context.of_kind("text")
    if not columns:
        return

    def other(old: str) -> str:
        parts = old.split()
        context.rng.shuffle(parts)
        return context.rng.choice(
            (" ".join(parts), f"{old} {old}", parts[0] if parts else "", f"{old}.")
        )

    yield from different(context, "repeated and turned words", edit(context, columns, other))


def number_lists(context: Context) -> Iterator[Mutation]:
    """Other numbers in texts that are lists of numbers: one of them alone, and turned around."""
    columns = [
        column
        for column in context.of_kind("text", "category")
        if column.values and all(_LIST.fullmatch(value) for value in column.values[:20])
    ]

    def alone(old: str) -> str:
        numbers = _PART.findall(old)
        kept = context.rng.randrange(len(numbers))
        place = iter(range(len(numbers)))
        return _PART.sub(lambda found: found.group() if next(place) == kept else "0", old)

    def shuffled(old: str) -> str:
        numbers = _PART.findall(old)
        context.rng.shuffle(numbers)
        rest = iter(numbers)
        return _PART.sub(lambda _: next(rest), old)

    for name, make in (("one number alone", alone), ("numbers turned around", shuffled)):
        if columns:
            yield from different(context, f"{name} in lists", edit(context, columns, make, 1.0))


def rare_letters(context: Context) -> Iterator[Mutation]:
    """Letters whose other case is two letters, or depends on what follows: libraries disagree."""
    columns = context.of_kind("text", "category")
    if columns:
        sources = edit(context, columns, lambda old: f"{old} {context.rng.choice(_RARE)}")
        yield Mutation("letters such as İ, ß and a final Σ", sources, excuse="any")
