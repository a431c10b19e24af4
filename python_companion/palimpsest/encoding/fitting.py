"""Encode a training table for the first time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..estimators import class_path
from ..matrix import Floats, Marks
from .columns import steps_of
from .encoding import Encoding
from .errors import EncodingError, NoRowsLeft
from .rows import RawRows
from .step import Step, fit_step
from .training import Labels, Table


def encode(
    transformer: Any,
    frame: Any,
    erased: Mapping[Any, Marks],
    fit_rows: Marks,
    *,
    labels: Labels | None = None,
    like: Encoding | None = None,
) -> tuple[Encoding, RawRows]:
    """Fit a transformer on some rows of the training table and encode all of them.

    An erased cell is never shown to a transformer, except as a missing value to one whose work
    is to fill those (an imputer). It is not counted in fitted statistics, and what would be made
    of it is zero in X.

    Parameters
    ----------
    transformer : ColumnTransformer
        Unfitted; it is left as it is.
    frame : DataFrame of n rows
    erased : mapping of column to (n,) bool
        Erased cells; columns without any may be left out.
    fit_rows : (n,) bool
        Which rows to fit on.
    labels : Labels, optional
        For transformers that learn from the label.
    like : Encoding, optional
        An encoding of the same transformer. It tells how many columns a step makes whose whole
        input is erased. Where it is frozen, its parameters are used.

    Returns
    -------
    encoding : Encoding
    raw : RawRows
        All rows; ``encoding.materialise(raw)`` is X.

    Raises
    ------
    EncodingError
        When the table cannot be encoded: names the step and the column.
    """
    if len(fit_rows) != len(frame):
        raise EncodingError(
            f"'fit_rows' has {len(fit_rows)} values, expected {len(frame)}: one a row of the table"
        )
    if not fit_rows.any():
        raise NoRowsLeft("there is no training row to fit the encoders on")
    widths = {} if like is None else {step.name: step.statistic.width for step in like.steps}
    table = Table(frame, erased, fit_rows, labels)
    steps: list[Step] = []
    values: list[Floats] = []
    marks: list[Marks] = []
    for spec in steps_of(transformer, frame):
        step, raw, absent = fit_step(spec, table, widths.get(spec.name))
        steps.append(step)
        values.append(raw)
        marks.append(absent)
    if not steps:
        raise EncodingError("the transformer makes no feature column: all its steps are dropped")
    verbose = getattr(transformer, "verbose_feature_names_out", True) is not False
    named = class_path(type(transformer)) == "sklearn.compose.ColumnTransformer"
    encoding = Encoding(tuple(steps), verbose and named, int(fit_rows.sum()))
    if like is not None and like.frozen is not None:
        encoding = encoding.freeze(like)
    return encoding, RawRows(_joined(values), np.concatenate(marks, axis=1))


def _joined(parts: list[Floats]) -> Floats:
    """Put matrices side by side, giving up each as soon as it is copied."""
    if len(parts) == 1:
        return np.ascontiguousarray(parts[0])
    joined = np.empty((len(parts[0]), sum(part.shape[1] for part in parts)))
    start = 0
    for position in range(len(parts)):
        part, parts[position] = parts[position], joined[:0]
        joined[:, start : start + part.shape[1]] = part
        start += part.shape[1]
    return joined
