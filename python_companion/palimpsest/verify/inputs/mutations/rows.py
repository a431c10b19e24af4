"""Other rows: none, one, few, repeated, in another order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from palimpsest.verify.inputs.mutations.base import (
    REACHED_SHARE,
    SHARE,
    Context,
    Mutation,
    different,
    every,
    some,
)
from palimpsest.verify.inputs.sources import Column, Record, Sources


def sample_itself(context: Context) -> Iterator[Mutation]:
    """Nothing is changed: a sample of the real rows."""
    yield Mutation("a sample of the real rows", context.sources)


def other_order(context: Context) -> Iterator[Mutation]:
    """Rows come in another order."""

    def shuffle(records: list[Record]) -> list[Record]:
        context.rng.shuffle(records)
        return records

    yield from different(context, "rows in another order", every(context, shuffle))
    turned = every(context, lambda records: records[::-1])
    yield from different(context, "rows in reversed order", turned)


def repeated_rows(context: Context) -> Iterator[Mutation]:
    """Rows that occur twice, next to each other and far apart."""

    def repeat(records: list[Record]) -> list[Record]:
        chosen = set(some(context.rng, records, 2 * SHARE, REACHED_SHARE))
        found: list[Record] = []
        later: list[Record] = []
        for i, record in enumerate(records):
            found.append(record)
            if i in chosen:
                (found if context.rng.random() < 0.5 else later).append(record)
        return found + later

    yield from different(context, "repeated rows", every(context, repeat))


def empty_sources(context: Context) -> Iterator[Mutation]:
    """No rows in a source, one source at a time."""
    for path in sorted(context.sources, key=lambda path: len(context.sources[path].records)):
        sources = {**context.sources, path: context.sources[path].with_records([])}
        yield from different(context, f"{path} is empty", sources)


def few_rows(context: Context) -> Iterator[Mutation]:
    """Only the first rows of each source."""
    for count in (3, 17):
        sources = every(context, lambda records, count=count: records[:count])  # type: ignore[misc]
        yield from different(context, f"the first {count} rows of each source", sources)


def single_rows(context: Context) -> Iterator[Mutation]:
    """One row in each source; rows that belong together where that can be told."""
    if not context.sources:
        return
    largest = max(context.sources, key=lambda path: len(context.sources[path].records))
    records = context.sources[largest].records
    for number, record in enumerate(context.rng.sample(records, min(3, len(records))), 1):
        sources = {}
        for path, source in context.sources.items():
            partners = [r for r in source.records if _linked(context, largest, record, path, r)]
            rows = [record] if path == largest else (partners or list(source.records))[:1]
            sources[path] = source.with_records(rows)
        told = "" if number == 1 else f" ({number})"
        yield Mutation(f"a single row in each source{told}", sources)


def _linked(context: Context, path: str, record: Record, other_path: str, other: Record) -> bool:
    for link in context.links:
        ends = {link.left: link.left_column, link.right: link.right_column}
        if set(ends) == {path, other_path}:
            mine, theirs = ends[path], ends[other_path]
            if mine < len(record.fields) and theirs < len(other.fields):
                return record.fields[mine] == other.fields[theirs]
    return False


def ties(context: Context) -> Iterator[Mutation]:
    """Rows that are equal in what is sorted by, and differ in the rest."""
    columns = context.used_for("order") or context.of_kind("date", "number")
    if not columns:
        return
    yield from different(context, "equal values to sort by", _tied(context, columns))
    for column in columns[1:]:
        yield from different(context, f"equal values in {column.label}", _tied(context, [column]))


def _tied(context: Context, columns: list[Column]) -> Sources:
    sources = dict(context.sources)
    for path, source in sources.items():
        own = [column for column in context.columns if column in columns and column.source == path]
        records = list(source.records)
        for column in own:
            values = [value for value in column.values[:3] if value.strip()]
            for i in some(context.rng, records, 3 * SHARE, 3 * SHARE) if values else []:
                if column.index < len(records[i].fields):
                    value = context.rng.choice(values)
                    records[i] = source.put(records[i], column.index, value)
        sources[path] = source.with_records(records)
    return sources


def unrelated_columns(context: Context) -> Iterator[Mutation]:
    """Values of each column dealt out anew, so that none goes with another any more."""
    sources: Sources = {}
    for path, source in context.sources.items():
        regular = [r for r in source.records if len(r.fields) == source.width]
        dealt = [list(values) for values in zip(*(r.fields for r in regular), strict=True)]
        for values in dealt:
            context.rng.shuffle(values)
        records = [
            replace(record, fields=fields, origin=None)
            for record, fields in zip(regular, zip(*dealt, strict=True), strict=True)
        ]
        sources[path] = source.with_records(records)
    yield from different(context, "values of each column in another order", sources)
