"""Rows as values that compare as their cells do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

import numpy as np
import pandas as pd

from palimpsest.store.tables import Masks

_ERASED, _MISSING = "\0erased", "\0missing"


def row_difference(
    before: tuple[pd.DataFrame, Masks], after: tuple[pd.DataFrame, Masks]
) -> tuple[int, int]:
    """Count the rows of two tables that only one of them has, as multisets.

    Returns
    -------
    only_before, only_after : int
    """
    was, now = Counter(row_values(*before)), Counter(row_values(*after))
    return sum((was - now).values()), sum((now - was).values())


def row_values(frame: pd.DataFrame, erased: Masks, *, digits: int | None = 12) -> list[Hashable]:
    """Return each row as one hashable value.

    Parameters
    ----------
    frame : DataFrame
    erased : dict of column to (n,) bool
    digits : int or None
        To how many digits numbers are compared; None for all of them, and for types.
    """
    columns = []
    for name in frame.columns:
        mask = erased.get(str(name))
        values = [_cell(value, digits) for value in frame[name].astype(object)]
        if mask is not None:
            values = [_ERASED if gone else v for v, gone in zip(values, mask, strict=True)]
        columns.append(values)
    return list(zip(*columns, strict=True)) if columns else [()] * len(frame)


def _cell(value: object, digits: int | None) -> Hashable:
    if isinstance(value, str):
        return value
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool | int | float):
        if value != value:
            return _MISSING
        if digits is None:
            return type(value).__name__, value
        return float(f"{float(value):.{digits - 1}e}")
    if value is None or value is pd.NA or value is pd.NaT:
        return _MISSING
    if isinstance(value, np.ndarray):
        return tuple(_cell(item, digits) for item in value.ravel().tolist())
    return type(value).__name__, repr(value)
