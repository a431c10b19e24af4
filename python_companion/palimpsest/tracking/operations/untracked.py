"""Anything pandas can do that has no operation of its own: rows of unknown origin."""

from __future__ import annotations

from collections.abc import Sequence

from ..plan import Node
from .base import Dependencies, Family, Operation, Reads


class Untracked(Operation):
    """Result of a pandas function that is not tracked; argument `name`."""

    name = "untracked"
    edges = "unknown"
    family = Family.OPAQUE

    def makers(self, node: Node) -> int:
        """Nothing is known about the rows."""
        return 0

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Everything may depend on everything."""
        every = frozenset((k, name) for k, before in enumerate(inputs) for name in before.columns)
        reads = Reads(value=every, control=every)
        return Dependencies(dict.fromkeys(node.columns, reads), Reads(control=every))
