"""Methods of a series that give one value: ``mean``, ``median``, ``quantile``, ``mode()[0]``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas

from ..operations.whole import FIRST_MODE, REDUCING, REDUCTIONS
from ..scalar import Scalar
from ..series import Series
from ..untracked import call_untracked
from .converting import of_whole_column


def _reduced(
    name: str, series: Series, args: Sequence[Any], keywords: Mapping[str, Any]
) -> Scalar | None:
    """Return the value of a whole column; None when it is not one value, or cannot be recorded."""
    mask = series._mask
    seen = series._held if mask is None else series._held[~mask]
    held = REDUCING[name](seen, *args, **keywords)
    if not pandas.api.types.is_scalar(held):
        return None
    column = of_whole_column(name, series, args, keywords)
    return None if column is None else Scalar(held, column, lambda: column)


def _method(name: str) -> Callable[..., Any]:
    def run(series: Series, *args: Any, **keywords: Any) -> Any:
        given = {key: value for key, value in keywords.items() if value is not None}
        made = _reduced(name, series, args, given) if "axis" not in given else None
        if made is not None:
            return made
        held = getattr(series._held, name)
        return call_untracked(f"this {name}", held, args, keywords, series._steps)

    return run


class Modes:
    """``series.mode()``: its first value is followed, anything else is pandas' and untracked."""

    def __init__(self, series: Series) -> None:
        self._series = series

    def __getitem__(self, key: Any) -> Any:
        first = type(key) is int and key == 0
        made = _reduced(FIRST_MODE, self._series, (), {}) if first else None
        return self._all[key] if made is None or made._held is None else made

    @property
    def iloc(self) -> Modes:
        """Modes by position, which are their labels too."""
        return self

    @property
    def _all(self) -> Any:
        series = self._series
        return call_untracked("this mode", series._held.mode, (), {}, series._steps)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._all, name)

    def __len__(self) -> int:
        return len(self._all)

    def __repr__(self) -> str:
        return repr(self._series._held.mode())


def mode(series: Series, *args: Any, **keywords: Any) -> Any:
    """``series.mode()``."""
    if args or keywords:
        return call_untracked("this mode", series._held.mode, args, keywords, series._steps)
    return Modes(series)


SERIES: dict[str, Callable[..., Any]] = {
    "mode": mode,
    **{name: _method(name) for name in sorted(REDUCTIONS)},
}
