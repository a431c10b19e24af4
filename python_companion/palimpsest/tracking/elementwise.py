"""The table of element-wise functions: each result depends on the operands of its own row only.

A name is looked up here by the tracked series (to record a call) and by the evaluation of a plan
(to run it), so that both do the same. Most are methods of `pandas.Series` by their own name.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas

from .columnwise import COMPUTED, REDUCED
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
    lists : bool
        Whether a list among the operands is one value for all rows; for the others it holds a value
        for each row by its place, which no plan can keep.
    beyond : frozenset of str
        Keywords with which a result depends on other rows too.
    """

    run: DataFunction
    control: tuple[int, ...] = ()
    inferred: bool = False
    sensitive: bool = False
    lists: bool = False
    beyond: frozenset[str] = frozenset()

    def local(self, args: Sequence[Any], keywords: Mapping[str, Any]) -> bool:
        """Say whether, called like this, each result depends on its own row only."""
        given = {key for key, value in keywords.items() if value is not None}
        if given & self.beyond or keywords.get("ambiguous") == "infer":
            return False
        return self.lists or not any(map(_by_place, [*args, *keywords.values()]))


def _by_place(value: Any) -> bool:
    """Say whether a plain value holds values by place or by label."""
    return pandas.api.types.is_list_like(value) and not isinstance(value, tuple)


def _method(path: str) -> DataFunction:
    *accessor, name = path.split(".")

    def run(values: pandas.Series[Any], *args: Any, **keywords: Any) -> Any:
        target = getattr(values, accessor[0]) if accessor else values
        return getattr(target, name)(*args, **keywords)

    return run


def _operator(name: str, plain: DataFunction) -> DataFunction:
    def run(left: Any, right: Any, fill_value: Any = None) -> Any:
        if fill_value is None:
            return plain(left, right)
        return getattr(left, name)(right, fill_value=fill_value)

    return run


def _get_item(values: pandas.Series[Any], key: Any) -> Any:
    return values.str[key]


def _cat(values: pandas.Series[Any], *others: Any, **keywords: Any) -> Any:
    return values.str.cat(list(others), **keywords)


def _extract_group(values: pandas.Series[Any], pattern: str, group: int, flags: int = 0) -> Any:
    return values.str.extract(pattern, flags=flags, expand=True).iloc[:, group]


def _calendar_part(values: pandas.Series[Any], part: str) -> Any:
    return values.dt.isocalendar()[part]


def _cut(values: pandas.Series[Any], bins: Any, **keywords: Any) -> Any:
    return pandas.cut(values, bins, **keywords)


def _put(values: pandas.Series[Any], where: pandas.Series[Any], new: Any) -> Any:
    """Cells of ``frame.loc[where, name] = new``."""
    frame = pandas.DataFrame({"cells": values})
    frame.loc[where, "cells"] = new
    return frame["cells"]


def _put_new(where: pandas.Series[Any], new: Any) -> Any:
    """Cells of ``frame.loc[where, name] = new`` with a name that is not there yet."""
    frame = pandas.DataFrame(index=where.index)
    frame.loc[where, "cells"] = new
    return frame["cells"]


def _to_numeric(values: pandas.Series[Any], **keywords: Any) -> Any:
    return pandas.to_numeric(values, **keywords)


def _to_datetime(values: pandas.Series[Any], **keywords: Any) -> Any:
    return pandas.to_datetime(values, **keywords)


def _to_timedelta(values: pandas.Series[Any], **keywords: Any) -> Any:
    return pandas.to_timedelta(values, **keywords)


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
    "decode",
    "encode",
    "endswith",
    "find",
    "findall",
    "fullmatch",
    "get",
    "index",
    "isalnum",
    "isalpha",
    "isascii",
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
    "partition",
    "removeprefix",
    "removesuffix",
    "repeat",
    "replace",
    "rfind",
    "rindex",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "slice",
    "slice_replace",
    "split",
    "startswith",
    "strip",
    "swapcase",
    "title",
    "translate",
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
        "index",
        "isalnum",
        "isalpha",
        "isascii",
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
        "rindex",
        "startswith",
    ]
)
"""String methods that give numbers or truth values: missing text changes the dtype."""

