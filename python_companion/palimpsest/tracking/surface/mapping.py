"""``series.map``: a dict, or a user function whose results are remembered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas

from ..arrays import AnyArray, BoolArray, IntArray
from ..expressions import MapCall
from ..functions import (
    NotMemoisable,
    UserFunction,
    argument_bytes,
    digests_of,
    encode_results,
    function_ref,
    kinds_of,
)
from ..keycodes import PROCESS_KEY
from ..literals import dtype_to_json
from ..location import caller
from ..scalar import plain
from ..series import Series
from ..session import session
from ..steps import LiveCall, next_number
from ..table import spread
from ..untracked import call_untracked


def series_map(series: Series, arg: Any, na_action: str | None = None, **keywords: Any) -> Any:
    """``series.map(arg)``; a function is called once for each distinct value."""
    if callable(arg) and na_action in (None, "ignore") and not keywords:
        return map_function(series, arg, ignore_missing=na_action == "ignore")
    if type(arg) is dict and na_action in (None, "ignore") and not keywords:
        ignoring = {"na_action": na_action} if na_action else {}
        return series._elementwise("map_dict", arg, **ignoring)
    if isinstance(arg, Series) and na_action is None and not keywords:
        from .membership import look_up

        made = look_up(series, arg)
        if made is not None:
            return made
    return call_untracked(
        "this map", series._held.map, (arg,), {"na_action": na_action, **keywords}, series._steps
    )


def apply(series: Series, func: Any, *args: Any, **keywords: Any) -> Any:
    """``series.apply(function)``: as `map`; further arguments are bound to the function."""
    further = keywords.pop("args", args)
    if callable(func) and not isinstance(func, np.ufunc) and "by_row" not in keywords:
        bound = _with_arguments(func, further, keywords) if further or keywords else func
        return map_function(series, bound, ignore_missing=False)
    return call_untracked("this apply", series._held.apply, (func, *args), keywords, series._steps)


def _with_arguments(function: UserFunction, args: Any, keywords: dict[str, Any]) -> UserFunction:
    """Bind arguments that come after the value."""

    def bound(value: Any) -> Any:
        return function(value, *args, **keywords)

    bound.__qualname__ = getattr(function, "__qualname__", type(function).__qualname__)
    return bound


def map_function(series: Series, function: UserFunction, *, ignore_missing: bool) -> Series:
    """Call a user function for each distinct value that is not erased."""
    called = np.ones(len(series._held), dtype=bool)
    if series._mask is not None:
        called &= ~series._mask
    if ignore_missing:
        called &= series._held.notna().to_numpy()
    reference = function_ref(function, caller())
    codes = np.full(len(called), -1, dtype=np.int32)
    arguments, within = _distinct_cells(series._held, called)
    codes[called] = within
    digests = digests_known(arguments)
    results = call_each(reference.id, function, arguments, digests)
    dtype = series._held.dtype
    if isinstance(dtype, pandas.CategoricalDtype):
        known = _by_argument(arguments, results)
        find = _by_category(list(dtype.categories), known, reference.id, function)
        values = _by_pandas(series, find, ignore_missing)
    elif getattr(dtype, "na_value", None) is pandas.NA:
        known = _by_argument(arguments, results)
        values = _by_pandas(series, lambda value: known[_plain(value)], ignore_missing)
    else:
        values = _spread_results(series, results, codes, called)
    memo = memoisable(digests, results, reference.name)
    number = next_number()
    expr = MapCall(
        number,
        reference,
        series._expr,
        ignore_missing,
        kinds_of(results),
        memo,
        dtype_to_json(values.dtype),
    )
    live = LiveCall(function, digests, results, codes)
    return Series._make(values, series._mask, expr, series._steps, {**series._calls, number: live})


def _by_category(
    categories: list[Any], known: dict[Any, Any], function_id: str, function: UserFunction
) -> UserFunction:
    """Look results up by category; pandas asks for those that no row has, too."""
    more = [category for category in categories if _plain(category) not in known]
    results = call_each(function_id, function, more, digests_known(more))
    known = known | {_plain(one): result for one, result in zip(more, results, strict=True)}
    return lambda value: known[_plain(value)]


def _by_argument(arguments: list[Any], results: list[Any]) -> dict[Any, Any]:
    return {_plain(one): result for one, result in zip(arguments, results, strict=True)}


def _plain(value: Any) -> Any:
    """Key of an argument, however pandas hands it over."""
    plain = value.item() if isinstance(value, np.generic) else value
    return None if type(plain) is float and plain != plain else (type(plain), plain)


def _by_pandas(series: Series, find: UserFunction, ignore_missing: bool) -> Any:
    """Let pandas call for each value: the dtype of the result depends on that of the column."""
    present = np.ones(len(series._held), dtype=bool) if series._mask is None else ~series._mask
    part = series._held[present].map(find, na_action="ignore" if ignore_missing else None)
    return part if series._mask is None else spread(part, present, series._held.index)


def _distinct_cells(held: pandas.Series[Any], called: BoolArray) -> tuple[list[Any], IntArray]:
    """Split the cells that a function is called for as `distinct` does; numbers by their bits."""
    if not isinstance(held.dtype, np.dtype) or held.dtype.kind not in "biuf":
        return distinct(held.astype(object).to_numpy()[called])
    numbers = held.to_numpy()[called]
    codes, bits = pandas.factorize(numbers.view(f"i{numbers.itemsize}"))
    return bits.view(numbers.dtype).tolist(), codes.astype(np.int32)


def distinct(values: AnyArray) -> tuple[list[Any], IntArray]:
    """Split values into distinct ones, exact about types, and the position of each value among them."""
    if pandas.api.types.infer_dtype(values, skipna=False) in ("string", "empty"):
        codes, uniques = pandas.factorize(values)
        return list(uniques), codes.astype(np.int32)
    places: dict[Any, int] = {}
    firsts: list[Any] = []
    codes = np.empty(len(values), dtype=np.int32)
    for row, value in enumerate(values):
        try:
            key: Any = argument_bytes(value)
        except NotMemoisable:
            key = row
        place = places.setdefault(key, len(firsts))
        if place == len(firsts):
            firsts.append(value)
        codes[row] = place
    return firsts, codes


Digests = list[bytes | NotMemoisable]
"""Keyed digest of each argument, or why it has none."""


def digests_known(arguments: list[Any]) -> Digests:
    """Keyed digests of arguments, in whose place the arguments themselves need not be kept."""
    try:
        return list(digests_of(arguments, PROCESS_KEY))
    except NotMemoisable:
        return [_digest(argument) for argument in arguments]


def _digest(argument: Any) -> bytes | NotMemoisable:
    try:
        return digests_of([argument], PROCESS_KEY)[0]
    except NotMemoisable as error:
        return error


def call_each(
    function_id: str, function: UserFunction, arguments: list[Any], digests: Digests
) -> list[Any]:
    """Results for distinct arguments; within a capture each is called for once."""
    current = session()
    if not current.capturing:
        return [plain(function(argument)) for argument in arguments]
    known = current.results.setdefault(function_id, {})
    results = []
    for argument, digest in zip(arguments, digests, strict=True):
        if isinstance(digest, NotMemoisable):
            results.append(plain(function(argument)))
            continue
        if digest not in known:
            known[digest] = plain(function(argument))
        results.append(known[digest])
    return results


def as_column(
    results: list[Any], codes: IntArray, index: pandas.Index[Any], name: Any
) -> pandas.Series[Any]:
    """Column of results, one for each code, of the dtype that pandas infers."""
    if set(map(type, results)) == {bool}:
        return pandas.Series(np.array(results, dtype=bool)[codes], index=index, name=name)
    if len(set(map(id, results[:_SAMPLE]))) * 2 < len(results[:_SAMPLE]):
        results, codes = _fewer(results, codes)
    objects = np.empty(len(results), dtype=object)
    objects[:] = results
    column = pandas.Series(objects, dtype=object).map(_same).take(codes).set_axis(index)
    column.name = name
    return column


_SAMPLE = 1000


def _fewer(results: list[Any], codes: IntArray) -> tuple[list[Any], IntArray]:
    """Keep of results that are one and the same object only one."""
    places: dict[int, int] = {}
    at = [places.setdefault(id(result), len(places)) for result in results]
    firsts = dict(zip(map(id, reversed(results)), reversed(results), strict=True))
    return [firsts[one] for one in places], np.array(at, dtype=np.int32)[codes]


def _same(value: Any) -> Any:
    return value


def _spread_results(
    series: Series, results: list[Any], codes: IntArray, called: BoolArray
) -> pandas.Series[Any]:
    held = series._held
    if not called.any():
        return held.map(_same, na_action="ignore") if not len(held) else held
    if series._mask is None and called.all():
        return as_column(results, codes, held.index, held.name)
    if series._mask is not None:
        present = ~series._mask
        part = _ignoring(held[present], results, codes[present])
        return spread(part, present, held.index)
    return _ignoring(held, results, codes)


def _ignoring(held: pandas.Series[Any], results: list[Any], codes: IntArray) -> pandas.Series[Any]:
    """Column of results in which values without a code stay as they are."""
    objects = held.astype(object).to_numpy(copy=True)
    given = codes >= 0
    for place in np.flatnonzero(given):
        objects[place] = results[codes[place]]
    return pandas.Series(objects, index=held.index, name=held.name, dtype=object).map(_same)


def memoisable(digests: Digests, results: list[Any], name: str) -> bool:
    """Say whether the memo can keep the results for these arguments; warn when not."""
    try:
        for digest in digests:
            if isinstance(digest, NotMemoisable):
                raise digest
        encode_results(results)
    except NotMemoisable as error:
        session().warn(
            f"The results of {name} cannot be kept, because of {error}: a forget will need the function "
            "again. Take and return text, numbers, booleans or None."
        )
        return False
    return True


SERIES: dict[str, Callable[..., Any]] = {"map": series_map, "apply": apply}
