"""Mutated inputs: what else the data could hold, so that two versions can be told apart.

A mutation is one function below and one line in the registry at the end. A function yields
variants, the most telling first; each registered mutation gets its turn before a second variant of
any other is used.
"""

from __future__ import annotations

import ast
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from dataclasses import replace as changed
from typing import Literal

from palimpsest.verify.inputs.sources import (
    Column,
    Link,
    Record,
    Source,
    Sources,
    columns_of,
    links,
)

_SHARE = 0.2
"""Share of rows whose fields are changed."""

_REACHED_SHARE = 0.5
"""The same for texts of rows that are known to reach the result, so that a change is seen."""

_MISSING_WORDS = ("NA", "nan", "NULL", "None", "N/A", "null", "NaN", "-")
_NUMBER_TEXTS = ("007", "1e5", "12", "3.50", "0")
_UNUSUAL_TEXTS = ("Straße  GROSS", "Ünïcödé É", "a  b c", "tab·dot 日本 😀", "x" * 300)
_UNUSUAL_NUMBERS = ("0", "-1", "1", "1000000", "007")


@dataclass(frozen=True)
class Mutation:
    """One mutated input.

    Attributes
    ----------
    name
        For people: what was changed, and where.
    sources
        All sources, changed or not.
    excuse
        Which differences are noted as advice instead of deciding the verdict: none; those where
        the ``original-stops`` at a line that breaks the file's own format; or ``any``, for values
        so rare that the user may judge.
    """

    name: str
    sources: Sources
    excuse: Literal["none", "original-stops", "any"] = "none"


@dataclass(frozen=True)
class Context:
    """What mutations are made from: the sampled sources and the constants of the code."""

    sources: Sources
    columns: list[Column]
    links: list[Link]
    texts: list[str]
    numbers: list[float]
    rng: random.Random

    def of_kind(self, *kinds: str) -> list[Column]:
        """Return the columns of some kinds."""
        return [column for column in self.columns if column.kind in kinds]


Mutator = Callable[[Context], Iterator[Mutation]]


def mutations(sources: Sources, cells: list[str], count: int, seed: int) -> list[Mutation]:
    """Return up to `count` mutated inputs, the same for the same arguments.

    Parameters
    ----------
    sources
        The sample to change.
    cells
        The code, whose constants are used as values.
    count
        How many inputs are wanted, beside the advisory ones.
    seed
        Seed of the random choices.
    """
    texts, numbers = constants(cells)
    columns, joined = columns_of(sources), links(sources)

    def start(mutator: Mutator) -> Iterator[Mutation]:
        rng = random.Random(f"{seed} {mutator.__name__}")
        return mutator(Context(sources, columns, joined, texts, numbers, rng))

    running = [start(mutator) for mutator in MUTATORS]
    found: list[Mutation] = []
    while running and len(found) < count:
        for variants in list(running):
            mutation = next(variants, None)
            if mutation is None:
                running.remove(variants)
            elif len(found) < count:
                found.append(mutation)
    return found + [mutation for mutator in ADVISORY for mutation in start(mutator)]


def constants(cells: list[str]) -> tuple[list[str], list[float]]:
    """Return the short texts and the numbers that occur in code."""
    texts: dict[str, None] = {}
    numbers: dict[float, None] = {}
    for source in cells:
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.Constant) or isinstance(node.value, bool):
                continue
            if (
                isinstance(node.value, str)
                and 0 < len(node.value) <= 40
                and node.value.isprintable()
            ):
                texts[node.value] = None
            elif isinstance(node.value, (int, float)):
                numbers[node.value] = None
    return list(texts), list(numbers)


def _edit(
    context: Context,
    columns: list[Column],
    make: Callable[[str], str],
    share: float = _SHARE,
) -> Sources:
    """Change the fields of some rows in each of some columns."""
    sources = dict(context.sources)
    for column in columns:
        records = list(sources[column.source].records)
        # Keys and categories decide whether a row gets through: most of them must stay.
        reached_share = max(share, _REACHED_SHARE) if column.kind == "text" else share
        for i in _some(context.rng, records, share, reached_share):
            if column.index < len(records[i].fields):
                records[i] = records[i].put(column.index, make(records[i].fields[column.index]))
        sources[column.source] = sources[column.source].with_records(records)
    return sources


