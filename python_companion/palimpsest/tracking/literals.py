"""Python values in a plan, as JSON that keeps their types."""

from __future__ import annotations

import datetime
import math
from functools import lru_cache
from typing import Any

import numpy as np
import pandas

Json = Any
"""What `json.dumps` takes."""


class NotPlannable(TypeError):
    """A value that a plan cannot hold."""


def to_json(value: Any) -> Json:
    """Encode a value.

    Parameters
    ----------
    value : object
        None, bool, int, float, str, bytes, a numpy scalar, a timestamp, an interval, a slice, or a list, tuple, set or
        dict of such.

    Returns
    -------
    object
        JSON-able; anything but None, bool, int, str, list and finite float is ``{"$": type, "v": ...}``.

    Raises
    ------
    NotPlannable
        For any other value.
    """
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"$": "float", "v": repr(value)}
    if type(value) is list:
        return [to_json(item) for item in value]
    for kind, (accepts, encode, _) in _KINDS.items():
        if accepts(value):
            return {"$": kind, "v": encode(value)}
    raise NotPlannable(f"a {type(value).__name__} cannot be recorded in a plan")


def from_json(value: Json) -> Any:
    """Decode what `to_json` made.

    Examples
    --------
    >>> from_json(to_json((1, 2.5, "a", None, float("inf"))))
    (1, 2.5, 'a', None, inf)
    """
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if isinstance(value, dict):
        return _KINDS[value["$"]][2](value["v"])
    return value


def _items(values: Any) -> list[Json]:
    return [to_json(item) for item in values]


def _numpy_from(parts: Any) -> Any:
    return np.array(from_json(parts[1]), dtype=parts[0])[()]


def _timestamp(text: str, unit: str, zone: str | None) -> pandas.Timestamp:
    stamp = pandas.Timestamp(text)
    return (stamp if zone is None else stamp.tz_convert(zone)).as_unit(unit)


def dtype_to_json(dtype: Any) -> Json:
    """Encode a dtype: its name, or for a categorical its categories too."""
    if isinstance(dtype, pandas.CategoricalDtype):
        categories = dtype.categories
        return {
            "categories": None if categories is None else to_json(list(categories)),
            "dtype": None if categories is None else str(categories.dtype),
            "ordered": bool(dtype.ordered),
        }
    return str(dtype)


def dtype_from_json(encoded: Json) -> Any:
    """Decode a dtype."""
    if isinstance(encoded, dict):
        categories = encoded["categories"]
        if categories is not None:
            categories = pandas.Index(from_json(categories), dtype=encoded["dtype"])
        return pandas.CategoricalDtype(categories, encoded["ordered"])
    return _named_dtype(encoded)


@lru_cache
def _named_dtype(name: str) -> Any:
    return pandas.api.types.pandas_dtype(name)


def dtype_name(encoded: Json) -> str:
    """Name a dtype as pandas does."""
    return "category" if isinstance(encoded, dict) else str(encoded)


_KINDS: dict[str, tuple[Any, Any, Any]] = {
    "float": (lambda v: type(v) is float, repr, float),
    "tuple": (lambda v: type(v) is tuple, _items, lambda v: tuple(from_json(v))),
    "set": (
        lambda v: isinstance(v, (set, frozenset)),
        lambda v: sorted(_items(v), key=repr),
        lambda v: set(from_json(v)),
    ),
    "dict": (
        lambda v: type(v) is dict,
        lambda v: [[to_json(key), to_json(item)] for key, item in v.items()],
        lambda v: {from_json(key): from_json(item) for key, item in v},
    ),
    "slice": (
        lambda v: isinstance(v, slice),
        lambda v: [to_json(v.start), to_json(v.stop), to_json(v.step)],
        lambda v: slice(*from_json(v)),
    ),
    "NA": (lambda v: v is pandas.NA, lambda v: None, lambda v: pandas.NA),
    "NaT": (lambda v: v is pandas.NaT, lambda v: None, lambda v: pandas.NaT),
    "timestamp": (
        lambda v: isinstance(v, pandas.Timestamp),
        lambda v: [v.isoformat(), v.unit, None if v.tz is None else str(v.tz)],
        lambda v: _timestamp(*v),
    ),
    "timedelta": (
        lambda v: isinstance(v, pandas.Timedelta),
        lambda v: [v.value, v.unit],
        lambda v: pandas.Timedelta(v[0], unit="ns").as_unit(v[1]),
    ),
    "interval": (
        lambda v: isinstance(v, pandas.Interval),
        lambda v: [to_json(v.left), to_json(v.right), v.closed],
        lambda v: pandas.Interval(from_json(v[0]), from_json(v[1]), v[2]),
    ),
    "intervals": (
        lambda v: isinstance(v, pandas.IntervalIndex),
        _items,
        lambda v: pandas.IntervalIndex(from_json(v)),
    ),
    "datetime": (
        lambda v: type(v) is datetime.datetime and v.tzinfo is None,
        lambda v: v.isoformat(),
        datetime.datetime.fromisoformat,
    ),
    "date": (
        lambda v: type(v) is datetime.date,
        lambda v: v.isoformat(),
        datetime.date.fromisoformat,
    ),
    "numpy": (
        lambda v: isinstance(v, (np.bool_, np.number)),
        lambda v: [v.dtype.str, to_json(v.item())],
        _numpy_from,
    ),
    "array": (
        lambda v: isinstance(v, np.ndarray) and v.dtype.kind in "biufU",
        lambda v: [v.dtype.str, to_json(v.tolist())],
        lambda v: np.array(from_json(v[1]), dtype=v[0]),
    ),
    "bytes": (lambda v: type(v) is bytes, bytes.hex, bytes.fromhex),
    "type": (
        lambda v: isinstance(v, type) and v in (bool, int, float, str, object, bytes),
        lambda v: v.__name__,
        lambda v: {t.__name__: t for t in (bool, int, float, str, object, bytes)}[v],
    ),
    "dtype": (
        lambda v: isinstance(v, (np.dtype, pandas.api.extensions.ExtensionDtype)),
        dtype_to_json,
        dtype_from_json,
    ),
}
