"""What the model says of the rows of a run, and the rows it was trained on that are like one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.errors import InvalidArgumentError, PalimpsestError
from palimpsest.models.errors import NeedsEstimator
from palimpsest.pipeline.matrix import chunks
from palimpsest.pipeline.shown import ComputedTable, Rows
from palimpsest.pipeline.state import PREDICTIONS, StoredRun
from palimpsest.pipeline.tracing import check_row, sentence_of
from palimpsest.protocol.messages import Neighbour, Neighbours
from palimpsest.store.tables import TablePart

Step = Callable[[int, int], None]
"""Told how many rows of how many were looked at; may stop by raising."""

COLUMNS = ("split", "label", "prediction", "confidence")


class PredictionTable(ComputedTable):
    """Label and prediction of each training row; for classifiers also how sure the model is.

    Parameters
    ----------
    stored : StoredRun

    Raises
    ------
    PalimpsestError
        When the model is code of a notebook that is not here.
    """

    def __init__(self, stored: StoredRun) -> None:
        super().__init__(stored, PREDICTIONS)
        self._estimator = estimator_of(stored)

    @property
    def rows(self) -> Rows:
        """Ids of all rows, ascending."""
        return self.stored.training_rows

    @cached_property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return [*COLUMNS[:3], *(COLUMNS[3:] if hasattr(self._estimator, "predict_proba") else ())]

    def read(self, rows: Rows, columns: Sequence[str] | None = None) -> TablePart:
        """Return rows by id, in the order asked for."""
        wanted = self.columns if columns is None else list(columns)
        unknown = [name for name in wanted if name not in self.columns]
        if unknown:
            raise InvalidArgumentError(
                f"The table of predictions has no column '{unknown[0]}'.",
                hint=f"It has: {', '.join(self.columns)}.",
            )
        stored = self.stored
        labels, unlabelled = stored.labels.read(rows)
        split = np.where(stored.in_split.take(rows), "train", "test")
        data: dict[str, Any] = {"split": split, "label": _flat(labels)}
        if {"prediction", "confidence"} & set(wanted):
            data.update(self._predicted(stored.encoding.materialise(stored.matrix.take(rows))))
        erased = {"label": unlabelled} if unlabelled.any() and "label" in wanted else {}
        frame = pd.DataFrame({name: data[name] for name in wanted})
        return TablePart(rows, frame, erased)

    def _predicted(self, matrix: npt.NDArray[np.float64]) -> dict[str, Any]:
        if not len(matrix):
            return dict.fromkeys(("prediction", "confidence"), np.empty(0))
        known = {"prediction": _flat(np.asarray(self._estimator.predict(matrix)))}
        if "confidence" in self.columns:
            known["confidence"] = np.asarray(self._estimator.predict_proba(matrix)).max(axis=1)
        return known


def estimator_of(stored: StoredRun) -> Any:
    """Return the trained model when it can predict from what is stored or in this process.

    Raises
    ------
    PalimpsestError
        When it is code of a notebook that is not here.
    """
    try:
        return stored.model.to_estimator()
    except NeedsEstimator as error:
        raise PalimpsestError(
            "needs-kernel",
            f"The predictions of {stored.model.label} cannot be shown: its trained state is not "
            "kept in the run file.",
            hint="Open the notebook and run the pipeline again in this kernel.",
        ) from error


def no_step(done: int, total: int) -> None:
    """Tell nobody."""


def nearest(stored: StoredRun, row: int, count: int, step: Step = no_step) -> Neighbours:
    """Find the rows that the model is trained on that are nearest to a row in the feature matrix.

    Parameters
    ----------
    stored : StoredRun
    row : int
        Id of a row of the training table.
    count : int
    step : callable
        Told how many rows were looked at.
    """
    check_row(stored, row)
    encoding = stored.encoding
    this = np.array([row], dtype=np.int32)
    place = encoding.materialise(stored.matrix.take(this))
    said = PredictionTable(stored).read(this).frame.iloc[0]
    fitted = stored.fitted_rows()
    others = fitted[fitted != row]
    found, distances = _nearest(stored, place, others, count, step)
    labels, _ = stored.labels.read(found)
    neighbours = [
        Neighbour(
            row=int(other),
            distance=float(far),
            label=str(label),
            sentence=sentence_of(stored, other),
        )
        for other, far, label in zip(found.tolist(), distances, _flat(labels), strict=True)
    ]
    unlabelled = bool(stored.labels.read(this)[1][0])
    return Neighbours(
        row=row,
        prediction=str(said["prediction"]),
        label=None if unlabelled else str(said["label"]),
        in_training_split=said["split"] == "train",
        neighbours=neighbours,
        agreeing=sum(one.label == str(said["prediction"]) for one in neighbours),
    )


def _nearest(
    stored: StoredRun, place: npt.NDArray[np.float64], rows: Rows, count: int, step: Step
) -> tuple[Rows, npt.NDArray[np.float64]]:
    """Return the rows nearest to a place, nearest first, the lower id first among equals."""
    best, far = np.empty(0, dtype=np.int32), np.empty(0)
    done = 0
    for part, raw in chunks(stored.raw(), rows):
        squares = ((stored.encoding.materialise(raw) - place) ** 2).sum(axis=1)
        best, far = np.concatenate([best, part]), np.concatenate([far, np.sqrt(squares)])
        kept = np.lexsort((best, far))[:count]
        best, far = best[kept], far[kept]
        done += len(part)
        step(done, len(rows))
    return best, far


def _flat(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return values one a row; several become one text."""
    if values.ndim == 1:
        return values
    return np.array([", ".join(map(str, row)) for row in values.tolist()], dtype=object)
