"""One value of a whole column, as ``series.mean()`` gives it: what is computed with it follows the column."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import cached_property, update_wrapper
from types import CellType, CodeType, FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas

from .session import session

if TYPE_CHECKING:
    from .series import Series

_EXACT = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
"""Operators that give a single value what they give a column of it, to the last bit."""

_COMPARING = frozenset({"eq", "ne", "lt", "le", "gt", "ge"})

COMBINABLE = frozenset(
    [
        *_EXACT,
        "and",
        "between",
        "clip",
        "fillna",
        "floordiv",
        "mask",
        "mod",
        "np.maximum",
        "np.minimum",
        "np.where",
        "or",
        "put",
        "put_new",
        "where",
        "xor",
    ]
)
"""Element-wise functions that give the same for one value as for a column of it."""


class Scalar:
    """A value that all rows of a column gave together.

    Where it meets the rows it came from, it stays part of the plan. Anything else that looks at it
    (``float``, ``if``, a format, NumPy) gets the plain value, and the run notes that it was read.

    Parameters
    ----------
    held : object
        The value as pandas gives it.
    rows : Series
        A value for each row that it came from.
    make : callable
        Gives the same value for each of these rows; called when they meet it.
    """

    def __init__(self, held: Any, rows: Series, make: Callable[[], Series]) -> None:
        self._held = held
        self._rows = rows
        self._make = make

    @cached_property
    def _column(self) -> Series:
        return self._make()

    def read(self) -> Any:
        """Return the plain value, noted as read."""
        named = ", ".join(step.node.label for step in self._rows._steps)
        session().escape(f"{named} was read as a plain value")
        return self._held

    def for_rows_of(self, series: Series) -> Series | None:
        """Return the same value for each row of a series; None when it came from other rows."""
        from .series import same_rows

        return self._column if same_rows(series, self._rows) else None

    def _combined(self, function: str, other: Any, *, reflected: bool = False) -> Any:
        """Combine with a plain value or another scalar; frames and series know how to take this."""
        from .series import elementwise, same_rows

        if not isinstance(other, Scalar) and not pandas.api.types.is_scalar(other):
            return NotImplemented
        joined = isinstance(other, Scalar) and same_rows(self._rows, other._rows)
        value = other._held if joined else plain(other)
        run = _EXACT[function]
        held = run(value, self._held) if reflected else run(self._held, value)

        def make() -> Any:
            pair = (self._column, other._column if joined else value)
            return elementwise(function, pair[::-1] if reflected else pair, {})

        return Scalar(held, self._rows, make)

    def __neg__(self) -> Any:
        return Scalar(-self._held, self._rows, lambda: -self._column)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.read(), name)

    def __array__(self, *args: Any, **keywords: Any) -> Any:
        return np.asarray(self.read(), *args)

    def __repr__(self) -> str:
        return repr(self._held)


def plain(value: Any) -> Any:
    """Replace scalars, also inside containers, by their plain values, noted as read."""
    if isinstance(value, Scalar):
        return value.read()
    if isinstance(value, FunctionType):
        return _with_plain_names(value)
    if type(value) in (list, tuple, set):
        return type(value)(plain(item) for item in value)
    if type(value) is dict:
        return {key: plain(item) for key, item in value.items()}
    return value


def _with_plain_names(function: FunctionType) -> FunctionType:
    """Let a function, and those that it names, see plain values of scalars: pandas gives plain cells."""
    return _copied(function, {}) if _shows_scalars(function) else function


def _shows_scalars(value: Any, known: frozenset[Any] = frozenset()) -> bool:
    """Say whether a value is a scalar, or a function that comes upon one under its names."""
    if not isinstance(value, FunctionType):
        return isinstance(value, Scalar)
    return value not in known and any(
        _shows_scalars(named, known | {value})
        for named in (
            *_globals_of(value).values(),
            *map(_content, value.__closure__ or ()),
            *(value.__defaults__ or ()),
            *(value.__kwdefaults__ or {}).values(),
        )
    )


def _copied(function: FunctionType, made: dict[FunctionType, FunctionType]) -> FunctionType:
    """Return a copy of a function that finds plain values, and such copies, under its names."""

    def seen(value: Any) -> Any:
        if not isinstance(value, FunctionType):
            return plain(value)
        if value not in made and _shows_scalars(value):
            _copied(value, made)
        return made.get(value, value)

    old = function.__closure__ or ()
    new = tuple(CellType() if _shows_scalars(_content(cell)) else cell for cell in old)
    names = dict(function.__globals__)
    copy = FunctionType(function.__code__, names, function.__name__, None, new)
    made[function] = copy  # before what it names, which may name it
    names.update((name, seen(value)) for name, value in _globals_of(function).items())
    for cell, before in zip(new, old, strict=True):
        if cell is not before:
            cell.cell_contents = seen(before.cell_contents)
    update_wrapper(copy, function)
    copy.__defaults__ = function.__defaults__ and tuple(map(seen, function.__defaults__))
    given = function.__kwdefaults__
    copy.__kwdefaults__ = given and {name: seen(value) for name, value in given.items()}
    return copy


def _globals_of(function: FunctionType) -> dict[str, Any]:
    """Return what a function, and the code in it, finds under global names."""
    found = function.__globals__
    return {name: found[name] for name in _names_in(function.__code__) if name in found}


def _names_in(code: CodeType) -> set[str]:
    inside = (part for part in code.co_consts if isinstance(part, CodeType))
    return set(code.co_names).union(*map(_names_in, inside))


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # nothing is assigned yet
        return None


def by_row(value: Any, rows_of: Sequence[Series]) -> Any:
    """Replace a scalar by a column for the rows of the first series, when it came from them."""
    if not isinstance(value, Scalar):
        return value
    column = value.for_rows_of(rows_of[0]) if rows_of else None
    return value.read() if column is None else column


def reading_scalars(method: Callable[..., Any]) -> Callable[..., Any]:
    """Let a method that cannot record scalars get their plain values."""

    def run(*args: Any, **keywords: Any) -> Any:
        return method(*plain(args), **plain(keywords))

    return run


def is_single(value: Any) -> bool:
    """Say whether a value is one for all rows."""
    return isinstance(value, Scalar) or bool(pandas.api.types.is_scalar(value))


def _binary(function: str, *, reflected: bool) -> Callable[[Scalar, Any], Any]:
    def method(self: Scalar, other: Any) -> Any:
        return self._combined(function, other, reflected=reflected)

    return method


def _reading(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Scalar, *args: Any) -> Any:
        return function(self.read(), *args)

    return method


def _read_binary(function: Callable[[Any, Any], Any], *, reflected: bool) -> Callable[..., Any]:
    def method(self: Scalar, other: Any) -> Any:
        if not is_single(other):
            return NotImplemented
        one, two = self.read(), plain(other)
        return function(two, one) if reflected else function(one, two)

    return method


for _name in _EXACT:
    setattr(Scalar, f"__{_name}__", _binary(_name, reflected=False))
    if _name not in _COMPARING:
        setattr(Scalar, f"__r{_name}__", _binary(_name, reflected=True))
for _name in ("floordiv", "mod", "pow"):
    _function = getattr(operator, _name)
    setattr(Scalar, f"__{_name}__", _read_binary(_function, reflected=False))
    setattr(Scalar, f"__r{_name}__", _read_binary(_function, reflected=True))
_READERS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "bool": bool,
    "complex": complex,
    "float": float,
    "format": format,
    "hash": hash,
    "index": operator.index,
    "int": int,
    "round": round,
    "str": str,
}
for _name, _reader in _READERS.items():
    setattr(Scalar, f"__{_name}__", _reading(_reader))
