"""The table of element-wise functions: each result depends on the operands of its own row only.

A name is looked up here by the tracked series (to record a call) and by the evaluation of a plan
(to run it), so that both do the same. Most are methods of `pandas.Series` by their own name.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas

from .rowcalls import row_tuples

DataFunction = Callable[..., Any]


@dataclass(frozen=True)
class Elementwise:
    """One function.

    Attributes
    ----------
    run : callable
        Takes pandas series and plain values.
    control : tuple of int
        Operands that only decide which value is taken.
    inferred : bool
        Whether pandas derives the dtype of the result from its values.
    sensitive : bool
        Whether equal numbers of another dtype (1, 1.0, True) can give another result.
    """

    run: DataFunction
    control: tuple[int, ...] = ()
    inferred: bool = False
    sensitive: bool = False


def _method(path: str) -> DataFunction:
    *accessor, name = path.split(".")

    def run(values: pandas.Series[Any], *args: Any, **keywords: Any) -> Any:
        target = getattr(values, accessor[0]) if accessor else values
        return getattr(target, name)(*args, **keywords)

    return run


def _get_item(values: pandas.Series[Any], key: Any) -> Any:
    return values.str[key]


def _to_numeric(values: pandas.Series[Any], **keywords: Any) -> Any:
    return pandas.to_numeric(values, **keywords)


def _to_datetime(values: pandas.Series[Any], **keywords: Any) -> Any:
    return pandas.to_datetime(values, **keywords)


_BINARY = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "pow": operator.pow,
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
}

_SENSITIVE_BINARY = {"add", "floordiv", "mod", "pow", "and", "or", "xor"}

_STRING_METHODS = [
    "capitalize",
    "casefold",
    "center",
    "contains",
    "count",
    "endswith",
    "find",
    "fullmatch",
    "get",
    "isalnum",
    "isalpha",
    "isdecimal",
    "isdigit",
    "islower",
    "isnumeric",
    "isspace",
    "istitle",
    "isupper",
    "join",
    "len",
    "ljust",
    "lower",
    "lstrip",
    "match",
    "normalize",
    "pad",
    "removeprefix",
    "removesuffix",
    "repeat",
    "replace",
    "rfind",
    "rjust",
    "rsplit",
    "rstrip",
    "slice",
    "split",
    "startswith",
    "strip",
    "swapcase",
    "title",
    "upper",
    "wrap",
    "zfill",
]

_MEASURES = frozenset(
    [
        "contains",
        "count",
        "endswith",
        "find",
        "fullmatch",
        "isalnum",
        "isalpha",
        "isdecimal",
        "isdigit",
        "islower",
        "isnumeric",
        "isspace",
        "istitle",
        "isupper",
        "len",
        "match",
        "rfind",
        "startswith",
    ]
)
"""String methods that give numbers or truth values: missing text changes the dtype."""

_DATE_METHODS = [
    "ceil",
    "day_name",
    "floor",
    "isocalendar",
    "month_name",
    "normalize",
    "round",
    "strftime",
    "total_seconds",
    "tz_convert",
    "tz_localize",
]

DATE_PROPERTIES = [
    "date",
    "day",
    "dayofweek",
    "dayofyear",
    "days",
    "hour",
    "is_leap_year",
    "is_month_end",
    "is_month_start",
    "is_quarter_end",
    "is_quarter_start",
    "is_year_end",
    "is_year_start",
    "microsecond",
    "minute",
    "month",
    "nanosecond",
    "quarter",
    "second",
    "seconds",
    "time",
    "weekday",
    "year",
]

ELEMENTWISE: dict[str, Elementwise] = {
    **{
        name: Elementwise(run, sensitive=name in _SENSITIVE_BINARY) for name, run in _BINARY.items()
    },
    "invert": Elementwise(operator.invert, sensitive=True),
    "neg": Elementwise(operator.neg, sensitive=True),
    "pos": Elementwise(operator.pos),
    "abs": Elementwise(abs),
    "str.get_item": Elementwise(_get_item),
    **{
        f"str.{name}": Elementwise(_method(f"str.{name}"), inferred=name in _MEASURES)
        for name in _STRING_METHODS
    },
    **{
        f"dt.{name}": Elementwise(_method(f"dt.{name}"), inferred=True)
        for name in _DATE_METHODS
        if name != "isocalendar"
    },
    **{
        f"dt.{name}": Elementwise(
            lambda values, _name=name: getattr(values.dt, _name), inferred=True
        )
        for name in DATE_PROPERTIES
    },
    "isna": Elementwise(_method("isna")),
    "notna": Elementwise(_method("notna")),
    "isin": Elementwise(_method("isin"), sensitive=True),
    "between": Elementwise(_method("between")),
    "fillna": Elementwise(_method("fillna"), inferred=True),
    "astype": Elementwise(_method("astype"), sensitive=True),
    "round": Elementwise(_method("round")),
    "clip": Elementwise(_method("clip"), inferred=True),
    "where": Elementwise(_method("where"), control=(1,), inferred=True),
    "mask": Elementwise(_method("mask"), control=(1,), inferred=True),
    "replace": Elementwise(_method("replace"), inferred=True, sensitive=True),
    "map_dict": Elementwise(_method("map"), inferred=True),
    "row": Elementwise(row_tuples),
    "to_numeric": Elementwise(_to_numeric, inferred=True),
    "to_datetime": Elementwise(_to_datetime, inferred=True),
}
"""Name -> function."""

ALIASES = {
    "isnull": "isna",
    "notnull": "notna",
    **{name: name for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")},
    **{name: name for name in ("eq", "ne", "lt", "le", "gt", "ge")},
    "multiply": "mul",
    "subtract": "sub",
    "div": "truediv",
    "divide": "truediv",
}
"""Methods of a series that are another name of an element-wise function."""
