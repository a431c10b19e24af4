"""Rows by their place, or by the greatest values: ``head``, ``tail``, ``nlargest``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..evaluate import MapEvaluator
from ..plan import Node
from ..table import Table
from .base import Dependencies, Family, Operation, Output, argument, same_columns
from .sort_values import sorting_keys


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


class Largest(Operation):
    """The rows with the greatest (or least) values; arguments `rows`, `by` (list), `keep`."""

    family = Family.GLOBAL

    def __init__(self, name: str) -> None:
        self.name = name  # type: ignore[misc]

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Let pandas find the rows; an erased value counts as missing."""
        by = argument(node, "by")
        keys = sorting_keys(tables[0], by)
        find = keys.nlargest if self.name == "nlargest" else keys.nsmallest
        found = find(argument(node, "rows"), by, keep=argument(node, "keep"))
        positions = found.index.to_numpy(dtype=np.int32)
        return Output(tables[0].take(positions), (positions,))

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Depend on the values, by control."""
        return same_columns(node, inputs, {(0, name) for name in argument(node, "by")})

    def needs_order(self, node: Node) -> bool:
        """Of equal values the first (or last) counts."""
        return True

    def passes_rows(self) -> bool:
        """Rows pass unchanged."""
        return True

    def order(self, node: Node) -> None:
        """Order by values."""
        return

    def orders_by_run(self) -> bool:
        """Order by values."""
        return True

    def ties_undecided(self, node: Node, table: Table) -> bool:
        """Say whether there are equal values: how pandas orders them depends on how many rows there are."""
        return bool(sorting_keys(table, argument(node, "by")).duplicated().any())
