"""Sum up groups: ``groupby(...).agg``, ``size`` and the like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas

from ..arrays import BoolArray, IntArray
from ..evaluate import MapEvaluator
from ..plan import Node
from ..table import ErasedMasks, Table, any_erased, blank
from .base import (
    ColumnOf,
    Dependencies,
    Family,
    Operation,
    Output,
    Reads,
    argument,
    column_index,
    label_key,
)

AGGREGATES = frozenset(
    [
        "sum",
        "mean",
        "count",
        "min",
        "max",
        "nunique",
        "first",
        "last",
        "median",
        "std",
        "var",
        "sem",
        "prod",
        "any",
        "all",
        "size",
    ]
)
"""Functions that are recorded by name."""

ORDERED_AGGREGATES = frozenset({"first", "last"})
"""Functions that depend on the order of rows."""


class Aggregate(Operation):
    """One row for each group.

    Arguments `by` (list), `outputs` (list of name, column or None, function), `sort`, `dropna`,
    `as_index`. Erased values are left out of what is summed up; a group whose values are all erased has an erased result.
    """

    name = "aggregate"
    edges = "all rows of its group"
    family = Family.KEYED
    groups_rows = True

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Let pandas group and sum up."""
        table = tables[0]
        by = argument(node, "by")
        gone = any_erased(table.erased, by)
        kept = np.arange(len(table)) if gone is None else np.flatnonzero(~gone)
        part = table if gone is None else table.take(kept)
        groups = grouped(node, part.frame)
        sizes = groups.size()
        columns: dict[Any, pandas.Series[Any]] = {}
        erased: ErasedMasks = {}
        for name, column, function in argument(node, "outputs"):
            if function == "size":
                columns[name] = sizes
                continue
            mask = part.erased.get(column)
            if mask is None:
                columns[name] = groups[column].agg(function)
            else:
                columns[name], lost = without_erased(
                    node, part, (column, function), mask, sizes.index
                )
                if lost.any():
                    erased[name] = lost
        members = np.full(len(table), -1, dtype=np.int32)
        members[kept] = numbers(groups)
        frame = pandas.DataFrame(columns, index=sizes.index)
        if not argument(node, "as_index"):
            frame = frame.reset_index()
        frame.columns = column_index(list(frame.columns), table.frame.columns)
        return Output(Table(frame, erased), members=members)

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Depend on the summed-up column by value, on the keys by control."""
        by = argument(node, "by")
        keys: frozenset[ColumnOf] = frozenset((0, name) for name in by)
        columns = {
            name: Reads(frozenset() if column is None else frozenset({(0, column)}), keys)
            for name, column, _ in argument(node, "outputs")
        }
        for level, name in enumerate(by):
            key = label_key(level) if argument(node, "as_index") else name
            columns[key] = Reads(value=frozenset({(0, name)}))
        return Dependencies(columns, Reads(control=keys))

    def key_columns(self, node: Node, k: int) -> list[Any] | None:
        """Name the columns that are compared."""
        return list(argument(node, "by"))

    def inferred(self, node: Node, inputs: Sequence[Node]) -> list[str]:
        """Name the results that are missing in some groups only."""
        return [
            name
            for name, column, function in argument(node, "outputs")
            if function in ORDERED_AGGREGATES | {"min", "max"}
        ]

    def needs_order(self, node: Node) -> bool:
        """First and last depend on the order of rows, unsorted groups come in it."""
        functions = {function for _, _, function in argument(node, "outputs")}
        return bool(functions & ORDERED_AGGREGATES) or not argument(node, "sort")

    def order(self, node: Node) -> None:
        """Order by values."""
        return

    def orders_by_run(self) -> bool:
        """Order by values, or by first appearance."""
        return True


def grouped(node: Node, frame: pandas.DataFrame) -> Any:
    """Group a frame as the arguments of a node say."""
    return frame.groupby(
        argument(node, "by"),
        sort=argument(node, "sort", True),
        dropna=argument(node, "dropna"),
        observed=True,
    )


def numbers(groups: Any) -> IntArray:
    """Place of each row's group in the result, -1 when it has none."""
    numbers: IntArray = groups.ngroup().fillna(-1).to_numpy(dtype=np.int32)
    return numbers


def without_erased(
    node: Node,
    table: Table,
    what: tuple[Any, str],
    erased: BoolArray,
    groups: pandas.Index[Any],
) -> tuple[pandas.Series[Any], BoolArray]:
    """Sum up a column without its erased cells; say which groups have no other cell."""
    column, function = what
    values = grouped(node, table.frame[~erased])[column].agg(function)
    codes = numbers(grouped(node, table.frame))
    present = np.bincount(codes[(codes >= 0) & ~erased], minlength=len(groups))
    lost: BoolArray = present == 0
    if not lost.any():
        return values.reindex(groups), lost
    places = np.maximum(np.cumsum(~lost) - 1, 0)
    if not len(values):
        return pandas.Series(np.nan, index=groups, name=column), lost
    return blank(values.take(places).set_axis(groups), lost), lost
