"""``groupby``: sums and the like of groups, one row a group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas

from ..compat import OBSERVED
from ..frame import DataFrame
from ..operations.aggregate import AGGREGATES
from ..series import Series, same_rows
from ..untracked import call_untracked
from .arranging import run_operation
from .columns import as_frame, as_series
from .framewise import with_series
from .transforming import ROW_METHODS, cumcount, first_rows, transformed

_OPTIONS = frozenset({"as_index", "sort", "dropna", "observed"})


def groupby(frame: DataFrame, by: Any = None, **keywords: Any) -> Any:
    """``frame.groupby(columns)``, or by series of its rows; other keys are untracked."""
    names = list(by) if isinstance(by, (list, tuple)) else [by]
    held = frame._held
    if any(isinstance(name, Series) for name in names):
        return _by_series(frame, by, names, keywords)
    plain = all(isinstance(name, str) and name in held.columns for name in names)
    whole = not keywords.get("observed", OBSERVED) and _categorical(held, names)
    if not plain or not set(keywords) <= _OPTIONS or whole:
        return call_untracked("this groupby", held.groupby, (by,), keywords, [frame._step])
    return Groups(frame, by, names, keywords)


def _by_series(frame: DataFrame, by: Any, keys: list[Any], options: dict[str, Any]) -> Any:
    """Group by series: as by columns of their names."""
    series = {key._held.name: key for key in keys if isinstance(key, Series)}
    names = [key._held.name if isinstance(key, Series) else key for key in keys]
    columns = frame._held.columns
    if len(set(names)) == len(names) and len(columns) and all(isinstance(n, str) for n in names):
        anchor = frame._column(columns[0])
        if all(same_rows(anchor, key) for key in series.values()):
            keyed = with_series(frame, series)
            hidden = [name for name in series if name in columns]
            groups = groupby(keyed, names, **options)
            if not hidden or not isinstance(groups, Groups):
                return groups
            return HidingGroups(frame, by, groups, hidden)
    return call_untracked("this groupby", frame._held.groupby, (by,), options, [frame._step])


def series_groupby(series: Series, by: Any = None, **keywords: Any) -> Any:
    """``series.groupby(other)``: by another series of its rows."""
    name = series._held.name
    other = isinstance(by, Series) and by._held.name != name and keywords.get("as_index", True)
    if other and isinstance(name, str):
        return groupby(as_frame(series), by, **keywords)[name]
    return call_untracked("this groupby", series._held.groupby, (by,), keywords, series._steps)


def _categorical(held: pandas.DataFrame, names: Sequence[Any]) -> bool:
    return any(isinstance(held[name].dtype, pandas.CategoricalDtype) for name in names)


class Groups:
    """Groups of a tracked frame.

    Parameters
    ----------
    frame : DataFrame
    by : str or list of str
        As given.
    names : list of str
        The key columns.
    options : dict
        Keyword arguments of `groupby`.
    chosen : str or list of str, optional
        Columns selected by ``[...]``.
    """

    def __init__(
        self,
        frame: DataFrame,
        by: Any,
        names: list[str],
        options: dict[str, Any],
        chosen: Any = None,
    ) -> None:
        self._frame = frame
        self._by = by
        self._names = names
        self._options = options
        self._chosen = chosen

    def __getitem__(self, columns: Any) -> Groups:
        listed = columns if isinstance(columns, list) else [columns]
        missing = [name for name in listed if name not in self._frame._held.columns]
        if missing or self._chosen is not None:
            raise KeyError(f"Columns not found: {missing or columns}")
        return Groups(self._frame, self._by, self._names, self._options, columns)

    def size(self) -> Any:
        """Count the rows of each group."""
        if self._options.get("as_index", True):
            frame = self._aggregate([("size", None, "size")])
            name = self._chosen if isinstance(self._chosen, str) else None
            return as_series(frame, name)
        return self._aggregate([("size", None, "size")])

    def agg(self, func: Any = None, *args: Any, **named: Any) -> Any:
        """Sum up each group, by name of function, by column, or by named outputs."""
        outputs = None if args else self._outputs(func, named)
        if outputs is None:
            return self._untracked("agg", (func, *args), named)
        return self._result(outputs, func)

    aggregate = agg

    def transform(self, func: Any, *args: Any, **keywords: Any) -> Any:
        """Give each row the value of its group, by name of function."""
        made = None
        if isinstance(func, str) and not args and func in AGGREGATES:
            made = self._transformed(func, keywords)
        return self._untracked("transform", (func, *args), keywords) if made is None else made

    def cumcount(self, ascending: bool = True) -> Any:
        """Count the rows of each group from 0."""
        return cumcount(self, ascending)

    def head(self, n: int = 5) -> Any:
        """Keep the first rows of each group."""
        return self._untracked("head", (n,), {}) if n < 0 else first_rows(self, n, last=False)

    def tail(self, n: int = 5) -> Any:
        """Keep the last rows of each group."""
        return self._untracked("tail", (n,), {}) if n < 0 else first_rows(self, n, last=True)

    def _transformed(self, function: str, options: dict[str, Any]) -> Any:
        single = self._chosen is not None and not isinstance(self._chosen, list)
        columns = self._columns()
        if function == "size" and not single:
            return None
        made = transformed(self, function, columns, options)
        return as_series(made, self._chosen) if made is not None and single else made

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in AGGREGATES:
            return lambda *args, **keywords: self._summed(name, args, keywords)
        if name in ROW_METHODS:
            return lambda *args, **keywords: self._by_row(name, args, keywords)
        held = getattr(self._held(), name)
        if callable(held):
            return lambda *args, **keywords: self._untracked(name, args, keywords)
        return call_untracked(f"groupby.{name}", lambda: held, (), {}, [self._frame._step])

    def _summed(self, name: str, args: Sequence[Any], keywords: dict[str, Any]) -> Any:
        if keywords == {"numeric_only": True} and not args and self._chosen is None:
            held = self._frame._held.select_dtypes(["number", "bool"])
            numeric = [column for column in held.columns if column not in self._names]
            return self[numeric].agg(name)
        return self._untracked(name, args, keywords) if args or keywords else self.agg(name)

    def _by_row(self, name: str, args: Sequence[Any], keywords: dict[str, Any]) -> Any:
        options = dict(keywords)
        if len(args) == 1 and name in ("shift", "diff", "pct_change"):
            options["periods"] = args[0]
        elif args:
            return self._untracked(name, args, keywords)
        made = self._transformed(name, options)
        return self._untracked(name, args, keywords) if made is None else made

    def __iter__(self) -> Any:
        return iter(call_untracked("groupby", self._held, (), {}, [self._frame._step]))

    def _held(self) -> Any:
        groups = self._frame._held.groupby(self._by, **self._options)
        return groups if self._chosen is None else groups[self._chosen]

    def _untracked(self, name: str, args: Sequence[Any], keywords: dict[str, Any]) -> Any:
        return call_untracked(
            f"groupby.{name}", getattr(self._held(), name), args, keywords, [self._frame._step]
        )

    def _outputs(self, func: Any, named: dict[str, Any]) -> list[tuple[Any, Any, str]] | None:
        """List name, column and function of each output; None when they cannot be recorded."""
        columns = self._columns()
        if func is None and isinstance(self._chosen, str):
            found = [(name, self._chosen, one) for name, one in named.items()]
        elif func is None:
            pairs = {n: tuple(o) if isinstance(o, (tuple, list)) else () for n, o in named.items()}
            if any(len(pair) != 2 for pair in pairs.values()):
                return None
            found = [(name, pair[0], pair[1]) for name, pair in pairs.items()]
        elif named:
            return None
        elif isinstance(func, str):
            if func == "size":
                return None
            found = [(name, name, func) for name in columns]
        elif isinstance(func, dict) and self._chosen is None:
            found = [(name, name, one) for name, one in func.items()]
        elif isinstance(func, list) and isinstance(self._chosen, str):
            found = [(one, self._chosen, one) for one in func]
        else:
            return None
        known = self._frame._held.columns
        fine = all(
            column in known
            and isinstance(one, str)
            and one in AGGREGATES
            and column not in self._names
            for _, column, one in found
        )
        return found if fine and found else None

    def _columns(self) -> list[Any]:
        if self._chosen is None:
            return [name for name in self._frame._held.columns if name not in self._names]
        return self._chosen if isinstance(self._chosen, list) else [self._chosen]

    def _result(self, outputs: list[tuple[Any, Any, str]], func: Any) -> Any:
        frame = self._aggregate(outputs)
        single = not isinstance(self._chosen, list) and self._chosen is not None
        if single and isinstance(func, str) and self._options.get("as_index", True):
            return as_series(frame, self._chosen)
        return frame

    def _aggregate(self, outputs: list[tuple[Any, Any, str]]) -> DataFrame:
        as_index = bool(self._options.get("as_index", True))
        arguments = {
            "by": self._names,
            "outputs": outputs,
            "sort": bool(self._options.get("sort", True)),
            "dropna": bool(self._options.get("dropna", True)),
            "as_index": as_index,
        }
        label = f"groups of {', '.join(self._names)}"
        labels = tuple(self._names) if as_index else None
        return run_operation("aggregate", [self._frame], arguments, label, labels=labels)


class HidingGroups:
    """Groups by series that have the name of a column, which is still there to be summed up.

    Parameters
    ----------
    frame : DataFrame
    by : object
        As given.
    groups : Groups
        Of a frame in which the series stand in place of the columns.
    hidden : list of str
        Names of these columns.
    """

    def __init__(self, frame: DataFrame, by: Any, groups: Groups, hidden: list[str]) -> None:
        self._frame = frame
        self._by = by
        self._groups = groups
        self._hidden = hidden

    def __getitem__(self, columns: Any) -> Any:
        listed = columns if isinstance(columns, list) else [columns]
        return self._held()[columns] if set(listed) & set(self._hidden) else self._groups[columns]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._groups if name in ("size", "cumcount") else self._held(), name)

    def __iter__(self) -> Any:
        return iter(self._held())

    def _held(self) -> Any:
        frame, options = self._frame, self._groups._options
        return call_untracked(
            "this groupby", frame._held.groupby, (self._by,), options, [frame._step]
        )


FRAME: dict[str, Callable[..., Any]] = {"groupby": groupby}
SERIES: dict[str, Callable[..., Any]] = {"groupby": series_groupby}
