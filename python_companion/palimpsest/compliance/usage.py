"""Which records of each source trained the model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palimpsest.compliance.view import RunView
from palimpsest.errors import PalimpsestError
from palimpsest.pipeline.tracing import untraced
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
        Operations by which records may decide over rows that are not made of them, and places where values were read
        out of the tracking.
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
        reached = view.carried_back(np.ones(len(view.rows)))
        trained = view.carried_back(view.trained.astype(np.float64))
        traced = True
    except UntraceableError:
        reached, trained, traced = {}, {}, False
    found = []
    for source in view.sources:
        ids = view.records(source)
        kinds = np.full(len(ids), UNUSED, dtype=np.uint8)
        if source in reached:
            kinds[reached[source] > 0] = REACHED
            kinds[trained[source] > 0] = TRAINED
        indirect = (*indirect_uses(view.plan, source), *untraced(view.plan))
        found.append(UsedRecords(source, ids, kinds, traced, indirect))
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


def usage_arrays(view: RunView) -> dict[str, npt.NDArray[np.bool_]]:
    """Return for each source which of its records trained the model.

    Raises
    ------
    PalimpsestError
        When the provenance does not tell.
    """
    used = used_records(view)
    if not all(one.traced for one in used):
        raise PalimpsestError(
            "not-found",
            "Which records trained the model cannot be told: a table was changed by an operation that is not tracked.",
            hint="run.plan_graph() names it in its warnings.",
        )
    return {one.source: one.trained for one in used}
