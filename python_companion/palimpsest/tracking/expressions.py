"""Expression trees over the columns of nodes of one row space: plain data, no code.

A tree is evaluated by `palimpsest.tracking.evaluate`; its lineage is read by `palimpsest.tracking.lineage`.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas
from pandas.api.extensions import ExtensionDtype

from .literals import Json, from_json, to_json
from .location import Location


@dataclass(frozen=True)
class Column:
    """Column `name` of node `node`."""

    node: int
    name: str

    def __str__(self) -> str:
        return str(self.name)


@dataclass(frozen=True)
class Literal:
    """A value written in the code."""

    value: Any

    def __str__(self) -> str:
        return shorten(_written(self.value))


@dataclass(frozen=True)
class Call:
    """An element-wise function of the table in `palimpsest.tracking.elementwise`.

    `dtype` is that of the result when it was captured: a part of the table must give the same.
    """

    function: str
    operands: tuple[Expr, ...]
    keywords: tuple[tuple[str, Expr], ...] = ()
    dtype: Json = None

    def __str__(self) -> str:
        symbol = _SYMBOLS.get(self.function)
        parts = [str(operand) for operand in self.operands]
        if symbol and len(parts) == 2:
            return f"({parts[0]} {symbol} {parts[1]})"
        if symbol:
            return f"{symbol}{parts[0]}"
        named = [f"{key}={value}" for key, value in self.keywords]
        template = _TEMPLATES.get(self.function)
        if self.function == "str.get_item" and not parts[1].startswith("["):
            parts[1] = f"[{parts[1]}]"
        if template:
            return template.format(*parts)
        module, _, name = self.function.rpartition(".")
        if module == "np" or self.function in _OF_MODULE:
            return f"{self.function}({', '.join(parts + named)})"
        if module == "row":
            return f"{name}({', '.join(parts)})"
        if self.function.startswith("dt.") and not parts[1:] and not named:
            return f"{parts[0]}.{self.function}"
        return f"{parts[0]}.{self.function}({', '.join(parts[1:] + named)})"


@dataclass(frozen=True)
class FunctionRef:
    """A user function: its name, and an id that changes with its source."""

    id: str
    name: str
    location: Location | None


@dataclass(frozen=True)
class MapCall:
    """A user function called for each value of `operand`.

    `call` numbers the call and names the array of memo entries; `results` says what kinds of
    values came back ("bool", "int", "str", ..., joined by "|"); with `memo` False they could not be kept.
    With `columns`, the operand gives tuples and the function takes a row of these columns.
    """

    call: int
    function: FunctionRef
    operand: Expr
    ignore_missing: bool
    results: str
    memo: bool
    dtype: Json = None
    columns: tuple[str, ...] | None = None

    def __str__(self) -> str:
        if self.columns is not None:
            return f"{self.function.name}({', '.join(map(str, self.columns))})"
        return f"{self.operand}.map({self.function.name})"


Expr = Column | Literal | Call | MapCall

_SYMBOLS = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "floordiv": "//",
    "mod": "%",
    "pow": "**",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "and": "&",
    "or": "|",
    "xor": "^",
    "invert": "~",
    "neg": "-",
    "pos": "+",
}


_OF_MODULE = frozenset({"cut", "to_datetime", "to_numeric", "to_timedelta"})

_TEMPLATES = {
    "str.get_item": "{0}.str{1}",
    "str.extract_group": "{0}.str.extract({1})[{2}]",
    "dt.calendar_part": "{0}.dt.isocalendar()[{1}]",
    "map_dict": "{0}.map({1})",
    "put": "{2} where {1}, else {0}",
    "put_new": "{1} where {0}",
}
"""Functions that are written in another way than ``operand.function(...)``."""


def _written(value: Any) -> str:
    """Write a value as a person would in code."""
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, slice):
        ends = ["" if end is None else _written(end) for end in (value.start, value.stop)]
        step = [] if value.step is None else [_written(value.step)]
        return f"[{':'.join(ends + step)}]"
    if isinstance(value, (np.generic, np.ndarray)):
        return _written(value.tolist())
    if isinstance(value, (np.dtype, ExtensionDtype, pandas.Timestamp, pandas.Timedelta)):
        return repr(str(value))
    if isinstance(value, (datetime.datetime, datetime.date)):
        return repr(value.isoformat())
    if isinstance(value, (set, frozenset)):
        return f"{{{', '.join(sorted(map(_written, value)))}}}" if value else "set()"
    if type(value) is dict:
        return f"{{{', '.join(f'{_written(k)}: {_written(v)}' for k, v in value.items())}}}"
    if type(value) is list:
        return f"[{', '.join(map(_written, value))}]"
    return repr(value)


def shorten(text: str, width: int = 60) -> str:
    """Cut a text for a label."""
    return text if len(text) <= width else text[: width - 1] + "…"


def operands(expression: Expr) -> tuple[Expr, ...]:
    """Direct operands of an expression."""
    if isinstance(expression, Call):
        return expression.operands + tuple(value for _, value in expression.keywords)
    if isinstance(expression, MapCall):
        return (expression.operand,)
    return ()


def walk(expression: Expr) -> Iterator[Expr]:
    """Iterate over an expression and all its parts, outermost first."""
    yield expression
    for operand in operands(expression):
        yield from walk(operand)


def columns(expression: Expr) -> set[Column]:
    """All columns that an expression reads."""
    return {part for part in walk(expression) if isinstance(part, Column)}


def rewrite(expression: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Rebuild an expression bottom up, passing each part through `change`."""
    if isinstance(expression, Call):
        expression = replace(
            expression,
            operands=tuple(rewrite(operand, change) for operand in expression.operands),
            keywords=tuple((key, rewrite(value, change)) for key, value in expression.keywords),
        )
    elif isinstance(expression, MapCall):
        expression = replace(expression, operand=rewrite(expression.operand, change))
    return change(expression)


