"""Provenance: which source columns a column depends on, which source rows a row is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .arrays import IntArray
from .delta import NO_ROWS, unique_ids
from .errors import UntraceableError
from .operations import OPERATIONS
from .operations.base import Family, Reads
from .plan import Node, NodeId, Plan, once_per_plan
from .rows import RowState

SourceColumn = tuple[str, str]
"""Source and column."""

_NONE: frozenset[SourceColumn] = frozenset()


@dataclass(frozen=True)
class ColumnDeps:
    """Source columns that a column depends on.

    Attributes
    ----------
    value : frozenset of (source, column)
        Their cells are what the column's cells are computed from.
    control : frozenset of (source, column)
        Their cells decide which rows there are, or which value is taken: filters, join keys, group keys,
        de-duplication, sorting.
    """

    value: frozenset[SourceColumn] = _NONE
    control: frozenset[SourceColumn] = _NONE

    def __or__(self, other: ColumnDeps) -> ColumnDeps:
        return ColumnDeps(self.value | other.value, self.control | other.control)


@dataclass(frozen=True)
class SourceRows:
    """Source rows of several rows, as CSR.

    Attributes
    ----------
    starts : ndarray of int, shape (n + 1,)
    rows : ndarray of int32
        ``rows[starts[i]:starts[i + 1]]`` are the source rows of row i, ascending, repeated as often as they occur.
    """

    starts: npt.NDArray[np.int64]
    rows: IntArray

    def of(self, i: int) -> IntArray:
        """Source rows of the i-th row."""
        return self.rows[self.starts[i] : self.starts[i + 1]]


def column_lineage(plan: Plan, node: NodeId) -> dict[str, ColumnDeps]:
    """Source columns that each column of a node depends on, transitively.

    Parameters
    ----------
    plan : Plan
    node : int

    Returns
    -------
    dict of column to ColumnDeps
        What decides which rows there are is in the control dependencies of every column.
    """
    columns, rows = _lineage(plan)[node]
    return {
        name: ColumnDeps(columns[name].value, columns[name].control | rows)
        for name in plan[node].columns
    }


def cell_lineage(plan: Plan, node: NodeId) -> dict[str, ColumnDeps]:
    """Source columns that the cells of each column depend on, whatever decides which rows there are."""
    return _lineage(plan)[node][0]


def row_control(plan: Plan, node: NodeId) -> frozenset[SourceColumn]:
    """Source columns that decide which rows a node has."""
    return _lineage(plan)[node][1]


@once_per_plan
def _lineage(plan: Plan) -> dict[NodeId, tuple[dict[str, ColumnDeps], frozenset[SourceColumn]]]:
    found: dict[NodeId, tuple[dict[str, ColumnDeps], frozenset[SourceColumn]]] = {}
    for node in plan.nodes:
        if node.operation == "scan":
            source = node.arguments["source"]
            found[node.id] = (
                {name: ColumnDeps(frozenset({(source, name)})) for name in node.columns},
                _NONE,
            )
            continue
        inputs = [plan[k] for k in node.inputs]
        dependencies = OPERATIONS[node.operation].dependencies(node, inputs)
        before = [found[k] for k in node.inputs]
        rows = _resolve(dependencies.rows, before)
        control = rows.value | rows.control
        for _, decided in before:
            control |= decided
        columns = {name: _resolve(reads, before) for name, reads in dependencies.columns.items()}
        found[node.id] = (columns, control)
    return found


def _resolve(
    reads: Reads, before: list[tuple[dict[str, ColumnDeps], frozenset[SourceColumn]]]
) -> ColumnDeps:
    result = ColumnDeps()
    for k, name in reads.value:
        result |= before[k][0][name]
    for k, name in reads.control:
        deps = before[k][0][name]
        result |= ColumnDeps(control=deps.value | deps.control)
    return result


def lineage(plan: Plan, state: RowState, node: NodeId, rows: IntArray) -> dict[NodeId, SourceRows]:
    """Source rows that rows are made of, for each scan.

    Parameters
    ----------
    plan : Plan
    state : RowState
    node : int
    rows : ndarray of int32, shape (n,)

    Returns
    -------
    dict of scan node id to SourceRows
        With n entries each. A removed row still has the derivation that it had.

    Raises
    ------
    UntraceableError
        When something untracked lies between.
    """
    ids = np.asarray(rows, dtype=np.int32)
    pairs: dict[NodeId, list[tuple[npt.NDArray[np.int64], IntArray]]] = {}
    waiting = [(node, np.arange(len(ids)), ids)]
    while waiting:
        at, places, made = waiting.pop()
        here = plan[at]
        if here.operation == "scan":
            pairs.setdefault(at, []).append((places, made))
        else:
            waiting += _parents(plan, state, here, places, made)
    return {scan: _csr(len(ids), parts) for scan, parts in sorted(pairs.items())}


def _parents(
    plan: Plan, state: RowState, node: Node, places: npt.NDArray[np.int64], ids: IntArray
) -> list[tuple[NodeId, npt.NDArray[np.int64], IntArray]]:
    operation = OPERATIONS[node.operation]
    if operation.family is Family.OPAQUE:
        raise UntraceableError(node.label, node.location)
    if operation.keeps_rows:
        return [(node.inputs[0], places, ids)]
    if operation.groups_rows:
        members = state.inverted(f"member/{node.id}")
        parts = [members.find(ids[i : i + 1]) for i in range(len(ids))]
        parts = [state.only_alive(plan[node.inputs[0]].space, part) for part in parts]
        repeated = np.repeat(places, [len(part) for part in parts])
        return [(node.inputs[0], repeated, np.concatenate([NO_ROWS, *parts]))]
    result = []
    for k in range(operation.makers(node)):
        origin = state.origin(node.id, k).take(ids)
        there = origin >= 0
        result.append((node.inputs[k], places[there], origin[there]))
    return result


def _csr(length: int, parts: list[tuple[npt.NDArray[np.int64], IntArray]]) -> SourceRows:
    places = np.concatenate([place for place, _ in parts])
    rows = np.concatenate([row for _, row in parts]).astype(np.int32)
    order = np.lexsort((rows, places))
    starts = np.zeros(length + 1, dtype=np.int64)
    np.cumsum(np.bincount(places, minlength=length), out=starts[1:])
    return SourceRows(starts, rows[order])


def forward(
    plan: Plan, state: RowState, changed: Mapping[NodeId, IntArray], node: NodeId
) -> IntArray:
    """Existing rows of a node that are made of given source rows.

    Parameters
    ----------
    plan : Plan
    state : RowState
    changed : mapping of scan node id to ndarray of int32
        Source rows, by scan.
    node : int

    Returns
    -------
    ndarray of int32
        Row ids, ascending.
    """
    reached: dict[NodeId, IntArray] = {}
    for at in plan.nodes[: node + 1]:
        operation = OPERATIONS[at.operation]
        if at.operation == "scan":
            reached[at.id] = unique_ids(changed.get(at.id, NO_ROWS))
        elif operation.keeps_rows:
            reached[at.id] = reached[at.inputs[0]]
        elif all(not len(reached[k]) for k in at.inputs):
            reached[at.id] = NO_ROWS
        elif operation.family is Family.OPAQUE:
            raise UntraceableError(at.label, at.location)
        elif operation.groups_rows:
            groups = state.member(at.id).take(reached[at.inputs[0]])
            reached[at.id] = state.only_alive(at.space, unique_ids(groups[groups >= 0]))
        else:
            reached[at.id] = unique_ids(
                *(
                    state.children(at.id, at.space, k, reached[at.inputs[k]])
                    for k in range(operation.makers(at))
                )
            )
    return reached[node]


def forward_from(
    plan: Plan, state: RowState, source: str, rows: IntArray, node: NodeId
) -> IntArray:
    """Existing rows of a node that are made of rows of a source, whichever scan read them."""
    scans = [scan.id for scan in plan.scans() if scan.arguments["source"] == source]
    return forward(plan, state, dict.fromkeys(scans, np.asarray(rows, dtype=np.int32)), node)
