"""Some rows by their values or by chance: ``nlargest``, ``nsmallest``, ``sample``, and splits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas

from ..draws import drawable, draws, live_keys
from ..frame import DataFrame
from ..location import sklearn_split
from ..operations import OPERATIONS
from ..operations.draw import DRAWN, Draw
from ..series import Series
from ..steps import draft, finish
from ..untracked import call_untracked
from .arranging import reset_positions, run_operation, slice_rows, sort_values
from .columns import as_frame, as_series
from .filtering import filter_frame
from .projecting import select


def _picking(name: str) -> Callable[..., Any]:
    def run(frame: DataFrame, n: int, columns: Any, keep: Any = "first") -> Any:
        by = list(columns) if isinstance(columns, (list, tuple)) else [columns]
        if not all(name in frame._held.columns for name in by):
            return getattr(frame._held, name)(n, columns, keep)
        arguments = {"rows": n, "by": by, "keep": keep}
        label = f"{n} {'greatest' if name == 'nlargest' else 'least'} {', '.join(map(str, by))}"
        labels = frame._step.node.labels
        return run_operation(name, [frame], arguments, label, labels=labels)

    return run


def _picking_series(name: str) -> Callable[..., Any]:
    def run(series: Series, n: int = 5, keep: Any = "first") -> Any:
        frame = as_frame(series)
        return as_series(_picking(name)(frame, n, frame._held.columns[0], keep), series._held.name)

    return run


def drawn(frame: DataFrame, seed: int) -> DataFrame:
    """Frame with a column of numbers that stay with the rows."""
    started = 0.0
    node = draft("draw", {"seed": seed}, [frame._step])
    operation = OPERATIONS["draw"]
    assert isinstance(operation, Draw)
    output = operation.drawn(frame._table, draws(live_keys(frame._step), seed))
    labels = frame._step.node.labels
    label = f"draw a number for each row (seed {seed})"
    step = finish(node, [frame._step], output, {}, label=label, started=started, labels=labels)
    return DataFrame._make(output.table.frame, output.table.erased, step)


def sample(frame: DataFrame, n: Any = None, frac: Any = None, **keywords: Any) -> Any:
    """``frame.sample(n, random_state=)``: rows are drawn by what they are made of.

    So a survivor of a forget stays in (or out of) the sample, which pandas' own sample cannot promise. With a share, each
    row is drawn on its own: the size of the sample is near that share, not exactly it.
    """
    seed: Any = keywords.get("random_state")
    known = set(keywords) <= {"random_state", "ignore_index"}
    whole = isinstance(seed, (int, np.integer))
    too_many = (n is not None and (n > len(frame._held) or n < 0)) or (frac or 0) > 1
    both = n is not None and frac is not None
    if not known or not whole or too_many or both or not drawable(frame._step):
        return call_untracked("this sample", frame._held.sample, (n, frac), keywords, [frame._step])
    numbered = drawn(frame, int(seed))
    if frac is None:
        rows: Any = 1 if n is None else n
        kept = _picking("nsmallest")(numbered, int(rows), DRAWN)
    else:
        part = filter_frame(numbered, numbered._column(DRAWN)._elementwise("lt", float(frac)))
        kept = sort_values(part, DRAWN, kind="stable")
    chosen = select(kept, list(frame._held.columns))
    return reset_positions(chosen) if keywords.get("ignore_index") else chosen


def sample_series(series: Series, n: Any = None, frac: Any = None, **keywords: Any) -> Any:
    """``series.sample(n, random_state=)``."""
    return as_series(sample(as_frame(series), n, frac, **keywords), series._held.name)


def take(frame: DataFrame, indices: Any, axis: Any = 0, **keywords: Any) -> Any:
    """``frame.take(positions)``, tracked where scikit-learn's ``train_test_split`` calls it."""
    split = sklearn_split()
    if split is not None and axis == 0:
        made = _part_of_split(frame, np.asarray(indices), split)
        if made is not None:
            return made
    return call_untracked("take", frame._held.take, (indices, axis), keywords, [frame._step])


def _part_of_split(
    frame: DataFrame, indices: np.ndarray[Any, Any], split: dict[str, Any]
) -> DataFrame | None:
    """Training or testing part of a frame; None when it cannot be drawn by what rows are made of."""
    testing = np.array_equal(indices, split["test"])
    if split.get("shuffle") is False:
        trained, tested = len(split["train"]), len(split["test"])
        return slice_rows(
            frame, slice(trained, trained + tested) if testing else slice(None, trained)
        )
    seed: Any = split.get("random_state")
    shares = _shares(split.get("test_size"), split.get("train_size"))
    if shares is None or not isinstance(seed, (int, np.integer)) or not drawable(frame._step):
        return None
    numbered = drawn(frame, int(seed))
    numbers = numbered._column(DRAWN)
    if testing:
        chosen = numbers._elementwise("lt", shares[0])
    else:
        chosen = numbers._elementwise("ge", 1 - shares[1])
    kept = sort_values(filter_frame(numbered, chosen), DRAWN, kind="stable")
    return select(kept, list(frame._held.columns))


def _shares(tested: Any, trained: Any) -> tuple[float, float] | None:
    """Shares of the testing and the training part; None when they are given as numbers of rows."""
    if any(share is not None and not isinstance(share, float) for share in (tested, trained)):
        return None
    if tested is None:
        tested = 0.25 if trained is None else 1 - trained
    return tested, 1 - tested if trained is None else trained


def take_series(series: Series, indices: Any, axis: Any = 0, **keywords: Any) -> Any:
    """``series.take(positions)``; see `take`."""
    return as_series(take(as_frame(series), indices, axis, **keywords), series._held.name)


class Positions:
    """``frame.iloc``.

    Parameters
    ----------
    frame : DataFrame
    """

    def __init__(self, frame: DataFrame) -> None:
        self._frame = frame

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice) and (key.step or 1) > 0:
            return slice_rows(self._frame, key)
        frame = self._frame
        return call_untracked("iloc", frame._held.iloc.__getitem__, (key,), {}, [frame._step])

    def __setitem__(self, key: Any, value: Any) -> None:
        def put(held: pandas.DataFrame, values: Any) -> pandas.DataFrame:
            changed = held.copy()
            changed.iloc[key] = values
            return changed

        changed = call_untracked("assignment through iloc", put, (self._frame, value), {})
        self._frame._become(changed._held, changed._erased, changed._step)


FRAME: dict[str, Callable[..., Any]] = {
    "nlargest": _picking("nlargest"),
    "nsmallest": _picking("nsmallest"),
    "sample": sample,
    "take": take,
}
SERIES: dict[str, Callable[..., Any]] = {
    "nlargest": _picking_series("nlargest"),
    "nsmallest": _picking_series("nsmallest"),
    "sample": sample_series,
    "take": take_series,
}
