"""A value for each row from its group: ``groupby(...).transform``, ``cumcount`` and the like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas

from ..arrays import BoolArray
from ..evaluate import MapEvaluator
from ..plan import Node
from ..table import ErasedMasks, Table, any_erased, spread
from .aggregate import AGGREGATES, ORDERED_AGGREGATES, grouped, numbers, without_erased
from .base import (
    ColumnOf,
    Dependencies,
    Family,
    Operation,
    Output,
    Reads,
    argument,
    column_index,
)

SEQUENCES = frozenset(
    ["bfill", "cumcount", "cummax", "cummin", "cumprod", "cumsum", "diff", "ffill", "shift"]
)
"""Functions by which a row depends on its place in its group."""

TRANSFORMS = AGGREGATES | SEQUENCES | {"pct_change", "rank"}
"""Functions that are recorded by name."""


class Transform(Operation):
    """A column for each output, with the rows of the input.

    Arguments `by` (list), `outputs` (list of name, column or None, function, options), `dropna`. Erased cells are left out
    of what is summed up, and have no place in their group; a row with an erased key has no group.
    """

    name = "transform"
    family = Family.KEYED
    keeps_rows = True

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Let pandas group and transform."""
        table = tables[0]
        gone = any_erased(table.erased, argument(node, "by"))
        columns: list[pandas.Series[Any]] = []
        erased: ErasedMasks = {}
        for name, column, function, options in argument(node, "outputs"):
            values, mask = _output(node, table, gone, (column, function, options))
            columns.append(values.rename(name))
            if mask is not None and mask.any():
                erased[name] = mask
        frame = pandas.concat(columns, axis=1)
        names = [name for name, *_ in argument(node, "outputs")]
        frame.columns = column_index(names, table.frame.columns)
        return Output(Table(frame, erased))

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Depend on the transformed column by value, on the keys by control."""
        keys: frozenset[ColumnOf] = frozenset((0, name) for name in argument(node, "by"))
        return Dependencies(
            {
                name: Reads(frozenset() if column is None else frozenset({(0, column)}), keys)
                for name, column, *_ in argument(node, "outputs")
            }
        )

    def key_columns(self, node: Node, k: int) -> list[Any] | None:
        """Name the columns that are compared."""
        return list(argument(node, "by"))

    def inferred(self, node: Node, inputs: Sequence[Node]) -> list[str]:
        """Name all outputs: a row without a group has no value."""
        return [name for name, *_ in argument(node, "outputs")]

    def needs_order(self, node: Node) -> bool:
        """First, last and all sequences depend on the order of rows."""
        return any(
            function in SEQUENCES | ORDERED_AGGREGATES | {"pct_change"}
            or options.get("method") == "first"
            for _, _, function, options in argument(node, "outputs")
        )


def _output(
    node: Node,
    table: Table,
    gone: BoolArray | None,
    what: tuple[Any, str, Mapping[str, Any]],
) -> tuple[pandas.Series[Any], BoolArray | None]:
    """Values of one output, and which are erased."""
    column, function, _ = what
    lost = None if column is None else table.erased.get(column)
    if gone is None and lost is None:
        return _transformed(node, table.frame, what), None
    no_group = np.zeros(len(table), dtype=bool) if gone is None else gone
    if function not in AGGREGATES or function == "size":
        out = no_group if lost is None or function == "size" else no_group | lost
        return spread(_transformed(node, table.frame[~out], what), ~out, table.frame.index), out
    part = table.take(np.flatnonzero(~no_group))
    mask = part.erased.get(column, np.zeros(len(part), dtype=bool))
    groups = grouped(node, part.frame)
    sums, empty = without_erased(node, part, (column, function), mask, groups.size().index)
    codes = numbers(groups)
    values = pandas.Series(sums.take(np.maximum(codes, 0)).array, index=part.frame.index)
    values = values.where(codes >= 0) if (codes < 0).any() else values
    erased = no_group.copy()
    erased[~no_group] = (codes >= 0) & empty[codes]
    return spread(values, ~no_group, table.frame.index), erased


def _transformed(
    node: Node, frame: pandas.DataFrame, what: tuple[Any, str, Mapping[str, Any]]
) -> pandas.Series[Any]:
    column, function, options = what
    groups = grouped(node, frame)
    if column is None:
        result: pandas.Series[Any] = getattr(groups, function)(**options)
        return result
    chosen = groups[column]
    if function in AGGREGATES:
        result = chosen.transform(function, **options)
    else:
        result = getattr(chosen, function)(**options)
    return result
