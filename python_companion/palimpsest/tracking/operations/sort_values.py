"""Put rows in the order of some columns: ``sort_values``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas

from ..arrays import IntArray
from ..evaluate import MapEvaluator
from ..plan import Node
from ..table import Table
from .base import Dependencies, Operation, Output, argument, same_columns


def sorted_positions(node: Node, table: Table) -> IntArray:
    """Positions in sorted order, as pandas finds them; an erased key sorts as missing."""
    by = argument(node, "by")
    keys = sorting_keys(table, by)
    options = {name: argument(node, name) for name in ("ascending", "kind", "na_position")}
    positions: IntArray = keys.sort_values(by, **options).index.to_numpy(dtype=np.int32)
    return positions


def sorting_keys(table: Table, by: list[Any]) -> pandas.DataFrame:
    """Columns to sort by, under positions; an erased cell is missing."""
    keys = table.frame[by].set_axis(pandas.RangeIndex(len(table)))
    for name in by:
        if name in table.erased:
            keys[name] = _missing_where(keys[name], table.erased[name])
    return keys


def _missing_where(keys: pandas.Series[Any], erased: Any) -> pandas.Series[Any]:
    if pandas.api.types.is_bool_dtype(keys.dtype) or pandas.api.types.is_integer_dtype(keys.dtype):
        keys = keys.astype("float64")
    return keys.mask(erased)


class SortValues(Operation):
    """The same rows in another order; arguments `by`, `ascending`, `kind`, `na_position`."""

    name = "sort_values"

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Let pandas sort the keys and take the rows."""
        positions = sorted_positions(node, tables[0])
        return Output(tables[0].take(positions), (positions,))

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Depend on the keys, by control."""
        return same_columns(node, inputs, {(0, name) for name in argument(node, "by")})

    def passes_rows(self) -> bool:
        """Rows pass unchanged."""
        return True

    def order(self, node: Node) -> None:
        """Order by values."""
        return

    def orders_by_run(self) -> bool:
        """Order by values, or by first appearance."""
        return True

    def ties_undecided(self, node: Node, table: Table) -> bool:
        """Say whether rows with equal keys come in an order that only the whole table decides."""
        by = argument(node, "by")
        if len(by) > 1 or argument(node, "kind") in ("stable", "mergesort"):
            return False
        erased = table.erased.get(by[0])
        missing = 0 if erased is None else int(erased.sum())
        return missing > 1 or bool(table.frame[by[0]].duplicated().any())
