"""The training table as transformers see it that are fitted on all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..matrix import Floats, Ints, Marks

_DIGITS = 10
_STEP = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, eq=False)
class Labels:
    """The labels of the training table's rows.

    Attributes
    ----------
    values : (n,) or (n, k)
        What stands in an erased one must not be looked at.
    known : (n,) bool
        Which are not erased.
    """

    values: npt.NDArray[Any]
    known: Marks

    def take(self, rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return labels of rows, objects of one type as an array of that type."""
        taken = self.values[rows]
        return np.array(taken.tolist()) if taken.dtype == object else taken


@dataclass(frozen=True, eq=False)
class Table:
    """The whole training table.

    Attributes
    ----------
    frame : DataFrame of n rows
    erased : mapping of column to (n,) bool
    fit : (n,) bool
        Which rows encoders are fitted on.
    labels : Labels or None
        For transformers that learn from them.
    """

    frame: Any
    erased: Mapping[Any, Marks]
    fit: Marks
    labels: Labels | None = None

    @cached_property
    def order(self) -> Ints:
        """An order of the rows that what they hold decides, not where they stand.

        What a transformer draws at random must not change because a row of the table has another
        place after a forget than it would have in a run made afresh. Rows that are equal in
        everything may change places.
        """
        digest = np.zeros(len(self.frame), dtype=np.uint64)
        for column in self.frame.columns:
            digest = digest * _STEP + _digests(self.frame[column], self.erased.get(column))
        if self.labels is not None:
            digest = digest * _STEP + self._label_digests(self.labels)
        return np.argsort(digest, kind="stable")

    def _label_digests(self, labels: Labels) -> npt.NDArray[np.uint64]:
        import pandas

        columns = labels.values if labels.values.ndim > 1 else labels.values[:, None]
        digest = np.zeros(len(columns), dtype=np.uint64)
        for column in columns.T:
            digest = digest * _STEP + _digests(pandas.Series(column), ~labels.known)
        return digest


def _digests(column: Any, erased: Marks | None) -> npt.NDArray[np.uint64]:
    """Return a number for each cell, the same for equal values of different types."""
    import pandas

    absent = np.asarray(pandas.isna(column), dtype=np.bool_)
    if erased is not None:
        absent = absent | erased
    digests = np.zeros(len(absent), dtype=np.uint64)
    present = column[~absent]
    numbers = _numbers(present)
    if numbers is None:
        texts = np.array([_text(value) for value in present], dtype=object)
        digests[~absent] = pandas.util.hash_array(texts, categorize=False)
    else:
        digests[~absent] = pandas.util.hash_array(_rounded(numbers))
    return digests


def _numbers(column: Any) -> Floats | None:
    """Return a column as numbers, whatever its type; None when it holds anything else."""
    kind = getattr(column.dtype, "kind", "O")
    numeric = kind in "biuf" or (
        kind == "O" and all(isinstance(value, bool | int | float | np.number) for value in column)
    )
    return column.to_numpy(dtype=np.float64) if numeric else None


def _rounded(numbers: Floats) -> Floats:
    """Return numbers without the digits in which two ways to compute them may differ."""
    scale = 10.0 ** (_DIGITS - 1 - np.floor(np.log10(np.maximum(np.abs(numbers), 1e-290))))
    rounded: Floats = np.round(numbers * scale) / scale
    return np.where(np.isfinite(rounded), rounded, numbers) + 0.0


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else repr(value)
