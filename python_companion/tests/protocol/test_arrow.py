"""A page read back from Arrow holds what the frame held, in types that JavaScript reads."""

from __future__ import annotations

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from palimpsest.protocol.arrow import LARGEST_SAFE_INTEGER, encode_page


def read(page: bytes) -> pa.Table:
    return pa.ipc.open_stream(page).read_all()


def column(values: object, dtype: object = None) -> pa.ChunkedArray:
    frame = pd.DataFrame({"c": pd.Series(values, dtype=dtype)})
    return read(encode_page(np.arange(len(frame), dtype=np.int32), frame)).column("c")


def test_row_ids_come_first_as_int32() -> None:
    frame = pd.DataFrame({"a": ["x", None], "b": [1.5, np.nan]})
    table = read(encode_page(np.array([7, 3], dtype=np.int32), frame))
    assert table.column_names == ["__row", "a", "b"]
    assert table.column("__row").type == pa.int32()
    assert table.to_pydict() == {"__row": [7, 3], "a": ["x", None], "b": [1.5, None]}


@pytest.mark.parametrize(
    ("values", "dtype", "kind"),
    [
        ([1, -5], "int64", pa.int32()),
        ([1, 2**40], "int64", pa.float64()),
        ([1, LARGEST_SAFE_INTEGER], "int64", pa.float64()),
        ([1, LARGEST_SAFE_INTEGER + 1], "int64", pa.int64()),
        ([1, 2**63], "uint64", pa.uint64()),
        ([1, None], "Int64", pa.int32()),
        ([None, None], "Int64", pa.int32()),
        ([], "int64", pa.int32()),
        ([1, 2], "int8", pa.int8()),
        ([True, None], "boolean", pa.bool_()),
        (["a", None], "str", pa.string()),
        (["a", "b"], "category", pa.string()),
        ([3, 4], "category", pa.int32()),
    ],
)
def test_types_that_javascript_reads_as_values(
    values: list[object], dtype: str, kind: pa.DataType
) -> None:
    read_back = column(values, dtype)
    assert read_back.type == kind
    assert read_back.to_pylist() == values


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([1, "a", None], ["1", "a", None]),
        ([decimal.Decimal("1.50")], ["1.50"]),
        ([[1, 2], None], ["[1, 2]", None]),
        ([{"a": 1}], ["{'a': 1}"]),
        ([dt.timedelta(days=1)], ["1 days 00:00:00"]),
        ([pd.Period("2024-01")], ["2024-01"]),
        ([pd.Timestamp("2024-05-06 07:08:09"), pd.NaT], ["2024-05-06 07:08:09", None]),
        ([pd.Timestamp("2024-05-06", tz="Europe/Berlin")], ["2024-05-06 00:00:00+02:00"]),
        ([dt.date(2024, 5, 6), None], ["2024-05-06", None]),
        (pd.Series(["\ud800"], dtype=object), ["?"]),
        ([2**70], [str(2**70)]),
    ],
)
def test_what_the_browser_has_no_type_for_is_text(
    values: list[object], texts: list[str | None]
) -> None:
    assert column(values).to_pylist() == texts


def test_erased_cells_are_marked_by_position() -> None:
    frame = pd.DataFrame({"a": ["x", None], "b": [None, None]})
    erased = {"b": np.array([True, False]), "a": np.array([False, False])}
    table = read(encode_page(np.arange(2, dtype=np.int32), frame, erased))
    assert table.column_names == ["__row", "a", "b", "__erased"]
    assert table.column("__erased").to_pylist() == [[1], []]


def test_no_mark_when_nothing_is_erased() -> None:
    frame = pd.DataFrame({"a": [1]})
    page = encode_page(np.arange(1, dtype=np.int32), frame, {"a": np.array([False])})
    assert read(page).column_names == ["__row", "a"]


def test_an_empty_page() -> None:
    table = read(
        encode_page(np.zeros(0, dtype=np.int32), pd.DataFrame({"a": pd.Series(dtype=str)}))
    )
    assert table.num_rows == 0
    assert table.column_names == ["__row", "a"]
