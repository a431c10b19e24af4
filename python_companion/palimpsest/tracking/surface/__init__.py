"""What tracked frames, series and the module offer: name -> function, one line a group of methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import (
    applying,
    arranging,
    columns,
    deduplicating,
    grouping,
    joining,
    mapping,
    missing,
    projecting,
    reading,
)

FRAME_METHODS: dict[str, Callable[..., Any]] = {
    **projecting.FRAME,
    **deduplicating.FRAME,
    **joining.FRAME,
    **arranging.FRAME,
    **missing.FRAME,
    **grouping.FRAME,
    **applying.FRAME,
}
"""Methods of `DataFrame`."""

SERIES_METHODS: dict[str, Callable[..., Any]] = {
    **columns.SERIES,
    **mapping.SERIES,
    **arranging.SERIES,
    **missing.SERIES,
}
"""Methods of `Series`."""

MODULE_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **reading.MODULE,
    **joining.MODULE,
    **arranging.MODULE,
}
"""Functions of `palimpsest.pandas`."""