_DATE_METHODS = [
    "as_unit",
    "ceil",
    "day_name",
    "floor",
    "month_name",
    "normalize",
    "round",
    "strftime",
    "to_period",
    "total_seconds",
    "tz_convert",
    "tz_localize",
]

DATE_PROPERTIES = [
    "date",
    "day",
    "day_of_week",
    "day_of_year",
    "dayofweek",
    "dayofyear",
    "days",
    "days_in_month",
    "daysinmonth",
    "hour",
    "is_leap_year",
    "is_month_end",
    "is_month_start",
    "is_quarter_end",
    "is_quarter_start",
    "is_year_end",
    "is_year_start",
    "microsecond",
    "microseconds",
    "minute",
    "month",
    "nanosecond",
    "nanoseconds",
    "quarter",
    "second",
    "seconds",
    "time",
    "timetz",
    "weekday",
    "year",
]

ELEMENTWISE: dict[str, Elementwise] = {
    **{
        name: Elementwise(_operator(name, run), sensitive=name in _SENSITIVE_BINARY)
        for name, run in _BINARY.items()
    },
    "invert": Elementwise(operator.invert, sensitive=True),
    "neg": Elementwise(operator.neg, sensitive=True),
    "pos": Elementwise(operator.pos),
    "abs": Elementwise(abs),
    "str.get_item": Elementwise(_get_item),
    **{
        f"str.{name}": Elementwise(
            _method(f"str.{name}"), inferred=name in _MEASURES, lists=name in {"translate"}
        )
        for name in _STRING_METHODS
    },
    "str.cat": Elementwise(_cat),
    "str.extract_group": Elementwise(_extract_group),
    "dt.calendar_part": Elementwise(_calendar_part),
    **{f"dt.{name}": Elementwise(_method(f"dt.{name}"), inferred=True) for name in _DATE_METHODS},
    **{
        f"dt.{name}": Elementwise(
            lambda values, _name=name: getattr(values.dt, _name), inferred=True
        )
        for name in DATE_PROPERTIES
    },
    "isna": Elementwise(_method("isna")),
    "notna": Elementwise(_method("notna")),
    "isin": Elementwise(_method("isin"), sensitive=True, lists=True),
    "between": Elementwise(_method("between")),
    "fillna": Elementwise(
        _method("fillna"), inferred=True, beyond=frozenset({"method", "limit", "axis"})
    ),
    "astype": Elementwise(_method("astype"), sensitive=True),
    "round": Elementwise(_method("round")),
    "clip": Elementwise(_method("clip"), inferred=True),
    "where": Elementwise(_method("where"), control=(1,), inferred=True),
    "mask": Elementwise(_method("mask"), control=(1,), inferred=True),
    "replace": Elementwise(
        _method("replace"),
        inferred=True,
        sensitive=True,
        lists=True,
        beyond=frozenset({"method", "limit"}),
    ),
    "map_dict": Elementwise(_method("map"), inferred=True, lists=True),
    "put": Elementwise(_put, control=(1,), inferred=True),
    "put_new": Elementwise(_put_new, control=(0,), inferred=True),
    "row": Elementwise(row_tuples),
    "cut": Elementwise(
        _cut, inferred=True, sensitive=True, lists=True, beyond=frozenset({"retbins"})
    ),
    "to_numeric": Elementwise(_to_numeric, inferred=True, beyond=frozenset({"downcast"})),
    "to_datetime": Elementwise(_to_datetime, inferred=True),
    "to_timedelta": Elementwise(_to_timedelta, inferred=True),
    **{
        name: Elementwise(run, control=(0,) if name == "np.where" else (), inferred=inferred)
        for name, (run, inferred) in COMPUTED.items()
    },
    **{f"row.{name}": Elementwise(run, inferred=True) for name, run in REDUCED.items()},
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

REFLECTED = {
    "radd": "add",
    "rsub": "sub",
    "rmul": "mul",
    "rdiv": "truediv",
    "rtruediv": "truediv",
    "rfloordiv": "floordiv",
    "rmod": "mod",
    "rpow": "pow",
}
"""Methods of a series that are an element-wise function with its operands exchanged."""
