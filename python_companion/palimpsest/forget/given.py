"""Values as a request gives them, in the dtype of their column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from palimpsest.errors import InvalidArgumentError
from palimpsest.store.cells import SqlValue, encode_cell
from palimpsest.store.dtypes import CategoryCodec, Codec, NumberCodec, ObjectCodec
from palimpsest.store.filters import parse_value
from palimpsest.store.tables import RowTable

Given: TypeAlias = "str | int | float | bool | None"
"""A value in a message; None is a missing value."""


def given_column(table: RowTable, column: str, values: Sequence[Given]) -> pd.Series[Any]:
    """Return values as a column of a table holds them.

    Raises
    ------
    PalimpsestError
        When one does not fit the column's dtype: what is read again would get another dtype, and
        with it other values everywhere.
    """
    codec = table.codecs[column]
    cells = [_cell(codec, column, value) for value in values]
    return codec.series(cells).set_axis(pd.RangeIndex(len(cells)))


def given_records(
    table: RowTable, source: str, records: Sequence[Mapping[str, Given]]
) -> pd.DataFrame:
    """Return records as rows of a table; a column that a record does not name is missing.

    Raises
    ------
    PalimpsestError
        When a record names no column that there is, or a value does not fit.
    """
    if not records:
        raise InvalidArgumentError(
            "An insert needs the records to insert.",
            hint=f"Source '{source}' has: {', '.join(table.columns)}.",
        )
    for place, record in enumerate(records):
        unknown = [name for name in record if name not in table.columns]
        if unknown:
            raise InvalidArgumentError(
                f"Record {place} names {', '.join(map(repr, unknown))}, which source '{source}' "
                "has not.",
                hint=f"It has: {', '.join(table.columns)}.",
            )
    columns = {
        name: given_column(table, name, [record.get(name) for record in records])
        for name in table.columns
    }
    return pd.DataFrame(columns, columns=table.columns, index=pd.RangeIndex(len(records)))


def _cell(codec: Codec, column: str, value: Given) -> SqlValue:
    if value is None:
        return _missing(codec, column)
    if isinstance(codec, ObjectCodec):
        return encode_cell(value)
    cell = parse_value(value, codec, column)
    if isinstance(codec, CategoryCodec):
        if cell not in codec.categories:
            raise InvalidArgumentError(
                f"The column '{column}' is categorical, and the value given is none of its "
                f"{len(codec.categories)} categories.",
                hint="A new category has to come with the source itself: run the pipeline again.",
            )
        return cell
    return _whole(codec, column, cell)


def _missing(codec: Codec, column: str) -> SqlValue:
    if isinstance(codec, NumberCodec) and codec.dtype.startswith(("int", "uint", "bool")):
        raise InvalidArgumentError(
            f"The column '{column}' holds {codec.dtype}, which has no missing value.",
            hint=f"Give a value for '{column}'.",
        )
    return encode_cell(np.nan) if isinstance(codec, ObjectCodec) else None


def _whole(codec: Codec, column: str, cell: SqlValue) -> SqlValue:
    """Refuse a number that a column of whole numbers cannot hold."""
    kind = codec.dtype.lower()
    if not kind.startswith(("int", "uint")) or cell is None:
        return cell
    number = cell if isinstance(cell, int | float) else np.nan
    limits = np.iinfo(kind)
    if number != number or number != int(number) or not limits.min <= number <= limits.max:
        raise InvalidArgumentError(
            f"The column '{column}' holds {codec.dtype}; the value given is no such number."
        )
    return int(number)
