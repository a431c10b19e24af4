"""Take a sample of each source such that rows which belong together stay together."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

from palimpsest.verify.inputs.sources import Link, Source, Sources, columns_of, links
from palimpsest.verify.values import Cell

_MATCHED_SHARE = 0.85
"""Share of a sampled source that is taken from rows matching another sampled source."""

_REACHED_SHARE = 0.5
"""Share of the first sampled source that is taken from rows known to reach the result."""


def sample(sources: Sources, rows: int, seed: int) -> Sources:
    """Return at most `rows` rows of each source, in their order.

    Half of the largest source's sample are rows known to reach the result, the rest random. Of the
    others mostly the rows are taken whose key occurs in a source sampled before, all rows of a key
    together, and the rest at random.
    """
    rng = random.Random(seed)
    joined = links(sources)
    sampled: Sources = {}
    for path in sorted(sources, key=lambda path: -len(sources[path].records)):
        source = sources[path]
        if len(source.records) <= rows:
            sampled[path] = source
            continue
        preferred = _matching(source, sampled, joined)
        share = _MATCHED_SHARE
        if not preferred:
            preferred = [i for i, record in enumerate(source.records) if record.reached]
            share = _REACHED_SHARE
        rng.shuffle(preferred)
        chosen = set(preferred[: int(rows * share)])
        others = [i for i in range(len(source.records)) if i not in chosen]
        chosen.update(rng.sample(others, min(rows - len(chosen), len(others))))
        sampled[path] = source.with_records([source.records[i] for i in sorted(chosen)])
    return {path: sampled[path] for path in sources}


def mark_reached(sources: Sources, cells: Iterable[Cell]) -> Sources:
    """Mark the rows that reach a result: one of their texts is in it, or they are joined to such.

    Parameters
    ----------
    sources
        The real sources.
    cells
        The cells of the original's result.
    """
    texts = {cell.strip().casefold() for cell in cells if isinstance(cell, str) and cell.strip()}
    telling = {(c.source, c.index) for c in columns_of(sources) if c.kind == "text"}
    marked = {
        path: source.with_records(
            [
                replace(record, reached=True)
                if any(
                    (path, i) in telling and field.strip().casefold() in texts
                    for i, field in enumerate(source.texts(record))
                )
                else record
                for record in source.records
            ]
        )
        for path, source in sources.items()
    }
    for link in links(sources):
        _mark_linked(marked, link.left, link.left_column, link.right, link.right_column)
        _mark_linked(marked, link.right, link.right_column, link.left, link.left_column)
    return marked


def _mark_linked(sources: Sources, here: str, i: int, there: str, j: int) -> None:
    """Mark the rows of one source that are joined to a marked row of another, if it has none."""
    if any(record.reached for record in sources[there].records):
        return
    keys = {r.fields[i] for r in sources[here].records if r.reached and i < len(r.fields)}
    records = [
        replace(r, reached=j < len(r.fields) and r.fields[j] in keys)
        for r in sources[there].records
    ]
    sources[there] = sources[there].with_records(records)


def _matching(source: Source, sampled: Sources, joined: list[Link]) -> list[int]:
    """Return the rows whose key occurs in a source that was sampled before."""
    for link in joined:
        for here, here_column, there, there_column in (
            (link.left, link.left_column, link.right, link.right_column),
            (link.right, link.right_column, link.left, link.left_column),
        ):
            if here == source.path and there in sampled:
                keys = set(sampled[there].column(there_column))
                return [
                    i
                    for i, record in enumerate(source.records)
                    if here_column < len(record.fields) and record.fields[here_column] in keys
                ]
    return []
