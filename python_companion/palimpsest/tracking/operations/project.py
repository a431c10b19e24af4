"""Operations that keep the rows and compute columns: select, assign, rename, drop, construct."""

from __future__ import annotations

from collections.abc import Sequence

import pandas

from ..evaluate import MapEvaluator
from ..expressions import Column
from ..plan import Node
from ..table import ErasedMasks, Table
from .base import (
    Dependencies,
    Operation,
    Output,
    column_index,
    evaluation_of,
    labels_of,
    reads_of,
)


class Project(Operation):
    """Each column of the result is an expression over columns of nodes with the same rows."""

    keeps_rows = True

    def __init__(self, name: str) -> None:
        self.name = name  # type: ignore[misc]

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Evaluate the expression of each column."""
        first = node.inputs[0]
        kept = {
            name: expression.name
            for name, expression in node.expressions.items()
            if isinstance(expression, Column) and expression.node == first
        }
        table = tables[0]
        frame = table.frame[list(kept.values())]
        frame = frame.set_axis(list(kept), axis=1) if list(kept) != list(kept.values()) else frame
        erased = {new: table.erased[old] for new, old in kept.items() if old in table.erased}
        if len(kept) < len(node.expressions):
            frame = self._computed(node, tables, map_values, frame, erased)
        return Output(Table(frame, erased))

    def _computed(
        self,
        node: Node,
        tables: Sequence[Table],
        map_values: MapEvaluator,
        frame: pandas.DataFrame,
        erased: ErasedMasks,
    ) -> pandas.DataFrame:
        """Add the columns that are not simply kept, each at its place."""
        evaluation = evaluation_of(node, tables, map_values)
        columns = dict(frame.items())
        for name, expression in node.expressions.items():
            if name not in columns:
                columns[name], mask = evaluation.series(expression)
                if mask is not None and mask.any():
                    erased[name] = mask
        ordered = {name: columns[name] for name in node.expressions}
        made = pandas.DataFrame(ordered, index=tables[0].frame.index)
        made.columns = column_index(list(ordered), tables[0].frame.columns)
        return made

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Depend on what each expression reads."""
        columns = {name: reads_of(expr, node.inputs) for name, expr in node.expressions.items()}
        return Dependencies({**columns, **labels_of(node)})
