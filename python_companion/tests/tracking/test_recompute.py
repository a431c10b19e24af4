"""Random programs: rows of every node, recomputed, are those of the real pandas intermediate."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import numpy as np
import pandas
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

import palimpsest.pandas as tracked_pandas
from palimpsest.tracking import Captured, FullRerun, capture, steps
from palimpsest.tracking.capture import _only_read
from palimpsest.tracking.operations.base import Output
from palimpsest.tracking.recompute import Intermediate
from palimpsest.tracking.table import Table

from .oracle import Maintained, cells
from .programs import Program, programs
from .test_maintain_random import requests

FINISH = steps.finish


def recorded(program: Program, sources: Any) -> tuple[Captured, list[Table | None]]:
    """Capture, and return the real table of every node of the plan; None for a scan."""
    tables: dict[int, Table] = {}

    def finish(node: Any, inputs: Any, output: Output, *rest: Any, **options: Any) -> Any:
        tables[node.id] = output.table
        return FINISH(node, inputs, output, *rest, **options)

    with pytest.MonkeyPatch.context() as patched:
        for name, module in list(sys.modules.items()):
            if name.startswith("palimpsest.tracking") and vars(module).get("finish") is FINISH:
                patched.setattr(module, "finish", finish)
        captured = capture(program.prepare(tracked_pandas), sources)
    return captured, [tables.get(number) for number in _numbers(captured)]


def _numbers(captured: Captured) -> list[int]:
    """Numbers of the live steps, in the order of the plan's nodes."""
    found: dict[int, Any] = {}
    waiting = [captured.tracked._step]
    while waiting:
        step = waiting.pop()
        if step.node.id not in found:
            found[step.node.id] = step
            waiting += [*step.inputs, step.rows_of]
    found.update({step.node.id: step for step in _only_read(captured.scans, list(found.values()))})
    return sorted(found)


def recomputed(captured: Captured, reader: Any, node: int, portion: int = 3) -> list[Any]:
    """All rows of a node, a few at a time, with the index where it holds data."""
    table = Intermediate(captured.plan, node, captured.rows, reader, captured.memo)
    ids = captured.rows.rows(captured.plan[node].space)
    found: list[Any] = []
    for start in range(0, len(ids), portion):
        found += as_cells(table.take(ids[start : start + portion]), captured.plan[node].labels)
    return found


def as_cells(table: Table, labels: Any) -> list[Any]:
    values = cells(table.frame, table.erased)
    if labels is None:
        return values
    index = table.frame.index.to_frame().set_axis(range(len(labels)), axis=1)
    return [(*label, *row) for label, row in zip(cells(index, {}), values, strict=True)]


def assert_all_nodes(
    captured: Captured, reader: Any, expected: tuple[Captured, list[Table | None]], ordered: bool
) -> None:
    tables = expected[1]
    for node, table in zip(captured.plan.nodes, tables, strict=True):
        if table is None:
            continue
        try:
            found = recomputed(captured, reader, node.id)
        except FullRerun as error:
            event(f"not recomputed: {error.reason[:40]}")
            continue
        event(f"recomputed {node.operation}")
        wanted = as_cells(table, node.labels)
        if ordered:
            assert found == wanted, node.label
        else:
            assert Counter(map(repr, found)) == Counter(map(repr, wanted)), node.label


@given(programs(), st.data())
@settings(max_examples=2 * settings().max_examples)
def test_every_node_shows_its_rows(program: Program, data: st.DataObject) -> None:
    first = recorded(program, program.sources)
    maintained = Maintained(first[0])
    assert_all_nodes(first[0], maintained.sources, first, ordered=True)
    try:
        maintained.apply(data.draw(requests(maintained)))
    except FullRerun:
        return
    try:
        again = recorded(program, maintained.sources.inputs(program.sources))
    except (KeyError, TypeError, ValueError, AttributeError):
        event("the program does not run on the changed sources")
        return
    if _operations(again[0]) != _operations(first[0]):
        event("the program does other things without rows")
        return
    assert_all_nodes(first[0], maintained.sources, again, ordered=False)


def _operations(captured: Captured) -> list[str]:
    return [node.operation for node in captured.plan.nodes]


def test_a_row_alone_equals_the_row_among_all() -> None:
    rng = np.random.default_rng(0)
    frame = pandas.DataFrame({"k": rng.integers(0, 9, 60), "v": rng.normal(size=60)})

    def prepare(one: Any) -> Any:
        means = one.groupby("k").agg(mean=("v", "mean")).reset_index()
        return one.merge(means, on="k").sort_values("v", kind="stable")

    captured = capture(prepare, {"one": frame})
    sources = Maintained(captured).sources
    last = captured.output
    assert recomputed(captured, sources, last, 1) == recomputed(captured, sources, last, 1000)
