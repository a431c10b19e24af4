"""Forests whose trees keep their sample of the rows that stay.

scikit-learn draws the sample of a tree by position, so that one row less gives every tree other
rows. Here how often a row is in a tree's sample is drawn from the row's identity, after a Poisson
distribution (as in online bagging): a tree that no affected row is in is the tree that would be
grown on the remaining rows.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from copy import copy
from functools import cache
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..matrix import Batch, Floats, TrainingData
from . import labels
from .errors import ModelError
from .identified import (
    MOVED,
    Labels,
    RowIds,
    drawn,
    encoded_rows,
    fingerprint,
    moved,
    row_ids,
)
from .refit import described, trained, unfitted
from .state import Estimate, Guarantee, ModelState

_ALL = "refit: all {} trees are grown again on the remaining rows, "
_SOME = "refit: trees that hold an affected row are grown again; all of them when columns move"
_UNDRAWN = "refit: all {} trees are grown again on the remaining rows, as scikit-learn samples them"


class Forest:
    """Random forests and extra trees that draw samples: only trees with affected rows are grown."""

    name: ClassVar[str] = "forest"

    def accepts(self, estimator: Any) -> bool:
        """Accept forests none of whose trees depends on rows outside its sample."""
        return (
            estimator.bootstrap
            and not estimator.oob_score
            and not estimator.warm_start
            and isinstance(estimator.random_state, int | np.integer)
            and (estimator.max_samples is None or isinstance(estimator.max_samples, float))
            and not isinstance(getattr(estimator, "class_weight", None), str | list)
            and not isinstance(estimator.min_samples_split, float)
            and not isinstance(estimator.min_samples_leaf, float)
            and isinstance(estimator.criterion, str)
            and estimator.criterion != "poisson"  # which looks at the labels of all rows
        )

    def fit(self, estimator: Any, data: TrainingData) -> ModelState:
        """Grow every tree on its own sample.

        When a sample is empty, or rows have several classes at once, scikit-learn samples.
        """
        started = time.perf_counter()
        X, y, rows = encoded_rows(data)
        known = labels.normalised(y)
        several = known.ndim > 1 and _is_classifier(estimator)
        places = range(estimator.n_estimators)
        samples = {} if several else samples_of(estimator, places, rows)
        if several or not all(sample.any() for sample in samples.values()):
            state = trained(self.name, estimator, data)
            state.facts.update(drawn=False)
        else:
            facts, counts = labels.counted(known, classifier=_is_classifier(estimator))
            classes = counts.get("labels/classes")
            trees = grown(estimator, samples, X, known, classes)
            model = assembled(estimator, trees, X.shape[1], known, classes)
            state = described(self.name, model, {**facts, "drawn": True}, counts)
        seconds = time.perf_counter() - started
        state.facts.update(seconds=seconds, columns=fingerprint(data.coordinates))
        return state

    def update(
        self,
        state: ModelState,
        removed: Batch,
        added: Batch,
        remaining: TrainingData,
        *,
        estimator: Any = None,
    ) -> tuple[ModelState, Guarantee]:
        """Grow again the trees whose samples hold a row that left or came."""
        facts, counts = labels.check_remaining(state, removed.y, added.y)
        estimator = unfitted(state, estimator)
        affected = np.concatenate([row_ids(removed), row_ids(added)])
        others = moved(remaining, state.facts["columns"]) or not labels.same_classes(state, counts)
        told = self.estimate_rows(state, affected, others)
        updated: ModelState | None = None
        if told.kind == "exact":
            updated = self._regrown(state, estimator, _held(estimator, affected), remaining, counts)
        if updated is None:
            text = told.text if told.kind == "refit" else _UNDRAWN.format(_size(state))
            return self.fit(estimator, remaining), Guarantee("refit", text)
        kept = {name: state.facts[name] for name in ("drawn", "seconds", "columns")}
        updated.facts.update(**facts, **kept)
        return updated, Guarantee("exact", told.text)

    def _regrown(
        self,
        state: ModelState,
        estimator: Any,
        places: list[int],
        remaining: TrainingData,
        counts: Mapping[str, Labels],
    ) -> ModelState | None:
        """Return the forest with some trees grown again; None when one of them has no row left."""
        model, classes = copy(state.to_estimator()), counts.get("labels/classes")
        model.estimators_ = list(model.estimators_)
        if places:
            X, y, rows = encoded_rows(remaining, lambda rows: _in_any(estimator, places, rows))
            samples = samples_of(estimator, places, rows)
            if not all(sample.any() for sample in samples.values()):
                return None
            trees = grown(estimator, samples, X, labels.normalised(y), classes)
            for place, tree in zip(places, trees, strict=True):
                model.estimators_[place] = tree
        return described(self.name, model, {}, dict(counts))

    def estimate(self, state: ModelState, changed: int) -> Estimate:
        """Expect what the number of rows makes likely."""
        rate = _rate(unfitted(state)) if state.description is not None else 1.0
        share = 1.0 - float(np.exp(-rate * changed))
        seconds = share * float(state.facts["seconds"])
        return Estimate("refit", _SOME, seconds)

    def estimate_rows(self, state: ModelState, rows: RowIds, moved: bool) -> Estimate:
        """Count the trees whose samples hold one of these rows."""
        seconds, size = float(state.facts["seconds"]), _size(state)
        if not state.facts["drawn"]:
            return Estimate("refit", _UNDRAWN.format(size), seconds)
        if moved:
            return Estimate("refit", _ALL.format(size) + MOVED, seconds)
        if state.live is None and not state.portable:
            return Estimate(
                "refit", _ALL.format(size) + "because they are too many to keep", seconds
            )
        held = len(_held(unfitted(state), rows))
        text = (
            f"exact: {held} of {size} trees hold an affected row and are grown again on the "
            "remaining rows; the others never held one"
        )
        return Estimate("exact", text, 1e-3 + seconds * held / size)


def _size(state: ModelState) -> int:
    return int((state.description or {}).get("params", {}).get("n_estimators", 0))


def _is_classifier(estimator: Any) -> bool:
    from sklearn.base import is_classifier

    return bool(is_classifier(estimator))


def _rate(estimator: Any) -> float:
    return 1.0 if estimator.max_samples is None else float(estimator.max_samples)


@cache
def _poisson(rate: float) -> Floats:
    """Return the probabilities of at most 0, 1, 2, ... occurrences."""
    from scipy.stats import poisson

    probabilities: Floats = poisson.cdf(np.arange(40), rate)
    return probabilities


def samples_of(
    estimator: Any, places: Iterable[int], rows: RowIds
) -> dict[int, npt.NDArray[np.int64]]:
    """Return for some trees how often each row is in their sample."""
    limits, seed = _poisson(_rate(estimator)), int(estimator.random_state)
    return {
        place: np.searchsorted(limits, drawn(rows, seed, place), side="right") for place in places
    }


def _held(estimator: Any, rows: RowIds) -> list[int]:
    """Return the trees whose samples hold one of the rows."""
    samples = samples_of(estimator, range(estimator.n_estimators), rows)
    return [place for place, sample in samples.items() if sample.any()]


def _in_any(estimator: Any, places: list[int], rows: RowIds) -> npt.NDArray[np.bool_]:
    held = np.zeros(len(rows), dtype=bool)
    for sample in samples_of(estimator, places, rows).values():
        held |= sample > 0
    return held


def grown(
    estimator: Any,
    samples: Mapping[int, npt.NDArray[np.int64]],
    X: Floats,
    y: Labels,
    classes: Labels | None,
) -> list[Any]:
    """Grow trees on their samples, each from its own seed."""
    from sklearn.utils.parallel import Parallel, delayed

    most = np.iinfo(np.int32).max
    seeds = np.random.RandomState(estimator.random_state).randint(most, size=estimator.n_estimators)
    values, targets = X.astype(np.float32), y
    weight: Floats | float = 1.0
    if classes is not None:
        targets, given = np.searchsorted(classes, y), getattr(estimator, "class_weight", None) or {}
        weight = np.array([given.get(label, 1.0) for label in classes.tolist()])[targets]
    jobs = Parallel(n_jobs=estimator.n_jobs, prefer="threads")
    try:
        trees: list[Any] = jobs(
            delayed(_tree)(
                estimator, int(seeds[place]), (values, targets, sample * weight), classes
            )
            for place, sample in samples.items()
        )
    except ValueError as error:
        raise ModelError(
            f"{type(estimator).__name__} cannot be trained on these rows: {error}"
        ) from error
    return trees


def _tree(
    estimator: Any, seed: int, rows: tuple[Floats, Labels, Floats], classes: Labels | None
) -> Any:
    from sklearn.base import clone

    X, y, weights = rows
    params = {name: getattr(estimator, name) for name in estimator.estimator_params}
    tree = clone(estimator.estimator).set_params(**{**params, "random_state": seed})
    inside = weights > 0
    X, y, weights = X[inside], y[inside], weights[inside].astype(np.float64)
    if classes is not None:  # rows without weight, that every tree may know every class
        count = len(classes)
        X = np.concatenate([X, np.zeros((count, X.shape[1]), X.dtype)])
        y = np.concatenate([y, np.arange(count)])
        weights = np.concatenate([weights, np.zeros(count)])
    return tree.fit(X, y, sample_weight=weights)


def assembled(
    estimator: Any, trees: list[Any], width: int, y: Labels, classes: Labels | None
) -> Any:
    """Return a fitted forest of these trees."""
    from sklearn.base import clone

    params = estimator.get_params(deep=False)
    targets = np.ones((1, *y.shape[1:])) if classes is None else classes
    hull = clone(estimator).set_params(
        n_estimators=1, bootstrap=False, max_samples=None, max_depth=1, n_jobs=None, verbose=0
    )
    hull.fit(np.zeros((len(targets), width)), targets)
    forest = hull.set_params(**params)
    forest.estimators_ = trees
    return forest
