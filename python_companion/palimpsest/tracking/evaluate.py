"""Evaluate expression trees over a table of rows, with erased marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas

from .arrays import BoolArray
from .elementwise import ELEMENTWISE
from .expressions import Call, Column, Expr, Literal, MapCall
from .table import Table, conform_marked, spread

Values = pandas.Series
Marked = tuple[Any, BoolArray | None]
"""Values (a series or a plain value) and which of them are erased."""

MapEvaluator = Callable[[MapCall, Callable[[], Marked]], Marked]
"""Gives the results of a user function; the second argument evaluates its operand when needed."""


def no_functions(call: MapCall, operand: Callable[[], Marked]) -> Marked:
    """Evaluate no user function: for operations without expressions."""
    raise AssertionError(f"{call} where no function can be")


def apply_elementwise(
    function: str,
    operands: Sequence[Marked],
    keywords: Mapping[str, Marked] | None = None,
) -> Marked:
    """Run an element-wise function: a row with an erased operand is missing and erased.

    Parameters
    ----------
    function : str
        A name in `ELEMENTWISE`.
    operands : sequence of (values, erased)
    keywords : mapping of str to (values, erased), optional
    """
    run = ELEMENTWISE[function].run
    named = keywords or {}
    erased = union([mask for _, mask in operands] + [mask for _, mask in named.values()])
    if erased is None:
        return run(*(v for v, _ in operands), **{k: v for k, (v, _) in named.items()}), None
    present = ~erased
    index = next(v.index for v, _ in [*operands, *named.values()] if isinstance(v, pandas.Series))

    def kept(value: Any) -> Any:
        return value[present] if isinstance(value, pandas.Series) else value

    values = run(*(kept(v) for v, _ in operands), **{k: kept(v) for k, (v, _) in named.items()})
    return spread(values, present, index), erased


def _on_part(function: str, operands: Sequence[Marked], keywords: Mapping[str, Marked]) -> Marked:
    """Run an element-wise function on some rows of a table on all of which it runs.

    pandas refuses ``.str`` when no value of an object column is text; among all rows there was one.
    """
    try:
        return apply_elementwise(function, operands, keywords)
    except AttributeError:
        if not function.startswith("str."):
            raise
        values, erased = operands[0]
        padded = pandas.concat([values, pandas.Series([""], dtype=object)])
        mask = None if erased is None else np.append(erased, False)
        result, erased = apply_elementwise(function, [(padded, mask), *operands[1:]], keywords)
        return result.iloc[:-1], None if erased is None else erased[:-1]


def union(masks: Sequence[BoolArray | None]) -> BoolArray | None:
    """Rows erased in any of several masks; None for no row."""
    result: BoolArray | None = None
    for mask in masks:
        if mask is not None and mask.any():
            result = mask if result is None else result | mask
    return result


class Evaluation:
    """Evaluates expressions over tables of the same rows, one a node.

    Parameters
    ----------
    tables : mapping of node id to Table
    map_values : MapEvaluator
    """

    def __init__(self, tables: Mapping[int, Table], map_values: MapEvaluator) -> None:
        self._tables = tables
        self._map_values = map_values
        self._index = next(iter(tables.values())).frame.index

    def series(self, expression: Expr) -> tuple[pandas.Series[Any], BoolArray | None]:
        """Evaluate an expression to one value a row."""
        values, erased = self._marked(expression)
        if not isinstance(values, pandas.Series):
            values = pandas.Series([values] * len(self._index), index=self._index)
        return values, erased

    def scalar_or_series(self, expression: Expr) -> Marked:
        """Evaluate an expression; a literal stays a plain value."""
        return self._marked(expression)

    def _marked(self, expression: Expr) -> Marked:
        if isinstance(expression, Column):
            return self._tables[expression.node].column(expression.name)
        if isinstance(expression, Literal):
            return expression.value, None
        if isinstance(expression, Call):
            values, erased = _on_part(
                expression.function,
                [self._marked(operand) for operand in expression.operands],
                {key: self._marked(value) for key, value in expression.keywords},
            )
            return conform_marked(values, erased, expression.dtype), erased
        values, erased = self._map_values(expression, lambda: self._marked(expression.operand))
        return conform_marked(values.set_axis(self._index), erased, expression.dtype), erased


def truth(values: pandas.Series[Any], erased: BoolArray | None) -> BoolArray:
    """Read a predicate: false where erased."""
    if erased is not None and erased.all():
        return np.zeros(len(values), dtype=bool)
    missing = values.dtype != bool and values.isna().any()
    kept: BoolArray = (
        values.to_numpy(dtype=bool, na_value=False) if missing else values.to_numpy(dtype=bool)
    )
    return kept if erased is None else kept & ~erased
