"""Functions of whole rows: ``frame.apply(function, axis=1)``.

The function gets a row that has only the columns it is known to read, so that its result depends on no others.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas


class NotRecordable(Exception):
    """A function does more with a row than read known columns by name.

    Attributes
    ----------
    name : object
        The column that it wanted, or None.
    """

    def __init__(self, name: Any) -> None:
        super().__init__(repr(name))
        self.name = name


class Row:
    """A row of a frame, for a user function: some columns by name, and nothing else.

    Parameters
    ----------
    names : sequence of column names
    values : sequence
    """

    def __init__(self, names: Sequence[Any], values: Sequence[Any]) -> None:
        self.__dict__["_cells"] = dict(zip(names, values, strict=True))

    def __getitem__(self, name: Any) -> Any:
        try:
            return self._cells[name]
        except (KeyError, TypeError):
            raise NotRecordable(name) from None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def _refuse(self, *_: Any) -> Any:
        raise NotRecordable(None)

    __iter__ = __len__ = __contains__ = __bool__ = __setitem__ = __setattr__ = _refuse
    __add__ = __sub__ = __mul__ = __truediv__ = __lt__ = __gt__ = __eq__ = __ne__ = _refuse
    __hash__ = None  # type: ignore[assignment]


def of_row(function: Callable[[Any], Any], names: Sequence[Any]) -> Callable[[Any], Any]:
    """Turn a function of a row into one of the tuple of its columns `names`."""
    return lambda values: function(Row(names, values))


def named_in(function: Callable[..., Any], columns: Sequence[Any]) -> list[Any]:
    """Columns whose names occur in the code of a function: it may read them for some row."""
    code = getattr(function, "__code__", None)
    words = set() if code is None else set(_words(code))
    return [name for name in columns if name in words]


def _words(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, types.CodeType):
            yield from _words(constant)


def row_tuples(*columns: pandas.Series[Any], dtype: str) -> pandas.Series[Any]:
    """Tuples of the cells of several columns, typed as the cells of a row of `dtype` are.

    Parameters
    ----------
    *columns : pandas.Series, each of shape (n,)
    dtype : str
        Dtype of a row of the frame, which pandas finds from all its columns.
    """
    cells = [_cells(column, dtype) for column in columns]
    tuples = np.fromiter(zip(*cells, strict=True), dtype=object, count=len(columns[0]))
    return pandas.Series(tuples, index=columns[0].index, dtype=object)


def _cells(column: pandas.Series[Any], dtype: str) -> Any:
    cast = column.astype(dtype)
    return (
        cast.to_numpy() if isinstance(cast.dtype, np.dtype) and cast.dtype.kind in "biuf" else cast
    )
