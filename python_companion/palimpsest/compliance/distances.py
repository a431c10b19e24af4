"""How far two samples are apart, and whether chance explains it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

SURE = 0.001
"""A distance counts when chance would give one as large less often than this."""


@dataclass(frozen=True)
class Distance:
    """How far two samples of a column are apart.

    Attributes
    ----------
    measure : str
        ``Kolmogorov-Smirnov`` for numbers and times, ``total variation`` for anything else; both lie between 0 and 1.
    size : float
    chance : float
        The probability of a distance as large between samples of one distribution.
    """

    measure: str
    size: float
    chance: float

    @property
    def sure(self) -> float:
        """The distance, 0 when chance explains it."""
        return self.size if self.chance < SURE else 0.0


def distance(one: pd.Series, other: pd.Series) -> Distance | None:
    """Measure how far two samples are apart; None when one of them is empty or values cannot be compared."""
    one, other = one.dropna(), other.dropna()
    if not len(one) or not len(other):
        return None
    if _is_number(one) and _is_number(other):
        found = stats.ks_2samp(_numbers(one), _numbers(other), method="asymp")
        return Distance("Kolmogorov-Smirnov", float(found.statistic), float(found.pvalue))
    try:
        table = pd.concat(
            [one.astype(object).value_counts(), other.astype(object).value_counts()], axis=1
        ).fillna(0)
    except TypeError:  # lists and dicts
        return None
    counts = table.to_numpy(dtype=np.float64).T
    shares = counts / counts.sum(axis=1, keepdims=True)
    size = float(np.abs(shares[0] - shares[1]).sum() / 2)
    return Distance("total variation", size, _chance(counts))


def _chance(counts: npt.NDArray[np.float64]) -> float:
    """Test equal proportions; rare values are counted together, for which the test is no good one by one."""
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    rare = (expected < 5).any(axis=0)
    kept = np.hstack([counts[:, ~rare], counts[:, rare].sum(axis=1, keepdims=True)])
    kept = kept[:, kept.sum(axis=0) > 0]
    if kept.shape[1] < 2:
        return 1.0
    return float(stats.chi2_contingency(kept).pvalue)


def _is_number(values: pd.Series) -> bool:
    kinds = pd.api.types
    number = kinds.is_numeric_dtype(values.dtype) and not kinds.is_bool_dtype(values.dtype)
    return bool(number or kinds.is_datetime64_any_dtype(values.dtype))


def _numbers(values: pd.Series) -> npt.NDArray[np.float64]:
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        values = values.astype("int64")
    numbers: npt.NDArray[np.float64] = values.to_numpy(dtype=np.float64)
    return numbers
