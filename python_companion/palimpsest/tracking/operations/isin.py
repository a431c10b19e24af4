"""Does a value occur in a column of another table: ``series.isin(other)``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas

from ..evaluate import MapEvaluator
from ..plan import Node
from ..table import ErasedMasks, Table, spread
from .base import Dependencies, Family, Operation, Output, Reads


class IsIn(Operation):
    """One column of truth values, for the one column of input 0; input 1 is where it looks.

    An erased value is in nothing, and nothing is an erased value.
    """

    name = "isin"
    family = Family.KEYED
    keeps_rows = True

    def makers(self, node: Node) -> int:
        """Both inputs have keys."""
        return 2

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Let pandas look the values up."""
        sought, place = (table.frame.columns[0] for table in tables)
        values, erased = tables[0].column(sought)
        among, gone = tables[1].column(place)
        if gone is not None:
            among = among[~gone]
        masks: ErasedMasks = {}
        if erased is None:
            found = values.isin(among)
        else:
            found = spread(values[~erased].isin(among), ~erased, values.index)
            masks[sought] = erased
        return Output(Table(pandas.DataFrame({sought: found}), masks))

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Depend on the sought values, and by control on those they are sought among."""
        sought, place = (one.columns[0] for one in inputs)
        return Dependencies({sought: Reads(frozenset({(0, sought)}), frozenset({(1, place)}))})

    def key_columns(self, node: Node, k: int) -> list[Any] | None:
        """Name all columns: there is one."""
        return None

    def mates(self, node: Node) -> bool:
        """Look at each row for itself."""
        return False
