"""Results of user functions while maintenance runs: from the memo, or, for new values, from the function."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas

from .arrays import BoolArray, IntArray
from .delta import unique_ids
from .errors import NeedsFunction
from .evaluate import Marked
from .expressions import MapCall
from .functions import Memo, UserFunction, decode_result, digests_of, encode_result, kind_of
from .literals import Json, dtype_from_json
from .rowcalls import of_row
from .rows import RowState
from .table import spread

_FIRST_PENDING = -2
"""Entries from here downwards number results that are not in the memo yet."""


class MemoisedCalls:
    """The calls of user functions in one maintenance.

    Nothing is written to the memo before `commit`.

    Parameters
    ----------
    state : RowState
        Holds the entry of each row.
    memo : Memo
    functions : mapping of function id or name to callable
    hash_key : str
    """

    def __init__(
        self,
        state: RowState,
        memo: Memo,
        functions: Mapping[str, UserFunction],
        hash_key: str,
    ) -> None:
        self._state = state
        self._memo = memo
        self._functions = functions
        self._hash_key = hash_key
        self._settled: dict[int, IntArray] = {}
        self._new_results: list[Json] = []
        self._new_digests: list[tuple[str, bytes]] = []
        self._pending: dict[tuple[str, bytes], int] = {}
        self._waiting: dict[int, list[tuple[IntArray, IntArray]]] = {}
        self._uses: dict[str, Counter[int]] = {}
        self.new_kinds: dict[int, set[str]] = {}
        """Call -> kinds of the results that were not in the memo."""

    def evaluate(
        self, call: MapCall, ids: IntArray, fresh: BoolArray, operand: Callable[[], Marked]
    ) -> Marked:
        """Results for rows.

        Parameters
        ----------
        call : MapCall
        ids : ndarray of int32, shape (n,)
        fresh : ndarray of bool, shape (n,)
            Rows whose operand may have changed.
        operand : callable
            Evaluates the operand for all rows.
        """
        settled = self._settled.get(call.call)
        unsettled = fresh if settled is None else fresh & ~np.isin(ids, settled)
        entries = np.full(len(ids), -1, dtype=np.int32)
        array = self._state.entry(call.call)
        known = ids < len(array)
        entries[known] = array.take(ids[known])
        if not unsettled.any() and (entries != -1).all() and len(ids):
            return self._column(call, self._results(call, entries)), None
        values, erased = operand()
        called = np.ones(len(ids), dtype=bool) if erased is None else ~erased
        if call.ignore_missing:
            called &= values.notna().to_numpy()
        objects = values.astype(object).to_numpy(copy=True)
        if call.memo:
            self._settle(call, ids, entries, unsettled, called, objects)
            found = called & (entries != -1)
            objects[found] = self._results(call, entries[found])
        else:
            for place in np.flatnonzero(called):
                objects[place] = self._function(call)(objects[place])
        column = self._column(call, objects if erased is None else objects[~erased], values)
        return (column if erased is None else spread(column, ~erased, values.index)), erased

    def _settle(  # noqa: PLR0917
        self,
        call: MapCall,
        ids: IntArray,
        entries: IntArray,
        unsettled: BoolArray,
        called: BoolArray,
        objects: Any,
    ) -> None:
        """Find or make the entries of rows with new values, and count uses."""
        places = np.flatnonzero(unsettled)
        if not len(places):
            return
        before = entries[places]
        entries[places] = -1
        asked = places[called[places]]
        if len(asked):
            entries[asked] = self._entries(call, [objects[place] for place in asked])
        self._count(call, before, entries[places])
        array = self._state.entry(call.call)
        missing = int(ids[places].max()) + 1 - len(array)
        if missing > 0:
            array.append(np.full(missing, -1, dtype=np.int32))
        array.put(ids[places], entries[places])
        self._settled[call.call] = unique_ids(self._settled.get(call.call, ids[:0]), ids[places])
        self._waiting.setdefault(call.call, []).append((ids[places], entries[places]))

    def _entries(self, call: MapCall, arguments: list[Any]) -> IntArray:
        digests = digests_of(arguments, self._hash_key)
        entries = self._memo.find(call.function.id, digests)
        for place in np.flatnonzero(entries < 0):
            key = (call.function.id, digests[place])
            if key not in self._pending:
                value = self._function(call)(arguments[place])
                result = encode_result(value)
                self.new_kinds.setdefault(call.call, set()).add(kind_of(value))
                self._pending[key] = _FIRST_PENDING - len(self._new_results)
                self._new_results.append(result)
                self._new_digests.append(key)
            entries[place] = self._pending[key]
        return entries

    def _function(self, call: MapCall) -> UserFunction:
        reference = call.function
        for name in (reference.id, reference.name):
            if name in self._functions:
                given = self._functions[name]
                return given if call.columns is None else of_row(given, call.columns)
        raise NeedsFunction(reference.name, reference.location.line if reference.location else None)

    def _count(self, call: MapCall, before: IntArray, after: IntArray) -> None:
        uses = self._uses.setdefault(call.function.id, Counter())
        uses.update(after[after != -1].tolist())
        uses.subtract(before[before != -1].tolist())

    def release(self, call: MapCall, ids: IntArray) -> None:
        """Give up the entries of rows that are gone."""
        array = self._state.entry(call.call)
        held = ids[ids < len(array)]
        if not call.memo or not len(held):
            return
        before = array.take(held)
        self._count(call, before, np.full(len(held), -1, dtype=np.int32))
        array.put(held, -1)

    def _results(self, call: MapCall, entries: IntArray) -> Any:
        results = np.empty(len(entries), dtype=object)
        stored = entries >= 0
        distinct, inverse = np.unique(entries[stored], return_inverse=True)
        decoded = np.empty(len(distinct), dtype=object)
        decoded[:] = [decode_result(r) for r in self._memo.results(call.function.id, distinct)]
        results[stored] = decoded[inverse]
        for place in np.flatnonzero(~stored):
            results[place] = decode_result(self._new_results[_FIRST_PENDING - entries[place]])
        return results

    def _column(
        self, call: MapCall, objects: Any, like: pandas.Series[Any] | None = None
    ) -> pandas.Series[Any]:
        """Column of results; the index is positional, as of all tables of a maintenance."""
        name = None if like is None else like.name
        column = pandas.Series(objects, name=name, dtype=object)
        if call.dtype is None or dtype_from_json(call.dtype) == object:
            return column
        return column.map(_same)

    @property
    def idle(self) -> bool:
        """Whether `commit` has nothing to do."""
        return not self._uses and not self._waiting and not self._new_results

    def commit(self) -> None:
        """Write new results and uses to the memo, and their entries to the row state."""
        real = np.empty(len(self._new_results), dtype=np.int32)
        for place, (function, key) in enumerate(self._new_digests):
            real[place] = self._memo.put(function, [key], [self._new_results[place]])[0]
        for call, parts in self._waiting.items():
            for ids, entries in parts:
                provisional = entries <= _FIRST_PENDING
                if provisional.any():
                    places = _FIRST_PENDING - entries[provisional]
                    self._state.entry(call).put(ids[provisional], real[places])
        for function, counted in self._uses.items():
            uses: Counter[int] = Counter()
            for entry, count in counted.items():
                uses[int(real[_FIRST_PENDING - entry]) if entry <= _FIRST_PENDING else entry] += (
                    count
                )
            moved = {entry: count for entry, count in uses.items() if count}
            if moved:
                self._memo.retain(
                    function,
                    np.fromiter(moved, dtype=np.int32, count=len(moved)),
                    np.fromiter(moved.values(), dtype=np.int64, count=len(moved)),
                )


def _same(value: Any) -> Any:
    return value
