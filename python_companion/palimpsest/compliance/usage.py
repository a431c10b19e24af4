"""Which records of each source trained the model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palimpsest.compliance.view import RunView
from palimpsest.tracking.errors import UntraceableError
from palimpsest.tracking.operations import OPERATIONS
from palimpsest.tracking.operations.base import Family
from palimpsest.tracking.plan import Node, Plan

ABSENT, UNUSED, REACHED, TRAINED = 0, 1, 2, 3
"""What became of a record; see `SourceUsage`."""


@dataclass(frozen=True)
class UsedRecords:
    """What became of the records of one source.

    Attributes
    ----------
    source : str
    ids : (n,) int32
        Ids of its records, ascending.
    kinds : (n,) uint8
        `UNUSED`, `REACHED` or `TRAINED`.
    traced : bool
        When not, `kinds` say nothing.
    indirect : tuple of str
        Operations by which records decide over rows that are not made of them.
    """

    source: str
    ids: npt.NDArray[np.int32]
    kinds: npt.NDArray[np.uint8]
    traced: bool
    indirect: tuple[str, ...]

    @property
    def trained(self) -> npt.NDArray[np.bool_]:
        """Which records are part of a row that the model is trained on, in the order of `ids`."""
        marks: npt.NDArray[np.bool_] = self.kinds == TRAINED
        return marks

    def by_id(self) -> npt.NDArray[np.uint8]:
        """Return one number for each id up to the last, `ABSENT` where there is no record."""
        size = int(self.ids[-1]) + 1 if len(self.ids) else 0
        found = np.full(size, ABSENT, dtype=np.uint8)
        found[self.ids] = self.kinds
        return found

    def count(self, kind: int) -> int:
        """Return how many records are of a kind."""
        return int((self.kinds == kind).sum())


def used_records(view: RunView) -> list[UsedRecords]:
    """Tell for each record of each source whether a training row is made of it."""
    try:
        links = view.links()
        traced = True
    except UntraceableError:
        links, traced = {}, False
    trained_rows = view.rows[view.trained]
    found = []
    for source in view.sources:
        with view.reading() as stored:
            ids = stored.source(source).rows()
        kinds = np.full(len(ids), UNUSED, dtype=np.uint8)
        of = links.get(source)
        if of is not None:
            kinds[np.isin(ids, of.records)] = REACHED
            kinds[np.isin(ids, of.records[np.isin(of.rows, trained_rows)])] = TRAINED
        found.append(UsedRecords(source, ids, kinds, traced, indirect_uses(view.plan, source)))
    return found


def indirect_uses(plan: Plan, source: str) -> tuple[str, ...]:
    """Return the operations where rows of a source decide over rows that are not made of them."""
    below = _sources_below(plan)
    return tuple(
        node.label or node.operation
        for node in plan.nodes
        if any(source in below[k] for k in _inputs_looked_at(node))
    )


def _inputs_looked_at(node: Node) -> tuple[int, ...]:
    operation = OPERATIONS[node.operation]
    if node.operation == "scan":
        return ()
    if operation.family is Family.ROWS:
        return node.inputs[operation.makers(node) :]
    return node.inputs  # rows of a group, or all rows, decide over each other


def _sources_below(plan: Plan) -> list[frozenset[str]]:
    below: list[frozenset[str]] = []
    for node in plan.nodes:
        if node.operation == "scan":
            below.append(frozenset({str(node.arguments["source"])}))
        else:
            below.append(frozenset().union(*(below[k] for k in node.inputs)))
    return below
