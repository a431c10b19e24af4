"""Random programs, random requests: the maintained table equals a fresh capture."""

from __future__ import annotations

import pandas
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

import palimpsest.pandas as tracked_pandas
from palimpsest.tracking import (
    Cells,
    FullRerun,
    Records,
    SourceChange,
    UntraceableError,
    capture,
)

from .oracle import Maintained, assert_equals_rerun
from .programs import REFUSED, Program, programs
from .tables import values_of

Some = st.SearchStrategy[list[int]]


@st.composite
def requests(draw: st.DrawFn, maintained: Maintained) -> dict[str, SourceChange]:
    """Draw a request over one or two sources: rows that go and come, cells erased and corrected."""
    changes = {}
    for name, alive in maintained.sources.alive.items():
        if not draw(st.integers(0, 2)):
            continue
        rows = alive.nonzero()[0].tolist()
        some: Some = (
            st.lists(st.sampled_from(rows), max_size=3, unique=True) if rows else st.just([])
        )
        frame = maintained.sources.frames[name]
        kinds = draw(st.sets(st.sampled_from(["delete", "erase", "rectify", "insert"]), max_size=2))
        columns = draw(st.lists(st.sampled_from(list(frame.columns)), max_size=2, unique=True))
        changes[name] = SourceChange(
            draw(some) if "delete" in kinds else [],
            {column: draw(some) for column in columns} if "erase" in kinds else {},
            {column: draw(cells_of(frame[column], some)) for column in columns}
            if "rectify" in kinds
            else {},
            draw(records_of(frame)) if "insert" in kinds else None,
        )
    return changes


@st.composite
def cells_of(draw: st.DrawFn, column: pandas.Series, some: Some) -> Cells:
    rows = draw(some)
    values = [draw(values_of(column)) for _ in rows]
    return Cells(rows, pandas.Series(values, dtype=column.dtype))


@st.composite
def records_of(draw: st.DrawFn, frame: pandas.DataFrame) -> Records:
    count = draw(st.integers(1, 2))
    columns = {
        name: pandas.Series(
            [draw(values_of(frame[name])) for _ in range(count)], dtype=frame[name].dtype
        )
        for name in frame.columns
    }
    return Records(range(len(frame), len(frame) + count), pandas.DataFrame(columns))


@given(programs(), st.data())
@settings(max_examples=5 * settings().max_examples)
def test_maintained_equals_rerun(program: Program, data: st.DataObject) -> None:
    captured = capture(program.prepare(tracked_pandas), program.sources)
    maintained = Maintained(captured)
    for _ in range(data.draw(st.integers(1, 5))):
        changes = data.draw(requests(maintained))
        try:
            maintained.apply(changes, keep_rows=data.draw(st.booleans()))
        except FullRerun as error:
            event(f"full re-run: {error.reason[:30]}")
            return
        except UntraceableError:
            event("rows of a group cannot be kept")
            return
        except REFUSED:
            event("a function of the program refuses the new values")
            maintained.sources.change(changes)
            with pytest.raises(REFUSED):
                maintained.rerun(program)
            return
        event("maintained")
        try:
            rerun = maintained.rerun(program)
        except REFUSED:
            event("the program does not run on the changed sources")
            return
        assert_equals_rerun(maintained, rerun)
