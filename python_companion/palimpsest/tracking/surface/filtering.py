"""Keeping some rows: ``frame[mask]``, ``series[mask]``, ``loc``."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas

from ..evaluate import truth
from ..expressions import shorten
from ..frame import DataFrame
from ..keeping import keeps_live
from ..operations.base import Output
from ..scalar import is_single
from ..series import Series, elementwise, same_rows, together
from ..session import session
from ..steps import draft, finish
from ..table import Table, take_masks
from ..untracked import call_untracked
from .columns import as_frame, as_series
from .framewise import with_series
from .projecting import assign


def filter_frame(frame: DataFrame, predicate: Series) -> Any:
    """``frame[predicate]``."""
    started = time.perf_counter()
    fits = len(frame._held.columns) and same_rows(frame._column(frame._held.columns[0]), predicate)
    if not fits or not is_predicate(predicate):
        return call_untracked(
            "selection by a mask with other rows", _select, (frame, predicate), {}
        )
    kept = truth(predicate._held, predicate._mask)
    number = session().next_filter()
    keys = session().kept.get(number)
    if keys is not None and predicate._mask is not None:
        undecided = np.flatnonzero(predicate._mask)
        kept[undecided] = keeps_live(frame._step, keys, undecided)
    held = frame._held[predicate._held if predicate._mask is None else kept]
    positions = np.flatnonzero(kept).astype(np.int32)
    erased = take_masks(frame._erased, positions)
    steps, calls = together([predicate])
    inputs = [frame._step, *(step for step in steps if step is not frame._step)]
    node = draft("filter", {"number": number}, inputs, {"predicate": predicate._expr})
    step = finish(
        node,
        inputs,
        Output(Table(held, erased), (positions,)),
        calls,
        label=shorten(str(predicate._expr)),
        started=started,
        labels=frame._step.node.labels,
    )
    step.kept = keys
    return DataFrame._make(held, erased, step)


def _select(held: pandas.DataFrame, key: Any) -> Any:
    return held[key]


def is_predicate(series: Series) -> bool:
    """Say whether a series selects rows; one that is erased throughout selects none."""
    if series._mask is not None and series._mask.all():
        return True
    dtype = series._held.dtype
    if dtype == object:
        return bool(pandas.api.types.infer_dtype(series._held) == "boolean")
    return bool(pandas.api.types.is_bool_dtype(dtype))


def filter_series(series: Series, predicate: Series) -> Any:
    """``series[predicate]``."""
    kept = filter_frame(as_frame(series), predicate)
    return as_series(kept, series._held.name)


class Loc:
    """``frame.loc``: tracked for masks and column names.

    Parameters
    ----------
    frame : DataFrame
    """

    def __init__(self, frame: DataFrame) -> None:
        self._frame = frame

    def __getitem__(self, key: Any) -> Any:
        rows, columns = key if isinstance(key, tuple) and len(key) == 2 else (key, slice(None))
        frame = self._frame
        rows = rows(frame) if callable(rows) else rows
        everything = isinstance(columns, slice) and columns == slice(None)
        named = everything or isinstance(columns, (str, list))
        if isinstance(rows, Series) and named:
            kept = filter_frame(frame, rows)
        elif isinstance(rows, slice) and rows == slice(None) and named:
            kept = frame
        else:
            return call_untracked("loc", frame._held.loc.__getitem__, (key,), {}, [frame._step])
        if not isinstance(kept, DataFrame):
            return kept
        return kept[list(kept._held.columns) if everything else columns]

    def __setitem__(self, key: Any, value: Any) -> None:
        changed = self._with_cells(key[0], key[1], value) if _names_a_column(key) else None
        if changed is not None:
            self._frame._become(changed._held, changed._erased, changed._step)
            return

        def put(held: pandas.DataFrame, place: Any, values: Any) -> pandas.DataFrame:
            changed = held.copy()
            changed.loc[place] = values
            return changed

        changed = call_untracked("assignment through loc", put, (self._frame, key, value), {})
        self._frame._become(changed._held, changed._erased, changed._step)

    def _with_cells(self, rows: Any, name: Any, value: Any) -> DataFrame | None:
        """Frame after ``loc[mask, name] = value``; None when it cannot be recorded."""
        frame = self._frame
        if isinstance(rows, slice) and rows == slice(None) and name not in frame._held.columns:
            return assign(frame, **{name: value})
        scalar = is_single(value)
        if not isinstance(rows, Series) or not is_predicate(rows) or not len(frame._held.columns):
            return None
        anchor = frame._column(frame._held.columns[0])
        others = [rows, *([] if scalar or not isinstance(value, Series) else [value])]
        if not all(same_rows(anchor, one) for one in others) or (not scalar and len(others) < 2):
            return None
        if name in frame._held.columns:
            cells = elementwise("put", (frame._column(name), rows, value), {})
        else:
            cells = elementwise("put_new", (rows, value), {})
        return with_series(frame, {name: cells}) if isinstance(cells, Series) else None


def _names_a_column(key: Any) -> bool:
    return isinstance(key, tuple) and len(key) == 2 and isinstance(key[1], str)
