"""Keep the rows for which a predicate holds: ``frame[mask]``, ``loc[mask]``, ``dropna``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ..arrays import BoolArray
from ..evaluate import MapEvaluator, truth
from ..plan import Node
from ..table import Table
from .base import Dependencies, Operation, Output, evaluation_of, reads_of, same_columns

Positions = npt.NDArray[np.int64]


class Filter(Operation):
    """Rows whose predicate is true; an erased predicate is false, but for rows that are kept.

    Argument `number` counts the filters of a run of the code; see `palimpsest.tracking.keeping`.
    """

    name = "filter"

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Evaluate the predicate and take the rows."""
        return self.filtered(node, tables, map_values, None)

    def filtered(
        self,
        node: Node,
        tables: Sequence[Table],
        map_values: MapEvaluator,
        keeps: Callable[[Positions], BoolArray] | None,
    ) -> Output:
        """Take the rows; `keeps` says at which of the positions with an erased predicate they pass."""
        evaluation = evaluation_of(node, tables, map_values)
        values, erased = evaluation.series(node.expressions["predicate"])
        kept = truth(values, erased)
        if keeps is not None and erased is not None and erased.any():
            undecided = np.flatnonzero(erased)
            kept[undecided] = keeps(undecided)
        positions = np.flatnonzero(kept).astype(np.int32)
        return Output(tables[0].take(positions), (positions,))

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Depend on what the predicate reads, by control."""
        reads = reads_of(node.expressions["predicate"], node.inputs)
        return same_columns(node, inputs, reads.value | reads.control)

    def passes_rows(self) -> bool:
        """Rows pass unchanged."""
        return True
