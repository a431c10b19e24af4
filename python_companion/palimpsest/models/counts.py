"""Counts: naive Bayes of binary and of categorical features."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..estimators import class_path
from ..matrix import Batch, Coordinates, Floats, Ints, TrainingData
from . import labels
from .errors import ModelError
from .moments import alpha_of, log_prior
from .refit import described, trained, unfitted
from .state import Estimate, Guarantee, ModelState

Labels = npt.NDArray[Any]

_EXACT = "exact: equals training afresh on the remaining rows"
_CATEGORICAL = "sklearn.naive_bayes.CategoricalNB"


@dataclass(frozen=True, eq=False)
class Table:
    """How many rows of each class have each value in each column of X.

    Attributes
    ----------
    classes : (C,)
    counts : (C, d, v) int64
        Of values 0 to v - 1.
    threshold : float or None
        X is 1 above it and 0 elsewhere; None: it is numbers of categories.
    """

    classes: Labels
    counts: Ints
    threshold: float | None

    def counting(self, batch: Batch, at: Coordinates, sign: int) -> Table:
        """Return the table with rows added (`sign` 1) or taken out (-1)."""
        if not len(batch):
            return self
        x = batch.encoded(at)
        values: Ints = (x if self.threshold is None else x > self.threshold).astype(np.int64)
        if values.min(initial=0) < 0:
            raise ModelError("CategoricalNB does not accept negative features")
        more = max(0, int(values.max(initial=0)) + 1 - self.counts.shape[2])
        counts = np.pad(self.counts, ((0, 0), (0, 0), (0, more)))
        columns = np.arange(values.shape[1])
        for place, label in enumerate(self.classes):
            mine = values[batch.y == label]
            np.add.at(counts[place], (np.broadcast_to(columns, mine.shape), mine), sign)
        return replace(self, counts=counts)


class Counts:
    """BernoulliNB and CategoricalNB."""

    name: ClassVar[str] = "counts"

    def accepts(self, estimator: Any) -> bool:
        """Accept binary features with a threshold, and any categories."""
        plain = np.ndim(estimator.alpha) == 0
        return plain and getattr(estimator, "binarize", 0.0) is not None

    def fit(self, estimator: Any, data: TrainingData) -> ModelState:
        """Train with scikit-learn, which judges the rows, and count."""
        started = time.perf_counter()
        state = trained(self.name, estimator, data)
        counts = labels.of_state(state)
        table = _counted(estimator, data, counts["labels/classes"])
        finished = _state(estimator, table, data.coordinates, counts)
        finished.facts["seconds"] = time.perf_counter() - started
        return finished

    def update(
        self,
        state: ModelState,
        removed: Batch,
        added: Batch,
        remaining: TrainingData,
        *,
        estimator: Any = None,
    ) -> tuple[ModelState, Guarantee]:
        """Count changed rows; count all again where columns came, went or moved."""
        _, counts = labels.check_remaining(state, removed.y, added.y)
        estimator = unfitted(state, estimator)
        at, classes = remaining.coordinates, counts["labels/classes"]
        same = labels.same_classes(state, counts) and all(
            np.array_equal(getattr(at, name), state.arrays[f"at/{name}"]) for name in _COORDINATES
        )
        if remaining.rewritten or not same:
            table = _counted(estimator, remaining, classes)
        else:
            table = Table(classes, state.arrays["table"], _threshold(estimator))
            table = table.counting(removed, at, -1).counting(added, at, 1)
        updated = _state(estimator, table, at, counts)
        updated.facts["seconds"] = state.facts["seconds"]
        return updated, Guarantee("exact", _EXACT)

    def estimate(self, state: ModelState, changed: int) -> Estimate:
        """Expect one count for each changed cell."""
        return Estimate("exact", _EXACT, 1e-3 + changed * len(state.arrays["at/ids"]) * 1e-7)


_COORDINATES = ("ids", "shift", "scale", "base")


def _threshold(estimator: Any) -> float | None:
    return None if class_path(type(estimator)) == _CATEGORICAL else float(estimator.binarize)


def _counted(estimator: Any, data: TrainingData, classes: Labels) -> Table:
    threshold = _threshold(estimator)
    values = 2 if threshold is not None else 1
    nothing = np.zeros((len(classes), data.coordinates.width, values), dtype=np.int64)
    table = Table(classes, nothing, threshold)
    for block in data.blocks():
        table = table.counting(block, data.coordinates, 1)
    return table


def _state(estimator: Any, table: Table, at: Coordinates, counts: dict[str, Labels]) -> ModelState:
    from sklearn.base import clone

    model = clone(estimator)
    model.n_features_in_ = at.width
    model.classes_ = table.classes
    model.class_count_ = counts["labels/counts"].astype(np.float64)
    model.class_log_prior_ = log_prior(model, model.class_count_)
    held = np.flatnonzero(table.counts.any(axis=(0, 1)))
    if table.threshold is None:  # no number above the largest that is left
        table = replace(table, counts=table.counts[:, :, : int(held.max(initial=0)) + 1])
        _categorical(model, table.counts)
    else:
        _bernoulli(model, table.counts[:, :, 1].astype(np.float64))
    arrays = {**counts, "table": table.counts}
    arrays |= {f"at/{name}": getattr(at, name) for name in _COORDINATES}
    rows = int(counts["labels/counts"].sum())
    return described(Counts.name, model, {"rows": rows}, arrays)


def _bernoulli(model: Any, counted: Floats) -> None:
    alpha = alpha_of(model)
    model.feature_count_ = counted
    rows = model.class_count_ + 2.0 * alpha
    model.feature_log_prob_ = np.log(counted + alpha) - np.log(rows)[:, None]


def _categorical(model: Any, counts: Ints) -> None:
    alpha = alpha_of(model)
    held = counts.sum(axis=0) > 0
    largest = counts.shape[2] - held[:, ::-1].argmax(axis=1)
    if model.min_categories is not None:
        largest = np.maximum(largest, np.array(model.min_categories))
    model.n_categories_ = largest
    more = max(0, int(largest.max()) - counts.shape[2])
    padded = np.pad(counts, ((0, 0), (0, 0), (0, more)))
    model.category_count_ = [
        padded[:, column, :size].astype(np.float64) for column, size in enumerate(largest)
    ]
    model.feature_log_prob_ = [
        np.log(part + alpha) - np.log((part + alpha).sum(axis=1))[:, None]
        for part in model.category_count_
    ]
