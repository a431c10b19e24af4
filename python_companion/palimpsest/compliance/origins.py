"""Values carried along the provenance, for all rows at once: from records to rows, and back.

Neither direction lists pairs of rows and records, of which a group-by that is joined back makes as many as the
square of its groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from palimpsest.tracking.errors import UntraceableError
from palimpsest.tracking.operations import OPERATIONS
from palimpsest.tracking.operations.base import Family, Operation
from palimpsest.tracking.plan import Node, NodeId, Plan
from palimpsest.tracking.rows import RowState

Values = npt.NDArray[Any]


def carried_forward(
    plan: Plan,
    state: RowState,
    node: NodeId,
    *,
    values: Mapping[str, Values],
    combine: np.ufunc,
    neutral: Any,
) -> Values:
    """Combine, for each row of a node, the values of the records that it is made of.

    Parameters
    ----------
    plan : Plan
    state : RowState
    node : int
    values : mapping of source to (n,)
        A value for each record id. Records of other sources have none.
    combine : ufunc
        Associative and commutative: ``add``, ``maximum``, ``bitwise_or``. A record that occurs several times in a
        row counts as often.
    neutral : scalar
        Changes nothing; the value of a row that is made of none of the records.

    Returns
    -------
    ndarray, shape (m,)
        By row id.

    Raises
    ------
    UntraceableError
        When something untracked lies between.
    """
    (dtype,) = {array.dtype for array in values.values()}
    needed = _below(plan, node)
    found: dict[NodeId, Values] = {}
    for at in (one for one in plan.nodes if one.id in needed):
        operation = _traceable(at)
        if operation.keeps_rows and at.operation != "scan":
            found[at.id] = found[at.inputs[0]]
            continue
        here = found[at.id] = np.full(len(state.alive(at.space)), neutral, dtype=dtype)
        if at.operation == "scan":
            given = values.get(str(at.arguments["source"]))
            if given is not None:
                here[: len(given)] = given[: len(here)]
        elif operation.groups_rows:
            members, groups = _members(plan, state, at)
            combine.at(here, groups, found[at.inputs[0]][members])
        else:
            for k in range(operation.makers(at)):
                made, origin = _edges(state, at, k)
                here[made] = combine(here[made], found[at.inputs[k]][origin])
    return found[node]


def carried_back(
    plan: Plan, state: RowState, weights: npt.NDArray[np.float64], node: NodeId
) -> dict[str, npt.NDArray[np.float64]]:
    """Add up, for each record, the weights of the rows of a node that are made of it.

    Parameters
    ----------
    plan : Plan
    state : RowState
    weights : (m,) float64
        By row id of the node.
    node : int

    Returns
    -------
    dict of source to (n,) float64
        By record id. A row in which a record occurs several times counts as often.

    Raises
    ------
    UntraceableError
        When something untracked lies between.
    """
    needed = _below(plan, node)
    found = {at: np.zeros(len(state.alive(plan[at].space))) for at in needed}
    found[node] = weights.astype(np.float64)
    records: dict[str, npt.NDArray[np.float64]] = {}
    for at in reversed([one for one in plan.nodes if one.id in needed]):
        operation, here = _traceable(at), found[at.id]
        if at.operation == "scan":
            source = str(at.arguments["source"])
            records[source] = here + records.get(source, 0.0)
        elif operation.keeps_rows:
            found[at.inputs[0]] += here
        elif operation.groups_rows:
            members, groups = _members(plan, state, at)
            found[at.inputs[0]][members] += here[groups]
        else:
            for k in range(operation.makers(at)):
                made, origin = _edges(state, at, k)
                into = found[at.inputs[k]]
                into += np.bincount(origin, weights=here[made], minlength=len(into))
    return records


def _below(plan: Plan, node: NodeId) -> set[NodeId]:
    """Return the nodes that rows of a node are made of."""
    found, waiting = set(), [node]
    while waiting:
        at = waiting.pop()
        if at not in found:
            found.add(at)
            here = plan[at]
            if here.operation != "scan":
                waiting += here.inputs[: OPERATIONS[here.operation].makers(here)]
    return found


def _traceable(node: Node) -> Operation:
    operation = OPERATIONS[node.operation]
    if operation.family is Family.OPAQUE:
        raise UntraceableError(node.label, node.location)
    return operation


def _members(plan: Plan, state: RowState, node: Node) -> tuple[Values, Values]:
    """Return the existing rows of a group-by's input that are in a group, and their groups."""
    rows = state.rows(plan[node.inputs[0]].space)
    groups = state.member(node.id).take(rows)
    grouped = groups >= 0
    return rows[grouped], groups[grouped]


def _edges(state: RowState, node: Node, k: int) -> tuple[Values, Values]:
    """Return the existing rows of a node that are made of a row of input `k`, and that row."""
    rows = state.rows(node.space)
    origin = state.origin(node.id, k).take(rows)
    there = origin >= 0
    return rows[there], origin[there]
