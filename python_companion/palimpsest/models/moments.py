"""Class moments: models that know of the rows only what each class sums up to."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..estimators import class_path
from ..matrix import Batch, Coordinates, Floats, TrainingData
from . import labels
from .classsums import ClassMoments, ClassSums
from .errors import ModelError
from .refit import described, trained, unfitted
from .state import Estimate, Guarantee, ModelState

Labels = npt.NDArray[Any]

_EXACT = "exact: equals training afresh on the remaining rows, up to rounding"


class Moments:
    """Naive Bayes of normal and of multinomial features, and nearest centroids."""

    name: ClassVar[str] = "moments"

    def accepts(self, estimator: Any) -> bool:
        """Accept what follows from class sums alone."""
        metric = getattr(estimator, "metric", "euclidean")
        return metric == "euclidean" and np.ndim(getattr(estimator, "alpha", 0.0)) == 0

    def fit(self, estimator: Any, data: TrainingData) -> ModelState:
        """Train with scikit-learn, which judges the rows, and sum up."""
        started = time.perf_counter()
        state = trained(self.name, estimator, data)
        sums = ClassSums.over(data, state.arrays["labels/classes"])
        finished = _state(estimator, sums, data.coordinates, labels.of_state(state))
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
        """Take sums out, put sums in."""
        _, counts = labels.check_remaining(state, removed.y, added.y)
        estimator = unfitted(state, estimator)
        if remaining.rewritten:
            return self.fit(estimator, remaining), Guarantee("exact", _EXACT)
        at, classes = remaining.coordinates, counts["labels/classes"]
        if class_path(type(estimator)) in _COUNTING and (added.encoded(at) < 0.0).any():
            raise ModelError(f"{type(estimator).__name__} does not accept negative features")
        kept = {
            name.removeprefix("sums/"): array
            for name, array in state.arrays.items()
            if name.startswith("sums/")
        }
        sums = ClassSums.from_arrays(kept, state.arrays["labels/classes"])
        updated = _state(estimator, sums.changed(removed, added, at, classes), at, counts)
        updated.facts["seconds"] = state.facts["seconds"]
        return updated, Guarantee("exact", _EXACT)

    def estimate(self, state: ModelState, changed: int) -> Estimate:
        """Expect some operations for each changed cell and class."""
        cells = (changed + len(state.arrays["labels/classes"])) * len(state.arrays["sums/ids"])
        return Estimate("exact", _EXACT, 1e-3 + cells * 1e-7)


def _state(
    estimator: Any, sums: ClassSums, at: Coordinates, counts: dict[str, Labels]
) -> ModelState:
    from sklearn.base import clone

    model = clone(estimator)
    model.n_features_in_ = at.width
    model.classes_ = counts["labels/classes"]
    _BUILD[class_path(type(estimator))](model, sums.moments(at))
    kept = {f"sums/{name}": array for name, array in sums.to_arrays().items()}
    rows = int(counts["labels/counts"].sum())
    return described(Moments.name, model, {"rows": rows}, {**counts, **kept})


def _gaussian(model: Any, moments: ClassMoments) -> None:
    model.class_count_ = moments.rows
    model.epsilon_ = float(model.var_smoothing * moments.variance.max())
    model.theta_ = moments.means
    model.var_ = moments.squares / moments.rows[:, None] + model.epsilon_
    given = model.priors is not None
    model.class_prior_ = np.asarray(model.priors, float) if given else _shares(moments)


def _centroids(model: Any, moments: ClassMoments) -> None:
    rows, total = moments.rows, moments.rows.sum()
    if model.priors == "empirical":
        priors = _shares(moments)
    elif model.priors == "uniform":
        priors = np.full(len(rows), 1.0 / len(rows))
    else:
        priors = np.asarray(model.priors, float)
        priors = priors / priors.sum()
    model.class_prior_ = priors
    within = np.sqrt(moments.squares.sum(axis=0) / (total - len(rows)))
    reach = np.sqrt(1.0 / rows - 1.0 / total)[:, None] * (within + np.median(within))
    with np.errstate(divide="ignore", invalid="ignore"):  # as scikit-learn has it
        deviations = (moments.means - moments.centre) / reach
    model.centroids_ = moments.means
    if model.shrink_threshold:
        deviations = np.sign(deviations) * np.maximum(
            np.abs(deviations) - model.shrink_threshold, 0.0
        )
        model.centroids_ = moments.centre + reach * deviations
    model.within_class_std_dev_, model.deviations_ = within, deviations


def _multinomial(model: Any, moments: ClassMoments) -> None:
    _count(model, moments)
    smoothed = model.feature_count_ + alpha_of(model)
    model.feature_log_prob_ = np.log(smoothed) - np.log(smoothed.sum(axis=1))[:, None]


def _complement(model: Any, moments: ClassMoments) -> None:
    _count(model, moments)
    model.feature_all_ = model.feature_count_.sum(axis=0)
    others = model.feature_all_ + alpha_of(model) - model.feature_count_
    logged = np.log(others / others.sum(axis=1, keepdims=True))
    model.feature_log_prob_ = logged / logged.sum(axis=1)[:, None] if model.norm else -logged


def _count(model: Any, moments: ClassMoments) -> None:
    model.class_count_ = moments.rows
    model.feature_count_ = np.maximum(moments.sums, 0.0)
    model.class_log_prior_ = log_prior(model, moments.rows)


def log_prior(model: Any, rows: Floats) -> Floats:
    """Return the logarithms of the priors of a discrete naive Bayes model."""
    logarithms: Floats
    if model.class_prior is not None:
        logarithms = np.log(np.asarray(model.class_prior, float))
    elif model.fit_prior:
        logarithms = np.log(rows) - np.log(rows.sum())
    else:
        logarithms = np.full(len(rows), -np.log(len(rows)))
    return logarithms


def alpha_of(model: Any) -> float:
    """Return the smoothing of a discrete naive Bayes model, as scikit-learn limits it."""
    return float(model.alpha) if model.force_alpha else max(float(model.alpha), 1e-10)


def _shares(moments: ClassMoments) -> Floats:
    shares: Floats = moments.rows / moments.rows.sum()
    return shares


_COUNTING = frozenset({"sklearn.naive_bayes.ComplementNB", "sklearn.naive_bayes.MultinomialNB"})

_BUILD: Mapping[str, Callable[[Any, ClassMoments], None]] = {
    "sklearn.naive_bayes.ComplementNB": _complement,
    "sklearn.naive_bayes.GaussianNB": _gaussian,
    "sklearn.naive_bayes.MultinomialNB": _multinomial,
    "sklearn.neighbors.NearestCentroid": _centroids,
}
