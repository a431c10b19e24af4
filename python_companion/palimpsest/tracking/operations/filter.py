"""Keep the rows for which a predicate holds: ``frame[mask]``, ``loc[mask]``, ``dropna``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..evaluate import MapEvaluator, truth
from ..plan import Node
from ..table import Table
from .base import Dependencies, Operation, Output, evaluation_of, reads_of, same_columns


class Filter(Operation):
    """Rows whose predicate is true; an erased predicate is false."""

    name = "filter"

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Evaluate the predicate and take the rows."""
        evaluation = evaluation_of(node, tables, map_values)
        kept = truth(*evaluation.series(node.expressions["predicate"]))
        positions = np.flatnonzero(kept).astype(np.int32)
        return Output(tables[0].take(positions), (positions,))

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Depend on what the predicate reads, by control."""
        reads = reads_of(node.expressions["predicate"], node.inputs)
        return same_columns(node, inputs, reads.value | reads.control)

    def passes_rows(self) -> bool:
        """Rows pass unchanged."""
        return True
