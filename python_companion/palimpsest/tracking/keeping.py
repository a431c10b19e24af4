"""Keeping rows whose presence an erased value decided.

An erased predicate is false, so that its row leaves. A request may ask instead that rows stay which
passed a filter before, where its predicate can no longer be told. The filter then remembers what these
rows are made of (see `draws`), and a re-run over the changed sources is told the same: with the same
marks and the same rows kept at the same filters, it gives what maintenance gives.

Only filters can keep rows. A join, a group or a de-duplication that went on with an erased key would
tell what it was.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .arrays import BoolArray
from .draws import Keys, drawable, live_keys
from .lineage import cell_lineage
from .operations import OPERATIONS
from .operations.base import Family
from .operations.filter import Positions
from .plan import Node, Plan
from .rows import RowState
from .steps import Step

Kept = Mapping[int, Keys]
"""Number of a filter -> keys of the rows that it keeps."""


def kept_rows(plan: Plan, rows: RowState) -> dict[int, Keys]:
    """Return the rows that the filters of a plan keep, to hand to a re-run."""
    filters = [node for node in plan.nodes if node.operation == "filter"]
    found = {node.arguments["number"]: rows.kept(node.id).all() for node in filters}
    return {number: keys for number, keys in found.items() if len(keys)}


def keeps_live(step: Step, keys: Keys, undecided: Positions) -> BoolArray:
    """Say which rows of a live frame are kept where a predicate is erased."""
    if not drawable(step):
        return np.zeros(len(undecided), dtype=bool)
    return np.isin(live_keys(step)[undecided], keys)


def keyed_by(plan: Plan, source: str, columns: list[str]) -> list[Node]:
    """Find the operations, other than filters, in which one of the columns decides about rows."""
    wanted = {(source, column) for column in columns}
    found = []
    for node in plan.nodes:
        if node.operation in ("scan", "filter"):
            continue
        operation = OPERATIONS[node.operation]
        inputs = [plan[k] for k in node.inputs]
        rows = operation.dependencies(node, inputs).rows
        reads = set(rows.value | rows.control)
        if operation.family is Family.KEYED:
            # In a look-up an erased key of the row itself only makes its result erased.
            first = 0 if operation.mates(node) or not operation.keeps_rows else 1
            for k in range(first, len(inputs)):
                names = operation.key_columns(node, k)
                reads |= {(k, name) for name in (inputs[k].columns if names is None else names)}
        for k, name in reads:
            deps = cell_lineage(plan, node.inputs[k]).get(name)
            if deps is not None and wanted & (deps.value | deps.control):
                found.append(node)
                break
    return found
