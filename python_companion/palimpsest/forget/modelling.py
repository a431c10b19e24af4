"""Carrying the model over to the rows that remain."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from palimpsest.encoding import EncodingDelta
from palimpsest.forget.change import TableChange
from palimpsest.forget.matrixchange import MatrixChange
from palimpsest.forget.matrixwriting import WholeAfter
from palimpsest.models import (
    Estimate,
    Guarantee,
    ModelState,
    NeedsEstimator,
    RowStrategy,
    strategy_named,
)
from palimpsest.models.policy import Way, chosen, train_again, ways
from palimpsest.pipeline.live import LivePipeline
from palimpsest.pipeline.state import StoredRun, TrainingRows, training_data

Rows = npt.NDArray[np.int32]
Marks = npt.NDArray[np.bool_]

UNCHANGED = Guarantee("exact", "exact: no row that it was trained on has changed")


@dataclass(frozen=True)
class ModelChange:
    """A model after a forget.

    Attributes
    ----------
    state : ModelState
    guarantee : Guarantee
    rows : int
        Training rows that left, came, or changed.
    strategy : str
        What was done.
    """

    state: ModelState
    guarantee: Guarantee
    rows: int
    strategy: str


def model_change(
    stored: StoredRun,
    live: LivePipeline | None,
    change: TableChange,
    matrix: MatrixChange,
    whole_after: WholeAfter,
    *,
    granted: float | None = None,
) -> ModelChange:
    """Update the model for rows that left, came or changed.

    Parameters
    ----------
    stored : StoredRun
        Its training table, labels and split are those after the change.
    live : LivePipeline or None
    change : TableChange
    matrix : MatrixChange
    whole_after : WholeAfter
        Asked only when the model has to pass over all rows.
    granted : float, optional
        Seconds that the model may take; see `palimpsest.models.policy`.
    """
    was, now = changed_training_rows(change, matrix)
    delta = matrix.encoding
    rewritten = delta.rewritten
    state = stored.model
    # Encoders that are fitted on all rows may move the columns though no training row changed.
    if not was.any() and not now.any() and not columns_move(delta):
        return ModelChange(state, UNCHANGED, 0, state.strategy)
    before, after = change.before, change.after
    encoding = matrix.encoding.encoding
    removed = delta.before.batch(before.raw.take(was), before.labels[was], before.rows[was])
    added = encoding.batch(matrix.raw.take(now), after.labels[now], after.rows[now])

    @cache
    def remaining() -> TrainingRows:
        return TrainingRows(whole_after.raw(), whole_after.labels(), stored.fitted_rows())

    count = state.rows - int(before.trained.sum()) + int(after.trained.sum())
    data = training_data(encoding, count, remaining, rewritten=rewritten)
    name = state.strategy
    if granted is not None:
        name = chosen(model_ways(state, change, matrix), granted).strategy
    update = strategy_named(name).update if name == state.strategy else train_again
    try:
        updated, guarantee = update(state, removed, added, data)
    except NeedsEstimator:
        if live is None:
            raise
        estimator = live.recipe.make_model(encoding.width)
        updated, guarantee = update(state, removed, added, data, estimator=estimator)
    return ModelChange(updated, guarantee, max(int(was.sum()), int(now.sum())), name)


def columns_move(delta: EncodingDelta) -> bool:
    """Tell whether rows that neither left nor came look different in the matrix."""
    return bool(
        delta.rewritten or delta.is_rescaled or delta.columns_removed or delta.columns_added
    )


def model_ways(state: ModelState, change: TableChange, matrix: MatrixChange | None) -> list[Way]:
    """Return the ways to update the model; see `model_estimate` for the parameters."""
    return ways(state, model_estimate(state, change, matrix))


def model_estimate(state: ModelState, change: TableChange, matrix: MatrixChange | None) -> Estimate:
    """Say what updating the model will guarantee and take.

    Parameters
    ----------
    state : ModelState
    change : TableChange
    matrix : MatrixChange or None
        None when transformers are fitted again.
    """
    strategy, before, after = strategy_named(state.strategy), change.before, change.after
    if matrix is None:
        was, now = before.trained, after.trained
    else:
        was, now = changed_training_rows(change, matrix)
        if not was.any() and not now.any() and not columns_move(matrix.encoding):
            return Estimate("exact", UNCHANGED.text, 0.0)
    if isinstance(strategy, RowStrategy):
        rows = np.union1d(before.rows[was], after.rows[now])
        moved = matrix is None or columns_move(matrix.encoding)
        return strategy.estimate_rows(state, rows, moved)
    return strategy.estimate(state, max(int(was.sum()), int(now.sum())))


def changed_training_rows(change: TableChange, matrix: MatrixChange) -> tuple[Marks, Marks]:
    """Return which rows before, and which rows after, really differ for the model.

    A row whose values, label and side are what they were is left out on both sides.
    """
    before, after = change.before, change.after
    removed, updated = len(change.delta.removed), len(change.delta.updated)
    old, new = before.raw.take(slice(removed, None)), matrix.raw.take(slice(0, updated))
    same = np.zeros(updated, dtype=bool)
    if old.values.shape == new.values.shape:
        same = (
            (old.values == new.values).all(axis=1)
            & (old.erased == new.erased).all(axis=1)
            & _equal(before.labels[removed:], after.labels[:updated])
            & (before.trained[removed:] == after.trained[:updated])
        )
    was, now = before.trained.copy(), after.trained.copy()
    was[removed:] &= ~same
    now[:updated] &= ~same
    return was, now


def _equal(old: npt.NDArray[Any], new: npt.NDArray[Any]) -> Marks:
    same = np.asarray(old == new)
    rows: Marks = np.logical_and.reduce(same, axis=tuple(range(1, same.ndim)))
    return rows
