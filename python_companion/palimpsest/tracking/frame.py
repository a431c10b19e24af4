"""The tracked frame: a pandas frame, its erased marks, and the step that made it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas

from .arrays import AnyArray
from .scalar import reading_scalars
from .series import OPERATORS, Series
from .session import session
from .steps import Step
from .table import ErasedMasks, Table
from .untracked import call_untracked, is_helper, untracked_step, unwrap, wrap_untracked

_METADATA = frozenset({"dtypes", "ndim", "attrs", "flags", "style"})
_CHANGING = frozenset({"isetitem", "update"})


class DataFrame:
    """A table whose rows and columns know where they come from.

    Behaves as `pandas.DataFrame` for the methods that the tracking knows; any other still runs, with a warning.
    """

    _held: pandas.DataFrame
    _erased: ErasedMasks
    _step: Step

    def __init__(self, data: Any = None, *args: Any, **keywords: Any) -> None:
        from .surface.construct import make_frame

        made = make_frame(data, args, keywords)
        self.__dict__.update(made.__dict__)

    @classmethod
    def _make(cls, held: pandas.DataFrame, erased: ErasedMasks, step: Step) -> DataFrame:
        made = cls.__new__(cls)
        made._become(held, erased, step)
        return made

    def _become(self, held: pandas.DataFrame, erased: ErasedMasks, step: Step) -> None:
        self.__dict__.update(_held=held, _erased=erased, _step=step)

    @property
    def _table(self) -> Table:
        return Table(self._held, self._erased)

    def _column(self, name: Any) -> Series:
        return Series._column(self._step, name, self._held[name], self._erased.get(name))

    # selecting -------------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Any:
        from .surface.filtering import filter_frame
        from .surface.projecting import select

        if isinstance(key, Series):
            return filter_frame(self, key)
        if isinstance(key, (list, pandas.Index)):
            return select(self, list(key))
        if callable(key):
            return self[key(self)]
        if isinstance(key, slice):
            from .surface.arranging import slice_rows

            places = all(end is None or isinstance(end, int) for end in (key.start, key.stop))
            if places and self._step.node.labels is None and (key.step or 1) > 0:
                return slice_rows(self, key)
        if isinstance(key, (slice, np.ndarray, DataFrame)):
            return call_untracked(
                "DataFrame[...]", self._held.__getitem__, (key,), {}, [self._step]
            )
        column = self._held[key]
        if isinstance(column, pandas.Series):
            return self._column(key)
        return wrap_untracked("DataFrame[...]", column, [self._step], time.perf_counter())

    def __setitem__(self, key: Any, value: Any) -> None:
        from .surface.projecting import set_column

        if isinstance(key, (str, int, tuple)):
            set_column(self, key, value)
        else:
            self._change_untracked("assignment to part of a frame", "__setitem__", key, value)

    def __delitem__(self, key: Any) -> None:
        from .surface.projecting import drop

        kept = drop(self, columns=[key])
        self._become(kept._held, kept._erased, kept._step)

    def _change_untracked(self, name: str, method: str, *args: Any, **keywords: Any) -> None:
        """Change the held frame in place by a pandas method that the tracking cannot follow."""
        inputs = [self._step]
        started = time.perf_counter()
        changed = self._held.copy()
        getattr(changed, method)(*unwrap(args, inputs), **unwrap(keywords, inputs))
        session().warn(f"{name} is not tracked: a forget will have to re-run the preparation.")
        self._become(changed, {}, untracked_step(name, changed, inputs, started))

    def __getattr__(self, name: str) -> Any:
        from .surface import FRAME_METHODS, IN_PLACE, WITH_SCALARS

        if name.startswith("__") or "_held" not in self.__dict__:
            raise AttributeError(name)
        if name in FRAME_METHODS:
            method = FRAME_METHODS[name].__get__(self)
            method = method if name in WITH_SCALARS else reading_scalars(method)
            return _in_place(self, method) if name in IN_PLACE else method
        if name in self._held.columns and not hasattr(pandas.DataFrame, name):
            return self._column(name)
        value = getattr(self._held, name)
        if name in _METADATA:
            return value
        if callable(value) and not is_helper(value):
            return lambda *args, **keywords: self._call_untracked(name, args, keywords)
        return wrap_untracked(f"DataFrame.{name}", value, [self._step], time.perf_counter())

    def _call_untracked(self, name: str, args: Sequence[Any], keywords: dict[str, Any]) -> Any:
        if name in _CHANGING or keywords.get("inplace"):
            return self._change_untracked(f"DataFrame.{name} in place", name, *args, **keywords)
        return call_untracked(
            f"DataFrame.{name}", getattr(self._held, name), args, keywords, [self._step]
        )

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "columns" or name.startswith("_"):
            object.__setattr__(self, name, value)
        elif name in self._held.columns:
            self[name] = value
        else:
            self._change_untracked(f"setting DataFrame.{name}", "__setattr__", name, value)

    @property
    def columns(self) -> pandas.Index[Any]:
        """Names of the columns."""
        return self._held.columns

    @columns.setter
    def columns(self, names: Sequence[Any]) -> None:
        from .surface.projecting import set_names

        renamed = set_names(self, names)
        self._become(renamed._held, renamed._erased, renamed._step)

    @property
    def loc(self) -> Any:
        """Select by a mask, by columns, or by both; other uses are untracked."""
        from .surface.filtering import Loc

        return Loc(self)

    @property
    def iloc(self) -> Any:
        """Select rows by a slice; other uses are untracked."""
        from .surface.picking import Positions

        return Positions(self)

    # reading values --------------------------------------------------------------------------

    def __len__(self) -> int:
        session().escape("len() of a frame read its number of rows")
        return len(self._held)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._held.columns)

    def __contains__(self, key: Any) -> bool:
        return key in self._held.columns

    def __array__(self, *args: Any, **keywords: Any) -> AnyArray:
        session().escape("conversion of a frame to an array read its values")
        return np.asarray(self._held, *args)

    def __array_ufunc__(self, function: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        from .surface.framewise import ufunc

        made = None
        if method == "__call__" and len(inputs) == 1 and not keywords:
            made = ufunc(self, function.__name__)
        if made is not None:
            return made
        name = f"np.{function.__name__}"
        return call_untracked(name, getattr(function, method), inputs, keywords)

    def to_pandas(self) -> pandas.DataFrame:
        """Copy the values into an ordinary pandas object, which nothing follows from there."""
        session().escape("to_pandas() of a frame read its values")
        return self._held.copy()

    def __bool__(self) -> bool:
        return bool(self._held)

    # showing ---------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return repr(self._held)

    def _repr_html_(self) -> str | None:
        html: str | None = self._held._repr_html_()
        return html

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(self._held)})


def _in_place(frame: DataFrame, method: Callable[..., Any]) -> Callable[..., Any]:
    """Let a method replace the frame itself with ``inplace=True``."""

    def run(*args: Any, inplace: bool = False, **keywords: Any) -> Any:
        result = method(*args, **keywords)
        if not inplace:
            return result
        frame._become(result._held, result._erased, result._step)
        return None

    return run


def _operator(name: str, *, reflected: bool = False) -> Any:
    function = f"__{'r' if reflected else ''}{name}__"

    def method(self: DataFrame, other: Any) -> Any:
        from .surface.framewise import arithmetic

        made = arithmetic(self, name, other, reflected=reflected)
        if made is not None:
            return made
        held = getattr(self._held, function)
        return call_untracked(f"DataFrame.{function}", held, (other,), {}, [self._step])

    return method


def _unary(name: str) -> Any:
    def method(self: DataFrame) -> Any:
        from .surface.framewise import negated

        return negated(self, name)

    return method


for _name in OPERATORS:
    setattr(DataFrame, f"__{_name}__", _operator(_name))
    if _name not in {"eq", "ne", "lt", "le", "gt", "ge"}:
        setattr(DataFrame, f"__r{_name}__", _operator(_name, reflected=True))
for _name in ("neg", "invert", "abs"):
    setattr(DataFrame, f"__{_name}__", _unary(_name))
DataFrame.__hash__ = None  # type: ignore[assignment]
