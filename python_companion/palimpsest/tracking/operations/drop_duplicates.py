"""Keep one row (or none) of those with equal cells: ``drop_duplicates``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays import BoolArray
from ..evaluate import MapEvaluator
from ..plan import Node
from ..table import ErasedMasks, Table, any_erased, spread
from .base import Dependencies, Family, Operation, Output, Reads, argument, same_columns


def duplicated(node: Node, table: Table) -> BoolArray:
    """Rows that `drop_duplicates` leaves out; a row with an erased key cell equals no other."""
    subset = argument(node, "subset")
    keep = argument(node, "keep")
    erased = any_erased(table.erased, subset or table.frame.columns)
    result: BoolArray
    if erased is None:
        result = table.frame.duplicated(subset, keep=keep).to_numpy()
        return result
    result = np.zeros(len(table), dtype=bool)
    result[~erased] = table.frame[~erased].duplicated(subset, keep=keep).to_numpy()
    return result


class DropDuplicates(Operation):
    """Rows that no other row with equal cells replaces; arguments `subset` and `keep`."""

    name = "drop_duplicates"
    family = Family.KEYED

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Let pandas find the duplicates."""
        positions = np.flatnonzero(~duplicated(node, tables[0])).astype(np.int32)
        return Output(tables[0].take(positions), (positions,))

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Depend on the compared columns, by control."""
        subset = argument(node, "subset") or inputs[0].columns
        return same_columns(node, inputs, {(0, name) for name in subset})

    def key_columns(self, node: Node, k: int) -> list[Any] | None:
        """Name the columns that are compared."""
        names: list[Any] | None = argument(node, "subset")
        return names

    def needs_order(self, node: Node) -> bool:
        """Which duplicate is kept depends on the order."""
        return argument(node, "keep") is not False

    def passes_rows(self) -> bool:
        """Rows pass unchanged."""
        return True


class Duplicated(Operation):
    """One column of truth values: is there a row with equal cells; arguments `subset`, `keep` and `column`.

    Whether a row with an erased cell is a duplicate is erased as well.
    """

    name = "duplicated"
    family = Family.KEYED
    keeps_rows = True

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Let pandas find the duplicates."""
        table = tables[0]
        column = argument(node, "column")
        keep = argument(node, "keep")
        subset = argument(node, "subset")
        erased = any_erased(table.erased, subset or table.frame.columns)
        masks: ErasedMasks = {}
        if erased is None:
            found = table.frame.duplicated(subset, keep=keep)
        else:
            found = table.frame[~erased].duplicated(subset, keep=keep)
            found = spread(found, ~erased, table.frame.index)
            masks[column] = erased
        return Output(Table(found.to_frame(column), masks))

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Depend on the compared columns by value; which row counts as a duplicate is decided by the others."""
        names = argument(node, "subset") or inputs[0].columns
        columns = frozenset((0, name) for name in names)
        return Dependencies({argument(node, "column"): Reads(columns, columns)})

    def key_columns(self, node: Node, k: int) -> list[Any] | None:
        """Name the columns that are compared."""
        names: list[Any] | None = argument(node, "subset")
        return names

    def needs_order(self, node: Node) -> bool:
        """Which duplicate counts as the first depends on the order."""
        return argument(node, "keep") is not False
