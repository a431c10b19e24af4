"""Functions over whole columns at once, row by row: NumPy's, and reductions along a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas

_FLOATING = (
    "arccos",
    "arcsin",
    "arctan",
    "arctan2",
    "cbrt",
    "cos",
    "cosh",
    "deg2rad",
    "exp",
    "exp2",
    "expm1",
    "hypot",
    "isfinite",
    "isinf",
    "isnan",
    "log",
    "log10",
    "log1p",
    "log2",
    "rad2deg",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
)
"""Functions whose result does not depend on whether a number is whole."""

_KEEPING = (
    "absolute",
    "add",
    "ceil",
    "divide",
    "equal",
    "floor",
    "floor_divide",
    "fmax",
    "fmin",
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "negative",
    "not_equal",
    "power",
    "remainder",
    "rint",
    "sign",
    "square",
    "subtract",
    "trunc",
)

_REDUCTIONS = ("all", "any", "count", "max", "mean", "median", "min", "prod", "std", "sum", "var")


def _where(condition: Any, value: Any, other: Any) -> pandas.Series[Any]:
    index = next(one.index for one in (condition, value, other) if isinstance(one, pandas.Series))
    return pandas.Series(np.where(condition, value, other), index=index)


def _reduction(name: str) -> Callable[..., Any]:
    def run(*columns: pandas.Series[Any], **keywords: Any) -> Any:
        frame = pandas.DataFrame(dict(enumerate(columns)), index=columns[0].index)
        return getattr(frame, name)(axis=1, **keywords)

    return run


COMPUTED: dict[str, tuple[Callable[..., Any], bool]] = {
    **{f"np.{name}": (getattr(np, name), False) for name in _FLOATING},
    **{f"np.{name}": (getattr(np, name), True) for name in _KEEPING},
    "np.where": (_where, True),
}
"""NumPy's functions that take series, and whether the dtype of the result may depend on the values."""

REDUCED: dict[str, Callable[..., Any]] = {name: _reduction(name) for name in _REDUCTIONS}
"""Reductions of the cells of a row: ``frame.sum(axis=1)``."""
