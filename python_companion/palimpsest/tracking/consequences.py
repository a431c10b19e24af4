"""What a change brings about that a shortcut would miss, in words."""

from __future__ import annotations

from .delta import Consequence, Delta
from .operations import OPERATIONS
from .plan import Node, Plan
from .rows import RowState


def consequences(plan: Plan, node: Node, delta: Delta, state: RowState) -> list[Consequence]:
    """Name the side effects of a change at one node."""
    tell = _TELLERS.get(node.operation)
    return [] if tell is None or delta.empty else tell(plan, node, delta, state)


def rows_kept(node: Node, count: int) -> Consequence:
    """Name the rows that a filter keeps because it was asked to."""
    text = (
        f"{count} rows stay that passed the filter {node.label}, though it can no longer be told."
    )
    return Consequence("filter-kept", count, text)


def _filter(plan: Plan, node: Node, delta: Delta, state: RowState) -> list[Consequence]:
    found = []
    parents = state.origin(node.id, 0).take(delta.removed)
    left = int(state.alive(plan[node.inputs[0]].space).take(parents).sum())
    if left:
        found.append(
            Consequence(
                "filter-leaves", left, f"{left} rows no longer pass the filter {node.label}."
            )
        )
    if len(delta.added):
        entered = len(delta.added)
        found.append(
            Consequence(
                "filter-enters", entered, f"{entered} rows now pass the filter {node.label}."
            )
        )
    return found


def _drop_duplicates(plan: Plan, node: Node, delta: Delta, state: RowState) -> list[Consequence]:
    promoted = len(delta.added)
    if not promoted:
        return []
    text = f"{promoted} rows take the place of a duplicate ({node.label})."
    return [Consequence("duplicate-promoted", promoted, text)]


def _merge(plan: Plan, node: Node, delta: Delta, state: RowState) -> list[Consequence]:
    found = []
    makers = range(OPERATIONS["merge"].makers(node))
    padded = sum(int((state.origin(node.id, k).take(delta.added) < 0).sum()) for k in makers)
    matched = len(delta.added) - padded
    if padded:
        text = f"{padded} rows lose their last match and stay without one ({node.label})."
        found.append(Consequence("join-padded", padded, text))
    if matched:
        text = f"{matched} rows find another match ({node.label})."
        found.append(Consequence("join-matched", matched, text))
    return found


def _group(plan: Plan, node: Node, delta: Delta, state: RowState) -> list[Consequence]:
    changed = len(delta.updated)
    if not changed:
        return []
    text = f"{changed} groups are summed up anew ({node.label})."
    return [Consequence("group-changed", changed, text)]


def _transform(plan: Plan, node: Node, delta: Delta, state: RowState) -> list[Consequence]:
    changed = len(delta.updated)
    if not changed:
        return []
    text = f"{changed} rows have another value from their group ({node.label})."
    return [Consequence("group-value-changed", changed, text)]


def _picked(plan: Plan, node: Node, delta: Delta, state: RowState) -> list[Consequence]:
    admitted = len(delta.added)
    if not admitted:
        return []
    text = f"{admitted} rows move up into a place that has become free ({node.label})."
    return [Consequence("row-admitted", admitted, text)]


_TELLERS = {
    "filter": _filter,
    "drop_duplicates": _drop_duplicates,
    "merge": _merge,
    "aggregate": _group,
    "transform": _transform,
    **dict.fromkeys(("head", "tail", "slice", "nlargest", "nsmallest"), _picked),
}