def _some(
    rng: random.Random, records: list[Record], share: float, reached_share: float
) -> list[int]:
    """Choose a share of the rows that reach the result, and a share of the others."""
    chosen: list[int] = []
    reached = [i for i, record in enumerate(records) if record.reached]
    others = [i for i, record in enumerate(records) if not record.reached]
    for rows, part in ((reached, reached_share), (others, share)):
        chosen += rng.sample(rows, min(len(rows), math.ceil(len(rows) * part)))
    return sorted(chosen)


def _every(context: Context, change: Callable[[list[Record]], list[Record]]) -> Sources:
    """Change the rows of every source."""
    return {
        path: source.with_records(change(list(source.records)))
        for path, source in context.sources.items()
    }


def _fits(context: Context, column: Column, text: str) -> bool:
    separator = context.sources[column.source].separator
    return separator not in text and "\n" not in text and '"' not in text


def sample_itself(context: Context) -> Iterator[Mutation]:
    """Nothing is changed: a sample of the real rows."""
    yield Mutation("a sample of the real rows", context.sources)


def other_order(context: Context) -> Iterator[Mutation]:
    """Rows come in another order."""

    def shuffle(records: list[Record]) -> list[Record]:
        context.rng.shuffle(records)
        return records

    yield Mutation("rows in another order", _every(context, shuffle))


def repeated_keys(context: Context) -> Iterator[Mutation]:
    """Keys occur again with other values, before and after their first row."""

    def repeat(source: Source, key: int) -> Source:
        records = list(source.records)
        donors = [record for record in records if len(record.fields) > key]
        for i in _some(context.rng, donors, 2 * _SHARE, _REACHED_SHARE):
            copy = context.rng.choice(donors).put(key, donors[i].fields[key])
            records.insert(context.rng.choice((0, len(records))), changed(copy, origin=None))
        return source.with_records(records)

    sources = dict(context.sources)
    keys = context.of_kind("key") or [c for c in context.columns if c.index == 0]
    for column in keys:
        sources[column.source] = repeat(sources[column.source], column.index)
    if keys:
        yield Mutation("repeated keys with other values", sources)


def unmatched_keys(context: Context) -> Iterator[Mutation]:
    """Keys that occur nowhere else."""
    keys = context.of_kind("key")
    if keys:
        yield Mutation(
            "keys without a match", _edit(context, keys, lambda old: f"{old}0", 2 * _SHARE)
        )


def spaces(context: Context) -> Iterator[Mutation]:
    """Spaces around fields."""
    columns = [c for c in context.columns if c.kind != "number"]
    last = [c for c in context.columns if c.index == context.sources[c.source].width - 1]
    if columns:
        yield Mutation(
            "spaces at the end of lines", _edit(context, last, lambda old: f"{old} ", 1.0)
        )
        yield Mutation("spaces after fields", _edit(context, columns, lambda old: f"{old} "))
        yield Mutation("spaces before fields", _edit(context, columns, lambda old: f" {old}"))


def blanks(context: Context) -> Iterator[Mutation]:
    """Empty texts."""
    columns = context.of_kind("text", "category", "key")
    if columns:
        yield Mutation("blank texts", _edit(context, columns, lambda _: ""))


def missing_words(context: Context) -> Iterator[Mutation]:
    """Texts that some readers take for missing values."""
    columns = context.of_kind("text", "category", "key")
    if columns:
        yield Mutation(
            "words such as NA",
            _edit(context, columns, lambda _: context.rng.choice(_MISSING_WORDS)),
        )


