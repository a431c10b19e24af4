"""Put frames on top of each other: ``concat`` of rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas

from ..evaluate import MapEvaluator
from ..plan import Node
from ..table import ErasedMasks, Table
from .base import Dependencies, Operation, Output, Reads, argument


class Concat(Operation):
    """Rows of all inputs, one after the other; arguments `join`, `ignore_index`, `sort`, `series`.

    With `series` the inputs have one column each and their values are put together as those of series.
    """

    name = "concat"
    edges = "one row of one table"

    def makers(self, node: Node) -> int:
        """Each row is made of a row of one input."""
        return len(node.inputs)

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Let pandas concatenate."""
        options = {name: argument(node, name) for name in ("join", "ignore_index", "sort")}
        frames = [table.frame for table in tables]
        if argument(node, "series", False):
            del options["sort"]
            column = frames[0].columns
            frame = pandas.concat([one.iloc[:, 0] for one in frames], **options).to_frame(column[0])
            frame.columns = column
        else:
            frame = pandas.concat(frames, **options)
        starts = np.cumsum([0, *map(len, tables)])
        origins = []
        for k, table in enumerate(tables):
            origin = np.full(len(frame), -1, dtype=np.int32)
            origin[starts[k] : starts[k + 1]] = np.arange(len(table))
            origins.append(origin)
        erased: ErasedMasks = {}
        for k, table in enumerate(tables):
            for name, mask in table.erased.items():
                if name in frame:
                    whole = erased.setdefault(name, np.zeros(len(frame), dtype=bool))
                    whole[starts[k] : starts[k + 1]] = mask
        return Output(Table(frame, erased), tuple(origins))

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Depend on the columns of equal name."""
        return Dependencies(
            {
                name: Reads(
                    frozenset((k, name) for k, one in enumerate(inputs) if name in one.columns)
                )
                for name in node.columns
            }
        )

    def inferred(self, node: Node, inputs: Sequence[Node]) -> list[str]:
        """Name the columns that the inputs have in different dtypes, or not all."""
        return [name for name in node.columns if len({one.dtypes.get(name) for one in inputs}) > 1]

    def drivers(self, node: Node) -> tuple[int, ...]:
        """Every row of every input gives a row."""
        return tuple(range(len(node.inputs)))

    def order(self, node: Node) -> tuple[int, ...]:
        """Rows of the first input, which have no row (-1) of the others, come first."""
        return tuple(reversed(range(len(node.inputs))))
