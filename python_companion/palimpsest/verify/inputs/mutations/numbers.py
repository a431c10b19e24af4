"""Other numbers and dates."""

from __future__ import annotations

import re
from collections.abc import Iterator

from palimpsest.verify.inputs.mutations.base import SHARE, Context, Mutation, different, edit

_NUMBER_TEXTS = ("007", "1e5", "12", "3.50", "0")
_WHOLE = ("0", "-1", "1", "1000000", "007", "2", "-3")
_BROKEN = (
    "0.0", "-1.5", "2.5", "0.5", "1e-7", "123456.789", "3.50", "0.1",
    "2.0", "-0.0", "1e16", "0.30000000000000004", "+2.5", "1E3",
)  # fmt: skip
_DATES = ("2020-02-29", "1999-12-31", "2000-01-01", "2024-12-30", "2023-01-01", "2021-06-15")
_LARGE = ("4000000000", "2147483648", "-4000000000")
"""Beyond 32 bits."""
_RARE = ("inf", "-inf", "1_000", "9007199254740993", "9223372036854775808", "\uff11\uff12")
"""Python reads all of them as exact numbers; libraries some, and not all of these exactly."""
_OFFSETS = ("+00:00", "+05:30", "-08:00", "Z")
_OFFSET = re.compile(r"(Z|[-+]\d{2}:?\d{2})\s*$")
_WHOLE_NUMBER = re.compile(r"\s*[-+]?\d+\s*")


def _is_whole(values: list[str]) -> bool:
    return all(_WHOLE_NUMBER.fullmatch(value) for value in values if value.strip().isascii())


def number_texts(context: Context) -> Iterator[Mutation]:
    """Texts that look like numbers, in whole columns."""
    for column in context.of_kind("text", "category"):
        name = f"only texts like 007 in {column.label}"
        sources = edit(context, [column], lambda _: context.rng.choice(_NUMBER_TEXTS), 1.0)
        yield from different(context, name, sources)


def unusual_numbers(context: Context) -> Iterator[Mutation]:
    """Zero, negative, large numbers and leading zeros."""
    columns = context.of_kind("number")
    if not columns:
        return
    sources = edit(context, columns, lambda _: context.rng.choice(_WHOLE), 2 * SHARE)
    yield from different(context, "zero, negative and large numbers", sources)
    positive = edit(context, columns, lambda _: str(context.rng.randrange(1, 60)), 2 * SHARE)
    yield from different(context, "small whole numbers", positive)
    for column in columns:
        if column.use.ways:
            sources = edit(context, [column], lambda _: context.rng.choice(_WHOLE), 2 * SHARE)
            yield from different(context, f"unusual numbers in {column.label}", sources)


def fractions(context: Context) -> Iterator[Mutation]:
    """Fractions: halves that round either way, small and long ones."""
    columns = [c for c in context.of_kind("number") if not _is_whole(c.values)]
    if columns:
        sources = edit(context, columns, lambda _: context.rng.choice(_BROKEN), 2 * SHARE)
        yield from different(context, "unusual fractions", sources)
    for column in context.of_kind("number"):
        if column not in columns and column.use.ways:
            sources = edit(context, [column], lambda old: f"{old.strip()}.5")
            yield from different(context, f"fractions in {column.label}", sources)


def unusual_dates(context: Context) -> Iterator[Mutation]:
    """Try ends of months and years, leap days."""
    columns = context.of_kind("date")
    if columns:
        sources = edit(
            context, columns, lambda old: context.rng.choice(_DATES) + old.strip()[10:], 2 * SHARE
        )
        yield from different(context, "ends of months and years", sources)


def constant_columns(context: Context) -> Iterator[Mutation]:
    """One value in a whole column of numbers, of those the code computes with."""
    columns = [c for c in context.of_kind("number") if c.use.ways and c.values]
    for column in columns:
        sources = edit(context, [column], lambda _, c=column: c.values[0], 1.0)  # type: ignore[misc]
        yield from different(context, f"the same number in all of {column.label}", sources)


def large_numbers(context: Context) -> Iterator[Mutation]:
    """Whole numbers beyond 32 bits, in columns the code computes with."""
    columns = [
        c
        for c in context.of_kind("number")
        if _is_whole(c.values) and c.use.ways & {"number", "statistic", "order"}
    ]
    if columns:
        sources = edit(context, columns, lambda _: context.rng.choice(_LARGE))
        yield from different(context, "whole numbers beyond 32 bits", sources)


def other_offsets(context: Context) -> Iterator[Mutation]:
    """Other offsets from UTC, in times that have one."""
    columns = [
        c for c in context.of_kind("date", "text") if any(_OFFSET.search(v) for v in c.values)
    ]
    if columns:
        sources = edit(
            context,
            columns,
            lambda old: _OFFSET.sub(context.rng.choice(_OFFSETS), old),
            3 * SHARE,
        )
        yield from different(context, "other offsets from UTC", sources)


def rare_numbers(context: Context) -> Iterator[Mutation]:
    """Write numbers in ways that libraries disagree about."""
    columns = [c for c in context.of_kind("number") if c.use.ways]
    if columns:
        sources = edit(context, columns, lambda _: context.rng.choice(_RARE))
        yield Mutation("numbers such as inf and 1_000", sources, excuse="any")
