"""Run a preparing function and keep its plan, rows, sources and results of user functions."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas

from .arrays import ArrayFactory, memory_arrays
from .capturedkeys import captured_codes
from .compat import lazy_copy
from .errors import TrackingWarning, UnsupportedError
from .expressions import MapCall, renumber
from .frame import DataFrame
from .functions import Memo, MemoryMemo, UserFunction, encode_results
from .keeping import Kept
from .keycodes import PROCESS_KEY
from .operations import OPERATIONS
from .plan import Escape, Node, NodeId, Plan
from .rows import RowState
from .series import Series
from .session import Session, new_session
from .sources import PathOrFrame, SourceInput, SourcePath, scan_frame, suppress
from .steps import LiveCall, Step
from .surface.columns import as_frame
from .surface.construct import CODE
from .table import ErasedMasks


@dataclass
class SourceScan:
    """What was read from one source.

    Attributes
    ----------
    frame : pandas.DataFrame
        As read; row i has row id i.
    erased : dict of column to ndarray of bool
    options : dict
        Of the reader, JSON-able.
    scans : list of node id
        Its occurrences in the plan.
    """

    frame: pandas.DataFrame
    erased: ErasedMasks
    options: Mapping[str, Any]
    scans: list[NodeId]


@dataclass
class Captured:
    """Result of `capture`.

    Attributes
    ----------
    plan : Plan
    frame : pandas.DataFrame
        The training table, plain; row i has row id i.
    erased : dict of column to ndarray of bool
    rows : RowState
    sources : dict of name to SourceScan
    functions : dict of function id to callable
        User functions that the plan calls.
    warnings : list of TrackingWarning
    """

    plan: Plan
    frame: pandas.DataFrame
    erased: ErasedMasks
    rows: RowState
    sources: dict[str, SourceScan]
    functions: dict[str, UserFunction]
    warnings: list[TrackingWarning]
    tracked: DataFrame
    kept_results: Memo
    scans: list[Step]

    @property
    def memo(self) -> Memo:
        """Results of user functions."""
        self.rows.settle()
        return self.kept_results

    @property
    def output(self) -> NodeId:
        """The node of the training table."""
        return self.plan.output

    @property
    def escapes(self) -> tuple[Escape, ...]:
        """Places where values left the tracking."""
        return self.plan.escapes

    @property
    def seconds(self) -> dict[NodeId, float]:
        """Time that each node took."""
        return {node.id: node.seconds for node in self.plan.nodes}


def capture(
    prepare: Callable[..., Any],
    sources: Mapping[str, PathOrFrame | SourceInput],
    suppression: Mapping[str, SourceInput] | None = None,
    memo: Memo | None = None,
    factory: ArrayFactory = memory_arrays,
    *,
    kept: Kept | None = None,
) -> Captured:
    """Run `prepare` and record how its result came about.

    Parameters
    ----------
    prepare : callable
        Takes the sources by name and returns one frame.
    sources : mapping of str to path, pandas.DataFrame or SourceInput
    suppression : mapping of str to SourceInput, optional
        What to leave out of, or erase in, a source while it is read.
    memo : Memo, optional
        Keeps results of user functions; in memory by default.
    factory : ArrayFactory, optional
        Makes the arrays of the row state.
    kept : mapping of int to ndarray of uint64, optional
        Rows that filters keep; see `kept_rows`.

    Returns
    -------
    Captured

    Raises
    ------
    UnsupportedError
        When the result is not a tracked frame.
    SourceError
        When a source cannot be read.
    """
    suppressed = suppression or {}
    inputs = {name: _input(name, value, suppressed.get(name)) for name, value in sources.items()}
    with new_session() as session:
        session.kept = dict(kept or {})
        given = {name: _argument(source) for name, source in inputs.items()}
        result = prepare(**given)
        tracked = _tracked(result, prepare)
        return _assemble(tracked, session, MemoryMemo() if memo is None else memo, factory)


def attach_columns(captured: Captured, added: Mapping[str, Series]) -> Captured:
    """Capture again with more columns at the end of the training table.

    Parameters
    ----------
    captured : Captured
    added : mapping of name to tracked Series
        Computed from `track_frame(captured)`.

    Returns
    -------
    Captured
        With the same row ids, in a new memo and row state.
    """
    frame = captured.tracked
    for name, series in added.items():
        frame = frame.assign(**{name: series})
    with new_session() as session:
        session.scans = list(captured.scans)
        session.escapes = list(captured.escapes)
        session.warnings = list(captured.warnings)
        return _assemble(frame, session, MemoryMemo(), memory_arrays)


def track_frame(captured: Captured) -> DataFrame:
    """Tracked frame over the result, for what is computed from it (label, split)."""
    table = captured.tracked
    return DataFrame._make(table._held.copy(deep=False), dict(table._erased), table._step)


def _input(
    name: str, value: PathOrFrame | SourceInput, suppression: SourceInput | None
) -> SourceInput:
    source = value if isinstance(value, SourceInput) else SourceInput(name, value)
    if suppression is None:
        return source
    return replace(source, delete=suppression.delete, erase=suppression.erase)


def _argument(source: SourceInput) -> Any:
    if isinstance(source.value, (str, os.PathLike)):
        return SourcePath.of(source)
    assert isinstance(source.value, pandas.DataFrame)
    frame, erased, records = suppress(source, lazy_copy(source.value))
    return scan_frame(source.name, frame, erased, {"reader": "frame"}, records=records)


def _tracked(result: Any, prepare: Callable[..., Any]) -> DataFrame:
    if isinstance(result, Series):
        return as_frame(result)
    if isinstance(result, DataFrame):
        return result
    name = getattr(prepare, "__name__", "prepare")
    if isinstance(result, pandas.DataFrame):
        raise UnsupportedError(
            f"{name}() returned a frame of plain pandas, whose rows cannot be traced. "
            "Write `import palimpsest.pandas as pd` in place of `import pandas as pd`."
        )
    raise UnsupportedError(
        f"{name}() returned a {type(result).__name__}; it has to return one frame, the training table."
    )


def _assemble(tracked: DataFrame, session: Session, memo: Memo, factory: ArrayFactory) -> Captured:
    steps = _reachable(tracked._step)
    steps = sorted([*steps, *_only_read(session.scans, steps)], key=lambda step: step.node.id)
    numbers = {step.node.id: place for place, step in enumerate(steps)}
    calls = _calls(steps)
    call_numbers = {number: place for place, number in enumerate(calls)}
    literal_names = _source_names(steps)
    nodes = tuple(_renumbered(step, numbers, call_numbers, literal_names) for step in steps)
    plan = Plan(nodes, numbers[tracked._step.node.id], PROCESS_KEY, tuple(session.escapes))
    rows = RowState(factory)
    for node, step in zip(nodes, steps, strict=True):
        _fill_rows(rows, node, step)
    functions = {}
    for number, (call, live) in calls.items():
        rows.defer(
            partial(_fill_entries, memo, rows, replace(call, call=call_numbers[number]), live)
        )
        functions[call.function.id] = live.function
    return Captured(
        plan=plan,
        frame=tracked._held,
        erased={name: mask for name, mask in tracked._erased.items() if mask.any()},
        rows=rows,
        sources=_sources(nodes, steps),
        functions=functions,
        warnings=list(session.warnings),
        tracked=tracked,
        kept_results=memo,
        scans=session.scans,
    )


def _reachable(last: Step) -> list[Step]:
    """Collect the steps that lead to `last`, inputs before what uses them, in the order they ran."""
    found: dict[int, Step] = {}
    waiting = [last]
    while waiting:
        step = waiting.pop()
        if step.node.id not in found:
            found[step.node.id] = step
            waiting.extend(step.inputs)
            waiting.append(step.rows_of)
    return [found[number] for number in sorted(found)]


def _only_read(scans: Sequence[Step], steps: Sequence[Step]) -> list[Step]:
    """Return a scan of each source that was read and that no row is made of.

    Its values may have been read out and steered the code, so its records belong to the run.
    """
    known = {step.scan.source for step in steps if step.scan is not None}
    widest: dict[str, Step] = {}
    for step in scans:
        assert step.scan is not None
        name = step.scan.source
        if name not in known and name != CODE:
            before = widest.get(name)
            if before is None or _extent(step) > _extent(before):
                widest[name] = step
    return list(widest.values())


def _extent(scan: Step) -> tuple[int, int]:
    return scan.node.rows, len(scan.node.columns)


def _calls(steps: Sequence[Step]) -> dict[int, tuple[MapCall, LiveCall]]:
    """Collect the calls of user functions in the expressions of the steps, by number."""
    calls: dict[int, tuple[MapCall, LiveCall]] = {}
    for step in steps:
        for call in step.node.calls():
            calls[call.call] = (call, step.calls[call.call])
    return calls


def _source_names(steps: Sequence[Step]) -> dict[int, str]:
    """Names of scanned sources; tables written in the code are numbered."""
    names: dict[int, str] = {}
    frames: dict[str, Any] = {}
    literal = 0
    for step in steps:
        if step.scan is None:
            continue
        name = step.scan.source
        if name == CODE:
            literal += 1
            name = f"{CODE}-{literal}"
        before = frames.setdefault(name, step)
        if before is not step and not _same_source(before, step):
            raise UnsupportedError(
                f"The source {name!r} is read twice with different results ({before.node.location} and "
                f"{step.node.location}), so that its records have no common identity. Read it once, "
                "with the same options, and select columns afterwards."
            )
        names[step.node.id] = name
    return names


def _same_source(first: Step, second: Step) -> bool:
    assert first.scan is not None
    assert second.scan is not None
    return first.node.schema == second.node.schema and first.scan.frame.equals(second.scan.frame)


def _renumbered(
    step: Step, numbers: Mapping[int, int], calls: Mapping[int, int], sources: Mapping[int, str]
) -> Node:
    node = step.node
    arguments = dict(node.arguments)
    if step.scan is not None:
        arguments["source"] = sources[node.id]
    return replace(
        node,
        id=numbers[node.id],
        arguments=arguments,
        expressions={
            name: renumber(expression, numbers, calls)
            for name, expression in node.expressions.items()
        },
        inputs=tuple(numbers[number] for number in node.inputs),
        space=numbers[node.space],
    )


def _fill_rows(rows: RowState, node: Node, step: Step) -> None:
    if node.space == node.id:
        rows.alive(node.id).append(np.ones(node.rows, dtype=bool))
    if step.kept is not None:
        rows.kept(node.id).append(step.kept)
    if step.scan is not None and step.scan.records is not None:
        rows.record(node.id).append(step.scan.records)
    if step.output is not None:
        for k, origin in enumerate(step.output.origins):
            rows.origin(node.id, k).append(origin)
        if step.output.ordinal is not None:
            rows.ordinal(node.id).append(step.output.ordinal)
        if step.output.members is not None:
            rows.member(node.id).append(step.output.members)
    if step.keyed:
        rows.defer(lambda: _fill_keys(rows, node, step))


def _fill_keys(rows: RowState, node: Node, step: Step) -> None:
    operation = OPERATIONS[node.operation]
    codes, hashes = captured_codes(node, operation, step.keyed, step.output, PROCESS_KEY)
    rows.keyhash(node.id).append(hashes)
    for k, part in enumerate(codes):
        rows.key(node.id, k).append(part)
    if step.output is not None and step.output.members is not None:
        members = step.output.members
        groups = np.full(node.rows, -1, dtype=np.int32)
        groups[members[members >= 0]] = codes[0][members >= 0]
        rows.group(node.id).append(groups)


def _fill_entries(memo: Memo, rows: RowState, call: MapCall, live: LiveCall) -> None:
    """Put results into the memo and note for each row which entry it uses."""
    array = rows.entry(call.call)
    if not call.memo:
        array.append(np.full(len(live.codes), -1, dtype=np.int32))
        return
    entries = memo.find(call.function.id, live.digests)
    fresh = np.flatnonzero(entries < 0).tolist()
    entries[fresh] = memo.put(
        call.function.id,
        [live.digests[place] for place in fresh],
        encode_results([live.results[place] for place in fresh]),
    )
    used = live.codes >= 0
    uses = np.bincount(live.codes[used], minlength=len(entries))
    memo.retain(call.function.id, entries, uses)
    array.append(np.where(used, np.append(entries, -1)[live.codes], -1).astype(np.int32))


def _sources(nodes: Sequence[Node], steps: Sequence[Step]) -> dict[str, SourceScan]:
    sources: dict[str, SourceScan] = {}
    for node, step in zip(nodes, steps, strict=True):
        if step.scan is None:
            continue
        name = node.arguments["source"]
        if name in sources:
            sources[name].scans.append(node.id)
        else:
            scan = step.scan
            sources[name] = SourceScan(scan.frame, scan.erased, scan.options, [node.id])
    return sources
