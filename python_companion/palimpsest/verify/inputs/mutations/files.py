"""Other forms of the files: line ends, irregular lines, quoted fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from palimpsest.verify.inputs.mutations.base import Context, Excuse, Mutation, different, edit
from palimpsest.verify.inputs.sources import Record, Sources


def line_ends(context: Context) -> Iterator[Mutation]:
    """Windows line ends."""
    sources = {path: replace(source, ending="\r\n") for path, source in context.sources.items()}
    yield from different(context, "line ends of Windows", sources)


def separators(context: Context) -> Iterator[Mutation]:
    """Quoted fields that hold the separator, in files that quote."""
    columns = [
        column
        for column in context.of_kind("text", "category")
        if context.sources[column.source].quoted
    ]
    if columns:
        sources = edit(
            context, columns, lambda old: f"{old}{context.sources[columns[0].source].separator} x"
        )
        yield from different(context, "separators inside quoted fields", sources)


def irregular_lines(context: Context) -> Iterator[Mutation]:
    """Lines with a field too few or too many, and blank lines.

    Only code that counts the fields of a line says what it wants of such lines.
    """
    separated = {
        path: source
        for path, source in context.sources.items()
        if source.separator and source.records and not source.paths
    }
    if not separated:
        return

    def broken(change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> Sources:
        sources = dict(context.sources)
        for path, source in separated.items():
            last = source.records[-1]
            rows = [*source.records, Record(change(last.fields), None)]
            sources[path] = source.with_records(rows)
        return sources

    excuse: Excuse = "original-stops" if context.counts_fields else "any"
    short = broken(lambda fields: fields[:-1])
    yield Mutation("a line with a field too few", short, excuse=excuse)
    long = broken(lambda fields: (*fields, "x"))
    yield Mutation("a line with a field too many", long, excuse=excuse)
    blank = {path: replace(source, raw_lines=("",)) for path, source in separated.items()}
    yield Mutation("a blank line", {**context.sources, **blank}, excuse="original-stops")
