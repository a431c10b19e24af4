"""What mutations are made of."""

from __future__ import annotations

import ast
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from palimpsest.verify.inputs.sources import Column, Link, Record, Sources

SHARE = 0.2
"""Share of rows whose fields are changed."""

REACHED_SHARE = 0.5
"""The same for texts of rows that are known to reach the result, so that a change is seen."""

Make = Callable[[str], str]

Excuse = Literal["none", "original-stops", "any"]


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
    excuse: Excuse = "none"


@dataclass(frozen=True)
class Context:
    """What mutations are made from: the sampled sources and the constants of the code.

    `counts_fields` tells whether the code compares lengths, and so may handle irregular lines.
    """

    sources: Sources
    columns: list[Column]
    links: list[Link]
    texts: list[str]
    numbers: list[float]
    seed: int
    counts_fields: bool = False
    rng: random.Random = field(default_factory=random.Random)

    def afresh(self, name: str) -> Context:
        """Return the context with random choices of its own."""
        return replace(self, rng=random.Random(f"{self.seed} {name}"))

    def of_kind(self, *kinds: str) -> list[Column]:
        """Return the columns of some kinds; those the code does most with come first."""
        return [column for column in self.columns if column.kind in kinds]

    def used_for(self, *ways: str) -> list[Column]:
        """Return the columns that the code uses in one of some ways."""
        return [column for column in self.columns if column.use.ways & set(ways)]

    def with_sources(self, sources: Sources) -> Context:
        """Return the context with other sources."""
        return replace(self, sources=sources)


Mutator = Callable[[Context], Iterator[Mutation]]


def constants(cells: Sequence[str]) -> tuple[list[str], list[float]]:
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


def compares_lengths(cells: Sequence[str]) -> bool:
    """Tell whether code compares the length of anything."""
    return any(
        isinstance(node, ast.Compare)
        and any(
            isinstance(inner, ast.Call) and getattr(inner.func, "id", "") == "len"
            for inner in ast.walk(node)
        )
        for source in cells
        for node in ast.walk(ast.parse(source))
    )


def edit(context: Context, columns: Sequence[Column], make: Make, share: float = SHARE) -> Sources:
    """Change fields of some rows: each of them in one of the columns."""
    return edit_each(context, {(c.source, c.index): make for c in columns}, columns, share)


def edit_each(
    context: Context,
    makes: dict[tuple[str, int], Make],
    columns: Sequence[Column],
    share: float = SHARE,
) -> Sources:
    """Change fields of some rows, each column in its own way.

    A row is changed in one column only as long as there are enough rows: what keeps it from the
    result is then that column, and nothing else.
    """
    sources = dict(context.sources)
    for path, source in context.sources.items():
        own = [column for column in columns if column.source == path]
        if not own:
            continue
        records = list(source.records)
        reached = max(share, REACHED_SHARE) if any(c.kind == "text" for c in own) else share
        # Each column needs a few rows of its own, however many columns there are.
        wanted = min(1.0, max(share, 4 * len(own) / max(len(records), 1)))
        chosen = some(context.rng, records, wanted, max(reached, wanted))
        context.rng.shuffle(chosen)
        for turn, i in enumerate(chosen):
            column = own[turn % len(own)]
            text = source.text(records[i], column.index)
            if text is not None:
                value = makes[path, column.index](text)
                records[i] = source.put(records[i], column.index, value)
        sources[path] = source.with_records(records)
    return sources


def some(
    rng: random.Random, records: Sequence[Record], share: float, reached_share: float
) -> list[int]:
    """Choose a share of the rows that reach the result, and a share of the others."""
    chosen: list[int] = []
    reached = [i for i, record in enumerate(records) if record.reached]
    others = [i for i, record in enumerate(records) if not record.reached]
    for rows, part in ((reached, reached_share), (others, share)):
        chosen += rng.sample(rows, min(len(rows), math.ceil(len(rows) * part)))
    return sorted(chosen)


def every(context: Context, change: Callable[[list[Record]], list[Record]]) -> Sources:
    """Change the rows of every source."""
    return {
        path: source.with_records(change(list(source.records)))
        for path, source in context.sources.items()
    }


def fits(context: Context, column: Column, text: str) -> bool:
    """Tell whether a text can stand in a field as it is."""
    source = context.sources[column.source]
    if source.paths:
        return True
    return (
        not (source.separator and source.separator in text) and "\n" not in text and '"' not in text
    )


def different(context: Context, name: str, sources: Sources) -> Iterator[Mutation]:
    """Yield a mutation, if it changed anything."""
    if sources != context.sources:
        yield Mutation(name, sources)
