"""What columns of a table look like: distribution, missing and erased cells, distinct values."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.pipeline.paging import shown_table
from palimpsest.pipeline.run import Run
from palimpsest.pipeline.tracing import plain
from palimpsest.protocol.checkmessages import (
    Bin,
    ColumnProfile,
    ColumnProfiles,
    Frequency,
    ProfileRequest,
)


def profile_columns(run: Run, request: ProfileRequest) -> ColumnProfiles:
    """Profile columns of a source, an intermediate table, the training table or the matrix.

    Raises
    ------
    PalimpsestError
        When there is no such table or column.
    """
    profiles = []
    with run.reading() as stored:
        table = shown_table(stored, request.table)
        rows = table.select(request.filter)
        first = table.read(rows[:1], request.columns)
        for name in request.columns:
            values, erased = table.column(name, rows)
            dtype = table.dtype(name, first)
            profiles.append(
                profile(values, erased, dtype=dtype, bins=request.bins, top=request.top)
            )
    return ColumnProfiles(columns=profiles)


def profile(
    column: pd.Series, erased: npt.NDArray[np.bool_], *, dtype: str, bins: int = 20, top: int = 10
) -> ColumnProfile:
    """Profile one column.

    Parameters
    ----------
    column : Series, shape (n,)
    erased : (n,) bool
        Cells that hold nothing, whatever stands in them.
    dtype : str
        As it is shown.
    bins, top : int
        How many bars, and how many of the most frequent values.
    """
    there = column[~erased]
    values = there.dropna()
    numbers = _numbers(values)
    counts = _counts(values)
    return ColumnProfile(
        name=str(column.name),
        dtype=dtype,
        rows=len(column),
        missing=len(there) - len(values),
        erased=int(erased.sum()),
        distinct=len(counts),
        minimum=_extreme(values, "min"),
        maximum=_extreme(values, "max"),
        mean=_statistic(numbers, np.mean),
        deviation=_statistic(numbers, np.std),
        median=_statistic(numbers, np.median),
        bins=_bins(numbers, bins),
        top=[
            Frequency(value=plain(value), count=int(count))
            for value, count in counts.iloc[:top].items()
        ],
    )


def _numbers(values: pd.Series) -> npt.NDArray[np.float64]:
    """Return finite numbers, times as seconds since 1970; empty for anything else."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        values = (values - pd.Timestamp(0, tz=values.dt.tz)) / pd.Timedelta(seconds=1)
    elif pd.api.types.is_timedelta64_dtype(values.dtype):
        values = values / pd.Timedelta(seconds=1)
    elif not pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_complex_dtype(
        values.dtype
    ):
        return np.empty(0)
    found = values.to_numpy(dtype=np.float64)
    finite: npt.NDArray[np.float64] = found[np.isfinite(found)]
    return finite


def _counts(values: pd.Series) -> pd.Series:
    try:
        return values.value_counts()
    except TypeError:  # lists and dicts
        return values.map(repr).value_counts()


def _extreme(values: pd.Series, which: str) -> Any:
    """Return the smallest or largest value, None where values have no order."""
    if not len(values):
        return None
    try:
        return plain(getattr(values, which)())
    except TypeError:
        return None


def _statistic(numbers: npt.NDArray[np.float64], of: Any) -> float | None:
    return float(of(numbers)) if len(numbers) else None


def _bins(numbers: npt.NDArray[np.float64], bins: int) -> list[Bin]:
    if not len(numbers):
        return []
    counts, edges = np.histogram(numbers, bins=bins)
    return [
        Bin(low=float(low), high=float(high), count=int(count))
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
