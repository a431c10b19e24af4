"""Between columns and the index: ``reset_index``, ``set_index``."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import FullRerun
from ..evaluate import MapEvaluator
from ..plan import Node
from ..table import Table, any_erased
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


class SetIndex(Operation):
    """The same rows under an index of some columns; arguments `keys` (list), `drop`.

    An index cannot carry erased marks.
    """

    name = "set_index"
    keeps_rows = True

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Let pandas set the index."""
        keys = argument(node, "keys")
        if any_erased(tables[0].erased, keys) is not None:
            raise FullRerun(f"{node.label} ({node.location}) puts erased cells into the index.")
        frame = tables[0].frame.set_index(keys, drop=argument(node, "drop"))
        return Output(Table(frame, tables[0].erased))

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Depend on the same columns, in the index too."""
        keys = argument(node, "keys")
        kept = [c for c in inputs[0].columns if not (argument(node, "drop") and c in keys)]
        columns = {name: Reads(value=frozenset({(0, name)})) for name in kept}
        for level, name in enumerate(keys):
            columns[label_key(level)] = Reads(value=frozenset({(0, name)}))
        return Dependencies(columns)
