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


def unfinished_files(context: Context) -> Iterator[Mutation]:
    """Files whose last line has no end; where they have none, such with one."""
    sources = {
        path: replace(source, unfinished=not source.unfinished)
        for path, source in context.sources.items()
        if not source.listed
    }
    name = "files that end with another or no line end"
    yield from different(context, name, {**context.sources, **sources})


def quoted_line_ends(context: Context) -> Iterator[Mutation]:
    """Line ends inside quoted fields, in files that quote; line by line they are other lines."""
    columns = [
        column
        for column in context.of_kind("text", "category")
        if context.sources[column.source].quoted and not context.sources[column.source].paths
    ]
    if columns:
        sources = edit(context, columns, lambda old: f"{old}\nx")
        yield from different(context, "line ends inside quoted fields", sources)


def byte_order_marks(context: Context) -> Iterator[Mutation]:
    """Files that begin with a byte order mark, as some editors write it."""
    sources = {
        path: replace(source, encoding="utf-8-sig")
        for path, source in context.sources.items()
        if source.encoding == "utf-8" and not source.paths
    }
    if sources:
        yield Mutation("a byte order mark", {**context.sources, **sources}, excuse="any")


def bare_files(context: Context) -> Iterator[Mutation]:
    """Files without even a header, one at a time."""
    for path, source in context.sources.items():
        if source.header is not None and not source.paths:
            bare = replace(source.with_records([]), header=None)
            yield Mutation(f"{path} has no bytes", {**context.sources, path: bare}, excuse="any")


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
