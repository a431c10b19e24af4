"""Turn the index into columns, or into positions: ``reset_index``."""

from __future__ import annotations

from collections.abc import Sequence

from ..evaluate import MapEvaluator
from ..plan import Node
from ..table import Table
from .base import Dependencies, Operation, Output, Reads, argument, label_key


class ResetIndex(Operation):
    """The same rows under a positional index; arguments `drop`, `names` (of the new columns)."""

    name = "reset_index"
    keeps_rows = True

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Let pandas reset the index."""
        frame = tables[0].frame.reset_index(drop=argument(node, "drop"))
        return Output(Table(frame, tables[0].erased))

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Depend on the index levels for the new columns."""
        columns = {name: Reads(value=frozenset({(0, name)})) for name in inputs[0].columns}
        for level, name in enumerate(argument(node, "names")):
            columns[name] = Reads(value=frozenset({(0, label_key(level))}))
        return Dependencies(columns)
