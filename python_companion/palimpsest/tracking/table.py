"""A pandas frame with erased marks beside it, and what can be done to such a table by position."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas

from .arrays import BoolArray
from .literals import Json, dtype_from_json, dtype_to_json

ErasedMasks = dict[Any, BoolArray]
"""Column -> which of its cells are erased; a column that is absent has none."""

Schema = tuple[tuple[str, Json], ...]
"""Column names and dtypes, in order."""


@dataclass
class Table:
    """A frame, its erased cells, and optionally the ids of its rows.

    An erased cell holds a missing value, or zero where its dtype has none: one erased cell
    must not change the dtype, and with it the values, of its column. The mask alone tells.
    """

    frame: pandas.DataFrame
    erased: ErasedMasks = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.frame)

    def take(self, positions: npt.NDArray[Any]) -> Table:
        """Return the rows at `positions`."""
        return Table(self.frame.take(positions), take_masks(self.erased, positions))

    def column(self, name: str) -> tuple[pandas.Series[Any], BoolArray | None]:
        """Return a column and its erased mask."""
        return self.frame[name], self.erased.get(name)

    def only(self, names: list[Any]) -> Table:
        """Return the columns `names`."""
        return Table(self.frame[names], masks_of(self.erased, names))

    def plain_index(self) -> Table:
        """Return the same rows under a fresh positional index."""
        return Table(self.frame.set_axis(pandas.RangeIndex(len(self.frame))), self.erased)


def take_masks(erased: ErasedMasks, positions: npt.NDArray[Any]) -> ErasedMasks:
    """Masks of the rows at `positions`, without columns that have no erased cell left."""
    taken = {name: mask[positions] for name, mask in erased.items()}
    return {name: mask for name, mask in taken.items() if mask.any()}


def any_erased(erased: ErasedMasks, names: Sequence[str]) -> BoolArray | None:
    """Rows with an erased cell in one of the columns `names`; None for no row."""
    result: BoolArray | None = None
    for name in names:
        mask = erased.get(name)
        if mask is not None and mask.any():
            result = mask if result is None else result | mask
    return result


def concat_tables(tables: Sequence[Table]) -> Table:
    """Put tables of equal columns on top of each other."""
    full = [table for table in tables if len(table)] or list(tables[:1])
    if len(full) == 1:
        return full[0]
    names = {name for table in full for name in table.erased}
    erased = {
        name: np.concatenate(
            [table.erased.get(name, np.zeros(len(table), dtype=bool)) for table in full]
        )
        for name in names
    }
    return Table(pandas.concat([table.frame for table in full]), erased)


def placeholder(dtype: Any) -> Any:
    """Say what an erased cell holds: missing, or zero where the dtype has no missing value."""
    if isinstance(dtype, np.dtype):
        if dtype.kind in "iu":
            return dtype.type(0)
        return False if dtype.kind == "b" else _MISSING.get(dtype.kind)
    return dtype.na_value


_MISSING = {"f": np.nan, "c": np.nan, "M": pandas.NaT, "m": pandas.NaT}


def blank(values: pandas.Series[Any], erased: BoolArray | None) -> pandas.Series[Any]:
    """Replace erased cells by their placeholder, keeping the dtype."""
    if erased is None or not erased.any():
        return values
    blanked = values.copy()
    blanked.iloc[np.flatnonzero(erased)] = placeholder(values.dtype)
    return blanked


def spread(
    values: pandas.Series[Any], present: BoolArray, index: pandas.Index[Any]
) -> pandas.Series[Any]:
    """Spread values over the rows where `present`; the other rows get placeholders.

    Parameters
    ----------
    values : pandas.Series, shape (present.sum(),)
    present : ndarray of bool, shape (n,)
    index : pandas.Index, shape (n,)
    """
    dtype = values.dtype
    places = np.cumsum(present) - 1
    if len(values):
        full = values.take(np.maximum(places, 0)).set_axis(index)
        return blank(full, ~present)
    empty = [placeholder(dtype)] * len(present)
    return pandas.Series(empty, index=index, dtype=dtype, name=values.name)


def with_columns(
    frame: pandas.DataFrame, columns: Mapping[Any, pandas.Series[Any]]
) -> pandas.DataFrame:
    """Replace or add columns, whatever their names; the frame itself stays as it is."""
    if not columns:
        return frame
    changed = frame.copy(deep=False)
    for name, values in columns.items():
        changed[name] = values
    return changed


def schema_of(frame: pandas.DataFrame) -> Schema:
    """Names and dtypes of a frame's columns."""
    names, dtypes = frame.columns.tolist(), frame.dtypes.to_numpy()
    return tuple((name, dtype_to_json(dtype)) for name, dtype in zip(names, dtypes, strict=True))


def empty_frame(schema: Schema) -> pandas.DataFrame:
    """Frame of a schema without rows; the caller does not change it."""
    return _empty_frame(json.dumps(schema))


@lru_cache(maxsize=1024)
def _empty_frame(schema: str) -> pandas.DataFrame:
    listed = json.loads(schema)
    columns = {name: pandas.Series(dtype=dtype_from_json(dtype)) for name, dtype in listed}
    return pandas.DataFrame(columns, columns=[name for name, _ in listed])


class Widened(Exception):
    """Values do not fit the dtype that their column had when it was captured."""


def conform(values: pandas.Series[Any], dtype: Json) -> pandas.Series[Any]:
    """Give values of a few rows the dtype of their whole column, when that changes no value.

    Raises
    ------
    Widened
        When a value does not fit.
    """
    if dtype is None:
        return values
    wanted = dtype_from_json(dtype)
    if values.dtype == wanted:
        return values
    if not len(values):
        return values.astype(object).astype(wanted)
    try:
        cast = values.astype(wanted)
    except NotImplementedError as error:  # a type of nothing but nulls takes no values
        if values.notna().any():
            raise Widened(str(error)) from error
        return pandas.Series([None] * len(values), index=values.index, dtype=wanted)
    except (TypeError, ValueError, OverflowError) as error:
        raise Widened(str(error)) from error
    if not _same(values, cast):
        raise Widened(f"{values.dtype} values do not fit {dtype}")
    return cast


def conform_marked(
    values: pandas.Series[Any], erased: BoolArray | None, dtype: Json
) -> pandas.Series[Any]:
    """Conform the cells that are not erased; the others get placeholders. See `conform`."""
    if erased is None or dtype is None or values.dtype == dtype_from_json(dtype):
        return conform(values, dtype)
    return spread(conform(values[~erased], dtype), ~erased, values.index)


def _same(before: pandas.Series[Any], after: pandas.Series[Any]) -> bool:
    missing = before.isna().to_numpy()
    if not np.array_equal(missing, after.isna().to_numpy()):
        return False
    left = before.astype(object).to_numpy()[~missing]
    right = after.astype(object).to_numpy()[~missing]
    return bool(np.all(left == right))


def masks_of(erased: Mapping[str, BoolArray | None], names: Sequence[str]) -> ErasedMasks:
    """Keep the masks of columns `names` that have an erased cell."""
    kept: ErasedMasks = {}
    for name in names:
        mask = erased.get(name)
        if mask is not None and mask.any():
            kept[name] = mask
    return kept
