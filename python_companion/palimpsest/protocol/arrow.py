"""Table pages as Arrow IPC streams that a browser can read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

ROW_COLUMN = "__row"
"""First column of every page: the row ids."""

ERASED_COLUMN = "__erased"
"""Last column, when a cell of the page is erased: positions in the page's `columns`."""

LARGEST_SAFE_INTEGER = 2**53 - 1
"""Larger integers are not exact as JavaScript numbers."""


def encode_page(
    rows: npt.NDArray[np.int32],
    frame: pd.DataFrame,
    erased: Mapping[str, npt.NDArray[np.bool_]] | None = None,
) -> bytes:
    """Encode a page as one Arrow IPC stream.

    Parameters
    ----------
    rows
        Row ids, shape (n,).
    frame
        The n rows, without their ids.
    erased
        For some columns, which of the n cells are erased.

    Returns
    -------
    bytes
        Columns ``__row`` (int32), those of `frame` in order, and ``__erased`` (list of int32)
        when there is an erased cell.
    """
    names = [ROW_COLUMN, *(str(name) for name in frame.columns)]
    arrays = [pa.array(rows, type=pa.int32())]
    arrays += [browser_array(frame.iloc[:, position]) for position in range(frame.shape[1])]
    marks = _erased_positions(frame, erased or {})
    if marks is not None:
        names.append(ERASED_COLUMN)
        arrays.append(marks)
    table = pa.table(arrays, names=names)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    encoded: bytes = sink.getvalue().to_pybytes()
    return encoded


def browser_array(series: pd.Series) -> Any:
    """Convert a column to an Arrow array of a type that JavaScript reads as plain values.

    64-bit integers become numbers where that is exact; datetimes, durations, periods, intervals
    and whatever Arrow has no type for become text as pandas writes it.
    """
    try:
        array = pa.array(series, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError, NotImplementedError):
        return _as_text(series)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    kind = array.type
    if pa.types.is_int64(kind) or pa.types.is_uint64(kind) or pa.types.is_uint32(kind):
        return _as_number(array)
    if pa.types.is_dictionary(kind):
        return browser_array(series.astype(series.cat.categories.dtype))
    if _is_text(kind):
        return array.cast(pa.string())
    return array if _is_plain(kind) else _as_text(series)


def _as_number(array: Any) -> Any:
    if len(array) == array.null_count:
        return array.cast(pa.int32())
    low, high = pa.compute.min_max(array).as_py().values()
    if low >= -(2**31) and high < 2**31:
        return array.cast(pa.int32())
    if low >= -LARGEST_SAFE_INTEGER and high <= LARGEST_SAFE_INTEGER:
        return array.cast(pa.float64())
    return array  # exact as BigInt; a rounded identifier would be a wrong one


def _is_text(kind: Any) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _is_plain(kind: Any) -> bool:
    return bool(
        pa.types.is_null(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
    )


def _as_text(series: pd.Series) -> Any:
    values = [None if _is_missing(value) else _text(value) for value in series.tolist()]
    return pa.array(values, type=pa.string())


def _is_missing(value: object) -> bool:
    missing = pd.isna(value)
    return missing if isinstance(missing, bool) else False


def _text(value: object) -> str:
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _erased_positions(
    frame: pd.DataFrame, erased: Mapping[str, npt.NDArray[np.bool_]]
) -> Any | None:
    if not any(mask.any() for mask in erased.values()):
        return None
    none = np.zeros(len(frame), dtype=bool)
    marks = np.column_stack([erased.get(name, none) for name in frame.columns])
    positions = [np.flatnonzero(row).tolist() for row in marks]
    return pa.array(positions, type=pa.list_(pa.int32()))
