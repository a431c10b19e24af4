"""Codes of keys: rows whose key cells are equal have equal codes.

A key is known by a keyed 64-bit hash of its cells only, so no key value is stored. Two different keys may
share a hash: groups are then taken together and real pandas tells them apart, which costs time, never truth.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas

from .arrays import AnyArray, BoolArray, IntArray
from .rows import RowState

Hashes = npt.NDArray[np.uint64]

PROCESS_KEY = secrets.token_hex(8)
"""Key of the hashes of runs captured in this process; a plan carries the one it was made with."""

_NULL = np.uint64(0x9E3779B97F4A7C15)


def hash_cells(values: pandas.Series[Any], hash_key: str) -> Hashes:
    """Hash each cell so that cells which pandas would match as keys have equal hashes.

    Numbers hash by their float64 value, whatever their dtype; instants by their nanoseconds; all kinds of
    missing values alike.

    Parameters
    ----------
    values : pandas.Series, shape (n,)
    hash_key : str
        Sixteen ASCII characters.

    Returns
    -------
    ndarray of uint64, shape (n,)
    """
    dtype = values.dtype
    if isinstance(dtype, pandas.CategoricalDtype):
        by_category = hash_cells(pandas.Series(dtype.categories), hash_key)
        codes = values.cat.codes.to_numpy()
        return np.where(codes >= 0, by_category.take(codes, mode="clip"), _NULL).astype(np.uint64)
    if pandas.api.types.is_bool_dtype(dtype) or pandas.api.types.is_numeric_dtype(dtype):
        return _hash_floats(values.to_numpy(dtype=np.float64, na_value=np.nan), hash_key)
    if pandas.api.types.is_datetime64_any_dtype(dtype):
        instants = (
            values.dt.tz_localize(None) if values.dt.tz is None else values.dt.tz_convert(None)
        )
        whole = instants.to_numpy().astype("datetime64[ns]")
        return _hash_floats(np.where(np.isnat(whole), np.nan, whole.astype(np.float64)), hash_key)
    if pandas.api.types.is_timedelta64_dtype(dtype):
        spans = values.to_numpy().astype("timedelta64[ns]")
        return _hash_floats(np.where(np.isnat(spans), np.nan, spans.astype(np.float64)), hash_key)
    try:
        codes, distinct = pandas.factorize(values)
    except TypeError:  # lists
        written = values.map(repr, na_action="ignore").where(values.notna())
        codes, distinct = pandas.factorize(written)
    known = np.append(_hash_distinct(np.asarray(distinct, dtype=object), hash_key), _NULL)
    hashes: Hashes = known[codes]  # code -1 (missing) takes the last
    return hashes


def _hash_floats(values: npt.NDArray[np.float64], hash_key: str) -> Hashes:
    plain = values + 0.0  # -0.0 and 0.0 match as keys
    bits = plain.view(np.uint64) ^ np.uint64(int.from_bytes(hash_key[:8].encode(), "little"))
    mixed = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    hashes: Hashes = np.where(np.isnan(values), _NULL, mixed)
    return hashes


def _hash_distinct(values: AnyArray, hash_key: str) -> Hashes:
    if pandas.api.types.infer_dtype(values, skipna=False) in {"string", "empty"}:
        hashes: Hashes = pandas.util.hash_array(values, hash_key=hash_key, categorize=False)
        return hashes
    return np.array([_hash_object(value, hash_key) for value in values], dtype=np.uint64)


def _hash_object(value: Any, hash_key: str) -> np.uint64:
    if isinstance(value, (bool, int, float, np.number, np.bool_)):
        return np.uint64(_hash_floats(np.array([float(value)]), hash_key)[0])
    if isinstance(value, (pandas.Timestamp, pandas.Timedelta)):
        return np.uint64(hash_cells(pandas.Series([value]), hash_key)[0])
    text = np.array([value if isinstance(value, str) else repr(value)], dtype=object)
    return np.uint64(pandas.util.hash_array(text, hash_key=hash_key, categorize=False)[0])


def hash_keys(columns: Sequence[pandas.Series[Any]], hash_key: str) -> Hashes:
    """Hash the key that each row has in one or more columns.

    Parameters
    ----------
    columns : sequence of pandas.Series, each of shape (n,)
    hash_key : str

    Returns
    -------
    ndarray of uint64, shape (n,)
    """
    combined = hash_cells(columns[0], hash_key)
    for column in columns[1:]:
        combined = (combined * np.uint64(0x100000001B3)) ^ hash_cells(column, hash_key)
    return combined


def encode_keys(
    sides: Sequence[tuple[Hashes, BoolArray | None]],
) -> tuple[list[IntArray], Hashes]:
    """Give equal hashes equal codes, over all inputs of an operation together.

    Parameters
    ----------
    sides : sequence of (hashes, erased)
        For each input the hashes of its rows and which rows have an erased key, or None.

    Returns
    -------
    codes : list of ndarray of int32
        For each input, -1 where the key is erased.
    hashes : ndarray of uint64
        For each code.
    """
    joined = np.concatenate([hashes for hashes, _ in sides])
    codes, distinct = pandas.factorize(joined)
    parts = []
    start = 0
    for hashes, erased in sides:
        part = codes[start : start + len(hashes)].astype(np.int32)
        if erased is not None:
            part[erased] = -1
        parts.append(part)
        start += len(hashes)
    return parts, np.asarray(distinct, dtype=np.uint64)


def codes_of(state: RowState, node: int, hashes: Hashes, erased: BoolArray | None) -> IntArray:
    """Find the codes of keys of one node, giving new codes to keys not seen before.

    Parameters
    ----------
    state : RowState
    node : int
    hashes : ndarray of uint64, shape (n,)
    erased : ndarray of bool, shape (n,), or None

    Returns
    -------
    ndarray of int32, shape (n,)
    """
    keyhash, order = state.keyhash(node), state.key_order(node)
    late = np.arange(len(order), len(keyhash))
    wanted, inverse = np.unique(hashes, return_inverse=True)
    codes = np.full(len(wanted), -1, dtype=np.int32)
    low = _lower_bounds(keyhash, order, wanted)
    inside = low < len(order)
    candidates = order.take(low[inside])
    codes[inside] = np.where(keyhash.take(candidates) == wanted[inside], candidates, -1)
    if len(late):
        late_hashes = keyhash.take(late)
        sorting = np.argsort(late_hashes)
        places = np.minimum(np.searchsorted(late_hashes[sorting], wanted), len(late) - 1)
        found = late_hashes[sorting[places]] == wanted
        codes[found] = late[sorting[places[found]]]
    fresh = codes < 0
    codes[fresh] = keyhash.append(wanted[fresh])
    result: IntArray = codes[inverse]
    if erased is not None:
        result[erased] = -1
    return result


def forget_codes(state: RowState, node: int, codes: IntArray) -> None:
    """Wipe the hashes of codes that no row has any more, so that nobody can test for the key.

    A wiped hash becomes a number halfway between its neighbours, which keeps the search order.
    """
    keyhash, order = state.keyhash(node), state.key_order(node)
    keyhash.put(codes[codes >= len(order)], 0)
    wiped = keyhash.take(codes[codes < len(order)])
    # Wiping one changes the place of none: all are looked up at once.
    for place in _lower_bounds(keyhash, order, wiped).tolist():
        below = int(keyhash.take(order.take([place - 1]))[0]) if place else 0
        last = place + 1 == len(order)
        above = 2**64 - 1 if last else int(keyhash.take(order.take([place + 1]))[0])
        keyhash.put(order.take([place]), np.uint64(below + (above - below) // 2))


def _lower_bounds(keyhash: Any, order: Any, wanted: Hashes) -> npt.NDArray[np.int64]:
    """Binary search by `take`, so that only a few blocks of a stored array are read."""
    low = np.zeros(len(wanted), dtype=np.int64)
    high = np.full(len(wanted), len(order), dtype=np.int64)
    while (open_ := low < high).any():
        middle = (low[open_] + high[open_]) // 2
        less = keyhash.take(order.take(middle)) < wanted[open_]
        low[open_] = np.where(less, middle + 1, low[open_])
        high[open_] = np.where(less, high[open_], middle)
    return low
