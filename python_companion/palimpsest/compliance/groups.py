"""Groups of people or things: the values of a source column, as few names as can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.compliance.check import ChosenColumns, Columns, Threshold
from palimpsest.compliance.view import RunView
from palimpsest.errors import PalimpsestError

Codes = npt.NDArray[np.int64]

MOST_GROUPS = 20
"""A column with more distinct values is cut into ranges, or is no group by itself."""

RANGES = 4
_BITS = 62
_NONE = np.empty(0, dtype=np.int64)
MISSING = "(missing)"

MOST_COLUMNS = 12
"""Columns that are looked at when the user chose none."""

GROUPS = ChosenColumns("groups", "Groups by these columns (by default those with few values)")
"""The setting of a check that compares groups."""

SMALLEST = Threshold("smallest", "Leave out groups with fewer rows than", 30.0, "number")
"""The setting of a check whose numbers mean nothing for a handful of rows."""


@dataclass(frozen=True)
class Grouping:
    """Which group each record of a source belongs to.

    Attributes
    ----------
    source, column : str
    names : list of str
    codes : (n,) int64
        For each record, in the order of their ids; -1 for an erased cell.
    """

    source: str
    column: str
    names: list[str]
    codes: Codes

    @property
    def title(self) -> str:
        """Source and column."""
        return f"{self.source}.{self.column}"


def grouping(view: RunView, source: str, column: str) -> Grouping:
    """Put the records of a source into groups by one of its columns.

    A column of numbers or times with many distinct values is cut into ranges of about equal size.

    Raises
    ------
    PalimpsestError
        When there is no such source or column.
    """
    check_column(view, source, column)
    part = view.source(source)
    values = part.frame[column]
    kept = values.dropna()
    if _is_ordered(kept) and kept.nunique() > MOST_GROUPS:
        values = pd.qcut(values, RANGES, duplicates="drop").astype(str).where(values.notna())
    codes, names = pd.factorize(values.map(str, na_action="ignore"), sort=True)
    codes = codes.astype(np.int64)
    labels = [str(name) for name in names]
    if (codes < 0).any():
        codes[codes < 0] = len(labels)
        labels.append(MISSING)
    mask = part.erased.get(column)
    if mask is not None:
        codes[mask] = -1
    return Grouping(source, column, labels, codes)


def group_columns(view: RunView, chosen: Columns) -> list[Grouping]:
    """Return the chosen groupings; without any those by text and truth columns with few values."""
    if chosen:
        return [grouping(view, source, column) for source, column in chosen]
    found: list[Grouping] = []
    for source in view.sources:
        part = view.source(source)
        for column in part.frame.columns:
            if len(found) < MOST_COLUMNS and _is_grouping(part.frame[column]):
                found.append(grouping(view, source, str(column)))
    return found


def members(view: RunView, of: Grouping) -> pd.DataFrame:
    """Return which rows of the training table belong to which group.

    Returns
    -------
    DataFrame
        ``row`` (position) and ``group`` (code), each pair once: a row that is made of records of several groups
        belongs to all of them, one that is made of none to no group.
    """
    rows, codes = [], []
    for start in range(0, len(of.names), _BITS):
        part = of.codes - start
        bits = np.where((part >= 0) & (part < _BITS), 1 << np.clip(part, 0, _BITS - 1), 0)
        held = view.carried_forward({of.source: bits}, np.bitwise_or, 0)
        for bit in range(min(_BITS, len(of.names) - start)):
            places = np.flatnonzero((held >> bit) & 1)
            rows.append(places)
            codes.append(np.full(len(places), start + bit))
    found = pd.DataFrame(
        {"row": np.concatenate([_NONE, *rows]), "group": np.concatenate([_NONE, *codes])}
    )
    return found.sort_values(["row", "group"], ignore_index=True)


def check_column(view: RunView, source: str, column: str) -> None:
    """Refuse a column that the run has not."""
    if source not in view.sources:
        raise PalimpsestError(
            "not-found",
            f"This run has no source '{source}'.",
            hint=f"It has: {', '.join(view.sources)}.",
        )
    columns: Sequence[str] = view.source_columns(source)
    if column not in columns:
        raise PalimpsestError(
            "not-found",
            f"The source '{source}' has no column '{column}'.",
            hint=f"It has: {', '.join(columns)}.",
        )


def _is_ordered(values: pd.Series) -> bool:
    kinds = pd.api.types
    number = kinds.is_numeric_dtype(values.dtype) and not kinds.is_bool_dtype(values.dtype)
    return bool(number or kinds.is_datetime64_any_dtype(values.dtype))


def _is_grouping(values: pd.Series) -> bool:
    if _is_ordered(values):
        return False
    try:
        distinct = values.nunique()
    except TypeError:  # lists and dicts
        return False
    return bool(2 <= distinct <= MOST_GROUPS)
