"""Functions of a whole column: each value depends on those of other rows, whichever they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas

from ..evaluate import MapEvaluator
from ..plan import Node
from ..table import ErasedMasks, Table, spread
from .base import Dependencies, Family, Operation, Output, Reads, argument

ORDERED = frozenset(
    ["bfill", "cummax", "cummin", "cumprod", "cumsum", "diff", "ffill", "pct_change", "shift"]
)
"""Functions by which a value depends on those before or after it."""


def _method(name: str) -> Callable[..., Any]:
    def run(values: pandas.Series[Any], *args: Any, **keywords: Any) -> Any:
        return getattr(values, name)(*args, **keywords)

    return run


REDUCTIONS = frozenset(
    ["count", "max", "mean", "median", "min", "nunique", "quantile", "std", "sum", "var"]
)
"""Methods of a column that give one value."""

FIRST_MODE = "first mode"
"""The most frequent value, ``series.mode()[0]``."""

_SUMMING = frozenset({"mean", "std", "sum", "var"})


WHOLE: dict[str, Callable[..., Any]] = {
    "cut": pandas.cut,
    "qcut": pandas.qcut,
    "to_datetime": pandas.to_datetime,
    **{name: _method(name) for name in [*sorted(ORDERED), "astype", "rank"]},
}
"""Name -> function of a column and further arguments."""


def _first_mode(values: pandas.Series[Any]) -> Any:
    found = values.mode()
    return found.iloc[0] if len(found) else None


REDUCING: dict[str, Callable[..., Any]] = {
    FIRST_MODE: _first_mode,
    **{name: _method(name) for name in sorted(REDUCTIONS)},
}
"""Name -> function of a column and further arguments that gives one value."""


class WholeColumn(Operation):
    """One column computed from one column; arguments `arguments`, `keywords`.

    Erased cells are left out of what the function sees.
    """

    family = Family.GLOBAL
    keeps_rows = True

    def __init__(self, name: str) -> None:
        self.name = name  # type: ignore[misc]

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Let pandas compute the column."""
        name = tables[0].frame.columns[0]
        values, erased = tables[0].column(name)
        given, named = argument(node, "arguments"), argument(node, "keywords")
        masks: ErasedMasks = {}
        if erased is None:
            made = WHOLE[self.name](values, *given, **named)
        else:
            made = WHOLE[self.name](values[~erased], *given, **named)
            made = spread(made, ~erased, values.index)
            masks[name] = erased
        frame = pandas.DataFrame({name: made})
        frame.columns = tables[0].frame.columns
        return Output(Table(frame, masks))

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Depend on the column by value, and on the cells of the other rows by control."""
        name = inputs[0].columns[0]
        column = frozenset({(0, name)})
        return Dependencies({name: Reads(column, column)})

    def inferred(self, node: Node, inputs: Sequence[Node]) -> list[str]:
        """Name the column: where there is no value before, it is missing."""
        return [inputs[0].columns[0]]

    def needs_order(self, node: Node) -> bool:
        """Say whether it looks at the rows before or after; ranks may break ties by place."""
        if self.name == "rank":
            return bool(argument(node, "keywords").get("method") == "first")
        return self.name in ORDERED


class Reduction(WholeColumn):
    """The one value that all cells of a column give together, for each row."""

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Let pandas compute the value; it is not erased where a cell is that it leaves out."""
        name = tables[0].frame.columns[0]
        values, erased = tables[0].column(name)
        seen = values if erased is None else values[~erased]
        one = REDUCING[self.name](seen, *argument(node, "arguments"), **argument(node, "keywords"))
        frame = pandas.DataFrame({name: pandas.Series(one, index=values.index)})
        frame.columns = tables[0].frame.columns
        return Output(Table(frame, {}))

    def needs_order(self, node: Node) -> bool:
        """Say whether rounding depends on the order in which cells are added."""
        return self.name in _SUMMING
