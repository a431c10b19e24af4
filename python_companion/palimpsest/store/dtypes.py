"""Columns of a frame as SQLite values, faithful to their dtype.

A codec is chosen by the dtype and described as JSON. It never holds a value of the column: what
belongs to the rows (also the categories of a categorical) is kept where it can be erased.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from typing_extensions import override

from palimpsest.errors import InvalidArgumentError
from palimpsest.store.cells import NotStorable, SqlValue, decode_cell, encode_cell

Json = dict[str, Any]


class Codec(ABC):
    """How the values of one column are kept."""

    kind: ClassVar[str]

    @abstractmethod
    def describe(self) -> Json:
        """Return the codec as JSON."""

    @abstractmethod
    def encode(self, values: pd.Series) -> list[SqlValue]:
        """Return the values as SQLite keeps them; a missing one is usually None."""

    @abstractmethod
    def decode(self, values: Sequence[SqlValue]) -> Any:
        """Return an array as pandas holds it in a column.

        None becomes a missing value, or zero where the dtype has none.
        """

    def column(self, values: Sequence[SqlValue]) -> Any:
        """Return what a frame may be built of without guessing a dtype; quicker than `series`."""
        return self.decode(values)

    def series(self, values: Sequence[SqlValue]) -> pd.Series:
        """Return the values as a column, without letting pandas guess a dtype."""
        decoded = self.decode(values)
        return pd.Series(decoded, dtype=getattr(decoded, "dtype", None))

    @property
    @abstractmethod
    def dtype(self) -> str:
        """Name of the dtype, as pandas shows it."""


class NumberCodec(Codec):
    """NumPy integers, floats and booleans."""

    kind = "number"

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._dtype = dtype

    @property
    @override
    def dtype(self) -> str:
        return str(self._dtype)

    @override
    def describe(self) -> Json:
        return {"kind": self.kind, "dtype": self._dtype.str}

    @override
    def encode(self, values: pd.Series) -> list[SqlValue]:
        array = values.to_numpy()
        if self._dtype == np.uint64 and len(array) and int(array.max()) >= 2**63:
            raise NotStorable("an unsigned integer over 2**63")
        if self._dtype.kind == "b":
            array = array.view(np.uint8)
        encoded: list[SqlValue] = array.tolist()
        if self._dtype.kind == "f" and np.isnan(array).any():
            return [None if value != value else value for value in encoded]
        return encoded

    @override
    def decode(self, values: Sequence[SqlValue]) -> Any:
        if self._dtype.kind == "f":
            return np.array(values, dtype=np.float64).astype(self._dtype, copy=False)
        # Only an erased cell has no value here; like everywhere, it then holds a zero.
        return np.array([0 if v is None else v for v in values], dtype=self._dtype)


class MaskedCodec(Codec):
    """Nullable integers, floats and booleans of pandas."""

    kind = "masked"

    def __init__(self, dtype: str) -> None:
        self._dtype = dtype

    @property
    @override
    def dtype(self) -> str:
        return self._dtype

    @override
    def describe(self) -> Json:
        return {"kind": self.kind, "dtype": self._dtype}

    @override
    def encode(self, values: pd.Series) -> list[SqlValue]:
        if self._dtype == "UInt64" and (values.max() or 0) >= 2**63:
            raise NotStorable("an unsigned integer over 2**63")
        objects = values.astype(object)
        missing = values.isna().to_numpy()
        return [
            None if absent else int(value) if isinstance(value, bool) else encode_cell(value)
            for value, absent in zip(objects, missing, strict=True)
        ]

    @override
    def decode(self, values: Sequence[SqlValue]) -> Any:
        if self._dtype == "boolean":
            values = [None if value is None else bool(value) for value in values]
        else:
            values = [decode_cell(value) for value in values]
        return pd.array(list(values), dtype=self._dtype)


class TextCodec(Codec):
    """The text dtypes of pandas, ``str`` and ``string``."""

    kind = "text"

    def __init__(self, storage: str, nan: bool) -> None:
        self._storage = storage
        self._nan = nan

    @property
    @override
    def dtype(self) -> str:
        return "str" if self._nan else "string"

    @override
    def describe(self) -> Json:
        return {"kind": self.kind, "storage": self._storage, "nan": self._nan}

    @override
    def encode(self, values: pd.Series) -> list[SqlValue]:
        objects = values.to_numpy(dtype=object, na_value=None)
        return [value if value is None else _checked_text(value) for value in objects.tolist()]

    @override
    def decode(self, values: Sequence[SqlValue]) -> Any:
        missing = np.nan if self._nan else pd.NA
        dtype = pd.StringDtype(self._storage, na_value=missing)
        return pd.array(list(values), dtype=dtype)


class InstantCodec(Codec):
    """Points in time, with or without a zone, and durations: as integers of their unit."""

    kind = "instant"

    def __init__(self, dtype: str, unit: str, zone: str | None) -> None:
        self._dtype = dtype
        self.unit = unit
        self.zone = zone

    @property
    @override
    def dtype(self) -> str:
        zone = "" if self.zone is None else f", {self.zone}"
        return f"{self._dtype}[{self.unit}{zone}]"

    @property
    def is_duration(self) -> bool:
        """Whether the values are timedeltas."""
        return self._dtype == "timedelta64"

    @override
    def describe(self) -> Json:
        return {"kind": self.kind, "dtype": self._dtype, "unit": self.unit, "zone": self.zone}

    @override
    def encode(self, values: pd.Series) -> list[SqlValue]:
        if self.zone is not None:
            values = values.dt.tz_convert("UTC").dt.tz_localize(None)
        numbers = values.to_numpy().view(np.int64).tolist()
        absent = np.iinfo(np.int64).min
        return [None if number == absent else number for number in numbers]

    @override
    def decode(self, values: Sequence[SqlValue]) -> Any:
        absent = np.iinfo(np.int64).min
        numbers = np.array([absent if value is None else value for value in values], dtype=np.int64)
        array = numbers.view(f"{self._dtype}[{self.unit}]")
        if self.zone is None:
            return array
        return pd.DatetimeIndex(array).tz_localize("UTC").tz_convert(self.zone)._data


class ObjectCodec(Codec):
    """Columns of Python objects."""

    kind = "object"

    @property
    @override
    def dtype(self) -> str:
        return "object"

    @override
    def describe(self) -> Json:
        return {"kind": self.kind}

    @override
    def encode(self, values: pd.Series) -> list[SqlValue]:
        return [encode_cell(value) for value in values.to_numpy(dtype=object)]

    @override
    def decode(self, values: Sequence[SqlValue]) -> Any:
        array = np.empty(len(values), dtype=object)
        for position, value in enumerate(values):
            array[position] = decode_cell(value)
        return array

    @override
    def column(self, values: Sequence[SqlValue]) -> Any:
        return self.series(values)  # of a bare array of objects pandas would guess the dtype


class CategoryCodec(Codec):
    """Categoricals: every cell holds its category, so that erasing a cell leaves nothing.

    The list of categories is kept in the table `categories`, see `tables`.
    """

    kind = "category"

    def __init__(self, inner: Codec, ordered: bool) -> None:
        self.inner = inner
        self.ordered = ordered
        self.categories: Sequence[SqlValue] = ()

    @property
    @override
    def dtype(self) -> str:
        return "category"

    @override
    def describe(self) -> Json:
        return {"kind": self.kind, "ordered": self.ordered, "categories": self.inner.describe()}

    @override
    def encode(self, values: pd.Series) -> list[SqlValue]:
        categories = self.inner.encode(pd.Series(values.cat.categories))
        codes = values.cat.codes.to_numpy().tolist()
        return [None if code < 0 else categories[code] for code in codes]

    @override
    def decode(self, values: Sequence[SqlValue]) -> Any:
        position = {category: code for code, category in enumerate(self.categories)}
        codes = np.array(
            [-1 if value is None else position[value] for value in values], dtype=np.int64
        )
        index = pd.Index(self.inner.decode(list(self.categories)))
        if self.inner.kind == "object" and len(index) and isinstance(index[0], pd.Interval):
            index = pd.IntervalIndex(index)
        return pd.Categorical.from_codes(codes, categories=index, ordered=self.ordered)


def codec_for(dtype: Any, name: str) -> Codec:
    """Choose the codec of a dtype.

    Parameters
    ----------
    dtype : numpy dtype or pandas extension dtype
    name : str
        Name of the column, for the error.

    Raises
    ------
    PalimpsestError
        When values of this dtype could not be read back equal.
    """
    found = _codec_of(dtype)
    if found is None:
        raise InvalidArgumentError(
            f"The column '{name}' has the dtype {dtype}, which a run file cannot keep.",
            hint="Convert it in prepare(), for example with .astype('str') or .astype(float).",
        )
    return found


def codec_from(described: Json) -> Codec:
    """Return the codec that `Codec.describe` described."""
    kind = described["kind"]
    if kind == "number":
        return NumberCodec(np.dtype(described["dtype"]))
    if kind == "masked":
        return MaskedCodec(described["dtype"])
    if kind == "text":
        return TextCodec(described["storage"], described["nan"])
    if kind == "instant":
        return InstantCodec(described["dtype"], described["unit"], described["zone"])
    if kind == "category":
        return CategoryCodec(codec_from(described["categories"]), described["ordered"])
    return ObjectCodec()


def encode_column(codec: Codec, values: pd.Series, name: str) -> list[SqlValue]:
    """Encode a column, naming it when a value cannot be kept."""
    try:
        return codec.encode(values)
    except NotStorable as error:
        raise InvalidArgumentError(
            f"The column '{name}' holds {error}, which a run file cannot keep.",
            hint="Convert the column in prepare(), for example with .astype('str').",
        ) from error


def _codec_of(dtype: Any) -> Codec | None:
    if isinstance(dtype, pd.CategoricalDtype):
        inner = dtype.categories.dtype
        found = ObjectCodec() if isinstance(inner, pd.IntervalDtype) else _codec_of(inner)
        return None if found is None else CategoryCodec(found, bool(dtype.ordered))
    if isinstance(dtype, pd.StringDtype):
        return TextCodec(dtype.storage, dtype.na_value is not pd.NA)
    if isinstance(dtype, pd.DatetimeTZDtype):
        zone = str(dtype.tz)
        if pd.DatetimeTZDtype(dtype.unit, zone) != dtype:
            return None
        return InstantCodec("datetime64", dtype.unit, zone)
    if isinstance(dtype, np.dtype):
        return _numpy_codec(dtype)
    name = str(dtype)
    if name == "boolean" or name.lstrip("U").startswith(("Int", "Float")):
        return MaskedCodec(name)
    return None


def _numpy_codec(dtype: np.dtype[Any]) -> Codec | None:
    if dtype.kind in "iub" or dtype in (np.float16, np.float32, np.float64):
        return NumberCodec(dtype)
    if dtype.kind in "mM":
        return InstantCodec(
            "datetime64" if dtype.kind == "M" else "timedelta64", np.datetime_data(dtype)[0], None
        )
    return ObjectCodec() if dtype == object else None


def _checked_text(value: str) -> SqlValue:
    if value.isascii():
        return value
    encoded = encode_cell(value)
    if isinstance(encoded, bytes):
        raise NotStorable("text that is not valid Unicode")
    return encoded
