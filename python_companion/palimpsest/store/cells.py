"""Python objects as SQLite values, one by one, without pickle.

Text, integers and floats are themselves, None is NULL. Everything else is a blob whose first
byte says what it is.
"""

from __future__ import annotations

import datetime
import decimal
import json
import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

SqlValue: TypeAlias = "int | float | str | bytes | None"

MISSING_BLOBS = (b"n", b"a", b"t")
"""How NaN, NA and NaT are written."""

TRUE_BLOB, FALSE_BLOB = b"1", b"0"

_LARGEST = 2**63


class NotStorable(TypeError):
    """A value of a kind that has no faithful form in the run file."""


def encode_cell(value: Any) -> SqlValue:
    """Return a value as SQLite keeps it.

    Raises
    ------
    NotStorable
        When it could not be read back equal.
    """
    encoder = _ENCODERS.get(type(value))
    if encoder is not None:
        return encoder(value)
    if isinstance(value, np.ndarray):
        return b"v" + _dump({"dtype": value.dtype.str, "values": _plain(value.tolist())})
    if isinstance(value, np.generic):
        return encode_cell(value.item())
    if isinstance(value, str):
        return _encode_text(value)
    raise NotStorable(f"a value of type {type(value).__module__}.{type(value).__qualname__}")


def decode_cell(value: SqlValue) -> Any:
    """Return what `encode_cell` was given."""
    if not isinstance(value, bytes):
        return value
    return _DECODERS[value[:1]](value[1:])


def _encode_int(value: int) -> SqlValue:
    if -_LARGEST <= value < _LARGEST:
        return value
    return b"i" + str(value).encode()


def _encode_float(value: float) -> SqlValue:
    return b"n" if math.isnan(value) else value


def _encode_text(value: str) -> SqlValue:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return b"s" + value.encode("utf-8", "surrogatepass")
    return str(value)


def _encode_interval(value: Any) -> SqlValue:
    ends = [_plain(value.left), _plain(value.right)]
    return b"I" + _dump([*ends, value.closed])


def _decode_interval(data: bytes) -> Any:
    left, right, closed = json.loads(data)
    return pd.Interval(_restored(left), _restored(right), closed=closed)


def _decode_array(data: bytes) -> Any:
    described = json.loads(data)
    return np.array(_restored(described["values"]), dtype=np.dtype(described["dtype"]))


def _plain(value: Any) -> Any:
    """Return nested lists and dicts of cells as JSON: a cell that JSON lacks is tagged."""
    if value is None or type(value) in (str, bool):
        return value
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, tuple):
        return {"tuple": [_plain(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[_plain(key), _plain(item)] for key, item in value.items()]}
    cell = encode_cell(value)
    if isinstance(cell, bytes):
        return {"cell": cell.hex()}
    return cell


def _restored(value: Any) -> Any:
    if isinstance(value, list):
        return [_restored(item) for item in value]
    if isinstance(value, dict):
        if "tuple" in value:
            return tuple(_restored(item) for item in value["tuple"])
        if "dict" in value:
            return {_restored(key): _restored(item) for key, item in value["dict"]}
        return decode_cell(bytes.fromhex(value["cell"]))
    return value


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()


def _nested(value: Any) -> SqlValue:
    return b"j" + _dump(_plain(value))


def _timestamp(value: Any) -> SqlValue:
    zone = None if value.tzinfo is None else str(value.tzinfo)
    return b"T" + _dump([int(value.asm8.astype(np.int64)), value.unit, zone])


def _decode_timestamp(data: bytes) -> Any:
    number, unit, zone = json.loads(data)
    stamp = pd.Timestamp(np.datetime64(number, unit))
    return stamp if zone is None else stamp.tz_localize("UTC").tz_convert(zone)


def _timedelta(value: Any) -> SqlValue:
    return b"d" + _dump([int(value.asm8.astype(np.int64)), value.unit])


def _decode_timedelta(data: bytes) -> Any:
    number, unit = json.loads(data)
    return pd.Timedelta(np.timedelta64(number, unit))


def _datetime(value: datetime.datetime) -> SqlValue:
    if value.tzinfo is not None:
        raise NotStorable("a datetime.datetime with a time zone (use pandas.Timestamp)")
    return b"P" + value.isoformat().encode()


_ENCODERS: dict[type, Callable[[Any], SqlValue]] = {
    type(None): lambda value: None,
    str: _encode_text,
    bool: lambda value: TRUE_BLOB if value else FALSE_BLOB,
    int: _encode_int,
    float: _encode_float,
    bytes: lambda value: b"b" + value,
    type(pd.NA): lambda value: b"a",
    type(pd.NaT): lambda value: b"t",
    list: _nested,
    tuple: _nested,
    dict: _nested,
    decimal.Decimal: lambda value: b"D" + str(value).encode(),
    datetime.date: lambda value: b"Y" + value.isoformat().encode(),
    datetime.datetime: _datetime,
    pd.Timestamp: _timestamp,
    pd.Timedelta: _timedelta,
    pd.Interval: _encode_interval,
}

_DECODERS: dict[bytes, Callable[[bytes], Any]] = {
    b"n": lambda data: math.nan,
    b"a": lambda data: pd.NA,
    b"t": lambda data: pd.NaT,
    b"1": lambda data: True,
    b"0": lambda data: False,
    b"i": int,
    b"s": lambda data: data.decode("utf-8", "surrogatepass"),
    b"b": lambda data: data,
    b"j": lambda data: _restored(json.loads(data)),
    b"v": _decode_array,
    b"D": lambda data: decimal.Decimal(data.decode()),
    b"Y": lambda data: datetime.date.fromisoformat(data.decode()),
    b"P": lambda data: datetime.datetime.fromisoformat(data.decode()),
    b"T": _decode_timestamp,
    b"d": _decode_timedelta,
    b"I": _decode_interval,
}
