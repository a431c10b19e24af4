"""Key codes of all rows of a keyed operation, as far as possible from what pandas found out while it ran.

A join has told which rows have equal keys, a group-by which group a row is in. So only one row of
each group, and the smaller side of a join with the rows that found no match, are hashed; all others
take over the code of their group or of their mate.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .arrays import IntArray
from .keycodes import Hashes, encode_keys
from .operations.base import Operation, Output
from .plan import Node
from .table import Table, any_erased


def captured_codes(
    node: Node, operation: Operation, tables: Sequence[Table], output: Output | None, hash_key: str
) -> tuple[list[IntArray], Hashes]:
    """Give equal keys equal codes, over all inputs of an operation that has run.

    Parameters
    ----------
    node : Node
    operation : Operation
    tables : sequence of Table
        The key columns of each input.
    output : Output or None
        What came of them.
    hash_key : str

    Returns
    -------
    codes : list of ndarray of int32
        For each input, -1 where the key is erased.
    hashes : ndarray of uint64
        For each code.
    """
    if output is not None and output.members is not None:
        codes, hashes = _of_groups(node, operation, tables[0], output.members, hash_key)
    elif output is not None and operation.pairs_equal_keys(node):
        codes, hashes = _of_pairs(node, operation, tables, output.origins, hash_key)
    else:
        return encode_keys([operation.keys(node, k, one, hash_key) for k, one in enumerate(tables)])
    for table, part in zip(tables, codes, strict=True):
        erased = any_erased(table.erased, list(table.erased))
        if erased is not None:
            part[erased] = -1
    return codes, hashes


def _of_groups(
    node: Node, operation: Operation, table: Table, members: IntArray, hash_key: str
) -> tuple[list[IntArray], Hashes]:
    """Hash the key of one row of each group, and those of the rows that are in none."""
    some = np.full(int(members.max(initial=-1)) + 2, -1, dtype=np.int32)
    some[members] = np.arange(len(members), dtype=np.int32)  # member -1 writes to the last
    there = np.flatnonzero(some[:-1] >= 0)
    others = np.flatnonzero(members < 0)
    (by_group, apart), hashes = _encoded(
        node, operation, [(0, table.take(some[there])), (0, table.take(others))], hash_key
    )
    codes_of_group = np.full(len(some), -1, dtype=np.int32)
    codes_of_group[there] = by_group
    codes = codes_of_group[members]
    codes[others] = apart
    return [codes], hashes


def _of_pairs(
    node: Node,
    operation: Operation,
    tables: Sequence[Table],
    origins: Sequence[IntArray],
    hash_key: str,
) -> tuple[list[IntArray], Hashes]:
    """Hash the keys of the smaller side, and on the other those of rows without a match."""
    small = int(len(tables[1]) <= len(tables[0]))
    large = 1 - small
    mate_of = np.full(len(tables[large]) + 1, -1, dtype=np.int32)
    mate_of[origins[large]] = origins[
        small
    ]  # origin -1, a row of the small side alone, is the last
    mate_of = mate_of[:-1]
    others = np.flatnonzero(mate_of < 0)
    parts = [(small, tables[small]), (large, tables[large].take(others))]
    (known, apart), hashes = _encoded(node, operation, parts, hash_key)
    codes = np.append(known, np.int32(-1)).take(mate_of)
    codes[others] = apart
    return [known, codes] if small == 0 else [codes, known], hashes


def _encoded(
    node: Node, operation: Operation, parts: Sequence[tuple[int, Table]], hash_key: str
) -> tuple[list[IntArray], Hashes]:
    """Codes of the keys of rows of inputs, erased or not."""
    return encode_keys([(operation.keys(node, k, part, hash_key)[0], None) for k, part in parts])
