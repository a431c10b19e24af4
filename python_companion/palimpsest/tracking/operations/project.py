"""Operations that keep the rows and compute columns: select, assign, rename, drop, construct."""

from __future__ import annotations

from collections.abc import Sequence

import pandas

from ..evaluate import MapEvaluator
from ..plan import Node
from ..table import ErasedMasks, Table
from .base import Dependencies, Operation, Output, evaluation_of, reads_of


class Project(Operation):
    """Each column of the result is an expression over columns of nodes with the same rows."""

    keeps_rows = True

    def __init__(self, name: str) -> None:
        self.name = name  # type: ignore[misc]

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Evaluate the expression of each column."""
        evaluation = evaluation_of(node, tables, map_values)
        erased: ErasedMasks = {}
        columns = {}
        for name, expression in node.expressions.items():
            columns[name], mask = evaluation.series(expression)
            if mask is not None and mask.any():
                erased[name] = mask
        frame = pandas.DataFrame(columns, index=tables[0].frame.index)
        frame.columns = pandas.Index(list(columns), dtype=tables[0].frame.columns.dtype)
        return Output(Table(frame, erased))

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Depend on what each expression reads."""
        return Dependencies(
            {name: reads_of(expr, node.inputs) for name, expr in node.expressions.items()}
        )
