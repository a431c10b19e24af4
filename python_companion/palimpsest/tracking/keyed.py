"""Groups of keyed operations: which rows to look at again, what becomes of groups, and the key codes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas

from .arrays import IntArray
from .delta import NO_ROWS, NO_TABLE, Delta, Numbers, fold, places, unique_ids
from .keycodes import codes_of, forget_codes
from .operations import OPERATIONS
from .operations.base import Operation, Output
from .plan import Node
from .rows import RowState
from .values import Values


def affected_rows(
    node: Node, operation: Operation, values: Values, before: Sequence[Delta], hash_key: str
) -> list[IntArray]:
    """Rows of each row-making input on which a keyed operation has to run again.

    For inputs with output on their own account (drivers): the changed rows, and the rows in a group that another
    input changed or, when rows depend on their mates, that this one did. For the others: all rows
    in the groups of those.
    """
    drivers = operation.drivers(node)
    touched = []
    for k, delta in enumerate(before):
        codes = _update_codes(node, values, k, delta, hash_key)
        if operation.mates(node) or k not in drivers:
            touched.append(codes)
        if operation.needs_order(node):
            touched.append(values.state.key(node.id, k).take(delta.moved))
    groups = unique_ids(*touched)
    affected = [NO_ROWS] * len(before)
    for d in drivers:
        affected[d] = unique_ids(before[d].present, _rows_of(node, values, d, groups))
    reached = unique_ids(*(values.state.key(node.id, d).take(affected[d]) for d in drivers))
    for k in range(len(before)):
        if k not in drivers:
            affected[k] = _rows_of(node, values, k, reached)
    return affected


def _rows_of(node: Node, values: Values, k: int, codes: IntArray) -> IntArray:
    found = values.state.inverted(f"key/{node.id}/{k}").find(codes)
    return values.state.only_alive(values.space(node.inputs[k]), np.unique(found))


def _update_codes(node: Node, values: Values, k: int, delta: Delta, hash_key: str) -> IntArray:
    """Write the codes of changed rows of input `k`; return all codes they had or have."""
    array = values.state.key(node.id, k)
    before = array.take(delta.gone_or_updated())
    values.lost_keys.setdefault(node.id, []).append(before)
    present = delta.present
    if not len(present):
        return before
    table = values.rows(node.inputs[k], present)
    after = codes_of(
        values.state, node.id, *OPERATIONS[node.operation].keys(node, k, table, hash_key)
    )
    index = values.state.inverted(f"key/{node.id}/{k}")
    split = len(delta.updated)
    array.put(delta.updated, after[:split])
    array.append(after[split:])
    index.note(present)
    return np.concatenate([before, after])


def only_leave(node: Node, operation: Operation, before: Sequence[Delta]) -> bool:
    """Say whether rows of inputs go, and nothing happens but that the rows made of them go."""
    alone = operation.leave_alone(node)
    return all(
        not (len(one.updated) or len(one.added) or len(one.moved))
        and (k in alone or not len(one.removed))
        for k, one in enumerate(before)
    )


def leave(node: Node, values: Values, before: Sequence[Delta]) -> IntArray:
    """Return the rows made of rows that have gone; see `only_leave`."""
    state = values.state
    for k, one in enumerate(before):
        codes = state.key(node.id, k).take(one.removed)
        values.lost_keys.setdefault(node.id, []).append(codes)
    return unique_ids(
        *(state.children(node.id, node.space, k, one.removed) for k, one in enumerate(before))
    )


def forget_keys(node: Node, values: Values, touched: IntArray) -> None:
    """Wipe the hashes of keys that the last row has lost."""
    state = values.state
    codes = np.unique(touched[touched >= 0])
    for k in range(OPERATIONS[node.operation].makers(node)):
        rows = _rows_of(node, values, k, codes)
        codes = np.setdiff1d(codes, state.key(node.id, k).take(rows))
    if len(codes):
        forget_codes(state, node.id, codes)


def maintain_groups(
    node: Node, operation: Operation, values: Values, before: Delta, hash_key: str
) -> Delta:
    """Delta of a group-by: groups with a changed row are summed up anew, from all their rows."""
    state = values.state
    reads = operation.dependencies(node, [values.node(node.inputs[0])])
    needed = {column for one in reads.columns.values() for _, column in one.value | one.control}
    ordered = operation.needs_order(node)
    moved = before.moved if ordered else NO_ROWS
    if not (any(map(len, (before.removed, before.added, moved))) or needed & set(before.changed)):
        return Delta(NO_ROWS, NO_ROWS, NO_ROWS, NO_TABLE)
    touched = _update_codes(node, values, 0, before, hash_key)
    groups = unique_ids(touched, state.key(node.id, 0).take(moved))
    groups = groups[groups >= 0]
    rows = _rows_of(node, values, 0, groups)
    if ordered:
        rows = values.in_order(node.inputs[0], rows)
    result = values.run(node, [values.rows(node.inputs[0], rows)], [rows], NO_ROWS)
    old = state.only_alive(node.space, state.inverted(f"group/{node.id}").find(groups))
    old = np.unique(old)
    was, now = _numbered(
        state.group(node.id).take(old), _codes_of_groups(node, state, result, rows)
    )
    found = places(was, np.sort(now))
    kept = found >= 0
    by_number = np.argsort(now)
    kept_at = by_number[found[kept]]
    fresh_at = np.flatnonzero(~np.isin(now, was))
    removed, updated = old[~kept], old[kept]
    state.alive(node.space).put(removed, False)
    added = state.alive(node.space).append(np.ones(len(fresh_at), dtype=bool))
    state.group(node.id).append(_codes_of_groups(node, state, result, rows)[fresh_at])
    state.inverted(f"group/{node.id}").note(added)
    numbered = [(kept_at, updated), (fresh_at, added)]
    _assign_members(node, values, (result, rows), before, numbered)
    keys = {name for name, one in reads.columns.items() if not one.control}
    changed = {name: np.ones(len(updated), dtype=bool) for name in node.columns if name not in keys}
    table = result.table.take(np.concatenate([kept_at, fresh_at]))
    if node.labels is None:
        table = table.plain_index()
    return Delta(removed, updated, added, table, changed, moved=updated if ordered else NO_ROWS)


def _codes_of_groups(node: Node, state: RowState, result: Output, rows: IntArray) -> IntArray:
    """Key code of each row of a group-by's result."""
    assert result.members is not None
    grouped = np.flatnonzero(result.members >= 0)
    codes = np.full(len(result.table), -1, dtype=np.int32)
    codes[result.members[grouped]] = state.key(node.id, 0).take(rows[grouped])
    return codes


def _numbered(first: IntArray, second: IntArray) -> tuple[Numbers, Numbers]:
    """Equal numbers for equal codes; should two groups share a code, they are told apart by their order."""
    both = []
    for codes in (first, second):
        nth = pandas.Series(codes).groupby(codes).cumcount().to_numpy(dtype=np.int32)
        both.append((codes, nth))
    folded = fold([np.concatenate(pair) for pair in zip(*both, strict=True)])
    return folded[: len(first)], folded[len(first) :]


def _assign_members(
    node: Node,
    values: Values,
    looked_at: tuple[Output, IntArray],
    before: Delta,
    numbered: Sequence[tuple[Numbers, IntArray]],
) -> None:
    """Write which group each looked-at row belongs to; a removed row belongs to none."""
    result, rows = looked_at
    assert result.members is not None
    groups = np.full(len(result.table) + 1, -1, dtype=np.int32)  # member -1 takes the last
    for at, ids in numbered:
        groups[at] = ids
    array = values.state.member(node.id)
    index = values.state.inverted(f"member/{node.id}")
    array.append(np.full(len(before.added), -1, dtype=np.int32))
    array.put(before.gone_or_updated(), -1)
    array.put(rows, groups[result.members])
    index.note(unique_ids(rows, before.updated))
