"""Random programs, random requests: the maintained table equals a fresh capture."""

from __future__ import annotations

from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

import palimpsest.pandas as tracked_pandas
from palimpsest.tracking import FullRerun, SourceChange, capture

from .oracle import Maintained, assert_equals_rerun
from .programs import Program, programs


@st.composite
def requests(draw: st.DrawFn, maintained: Maintained) -> dict[str, SourceChange]:
    """Draw a request over one or two sources."""
    changes = {}
    for name, alive in maintained.sources.alive.items():
        rows = alive.nonzero()[0].tolist()
        if not rows or not draw(st.integers(0, 2)):
            continue
        some = st.lists(st.sampled_from(rows), max_size=3, unique=True)
        deleted: list[int] = draw(some) if draw(st.booleans()) else []
        columns = list(maintained.sources.frames[name].columns)
        erased: dict[str, Any] = {}
        if draw(st.booleans()):
            for column in draw(st.lists(st.sampled_from(columns), max_size=2, unique=True)):
                erased[column] = draw(some)
        changes[name] = SourceChange(deleted, erased)
    return changes


@given(programs(), st.data())
@settings(max_examples=5 * settings().max_examples)
def test_maintained_equals_rerun(program: Program, data: st.DataObject) -> None:
    captured = capture(program.prepare(tracked_pandas), program.sources)
    maintained = Maintained(captured)
    for _ in range(data.draw(st.integers(1, 3))):
        changes = data.draw(requests(maintained))
        try:
            maintained.apply(changes)
        except FullRerun as error:
            event(f"full re-run: {error.reason[:30]}")
            return
        event("maintained")
        try:
            rerun = maintained.rerun(program)
        except (KeyError, TypeError, ValueError, AttributeError):
            event("the program does not run on the changed sources")
            return
        assert_equals_rerun(maintained, rerun)