def code_constants(context: Context) -> Iterator[Mutation]:
    """Values that the code mentions, exactly and almost."""
    current = context
    for column in context.columns:
        make = _mentioned(context, column)
        if make is not None:
            current = changed(current, sources=_edit(current, [column], make, 3 * _SHARE))
    if current.sources != context.sources:
        yield Mutation("values the code mentions", current.sources)


def _mentioned(context: Context, column: Column) -> Callable[[str], str] | None:
    """Return what replaces a field by a value near one that the code mentions."""
    if column.kind in ("text", "category"):
        texts = [text for text in context.texts if _fits(context, column, text)]
        known = "\n".join(column.values).casefold()
        texts = [text for text in texts if text.casefold() in known] or texts
        return (lambda old: _near_text(context, old, texts)) if texts else None
    if column.kind in ("number", "date"):
        numbers = [near for number in context.numbers for near in _near_number(column, number)]
        return (lambda old: _put_number(context, old, numbers)) if numbers else None
    return None


def _near_text(context: Context, old: str, texts: list[str]) -> str:
    text = context.rng.choice(texts)
    return context.rng.choice(
        (text, text.upper(), text.capitalize(), f"{text}x", f"{old} {text}", f"{text} {old}")
    )


def _near_number(column: Column, number: float) -> list[float]:
    if column.kind == "date" and not 1900 <= number <= 2100:
        return []
    return [number - 1, number, number + 1]


def _put_number(context: Context, old: str, numbers: list[float]) -> str:
    number = context.rng.choice(numbers)
    text = str(int(number)) if number == int(number) else str(number)
    return f"{text}{old[4:]}" if len(old) >= 10 and old[4:5] == "-" else text


def other_case(context: Context) -> Iterator[Mutation]:
    """Upper and lower case exchanged."""
    columns = context.of_kind("text", "category")
    if columns:
        yield Mutation("upper and lower case exchanged", _edit(context, columns, str.swapcase))
        keys = context.of_kind("key")
        if keys:
            yield Mutation("keys in other case", _edit(context, keys, str.swapcase))


def unseen_categories(context: Context) -> Iterator[Mutation]:
    """Categories that never occurred."""
    columns = context.of_kind("category")
    if columns:
        yield Mutation("categories never seen", _edit(context, columns, lambda old: f"{old}2"))


def repeated_rows(context: Context) -> Iterator[Mutation]:
    """Rows that occur twice."""

    def repeat(records: list[Record]) -> list[Record]:
        chosen = _some(context.rng, records, 2 * _SHARE, _REACHED_SHARE)
        return records + [records[i] for i in chosen]

    yield Mutation("repeated rows", _every(context, repeat))


def blank_values(context: Context) -> Iterator[Mutation]:
    """Blank numbers and dates, one column at a time."""
    dates, numbers = context.of_kind("date"), context.of_kind("number")
    # A column of different numbers is mostly a counter that nobody reads.
    numbers.sort(
        key=lambda column: len(column.values) >= len(context.sources[column.source].records)
    )
    for column in [*dates, *numbers]:
        name = f"blank values in column {column.index + 1} of {column.source}"
        yield Mutation(name, _edit(context, [column], lambda _: ""))


def empty_sources(context: Context) -> Iterator[Mutation]:
    """No rows in a source, one source at a time."""
    for path in sorted(context.sources, key=lambda path: len(context.sources[path].records)):
        yield Mutation(
            f"{path} is empty", {**context.sources, path: context.sources[path].with_records([])}
        )


def single_rows(context: Context) -> Iterator[Mutation]:
    """One row in each source; rows that belong together where that can be told."""
    largest = max(context.sources, key=lambda path: len(context.sources[path].records))
    for record in context.rng.sample(
        context.sources[largest].records, min(3, len(context.sources[largest].records))
    ):
        sources = {}
        for path, source in context.sources.items():
            partners = [r for r in source.records if _linked(context, largest, record, path, r)]
            rows = [record] if path == largest else (partners or list(source.records))[:1]
            sources[path] = source.with_records(rows)
        yield Mutation("a single row in each source", sources)


