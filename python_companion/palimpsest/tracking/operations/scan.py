"""Read a source: the beginning of every derivation."""

from __future__ import annotations

from collections.abc import Sequence

from ..plan import Node
from .base import Dependencies, Operation, Reads


class Scan(Operation):
    """One occurrence of a source in the plan; its rows come from the source reader."""

    name = "scan"
    edges = "a record"

    def makers(self, node: Node) -> int:
        """No input makes the rows."""
        return 0

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Depend on the source itself; see `palimpsest.tracking.lineage`."""
        return Dependencies({name: Reads() for name in node.columns})
