"""Keys of all rows of a keyed operation, as far as possible from what pandas found out while it ran.

A join has told which rows have equal keys, a group-by which group a row is in. So only one row
of each group, and the smaller side of a join with the rows that found no match, are hashed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .arrays import BoolArray, IntArray
from .keycodes import Hashes
from .operations.base import Keys, Operation, Output
from .plan import Node
from .table import Table, any_erased


def keys_of(
    node: Node, operation: Operation, tables: Sequence[Table], output: Output | None, hash_key: str
) -> list[Keys]:
    """Hash the keys of all rows of the inputs.

    Parameters
    ----------
    node : Node
    operation : Operation
    tables : sequence of Table
        The key columns of each input.
    output : Output or None
        What came of them.
    hash_key : str
    """
    if output is not None and output.members is not None:
        return [_of_groups(node, operation, tables[0], output.members, hash_key)]
    if output is not None and operation.pairs_equal_keys(node):
        return _of_pairs(node, operation, tables, output.origins, hash_key)
    return [operation.keys(node, k, one, hash_key) for k, one in enumerate(tables)]


def _of_groups(
    node: Node, operation: Operation, table: Table, members: IntArray, hash_key: str
) -> Keys:
    """Hash the key of one row of each group, and those of the rows that are in none."""
    grouped = np.flatnonzero(members >= 0)
    size = int(members.max(initial=-1)) + 1
    some = np.full(size, -1, dtype=np.int64)
    some[members[grouped]] = grouped
    there = np.flatnonzero(some >= 0)
    hashes: Hashes = np.zeros(len(members), dtype=np.uint64)
    by_group = np.zeros(size, dtype=np.uint64)
    by_group[there] = _hashed(node, operation, 0, table.take(some[there]), hash_key)
    hashes[grouped] = by_group[members[grouped]]
    others = np.flatnonzero(members < 0)
    hashes[others] = _hashed(node, operation, 0, table.take(others), hash_key)
    return hashes, _erased(table)


def _of_pairs(
    node: Node,
    operation: Operation,
    tables: Sequence[Table],
    origins: Sequence[IntArray],
    hash_key: str,
) -> list[Keys]:
    """Hash the keys of the smaller side, and on the other those of rows without a match."""
    small = int(len(tables[1]) <= len(tables[0]))
    large = 1 - small
    rows, mates = origins[large], origins[small]
    paired = (rows >= 0) & (mates >= 0)
    if not paired.all():
        rows, mates = rows[paired], mates[paired]
    known = _hashed(node, operation, small, tables[small], hash_key)
    hashes: Hashes = np.zeros(len(tables[large]), dtype=np.uint64)
    matched = np.zeros(len(hashes), dtype=bool)
    matched[rows] = True
    hashes[rows] = known[mates]
    others = np.flatnonzero(~matched)
    hashes[others] = _hashed(node, operation, large, tables[large].take(others), hash_key)
    found = [(known, _erased(tables[small])), (hashes, _erased(tables[large]))]
    return found if small == 0 else found[::-1]


def _hashed(node: Node, operation: Operation, k: int, table: Table, hash_key: str) -> Hashes:
    return operation.keys(node, k, table, hash_key)[0]


def _erased(table: Table) -> BoolArray | None:
    return any_erased(table.erased, list(table.frame.columns))