def _linked(context: Context, path: str, record: Record, other_path: str, other: Record) -> bool:
    for link in context.links:
        ends = {link.left: link.left_column, link.right: link.right_column}
        if set(ends) == {path, other_path}:
            mine, theirs = ends[path], ends[other_path]
            if mine < len(record.fields) and theirs < len(other.fields):
                return record.fields[mine] == other.fields[theirs]
    return False


def number_texts(context: Context) -> Iterator[Mutation]:
    """Texts that look like numbers, in whole columns."""
    columns = context.of_kind("text", "category")
    for column in columns:
        name = f"only texts like 007 in column {column.index + 1} of {column.source}"
        yield Mutation(
            name, _edit(context, [column], lambda _: context.rng.choice(_NUMBER_TEXTS), 1.0)
        )


def quotes(context: Context) -> Iterator[Mutation]:
    """Quotation marks inside texts."""
    columns = context.of_kind("text", "category")
    if columns:
        yield Mutation("quotation marks", _edit(context, columns, lambda old: f'"{old}'))
        yield Mutation("quoted words", _edit(context, columns, lambda old: f'"{old}" "x"'))


def unusual_texts(context: Context) -> Iterator[Mutation]:
    """Accents, other scripts, doubled spaces, long texts."""
    columns = context.of_kind("text")
    if columns:
        yield Mutation(
            "accents, doubled spaces and long texts",
            _edit(context, columns, lambda old: f"{old} {context.rng.choice(_UNUSUAL_TEXTS)}"),
        )


def rare_letters(context: Context) -> Iterator[Mutation]:
    """Letters whose other case is two letters: libraries disagree about them."""
    columns = context.of_kind("text", "category")
    if columns:
        sources = _edit(context, columns, lambda old: f"{old} {context.rng.choice('İßŉﬁ')}")
        yield Mutation("letters such as İ and ß", sources, excuse="any")


def unusual_numbers(context: Context) -> Iterator[Mutation]:
    """Zero, negative, large numbers and leading zeros."""
    columns = context.of_kind("number")
    if columns:
        yield Mutation(
            "zero, negative and large numbers",
            _edit(context, columns, lambda _: context.rng.choice(_UNUSUAL_NUMBERS), 2 * _SHARE),
        )


def line_ends(context: Context) -> Iterator[Mutation]:
    """Windows line ends."""
    yield Mutation(
        "line ends of Windows",
        {path: changed(source, ending="\r\n") for path, source in context.sources.items()},
    )


def irregular_lines(context: Context) -> Iterator[Mutation]:
    """Lines with a field too few or too many, and blank lines."""
    separated = {
        path: source
        for path, source in context.sources.items()
        if source.separator and source.records
    }
    if not separated:
        return

    def broken(change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> Sources:
        sources = dict(context.sources)
        for path, source in separated.items():
            last = source.records[-1]
            sources[path] = source.with_records(
                [*source.records, Record(change(last.fields), None)]
            )
        return sources

    yield Mutation(
        "a line with a field too few", broken(lambda fields: fields[:-1]), excuse="original-stops"
    )
    yield Mutation(
        "a line with a field too many",
        broken(lambda fields: (*fields, "x")),
        excuse="original-stops",
    )
    blank = {path: changed(source, raw_lines=("",)) for path, source in separated.items()}
    yield Mutation("a blank line", {**context.sources, **blank}, excuse="original-stops")


MUTATORS: tuple[Mutator, ...] = (
    sample_itself,
    repeated_keys,
    spaces,
    code_constants,
    empty_sources,
    single_rows,
    other_order,
    unmatched_keys,
    blanks,
    missing_words,
    other_case,
    unseen_categories,
    repeated_rows,
    blank_values,
    number_texts,
    quotes,
    unusual_texts,
    unusual_numbers,
    line_ends,
)

ADVISORY: tuple[Mutator, ...] = (irregular_lines, rare_letters)
"""Mutations whose differences are told and do not decide; all of them are always tried."""
