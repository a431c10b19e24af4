"""Tell whether two versions that stop with other errors only meet several faults in another order."""

from __future__ import annotations

from palimpsest.verify.errors import likeness
from palimpsest.verify.inputs.sources import Sources
from palimpsest.verify.judge import Judge
from palimpsest.verify.locate.shrink import Effort, Shrinker
from palimpsest.verify.sandbox.jobs import Failure

_EFFORT = Effort(runs=30, seconds=10.0)
_MOST_ROWS = 12
"""A smallest input of more rows is no collection of single faults."""


def met_in_another_order(judge: Judge, sources: Sources, stops: tuple[Failure, Failure]) -> bool:
    """Tell whether each version stops with the other's error once rows of the input are left out.

    A loop goes row by row and a library column by column: of two faults they meet another first.

    Parameters
    ----------
    judge
        Runs the two versions.
    sources
        An input on which both stop, with errors that are not alike.
    stops
        The original's failure and the rewrite's.
    """
    shrinker = Shrinker(lambda tried: judge.try_input(tried).stops is not None, _EFFORT)
    smallest = shrinker.shrink(sources, [])
    if smallest is None or sum(len(s.records) for s in smallest.values()) > _MOST_ROWS:
        return False
    ours_too = theirs_too = False
    for path, source in smallest.items():
        for i in range(len(source.records)):
            rest = source.with_records([*source.records[:i], *source.records[i + 1 :]])
            original, rewritten = judge.sides.both({**smallest, path: rest})
            ours_too |= _is(original.failure, stops[1])
            theirs_too |= _is(rewritten.failure, stops[0])
    return ours_too and theirs_too


def _is(failure: Failure | None, other: Failure) -> bool:
    return failure is not None and likeness(failure, other) != "other"
