"""Values at and around the constants that the code mentions."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from itertools import cycle

from palimpsest.verify.inputs.mutations.base import (
    SHARE,
    Context,
    Make,
    Mutation,
    different,
    edit_each,
    fits,
)
from palimpsest.verify.inputs.sources import Column

Change = Callable[[str], str]


def limits(context: Context) -> Iterator[Mutation]:
    """Values exactly at, just below and just above what a column is compared with."""
    found = {column: values for column in context.columns if (values := _at_limits(column))}
    yield from _tried(
        context, found, "values at the limits the code compares with", "the limits of"
    )


def code_constants(context: Context) -> Iterator[Mutation]:
    """Values that the code mentions, exactly and almost."""
    found = {c: values for c in context.columns if (values := _mentioned(context, c))}
    yield from _tried(context, found, "values the code mentions", "texts mentioned for")


def _tried(
    context: Context, found: dict[Column, list[Change]], together: str, alone: str
) -> Iterator[Mutation]:
    """Try the values of all columns together, each row with one; then those of each column in all rows."""
    if not found:
        return
    columns = list(found)
    makes = {(c.source, c.index): _one_after_the_other(context, found[c]) for c in columns}
    yield from different(context, together, edit_each(context, makes, columns, 3 * SHARE))
    for column in columns:
        if column.use.ways:
            makes = {(column.source, column.index): _one_after_the_other(context, found[column])}
            sources = edit_each(context, makes, [column], 1.0)
            yield from different(context, f"{alone} {column.label}", sources)


def _one_after_the_other(context: Context, changes: list[Change]) -> Make:
    """Return what makes all changes before it makes one again."""
    order = list(changes)
    context.rng.shuffle(order)
    endless = cycle(order)

    def make(old: str) -> str:
        return next(endless)(old)

    return make


def _constantly(text: str) -> Change:
    return lambda _: text


def _at_limits(column: Column) -> list[Change]:
    constants = column.use.constants
    if not column.use.ways & {"compared", "order", "number", "statistic", "length"}:
        return []
    if column.kind == "date":
        return _near_dates(sorted(c for c in constants if isinstance(c, str)))
    if column.kind != "number":
        return []
    whole = not any("." in value for value in column.values)
    numbers = sorted(c for c in constants if isinstance(c, (int, float)))
    values = [near for number in numbers for near in _around(number, whole)]
    values += sorted(c for c in constants if isinstance(c, str) and c.replace(".", "").isdigit())
    # A limit is often compared with what is computed of the column: tens, hundreds, thousands.
    values += [str(int(n * m)) for n in numbers for m in (10, 100, 1000) if n == int(n) and whole]
    return [_constantly(value) for value in dict.fromkeys(values)]


def _around(number: float, whole: bool) -> list[str]:
    if whole:
        return [str(int(number) + step) for step in (-1, 0, 0, 1)]
    step = 0.01 if abs(number) >= 1 else 0.001
    return [f"{value:.10g}" for value in (number - step, number, number, number + step)]


def _near_dates(constants: list[str]) -> list[Change]:
    changes = []
    for text in constants:
        if len(text) >= 4 and text[:4].isdigit():
            filled = text + "-01-01"[len(text) - 4 :] if len(text) < 10 else text
            changes += [_dated(day) for day in _days_around(filled[:10])]
    return changes


def _days_around(day: str) -> list[str]:
    """Return a day, those beside it, and the same day of the month before."""
    try:
        start = datetime.date.fromisoformat(day)
    except ValueError:
        return []
    return [str(start + datetime.timedelta(days=days)) for days in (0, -1, 1, 0, -30)]


def _dated(day: str) -> Change:
    return lambda old: f"{day}{old.strip()[10:]}"


def _mentioned(context: Context, column: Column) -> list[Change]:
    """Return what replaces a field by a value near one that the code mentions."""
    if column.kind in ("text", "category", "key"):
        own = [c for c in column.use.constants if isinstance(c, str) and c]
        if column.kind == "key" and not own:
            return []
        texts = sorted(text for text in own or context.texts if fits(context, column, text))
        known = "\n".join(column.values).casefold()
        texts = (own and texts) or [text for text in texts if text.casefold() in known] or texts
        return [change for text in texts for change in _near_text(text)]
    if column.kind in ("number", "date"):
        own_numbers = [c for c in column.use.constants if isinstance(c, (int, float))]
        numbers = sorted(own_numbers or context.numbers)
        near = [value for number in numbers for value in _near_number(column, number)]
        return [_numbered(value) for value in dict.fromkeys(near)]
    return []


def _near_text(text: str) -> list[Change]:
    alone = (text, text.upper(), text.lower(), text.capitalize(), f"{text}x", f"x{text}")
    return [
        *map(_constantly, dict.fromkeys((*alone, f" {text}", f"{text} "))),
        lambda old: f"{old} {text}",
        lambda old: f"{text} {old}",
        lambda old: f"{old}{text}",
        lambda old: f"{text} {old} {text}",
    ]


def _near_number(column: Column, number: float) -> list[float]:
    if column.kind == "date" and not 1900 <= number <= 2100:
        return []
    return [number - 1, number, number + 1]


def _numbered(number: float) -> Change:
    text = str(int(number)) if number == int(number) else str(number)
    return lambda old: f"{text}{old[4:]}" if len(old) >= 10 and old[4:5] == "-" else text