def with_results(expression: Expr, call: int, results: str) -> Expr:
    """Return the expression with other kinds of results of one call of a user function."""
    if isinstance(expression, MapCall):
        inner = with_results(expression.operand, call, results)
        own = results if expression.call == call else expression.results
        return replace(expression, operand=inner, results=own)
    if isinstance(expression, Call):
        return replace(
            expression,
            operands=tuple(with_results(part, call, results) for part in expression.operands),
            keywords=tuple(
                (name, with_results(part, call, results)) for name, part in expression.keywords
            ),
        )
    return expression


def renumber(expression: Expr, nodes: Mapping[int, int], calls: Mapping[int, int]) -> Expr:
    """Replace node and call numbers."""

    def change(part: Expr) -> Expr:
        if isinstance(part, Column):
            return replace(part, node=nodes[part.node])
        if isinstance(part, MapCall):
            return replace(part, call=calls[part.call])
        return part

    return rewrite(expression, change)


def expression_to_json(expression: Expr) -> Json:
    """Encode an expression as JSON."""
    if isinstance(expression, Column):
        return {"column": expression.name, "node": expression.node}
    if isinstance(expression, Literal):
        return {"literal": to_json(expression.value)}
    if isinstance(expression, Call):
        return {
            "call": expression.function,
            "operands": [expression_to_json(operand) for operand in expression.operands],
            "keywords": {key: expression_to_json(value) for key, value in expression.keywords},
            "dtype": expression.dtype,
        }
    location = expression.function.location
    return {
        "map": expression.call,
        "function": {
            "id": expression.function.id,
            "name": expression.function.name,
            "file": location.file if location else None,
            "line": location.line if location else None,
        },
        "operand": expression_to_json(expression.operand),
        "ignore_missing": expression.ignore_missing,
        "results": expression.results,
        "memo": expression.memo,
        "columns": None if expression.columns is None else list(expression.columns),
        "dtype": expression.dtype,
    }


def expression_from_json(encoded: Json) -> Expr:
    """Decode what `expression_to_json` made."""
    if "column" in encoded:
        return Column(encoded["node"], encoded["column"])
    if "literal" in encoded:
        return Literal(from_json(encoded["literal"]))
    if "call" in encoded:
        return Call(
            encoded["call"],
            tuple(expression_from_json(operand) for operand in encoded["operands"]),
            tuple((key, expression_from_json(v)) for key, v in encoded["keywords"].items()),
            encoded["dtype"],
        )
    function = encoded["function"]
    location = None if function["file"] is None else Location(function["file"], function["line"])
    return MapCall(
        encoded["map"],
        FunctionRef(function["id"], function["name"], location),
        expression_from_json(encoded["operand"]),
        encoded["ignore_missing"],
        encoded["results"],
        encoded["memo"],
        encoded["dtype"],
        None if encoded["columns"] is None else tuple(encoded["columns"]),
    )
