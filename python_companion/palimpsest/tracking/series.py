"""The tracked series: a pandas series, its erased mask, and the expression that gives it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas

from .arrays import AnyArray, BoolArray
from .elementwise import ALIASES, DATE_PROPERTIES, ELEMENTWISE, REFLECTED
from .evaluate import apply_elementwise
from .expressions import Call, Column, Expr, Literal
from .literals import NotPlannable, dtype_to_json, to_json
from .scalar import COMBINABLE, Scalar, plain, reading_scalars
from .session import session
from .steps import LiveCall, Step
from .untracked import call_untracked, is_helper, wrap_untracked

_METADATA = frozenset({"dtype", "name", "ndim", "attrs", "flags", "hasnans"})
_CHANGING = frozenset({"pop", "update"})
_UNCHANGEABLE = (
    "A tracked series cannot be changed in place. Write series = series.where(condition, value) instead, "
    "or frame[column] = series."
)
_ACCESSOR_METADATA = frozenset({"tz", "unit"})
OPERATORS = [
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "and",
    "or",
    "xor",
]


class Series:
    """A column of values whose derivation is known.

    Behaves as `pandas.Series` for the methods that the tracking knows; any other still runs, with a warning.
    """

    _held: pandas.Series[Any]
    _mask: BoolArray | None
    _expr: Expr
    _steps: tuple[Step, ...]
    _calls: dict[int, LiveCall]

    def __init__(self, data: Any = None, *args: Any, **keywords: Any) -> None:
        from .surface.construct import make_series

        made = make_series(data, args, keywords)
        self.__dict__.update(made.__dict__)

    @classmethod
    def _make(
        cls,
        held: pandas.Series[Any],
        mask: BoolArray | None,
        expr: Expr,
        steps: Sequence[Step],
        calls: Mapping[int, LiveCall],
    ) -> Series:
        made = cls.__new__(cls)
        made._held = held
        made._mask = mask
        made._expr = expr
        made._steps = tuple(steps)
        made._calls = dict(calls)
        return made

    @classmethod
    def _column(
        cls, step: Step, name: Any, held: pandas.Series[Any], mask: BoolArray | None
    ) -> Series:
        return cls._make(held, mask, Column(step.node.id, name), (step,), {})

    @property
    def _space(self) -> Step:
        return self._steps[0].rows_of

    # element-wise ----------------------------------------------------------------------------

    def _elementwise(self, function: str, *args: Any, **keywords: Any) -> Any:
        return elementwise(function, (self, *args), keywords)

    def _method(self, name: str, args: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
        function = ALIASES.get(name, name)
        reflected = name in REFLECTED
        if reflected or function in OPERATORS:
            if len(args) != 1 or not set(keywords) <= {"fill_value"}:
                held = getattr(self._held, name)
                return call_untracked(f"Series.{name}", held, args, keywords, self._steps)
            if reflected:
                return elementwise(REFLECTED[name], (args[0], self), keywords)
        return self._elementwise(function, *args, **keywords)

    def __neg__(self) -> Any:
        return self._elementwise("neg")

    def __pos__(self) -> Any:
        return self._elementwise("pos")

    def __invert__(self) -> Any:
        return self._elementwise("invert")

    def __abs__(self) -> Any:
        return self._elementwise("abs")

    def __round__(self, digits: int = 0) -> Any:
        return self._elementwise("round", digits)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        name = f"np.{ufunc.__name__}"
        if method == "__call__" and name in ELEMENTWISE and not keywords:
            return elementwise(name, inputs, {})
        return call_untracked(name, getattr(ufunc, method), inputs, keywords)

    def __array_function__(
        self, func: Any, types: Any, args: Sequence[Any], keywords: Mapping[str, Any]
    ) -> Any:
        from .surface.numpyfunctions import call

        return call(func, args, keywords)

    # reading values --------------------------------------------------------------------------

    def __len__(self) -> int:
        session().escape("len() of a series read its number of rows")
        return len(self._held)

    def __iter__(self) -> Iterator[Any]:
        session().escape("iteration over a series read its values")
        return iter(self._held)

    def __array__(self, *args: Any, **keywords: Any) -> AnyArray:
        session().escape("conversion of a series to an array read its values")
        return np.asarray(self._held, *args)

    def to_pandas(self) -> pandas.Series[Any]:
        """Copy the values into an ordinary pandas object, which nothing follows from there."""
        session().escape("to_pandas() of a series read its values")
        return self._held.copy()

    def __bool__(self) -> bool:
        return bool(self._held)

    def __contains__(self, key: Any) -> bool:
        session().escape("'in' read the index of a series")
        return key in self._held

    def __getitem__(self, key: Any) -> Any:
        from .surface.filtering import filter_series

        if isinstance(key, Series):
            return filter_series(self, key)
        return call_untracked("Series[...]", self._held.__getitem__, (key,), {}, self._steps)

    def __setitem__(self, *_: Any) -> None:
        raise TypeError(_UNCHANGEABLE)

    def __getattr__(self, name: str) -> Any:
        from .surface import SERIES_METHODS

        if name.startswith("__") or "_held" not in self.__dict__:
            raise AttributeError(name)
        if name in SERIES_METHODS:
            return _refusing_inplace(reading_scalars(SERIES_METHODS[name].__get__(self)))
        if name in ALIASES or name in REFLECTED or name in ELEMENTWISE:
            return _refusing_inplace(lambda *args, **kwargs: self._method(name, args, kwargs))
        if name in ("str", "dt"):
            return Accessor(self, name, getattr(self._held, name))
        value = getattr(self._held, name)
        if name in _METADATA:
            return value
        if name in _CHANGING:
            return self.__setitem__
        if callable(value) and not is_helper(value):
            return _refusing_inplace(
                lambda *args, **keywords: call_untracked(
                    f"Series.{name}", value, args, keywords, self._steps
                )
            )
        return wrap_untracked(f"Series.{name}", value, self._steps, 0.0)

    @property
    def name(self) -> Any:
        """Name of the series."""
        return self._held.name

    @name.setter
    def name(self, value: Any) -> None:
        self._held = self._held.rename(value)

    # showing ---------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return repr(self._held)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(self._held)})


def _refusing_inplace(method: Callable[..., Any]) -> Callable[..., Any]:
    """Let a method refuse ``inplace=True``: the frame that the series is of would not notice."""

    def run(*args: Any, **keywords: Any) -> Any:
        if keywords.pop("inplace", False):
            raise TypeError(_UNCHANGEABLE)
        return method(*args, **keywords)

    return run


class Accessor:
    """The accessors ``.str`` and ``.dt`` of a tracked series."""

    def __init__(self, series: Series, kind: str, held: Any) -> None:
        self._series = series
        self._kind = kind
        self._held = held

    def __getitem__(self, key: Any) -> Any:
        return self._series._elementwise(f"{self._kind}.get_item", key)

    def __getattr__(self, name: str) -> Any:
        from .surface import ACCESSOR_METHODS

        function = f"{self._kind}.{name}"
        if name.startswith("__"):
            raise AttributeError(name)
        recorded = ACCESSOR_METHODS.get(function)
        if recorded is not None:
            return recorded.__get__(self._series)
        if function in ELEMENTWISE:
            if self._kind == "dt" and name in DATE_PROPERTIES:
                return self._series._elementwise(function)
            return lambda *args, **keywords: self._series._elementwise(function, *args, **keywords)
        value = getattr(self._held, name)
        if name in _ACCESSOR_METADATA:
            return value
        steps = self._series._steps
        if callable(value):
            return lambda *args, **keywords: call_untracked(
                f"Series.{function}", value, args, keywords, steps
            )
        return wrap_untracked(f"Series.{function}", value, steps, 0.0)


def same_rows(first: Series, other: Series) -> bool:
    """Say whether two series have the same rows under the same index."""
    if first._space is not other._space:
        return False
    left, right = first._held.index, other._held.index
    return left is right or bool(left.equals(right))


def together(series: Sequence[Series]) -> tuple[tuple[Step, ...], dict[int, LiveCall]]:
    """Collect the steps and calls behind several series."""
    steps = {step.node.id: step for one in series for step in one._steps}
    calls = {number: call for one in series for number, call in one._calls.items()}
    return tuple(steps.values()), calls


def operand(value: Any) -> Expr:
    """Expression of an operand: of a series its own, of a plain value a literal.

    Raises
    ------
    NotPlannable
        When a plan cannot hold the value.
    """
    if isinstance(value, Series):
        return value._expr
    if isinstance(value, Scalar):
        return value._column._expr
    to_json(value)
    return Literal(value)


def elementwise(function: str, args: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
    """Run an element-wise function and record it, or run it untracked when that is impossible.

    Parameters
    ----------
    function : str
        A name in `ELEMENTWISE`.
    args : sequence
        Tracked series and plain values; at least one series.
    keywords : mapping
    """
    series = [value for value in (*args, *keywords.values()) if isinstance(value, Series)]
    args = [_placed(function, value, series) for value in args]
    keywords = {key: _placed(function, value, series) for key, value in keywords.items()}
    series += [one._column for one in (*args, *keywords.values()) if isinstance(one, Scalar)]
    known = ELEMENTWISE[function]
    run = known.run
    untracked = f"Series.{function}"
    others = [value for value in args if not isinstance(value, Series)]
    if not known.local(others, {k: v for k, v in keywords.items() if not isinstance(v, Series)}):
        return call_untracked(f"this {untracked}", run, args, keywords)
    if not all(same_rows(series[0], other) for other in series[1:]):
        return call_untracked(f"{untracked} of series with different rows", run, args, keywords)
    try:
        operands = tuple(operand(value) for value in args)
        named = tuple((key, operand(value)) for key, value in keywords.items())
    except NotPlannable:
        return call_untracked(untracked, run, args, keywords)
    values, erased = apply_elementwise(
        function, [_marked(v) for v in args], {k: _marked(v) for k, v in keywords.items()}
    )
    steps, calls = together(series)
    if not isinstance(values, pandas.Series) or len(values) != len(series[0]._held):
        return wrap_untracked(untracked, values, steps, 0.0)
    expr = Call(function, operands, named, dtype_to_json(values.dtype))
    return Series._make(values, erased, expr, steps, calls)


def _placed(function: str, value: Any, series: Sequence[Series]) -> Any:
    """Keep a scalar of the same rows; any other is read."""
    kept = isinstance(value, Scalar) and function in COMBINABLE and series
    return value if kept and value.for_rows_of(series[0]) is not None else plain(value)


def _marked(value: Any) -> tuple[Any, BoolArray | None]:
    if isinstance(value, Scalar):
        return value._held, None
    return (value._held, value._mask) if isinstance(value, Series) else (value, None)


def _binary(function: str) -> Any:
    def method(self: Series, other: Any) -> Any:
        return self._elementwise(function, other)

    return method


def _reflected(function: str) -> Any:
    def method(self: Series, other: Any) -> Any:
        return elementwise(function, (other, self), {})

    return method


for _name in OPERATORS:
    setattr(Series, f"__{_name}__", _binary(_name))
    if _name not in {"eq", "ne", "lt", "le", "gt", "ge"}:
        setattr(Series, f"__r{_name}__", _reflected(_name))
Series.__hash__ = None  # type: ignore[assignment]
