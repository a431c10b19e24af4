"""Groups of keyed operations: which rows have to be looked at again, and keeping the key codes up to date."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .arrays import IntArray
from .delta import Delta, unique_ids
from .keycodes import codes_of
from .operations.base import Operation
from .plan import Node
from .rows import RowState
from .values import Values


def touched_groups(
    node: Node,
    operation: Operation,
    state: RowState,
    values: Values,
    before: Sequence[Delta],
    hash_key: str,
) -> list[IntArray]:
    """Rows of each row-making input on which a keyed operation has to run again.

    For inputs with output on their own account (drivers): the changed rows, and the rows in a group that another
    input changed or, when rows depend on their mates, that this one did. For the others: all rows
    in the groups of those.
    """
    drivers = operation.drivers(node)
    mates = operation.mates(node)
    touched = []
    for k, delta in enumerate(before):
        codes = _update_codes(node, operation, state, values, k, delta, hash_key)
        if mates or k not in drivers:
            touched.append(codes)
    groups = unique_ids(*touched)
    affected: list[IntArray] = [np.empty(0, dtype=np.int32)] * len(before)
    for d in drivers:
        affected[d] = unique_ids(
            before[d].updated, before[d].added, _rows_of(node, state, values, d, groups)
        )
    reached = unique_ids(*(state.key(node.id, d).take(affected[d]) for d in drivers))
    for k in range(len(before)):
        if k not in drivers:
            affected[k] = _rows_of(node, state, values, k, reached)
    return affected


def _rows_of(node: Node, state: RowState, values: Values, k: int, codes: IntArray) -> IntArray:
    found = state.inverted(f"key/{node.id}/{k}").find(codes)
    return state.only_alive(values.space(node.inputs[k]), np.unique(found))


def _update_codes(
    node: Node,
    operation: Operation,
    state: RowState,
    values: Values,
    k: int,
    delta: Delta,
    hash_key: str,
) -> IntArray:
    """Write the codes of changed rows of input `k`; return all codes they had or have."""
    array = state.key(node.id, k)
    before = array.take(delta.gone_or_updated())
    present = delta.present
    if not len(present):
        return before
    table = values.rows(node.inputs[k], present)
    after = codes_of(state, node.id, *operation.keys(node, k, table, hash_key))
    index = state.inverted(f"key/{node.id}/{k}")
    split = len(delta.updated)
    array.put(delta.updated, after[:split])
    array.append(after[split:])
    index.note(present)
    return np.concatenate([before, after])
