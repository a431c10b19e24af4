"""The first or last rows: ``head``, ``tail``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..evaluate import MapEvaluator
from ..plan import Node
from ..table import Table
from .base import Dependencies, Family, Operation, Output, argument, same_columns


class Head(Operation):
    """Rows by their place; argument `rows`, a slice."""

    family = Family.GLOBAL

    def __init__(self, name: str) -> None:
        self.name = name  # type: ignore[misc]

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Take the slice."""
        positions = np.arange(len(tables[0]), dtype=np.int32)[argument(node, "rows")]
        return Output(tables[0].take(positions), (positions,))

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Depend on the rows themselves only."""
        return same_columns(node, inputs)

    def needs_order(self, node: Node) -> bool:
        """Say yes: the place of a row is its order."""
        return True

    def needs_values(self) -> bool:
        """Say no: the place of a row is all that counts."""
        return False

    def passes_rows(self) -> bool:
        """Rows pass unchanged."""
        return True
