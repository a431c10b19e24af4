"""Drop-in pandas: the same values, and every row and column knows where it comes from.

``import palimpsest.pandas as pd`` in place of ``import pandas as pd``. What is not tracked still
runs, with a `palimpsest.TrackingWarning` that names the line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as _pandas

from .tracking.frame import DataFrame
from .tracking.series import Series
from .tracking.surface import MODULE_FUNCTIONS
from .tracking.surface.reading import untracked_reader
from .tracking.untracked import call_untracked, is_tracked

__all__ = ["DataFrame", "Series"]

__version__ = _pandas.__version__


def __getattr__(name: str) -> Any:
    if name in MODULE_FUNCTIONS:
        return MODULE_FUNCTIONS[name]
    value = getattr(_pandas, name)
    if name.startswith("read_") and callable(value):
        return untracked_reader(name)
    if callable(value) and not isinstance(value, type):
        return _guarded(name, value)
    return value


def _guarded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Call a pandas function; with tracked arguments its result is marked untracked."""

    def call(*args: Any, **keywords: Any) -> Any:
        if is_tracked(list(args)) or is_tracked(keywords):
            return call_untracked(f"pandas.{name}", function, args, keywords)
        return function(*args, **keywords)

    call.__name__ = name
    call.__doc__ = function.__doc__
    return call


def __dir__() -> list[str]:
    return sorted({*dir(_pandas), *MODULE_FUNCTIONS, *__all__})
