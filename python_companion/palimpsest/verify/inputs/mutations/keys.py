"""Other keys: repeated, without a match, all alike, all different."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from palimpsest.verify.inputs.mutations.base import (
    REACHED_SHARE,
    SHARE,
    Context,
    Mutation,
    different,
    edit,
    some,
)
from palimpsest.verify.inputs.sources import Column, Source


def keys_of(context: Context) -> list[Column]:
    """Return the columns that are keys: by their values, or by what the code does with them."""
    linked = context.of_kind("key")
    used = [c for c in context.used_for("key") if c not in linked and c.kind != "number"]
    return linked + used or [column for column in context.columns if column.index == 0]


def repeated_keys(context: Context) -> Iterator[Mutation]:
    """Keys occur again with other values, before and after their first row."""
    keys = keys_of(context)
    if not keys:
        return
    sources = dict(context.sources)
    # In a source with several keys, one at a time: a row repeated in all of them is the same row.
    for column in {column.source: column for column in reversed(keys)}.values():
        sources[column.source] = _repeat(context, sources[column.source], column.index)
    yield from different(context, "repeated keys with other values", sources)
    for column in keys:
        repeated = {**context.sources}
        repeated[column.source] = _repeat(context, repeated[column.source], column.index)
        name = f"repeated values of {column.label}, with other values beside them"
        yield from different(context, name, repeated)


def _repeat(context: Context, source: Source, key: int) -> Source:
    records = list(source.records)
    donors = [record for record in records if len(record.fields) > key]
    for i in some(context.rng, donors, 2 * SHARE, REACHED_SHARE):
        copy = context.rng.choice(donors).put(key, donors[i].fields[key])
        records.insert(context.rng.choice((0, len(records))), replace(copy, origin=None))
    return source.with_records(records)


def unmatched_keys(context: Context) -> Iterator[Mutation]:
    """Keys that occur nowhere else, on either side."""
    keys = context.of_kind("key")
    if not keys:
        return
    sources = edit(context, keys, lambda old: f"{old}0", 2 * SHARE)
    yield from different(context, "keys without a match", sources)
    for column in keys:
        sources = edit(context, [column], lambda old: f"{old}0", 2 * SHARE)
        yield from different(context, f"keys without a match in {column.label}", sources)


def keys_with_zeros(context: Context) -> Iterator[Mutation]:
    """Keys of digits with a zero in front on one side: other texts, and the same numbers."""
    for column in context.of_kind("key"):
        if column.values and all(value.strip().isdigit() for value in column.values):
            sources = edit(context, [column], lambda old: f"0{old}", 2 * SHARE)
            yield from different(context, f"keys such as 007 in {column.label}", sources)


def single_keys(context: Context) -> Iterator[Mutation]:
    """Every key occurs once: groups of one row."""
    sources = dict(context.sources)
    for column in keys_of(context):
        source = sources[column.source]
        seen: set[str] = set()
        records = []
        for record in source.records:
            text = source.text(record, column.index)
            if text not in seen:
                records.append(record)
            seen.add(text or "")
        if len(records) > 1:
            sources[column.source] = source.with_records(records)
    yield from different(context, "every key once", sources)


def same_keys(context: Context) -> Iterator[Mutation]:
    """All rows have one key, a column at a time."""
    for column in keys_of(context):
        if column.values:
            sources = edit(context, [column], lambda _, c=column: c.values[0], 1.0)  # type: ignore[misc]
            yield from different(context, f"one value in all of {column.label}", sources)


def other_case_of_keys(context: Context) -> Iterator[Mutation]:
    """Keys in other case, and with a space."""
    keys = context.of_kind("key")
    if keys:
        yield from different(context, "keys in other case", edit(context, keys, str.swapcase))
        yield from different(
            context, "keys with a space", edit(context, keys, lambda old: f"{old} ")
        )
