"""One row for each item of a list: ``explode``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..evaluate import MapEvaluator
from ..plan import Node
from ..table import Table, take_masks
from .base import Dependencies, Operation, Output, argument, same_columns

_POSITION = "\0position"


class Explode(Operation):
    """Rows repeated for each item; arguments `columns`, `ignore_index`."""

    name = "explode"
    edges = "one row, for each item"

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Let pandas explode, with positions carried along."""
        table = tables[0]
        frame = table.frame.copy(deep=False)
        frame[_POSITION] = np.arange(len(frame), dtype=np.int32)
        frame = frame.explode(
            argument(node, "columns"), ignore_index=argument(node, "ignore_index")
        )
        origin = frame.pop(_POSITION).to_numpy(dtype=np.int32)
        if table.frame.columns.dtype != object:
            frame.columns = frame.columns.infer_objects()
        first = np.ones(len(origin), dtype=bool)
        first[1:] = origin[1:] != origin[:-1]
        starts = np.maximum.accumulate(np.where(first, np.arange(len(origin)), 0))
        ordinal = (np.arange(len(origin)) - starts).astype(np.int32)
        return Output(Table(frame, take_masks(table.erased, origin)), (origin,), ordinal)

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Depend on the lists for how many rows there are, by control."""
        return same_columns(node, inputs, {(0, name) for name in argument(node, "columns")})
