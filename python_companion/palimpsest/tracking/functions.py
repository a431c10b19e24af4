"""User functions and the memo of their results.

A result is kept under a keyed digest of its argument, exact about types (True, 1 and 1.0 are three
arguments), so that maintenance needs neither the function nor the argument, and the memo holds no argument.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import struct
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas

from .arrays import IntArray, MemoryArray
from .expressions import FunctionRef
from .literals import Json, from_json, to_json
from .location import Location

UserFunction = Callable[[Any], Any]


class Memo(Protocol):
    """Results of user functions; an entry is a number that stays valid until its last use is released."""

    def find(self, function: str, digests: Sequence[bytes]) -> IntArray:
        """Return the entry of each digest, -1 where there is none."""
        ...

    def put(self, function: str, digests: Sequence[bytes], results: Sequence[Json]) -> IntArray:
        """Add results (as `encode_result` makes them), without uses, and return their entries."""
        ...

    def results(self, function: str, entries: npt.NDArray[np.integer]) -> list[Json]:
        """Return the results of entries."""
        ...

    def retain(
        self,
        function: str,
        entries: npt.NDArray[np.integer],
        counts: npt.NDArray[np.integer],
    ) -> None:
        """Add `counts` uses (negative: release) to each of `entries`; drop those without uses."""
        ...


class MemoryMemo:
    """A memo in memory."""

    def __init__(self) -> None:
        self._entries: dict[str, dict[bytes, int]] = {}
        self._functions: list[str] = []
        self._digests: list[bytes | None] = []
        self._results: list[Json] = []
        self._uses = MemoryArray(np.int64)

    def __len__(self) -> int:
        return sum(map(len, self._entries.values()))

    def items(self) -> Iterator[tuple[int, str, bytes, Json, int]]:
        """Iterate over (entry, function, digest, result, uses)."""
        uses = self._uses.all().tolist()
        rows = zip(self._functions, self._digests, self._results, uses, strict=True)
        for entry, (function, digest, result, used) in enumerate(rows):
            if digest is not None:
                yield entry, function, digest, result, used

    def find(self, function: str, digests: Sequence[bytes]) -> IntArray:
        """Return the entry of each digest, -1 where there is none."""
        known = self._entries.get(function)
        if not known:
            return np.full(len(digests), -1, dtype=np.int32)
        return np.array([known.get(digest, -1) for digest in digests], dtype=np.int32)

    def put(self, function: str, digests: Sequence[bytes], results: Sequence[Json]) -> IntArray:
        """Add results, without uses, and return their entries."""
        first = len(self._results)
        known = self._entries.setdefault(function, {})
        known.update(zip(digests, range(first, first + len(digests)), strict=True))
        self._functions.extend([function] * len(digests))
        self._digests.extend(digests)
        self._results.extend(results)
        return self._uses.append(np.zeros(len(digests), dtype=np.int64))

    def results(self, function: str, entries: npt.NDArray[np.integer]) -> list[Json]:
        """Return the results of entries."""
        return [self._results[entry] for entry in entries.tolist()]

    def retain(
        self,
        function: str,
        entries: npt.NDArray[np.integer],
        counts: npt.NDArray[np.integer],
    ) -> None:
        """Add uses to entries, and drop those without uses."""
        asked = np.unique(entries)
        used = self._uses.take(asked)
        np.add.at(used, np.searchsorted(asked, entries), counts)
        self._uses.put(asked, used)
        for entry in asked[used <= 0].tolist():
            digest = self._digests[entry]
            if digest is not None:
                del self._entries[self._functions[entry]][digest]
                self._digests[entry] = self._results[entry] = None


PLAIN = frozenset({str, int, float, bool, type(None)})
"""Types whose values the memo keeps without further ado."""


_UTF8 = ("utf-8", "surrogatepass")


class NotMemoisable(TypeError):
    """A value that the memo cannot keep."""


def argument_bytes(value: Any) -> bytes:
    """Write an argument as bytes, different for different values and types.

    Raises
    ------
    NotMemoisable
        When the value is not one of the known immutable kinds.
    """
    if type(value) is str:
        return b"s" + value.encode(*_UTF8)
    if value is None:
        return b"N"
    if type(value) is bool:
        return b"T" if value else b"F"
    if type(value) is int:
        return b"i" + str(value).encode()
    if type(value) is float:
        return b"f" + struct.pack("<d", value)
    if type(value) in (list, tuple):
        parts = [argument_bytes(item) for item in value]
        lengths = b"".join(struct.pack("<q", len(part)) for part in parts)
        return (
            type(value).__name__.encode()
            + struct.pack("<q", len(parts))
            + lengths
            + b"".join(parts)
        )
    if value is pandas.NA or value is pandas.NaT:
        return b"M" + repr(value).encode()
    if isinstance(value, (pandas.Timestamp, pandas.Timedelta)):
        return b"t" + repr((type(value).__name__, value, value.unit)).encode()
    if isinstance(value, np.generic) and value.dtype.kind in "biufmM":
        return b"n" + value.dtype.str.encode() + value.tobytes()
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return b"a" + repr((value.dtype.str, value.shape)).encode() + value.tobytes()
    raise NotMemoisable(f"a value of type {type(value).__name__}")


def digests_of(values: Sequence[Any], key: str) -> list[bytes]:
    """Keyed digests of arguments, 16 bytes each."""
    keyed = hashlib.blake2b(key=key.encode(), digest_size=16)
    digests = []
    for value in values:
        hashed = keyed.copy()
        # The most common kind first: a call for each of a million texts takes its time.
        plain = type(value) is str
        hashed.update(b"s" + value.encode(*_UTF8) if plain else argument_bytes(value))
        digests.append(hashed.digest())
    return digests


def encode_result(value: Any) -> Json:
    """Encode a result for the memo.

    Raises
    ------
    NotMemoisable
        When it is not a str, float, int, bool, None, other scalar that a plan can hold, or a small numeric array.
    """
    if isinstance(value, np.ndarray) and (value.dtype.kind not in "biuf" or value.ndim != 1):
        raise NotMemoisable("an array that is not one-dimensional and numeric")
    if type(value) in (list, tuple, set, dict, slice, type):
        raise NotMemoisable(f"a value of type {type(value).__name__}")
    try:
        return to_json(value)
    except TypeError as error:
        raise NotMemoisable(f"a value of type {type(value).__name__}") from error


def encode_results(values: Sequence[Any]) -> list[Json]:
    """Encode many results; see `encode_result`."""
    if set(map(type, values)) <= PLAIN - {float}:
        return list(values)
    return [encode_result(value) for value in values]


decode_result = from_json


def kind_of(value: Any) -> str:
    """Name the kind of a result, so that a column of one kind can be told from a mixed one."""
    if isinstance(value, np.ndarray):
        return "array"
    if value is None or value is pandas.NA or value is pandas.NaT or value != value:
        return "missing"
    return type(value).__name__


def kinds_of(values: Sequence[Any]) -> str:
    """Name the kinds of many results, joined by ``|``."""
    types_ = set(map(type, values))
    if types_ <= PLAIN - {float, type(None)}:
        return "|".join(sorted(one.__name__ for one in types_))
    return "|".join(sorted({kind_of(value) for value in values}))


def function_ref(function: UserFunction, location: Location | None) -> FunctionRef:
    """Describe a user function: its name, and an id that changes when its code does."""
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    name = name.split("<locals>.")[-1]
    return FunctionRef(f"{name}-{_source_hash(function)}", name, location)


def _source_hash(function: UserFunction) -> str:
    return hashlib.blake2b(_description(function, ()), digest_size=8).hexdigest()


def _description(function: Any, within: tuple[int, ...]) -> bytes:
    """Bytes that change when the code of a function does, or what it is bound to or captures.

    `within` are the objects that are being described already: a function may capture itself.
    """
    within = (*within, id(function))
    if isinstance(function, functools.partial):
        bound_parts = [function.func, list(function.args), dict(function.keywords)]
        return b"partial" + b"|".join(_stable(part, within) for part in bound_parts)
    try:
        source = inspect.getsource(function)
    except (OSError, TypeError):
        source = f"{getattr(function, '__module__', '')} {type(function).__qualname__}"
    parts = [source.encode()]
    code = getattr(function, "__code__", None)
    if isinstance(code, types.CodeType):
        parts += [code.co_code, repr(_constants(code)).encode(), repr(code.co_names).encode()]
    elif not isinstance(function, type):
        parts.append(repr(getattr(function, "__qualname__", "")).encode())
    captured = [getattr(function, "__defaults__", None), *_closure(function)]
    bound = getattr(function, "__self__", None)
    if bound is not None and not isinstance(bound, types.ModuleType):
        captured.append(bound)
    if code is None and not isinstance(function, type) and hasattr(function, "__dict__"):
        captured.append(vars(function))
    return b"|".join(parts + [_stable(value, within) for value in captured])


def _constants(code: types.CodeType) -> list[Any]:
    return [
        (constant.co_code, _constants(constant))
        if isinstance(constant, types.CodeType)
        else constant
        for constant in code.co_consts
    ]


def _closure(function: UserFunction) -> list[Any]:
    return [cell.cell_contents for cell in getattr(function, "__closure__", None) or ()]


def _stable(value: Any, within: tuple[int, ...]) -> bytes:
    """Bytes of a captured value: equal for equal values, and never for values that could differ.

    Plain values give the same bytes in every process. Any other object is told apart by where it is
    in memory: its function is then found by name in another process.
    """
    if id(value) in within:
        return b"R"
    if isinstance(value, (types.FunctionType, functools.partial)):
        return b"F" + hashlib.blake2b(_description(value, within), digest_size=8).digest()
    if isinstance(value, (types.BuiltinFunctionType, type, types.ModuleType)):
        return f"B{getattr(value, '__module__', '')}.{value.__name__}".encode()
    if type(value) in (dict, types.MappingProxyType):
        within = (*within, id(value))
        items = [_stable(k, within) + b":" + _stable(v, within) for k, v in value.items()]
        return b"D" + b",".join(items)
    if type(value) in (list, tuple, set, frozenset):
        within = (*within, id(value))
        items = [_stable(item, within) for item in value]
        ordered = items if type(value) in (list, tuple) else sorted(items)
        return b"C" + b",".join(ordered)
    try:
        return argument_bytes(value)
    except NotMemoisable:
        return f"O{type(value).__qualname__}@{id(value):x}".encode()
