"""What tracked frames, series and the module offer: name -> function, one line a group of methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..elementwise import ALIASES, ELEMENTWISE, REFLECTED
from ..frame import DataFrame
from ..operations.transform import TRANSFORMS
from ..series import Series
from ..untracked import QUIET
from . import (
    applying,
    arranging,
    columns,
    converting,
    deduplicating,
    framewise,
    grouping,
    joining,
    mapping,
    membership,
    missing,
    picking,
    projecting,
    querying,
    reading,
    reducing,
    texts,
)

FRAME_METHODS: dict[str, Callable[..., Any]] = {
    **framewise.FRAME,
    **converting.FRAME,
    **querying.FRAME,
    **picking.FRAME,
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
    **converting.SERIES,
    **mapping.SERIES,
    **membership.SERIES,
    **deduplicating.SERIES,
    **grouping.SERIES,
    **arranging.SERIES,
    **picking.SERIES,
    **reducing.SERIES,
    **missing.SERIES,
}
"""Methods of `Series`."""

MODULE_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **reading.MODULE,
    **joining.MODULE,
    **arranging.MODULE,
    **converting.MODULE,
}
"""Functions of `palimpsest.pandas`."""

ACCESSOR_METHODS: dict[str, Callable[..., Any]] = texts.ACCESSORS
"""Methods behind ``.str`` and ``.dt`` that are more than one element-wise function, by their full name."""

IN_PLACE: frozenset[str] = frozenset(
    [
        "drop",
        "drop_duplicates",
        "dropna",
        "fillna",
        "mask",
        "query",
        "rename",
        "replace",
        "reset_index",
        "set_index",
        "sort_values",
        "where",
    ]
)
"""Methods of `DataFrame` with ``inplace=True``."""

WITH_SCALARS: frozenset[str] = frozenset(
    ["assign", "clip", "fillna", "insert", "mask", "pipe", "where"]
)
"""Methods of `DataFrame` that record single values of columns (see `Scalar`); the others read them."""


def tracked_names() -> frozenset[str]:
    """Names of the methods and properties that frames, series, groups and accessors follow, or that read no values."""
    elementwise = {name.rpartition(".")[2] for name in (*ELEMENTWISE, *ACCESSOR_METHODS)}
    defined = {name for kind in (DataFrame, Series, grouping.Groups) for name in vars(kind)}
    return frozenset(
        {*FRAME_METHODS, *SERIES_METHODS, *elementwise, *ALIASES, *REFLECTED, *QUIET}
        | {*TRANSFORMS, *(name for name in defined if not name.startswith("_"))}
    )
