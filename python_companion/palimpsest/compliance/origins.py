"""Which records all rows of a table are made of, at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palimpsest.tracking.errors import UntraceableError
from palimpsest.tracking.operations import OPERATIONS
from palimpsest.tracking.operations.base import Family
from palimpsest.tracking.plan import Node, NodeId, Plan
from palimpsest.tracking.rows import RowState

Rows = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Links:
    """Pairs of a row and a record that it is made of, each pair once.

    Attributes
    ----------
    rows, records : (n,) int32
        Ids, ordered by row, then by record.
    """

    rows: Rows
    records: Rows


def links_of(plan: Plan, state: RowState, node: NodeId) -> dict[str, Links]:
    """Return the links of all existing rows of a node, by source.

    Raises
    ------
    UntraceableError
        When something untracked lies between.
    """
    rows = state.rows(plan[node].space)
    found: dict[str, list[tuple[Rows, Rows]]] = {}
    waiting: list[tuple[NodeId, Rows, Rows]] = [(node, rows, rows)]
    while waiting:
        at, made, ids = waiting.pop()
        here = plan[at]
        if here.operation == "scan":
            found.setdefault(str(here.arguments["source"]), []).append((made, ids))
        else:
            waiting += _inputs(plan, state, here, made, ids)
    return {source: _distinct(parts) for source, parts in found.items()}


def _inputs(
    plan: Plan, state: RowState, node: Node, made: Rows, ids: Rows
) -> list[tuple[NodeId, Rows, Rows]]:
    operation = OPERATIONS[node.operation]
    if operation.family is Family.OPAQUE:
        raise UntraceableError(node.label, node.location)
    if operation.keeps_rows:
        return [(node.inputs[0], made, ids)]
    if operation.groups_rows:
        members = state.member(node.id).all()
        alive = state.rows(plan[node.inputs[0]].space)
        groups = members[alive]
        return [(node.inputs[0], *_joined(made, ids, groups, alive))]
    result = []
    for k in range(operation.makers(node)):
        origin = state.origin(node.id, k).take(ids)
        there = origin >= 0
        result.append((node.inputs[k], made[there], origin[there]))
    return result


def _joined(made: Rows, ids: Rows, groups: Rows, members: Rows) -> tuple[Rows, Rows]:
    """Pair each of `made` with the members of its group."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    starts = np.searchsorted(ordered, ids, side="left")
    lengths = np.searchsorted(ordered, ids, side="right") - starts
    before = np.cumsum(lengths) - lengths
    places = np.repeat(starts - before, lengths) + np.arange(int(lengths.sum()))
    return np.repeat(made, lengths), members[order[places]]


def _distinct(parts: list[tuple[Rows, Rows]]) -> Links:
    rows = np.concatenate([part[0] for part in parts]).astype(np.int64)
    records = np.concatenate([part[1] for part in parts]).astype(np.int64)
    pairs = np.unique((rows << 32) | records)
    return Links((pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32))
