"""``frame.apply(function, axis=1)``: a user function of what it reads of a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas

from ..evaluate import apply_elementwise
from ..expressions import Call, Column, Literal, MapCall
from ..frame import DataFrame
from ..functions import UserFunction, function_ref, kinds_of
from ..literals import dtype_to_json
from ..location import caller
from ..rowcalls import NotRecordable, named_in, of_row
from ..series import Series
from ..steps import LiveCall, next_number
from ..table import spread
from ..untracked import call_untracked
from .mapping import call_each, digests_known, distinct, memoisable

_CONTAINERS = (pandas.Series, pandas.DataFrame, list, dict, tuple, set, np.ndarray)


def apply(frame: DataFrame, func: Any, axis: Any = 0, **keywords: Any) -> Any:
    """``frame.apply(function, axis=1)`` with one value a row; any other is untracked."""
    by_row = axis in (1, "columns") and callable(func) and not isinstance(func, np.ufunc)
    plain = set(keywords) <= {"result_type"} and keywords.get("result_type") in (None, "reduce")
    if by_row and plain and len(frame._held):
        made = _recorded(frame, func)
        if made is not None:
            return made
    return call_untracked("this apply", frame._held.apply, (func, axis), keywords, [frame._step])


def _recorded(frame: DataFrame, function: UserFunction) -> Series | None:
    """Record a function of rows; None when it does more than read columns for one value."""
    columns = frame._held.columns
    read = named_in(function, list(columns)) or list(columns[:1])
    while True:
        try:
            return _of_rows(frame, function, read)
        except NotRecordable as missing:
            if missing.name is None or missing.name in read or missing.name not in columns:
                return None
            read = [*read, missing.name]


def _of_rows(frame: DataFrame, function: UserFunction, read: list[Any]) -> Series | None:
    """Results of a function of the columns `read`; None when they are not single values."""
    held, step = frame._held, frame._step
    dtype = str(held.iloc[0].dtype)
    cells, erased = apply_elementwise(
        "row", [(held[name], frame._erased.get(name)) for name in read], {"dtype": (dtype, None)}
    )
    called = np.ones(len(held), dtype=bool) if erased is None else ~erased
    arguments, within = distinct(cells.to_numpy()[called])
    reference = function_ref(function, caller())
    digests = digests_known(arguments)
    results = call_each(reference.id, of_row(function, read), arguments, digests)
    if any(isinstance(one, _CONTAINERS) for one in results):
        return None
    codes = np.full(len(held), -1, dtype=np.int32)
    codes[called] = within
    values = pandas.Series([results[code] for code in within], index=held.index[called])
    if erased is not None:
        values = spread(values, called, held.index)
    number = next_number()
    columns = tuple(Column(step.node.id, name) for name in read)
    expr = MapCall(
        number,
        reference,
        Call("row", columns, (("dtype", Literal(dtype)),)),
        ignore_missing=False,
        results=kinds_of(results),
        memo=memoisable(digests, results, reference.name),
        dtype=dtype_to_json(values.dtype),
        columns=tuple(read),
    )
    live = LiveCall(function, digests, results, codes)
    return Series._make(values, erased, expr, (step,), {number: live})


FRAME: dict[str, Callable[..., Any]] = {"apply": apply}
