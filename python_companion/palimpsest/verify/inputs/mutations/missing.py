"""Missing values: blank, absent, and the words that stand for them."""

from __future__ import annotations

from collections.abc import Iterator

from palimpsest.verify.inputs import jsonrows
from palimpsest.verify.inputs.mutations.base import SHARE, Context, Mutation, different, edit, some
from palimpsest.verify.inputs.sources import Column, Sources

_WORDS = ("NA", "nan", "NULL", "None", "N/A", "null", "NaN", "-")


def blank_texts(context: Context) -> Iterator[Mutation]:
    """Empty texts, and such of spaces only."""
    columns = context.of_kind("text", "category", "key")
    if columns:
        yield from different(context, "blank texts", edit(context, columns, lambda _: ""))
        yield from different(context, "texts of spaces", edit(context, columns, lambda _: "  "))


def missing_words(context: Context) -> Iterator[Mutation]:
    """Texts that some readers take for missing values."""
    columns = context.of_kind("text", "category", "key")
    if columns:
        sources = edit(context, columns, lambda _: context.rng.choice(_WORDS))
        yield from different(context, "words such as NA", sources)


def blank_values(context: Context) -> Iterator[Mutation]:
    """Blank numbers and dates, one column at a time."""
    for column in _numbers(context):
        sources = edit(context, [column], lambda _: "")
        yield from different(context, f"blank values in {column.label}", sources)


def missing_words_for_numbers(context: Context) -> Iterator[Mutation]:
    """Words for missing numbers and dates, one column at a time; those the code mentions first."""
    for column in _numbers(context):
        known = [c for c in column.use.constants if isinstance(c, str) and c in _WORDS]
        present = [value for value in column.values if value in _WORDS]
        chosen = sorted({*known, *present}) or [_WORDS[0]]
        sources = edit(context, [column], lambda _, c=chosen: context.rng.choice(c))  # type: ignore[misc]
        yield from different(context, f"'{chosen[0]}' in {column.label}", sources)
    for column in _numbers(context):
        sources = edit(context, [column], lambda _: "nan")
        yield from different(context, f"'nan' in {column.label}", sources)


def _numbers(context: Context) -> list[Column]:
    columns = [*context.of_kind("date"), *context.of_kind("number")]
    # A column of different numbers is mostly a counter that nobody reads.
    return sorted(
        columns,
        key=lambda column: (
            not column.use.ways,
            not column.use.ways
            and len(column.values) >= len(context.sources[column.source].records),
        ),
    )


def null_values(context: Context) -> Iterator[Mutation]:
    """Nulls in JSON objects."""
    yield from _in_objects(context, "null", "null")


def absent_values(context: Context) -> Iterator[Mutation]:
    """Names that JSON objects lack."""
    yield from _in_objects(context, "absent", jsonrows.ABSENT)


def _in_objects(context: Context, name: str, value: str) -> Iterator[Mutation]:
    """Put a value into each column alone: code stops at most of those it reads."""
    for column in context.columns:
        if context.sources[column.source].paths:
            sources = _put(context, [column], value)
            yield from different(context, f"{name} values in {column.label}", sources)


def _put(context: Context, columns: list[Column], value: str) -> Sources:
    sources = dict(context.sources)
    for path, source in context.sources.items():
        own = [column for column in columns if column.source == path]
        records = list(source.records)
        for turn, i in enumerate(some(context.rng, records, 2 * SHARE, 2 * SHARE) if own else []):
            records[i] = records[i].put(own[turn % len(own)].index, value)
        sources[path] = source.with_records(records)
    return sources
