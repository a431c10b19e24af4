"""Where columns of inner nodes of the plan end up."""

from __future__ import annotations

from collections.abc import Mapping

from palimpsest.tracking.operations import OPERATIONS
from palimpsest.tracking.operations.base import Dependencies
from palimpsest.tracking.plan import Node, NodeId, Plan


def columns_reached(plan: Plan, start: Mapping[NodeId, frozenset[str]], node: NodeId) -> set[str]:
    """Return the columns of a node that depend on columns of others, by value or as what decides a cell.

    Parameters
    ----------
    plan : Plan
    start : mapping of node to its columns
    node : int
    """
    marked: dict[NodeId, set[str]] = {}
    for at in plan.nodes:
        marked[at.id] = set(start.get(at.id, frozenset()))
        if at.operation == "scan":
            continue
        for name, reads in dependencies_of(plan, at).columns.items():
            sources = reads.value | reads.control
            if any(column in marked[at.inputs[k]] for k, column in sources):
                marked[at.id].add(name)
    return marked[node] & set(plan[node].columns)


def dependencies_of(plan: Plan, node: Node) -> Dependencies:
    """Return what the columns of a node depend on, as columns of its inputs."""
    inputs = [plan[k] for k in node.inputs]
    return OPERATIONS[node.operation].dependencies(node, inputs)
