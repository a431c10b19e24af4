"""Chance that stays with a row: numbers drawn from what a row is made of, never from its place.

A record counts by its position at first read, so that deleting others moves no survivor to the other side of a split,
and a re-run over the changed sources draws the same.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .arrays import IntArray
from .errors import UntraceableError
from .operations import OPERATIONS
from .operations.base import Family
from .plan import Node, NodeId, Plan
from .rows import RowState
from .steps import Step

Keys = npt.NDArray[np.uint64]

_NONE = np.uint64(0x243F6A8885A308D3)


def draws(keys: Keys, seed: int) -> npt.NDArray[np.float64]:
    """Numbers in [0, 1), one a key.

    Parameters
    ----------
    keys : ndarray of uint64, shape (n,)
    seed : int
    """
    mixed = _mixed(keys ^ np.uint64((seed * 0x9E3779B97F4A7C15) % 2**64))
    shares: npt.NDArray[np.float64] = (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return shares


def drawable(step: Step) -> bool:
    """Say whether the rows of a step keep their identity when records go: those of a group-by do not."""
    if step.scan is not None:
        return True
    operation = OPERATIONS[step.node.operation]
    if operation.groups_rows or operation.family is Family.OPAQUE:
        return False
    makers = 1 if operation.keeps_rows else operation.makers(step.node)
    return all(map(drawable, step.inputs[:makers]))


def live_keys(step: Step) -> Keys:
    """Keys of all rows of a step while its frame is live."""
    if step.scan is not None:
        records = step.scan.records
        kept = np.arange(len(step.scan.frame)) if records is None else records
        return _scan_keys(step.scan.source, kept)
    if OPERATIONS[step.node.operation].keeps_rows:
        return live_keys(step.inputs[0])
    assert step.output is not None
    parts = []
    for before, origin in zip(step.inputs, step.output.origins, strict=False):
        parts.append(np.append(live_keys(before), _NONE)[origin])  # origin -1 takes the last
    return _combined(parts, step.output.ordinal)


def stored_keys(plan: Plan, state: RowState, node: NodeId, ids: IntArray) -> Keys:
    """Keys of rows of a node.

    Raises
    ------
    UntraceableError
        When rows of a group-by, or something untracked, lie between.
    """
    at = plan[node]
    operation = OPERATIONS[at.operation]
    if at.operation == "scan":
        return _scan_keys(at.arguments["source"], records_of(state, at, ids))
    if operation.groups_rows or operation.family is Family.OPAQUE:
        raise UntraceableError(at.label, at.location)
    if operation.keeps_rows:
        return stored_keys(plan, state, at.inputs[0], ids)
    parts = []
    for k in range(operation.makers(at)):
        origin = state.origin(node, k).take(ids)
        keys = np.full(len(ids), _NONE, dtype=np.uint64)
        there = origin >= 0
        keys[there] = stored_keys(plan, state, at.inputs[k], origin[there])
        parts.append(keys)
    ordinal = state.ordinal(node)
    return _combined(parts, ordinal.take(ids) if len(ordinal) else None)


def records_of(state: RowState, scan: Node, ids: IntArray) -> npt.NDArray[np.int64]:
    """Position at first read of the records of a scan; those that came later follow."""
    known = state.record(scan.id)
    records = np.asarray(ids, dtype=np.int64)
    if not len(known):
        return records
    old = records < len(known)
    result = records - len(known) + int(known.all().max()) + 1
    result[old] = known.take(records[old])
    return result


def source_records(
    plan: Plan, state: RowState, source: str, ids: IntArray
) -> npt.NDArray[np.int64]:
    """Position at first read of the records of a source, to hand to a re-run over them."""
    for scan in plan.scans():
        if scan.arguments["source"] == source:
            return records_of(state, scan, ids)
    return np.asarray(ids, dtype=np.int64)


def _scan_keys(source: str, records: npt.NDArray[np.integer[Any]]) -> Keys:
    name = "code" if source.startswith("code-") else source
    salt = np.uint64(zlib.crc32(name.encode()))
    return _mixed(_mixed(records.astype(np.uint64) + np.uint64(1)) ^ salt)


def _combined(parts: Sequence[Keys], ordinal: IntArray | None) -> Keys:
    if len(parts) == 1 and ordinal is None:
        return parts[0]
    keys = np.zeros(len(parts[0]), dtype=np.uint64)
    for part in parts:
        keys = _mixed((keys * np.uint64(0x100000001B3)) ^ part)
    return keys if ordinal is None else _mixed(keys ^ ordinal.astype(np.uint64))


def _mixed(values: Keys) -> Keys:
    """Scramble 64 bits (the finaliser of SplitMix64)."""
    mixed = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    result: Keys = mixed ^ (mixed >> np.uint64(31))
    return result
