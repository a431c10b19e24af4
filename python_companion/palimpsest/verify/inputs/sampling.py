"""Take a sample of each source such that rows which belong together stay together."""

from __future__ import annotations

import random

from palimpsest.verify.inputs.sources import Link, Source, Sources, links

_MATCHED_SHARE = 0.85
"""Share of a sampled source that is taken from rows matching another sampled source."""


def sample(sources: Sources, rows: int, seed: int) -> Sources:
    """Return at most `rows` rows of each source, in their order.

    The largest source is sampled at random; of the others mostly the rows whose key occurs in a
    source sampled before, all rows of a key together, and the rest at random.
    """
    rng = random.Random(seed)
    joined = links(sources)
    sampled: Sources = {}
    for path in sorted(sources, key=lambda path: -len(sources[path].records)):
        source = sources[path]
        if len(source.records) <= rows:
            sampled[path] = source
            continue
        matching = _matching(source, sampled, joined)
        rng.shuffle(matching)
        chosen = set(matching[: int(rows * _MATCHED_SHARE)])
        others = [i for i in range(len(source.records)) if i not in chosen]
        chosen.update(rng.sample(others, min(rows - len(chosen), len(others))))
        sampled[path] = source.with_records([source.records[i] for i in sorted(chosen)])
    return {path: sampled[path] for path in sources}


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
