"""NumPy's functions of tracked series that are no ufuncs: ``np.where``, ``np.select``, ``np.isin``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas

from ..series import Series, elementwise
from ..untracked import call_untracked


def call(function: Callable[..., Any], args: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
    """Call a function of NumPy some of whose arguments are tracked."""
    known = _FUNCTIONS.get(function)
    made = None if known is None else known(*args, **keywords)
    if made is not None:
        return made
    return call_untracked(f"np.{function.__name__}", function, args, keywords)


def _where(condition: Any, *values: Any) -> Any:
    return elementwise("np.where", (condition, *values), {}) if len(values) == 2 else None


def _select(conditions: Sequence[Any], choices: Sequence[Any], default: Any = 0) -> Any:
    """Record as nested ``np.where``, when that gives the same values."""
    series = [one for one in [*conditions, *choices] if isinstance(one, Series)]
    result = default
    for condition, choice in reversed(list(zip(conditions, choices, strict=False))):
        result = elementwise("np.where", (condition, choice, result), {})
    plain = np.select(_held(conditions), _held(choices), default)
    expected = pandas.Series(plain, index=series[0]._held.index)
    masked = isinstance(result, Series) and result._mask is not None
    if isinstance(result, Series) and (masked or result._held.equals(expected)):
        return result
    return None


def _held(values: Sequence[Any]) -> list[Any]:
    return [value._held if isinstance(value, Series) else value for value in values]


def _isin(element: Any, test_elements: Any, **keywords: Any) -> Any:
    if keywords or not isinstance(element, Series) or isinstance(test_elements, Series):
        return None
    return element.isin(test_elements)


def _method(name: str) -> Callable[..., Any]:
    def run(values: Any, *args: Any, **keywords: Any) -> Any:
        if isinstance(values, Series) and keywords.get("out") is None:
            return getattr(values, name)(*args, **keywords)
        return None

    return run


_FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.where: _where,
    np.select: _select,
    np.isin: _isin,
    np.clip: _method("clip"),
    np.round: _method("round"),
    np.around: _method("round"),
}
