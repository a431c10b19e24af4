"""Training again from the stored matrix: exact, for every estimator, and the slowest way."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar

from ..estimators import NotPortable, class_path, describe, restore
from ..matrix import Batch, TrainingData
from . import fitted, labels
from .errors import ModelError, NeedsEstimator
from .state import Estimate, Guarantee, ModelState


class Refit:
    """Trains with the estimator's own `fit`, from the same random seed as the first time."""

    name: ClassVar[str] = "refit"

    def accepts(self, estimator: Any) -> bool:
        """Accept every estimator."""
        return True

    def fit(self, estimator: Any, data: TrainingData) -> ModelState:
        """Train on X of all rows."""
        return trained(self.name, estimator, data)

    def update(
        self,
        state: ModelState,
        removed: Batch,
        added: Batch,
        remaining: TrainingData,
        *,
        estimator: Any = None,
    ) -> tuple[ModelState, Guarantee]:
        """Train again on the remaining rows, from scratch.

        A warm start would be faster, but what an iterative solver stops at depends on where it
        started, and that is a model of the forgotten rows.
        """
        labels.check_remaining(state, removed.y, added.y)
        fresh = unfitted(state, estimator)
        return self.fit(fresh, remaining), Guarantee("refit", refit_promise(fresh))

    def estimate(self, state: ModelState, changed: int) -> Estimate:
        """Expect training to take as long as the last time."""
        return Estimate("refit", refit_promise(_params(state)), float(state.facts["seconds"]))


def trained(strategy: str, estimator: Any, data: TrainingData) -> ModelState:
    """Train an estimator with its own `fit` and describe it.

    Raises
    ------
    ModelError
        When the estimator refuses the rows.
    """
    from sklearn.base import clone, is_classifier

    matrix, y = data.encoded()
    y = labels.normalised(y)
    started = time.perf_counter()
    try:
        model = clone(estimator).fit(matrix, y)
    except ValueError as error:
        raise ModelError(
            f"{type(estimator).__name__} cannot be trained on these {len(y)} rows: {error}"
        ) from error
    seconds = time.perf_counter() - started
    facts, arrays = labels.counted(y, classifier=is_classifier(model))
    return described(strategy, model, {**facts, "seconds": seconds}, arrays)


def described(
    strategy: str, model: Any, facts: dict[str, Any], arrays: dict[str, Any]
) -> ModelState:
    """Return the state of a fitted estimator, with what the strategy keeps beside it."""
    attributes = fitted.captured(model)
    try:
        description = describe(model)
    except NotPortable:
        description = None
    json, parts = attributes if attributes is not None else (None, {})
    return ModelState(
        strategy,
        type(model).__name__,
        description,
        {**facts, "fitted": json, "class": class_path(type(model))},
        {**arrays, **{f"fitted/{name}": array for name, array in parts.items()}},
        model,
    )


def unfitted(state: ModelState, estimator: Any = None) -> Any:
    """Return the estimator to train: the notebook's if given, else the one described.

    Raises
    ------
    NeedsEstimator
        When there is neither.
    """
    if estimator is not None:
        return estimator
    if state.description is None:
        raise NeedsEstimator(
            f"{state.label} must be trained again, and it is code of the notebook: open the "
            "notebook and run its cells, then apply again"
        )
    return restore(state.description)


def _params(state: ModelState) -> Any:
    return restore(state.description) if state.description is not None else None


def refit_promise(estimator: Any) -> str:
    """Return what training again guarantees, and what it does not."""
    sentence = "refit: trained again on the remaining rows, from the stored matrix"
    unseeded = getattr(estimator, "random_state", 0) is None and _draws(estimator)
    return f"{sentence} (no random_state is set, so a re-run may differ)" if unseeded else sentence


_WITHOUT_CHANCE: Mapping[str, tuple[str, tuple[Any, ...]]] = {
    **dict.fromkeys(
        ("sklearn.linear_model.LogisticRegression", "sklearn.linear_model.LogisticRegressionCV"),
        ("solver", ("lbfgs", "newton-cg", "newton-cholesky")),
    ),
    **dict.fromkeys(
        ("sklearn.linear_model.Ridge", "sklearn.linear_model.RidgeClassifier"),
        ("solver", ("auto", "svd", "cholesky", "lsqr", "sparse_cg", "lbfgs")),
    ),
    **dict.fromkeys(
        ("sklearn.linear_model.Lasso", "sklearn.linear_model.ElasticNet"),
        ("selection", ("cyclic",)),
    ),
    **dict.fromkeys(("sklearn.svm.LinearSVC", "sklearn.svm.LinearSVR"), ("dual", (False,))),
    **dict.fromkeys(
        ("sklearn.svm.SVC", "sklearn.svm.NuSVC"), ("probability", (False, "deprecated"))
    ),
}
"""Estimators with a `random_state` that they do not use when a parameter has one of some values."""


def _draws(estimator: Any) -> bool:
    """Tell whether training an estimator that has a `random_state` may be a matter of chance."""
    found = _WITHOUT_CHANCE.get(class_path(type(estimator)))
    return found is None or getattr(estimator, found[0]) not in found[1]
