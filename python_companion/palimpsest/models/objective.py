"""What estimators of linear models minimise, written down from their documentation.

`problem_of` turns an estimator into an `Objective`; `fitted_model` turns an optimum into a fitted
estimator.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..estimators import class_path
from ..matrix import Floats
from .fitted import remade
from .losses import Binary, Loss, OneVsRest, Softmax, SquaredHinge, Tweedie


@dataclass(frozen=True, eq=False)
class Objective:
    """Sum over rows of the loss, plus ``penalty / 2 * |coef|^2``.

    Attributes
    ----------
    loss : Loss
    penalty : float
    intercept : bool
        Whether there is one.
    intercept_penalty : float
        Like `penalty`, of the intercepts; mostly zero.
    """

    loss: Loss
    penalty: float
    intercept: bool
    intercept_penalty: float = 0.0

    def penalties(self, width: int) -> Floats:
        """Return the penalty of every parameter of one predictor, the intercept's last."""
        penalties = np.full(width + 1, self.penalty)
        penalties[-1] = self.intercept_penalty
        return penalties

    def with_penalty(self, gradient: Floats, point: Floats) -> Floats:
        """Complete sums over rows, (K, d + 1), to the gradient of the objective."""
        whole = gradient + self.penalties(point.shape[1] - 1) * point
        if not self.intercept:
            whole[:, -1] = 0.0
        return whole


def accepts(estimator: Any) -> bool:
    """Tell whether the estimator's objective is smooth and strictly convex in its coefficients."""
    judge = _ACCEPTS.get(class_path(type(estimator)))
    return judge is not None and bool(judge(estimator))


def problem_of(estimator: Any, classes: npt.NDArray[Any] | None, rows: int) -> Objective:
    """Return what an estimator minimises, summed over its rows.

    Parameters
    ----------
    estimator : object
        One that `accepts`.
    classes : (c,) array or None
        Classes in ascending order; None for regressors.
    rows : int
        Number of training rows.
    """
    path = class_path(type(estimator))
    if path == "sklearn.linear_model.LogisticRegression":
        return _logistic(estimator, _some(classes))
    if path == "sklearn.svm.LinearSVC":
        return _linear_svc(estimator, _some(classes))
    if path == "sklearn.linear_model.SGDClassifier":
        found = _some(classes)
        loss: Loss = Binary(found[1]) if len(found) == 2 else OneVsRest(found)
    else:
        loss = Tweedie(_POWERS.get(path) or float(estimator.power))
    return Objective(loss, float(estimator.alpha) * rows, bool(estimator.fit_intercept))


def point_of(model: Any) -> Floats:
    """Return coefficients and intercepts of a fitted estimator, (K, d + 1)."""
    coef = np.atleast_2d(model.coef_)
    intercept = np.broadcast_to(np.atleast_1d(model.intercept_), (len(coef),))
    return np.concatenate([coef, intercept[:, None]], axis=1).astype(np.float64)


def fitted_model(
    estimator: Any, point: Floats, classes: npt.NDArray[Any] | None, passes: int
) -> Any:
    """Return a fitted estimator with the given coefficients and intercepts, (K, d + 1)."""
    from sklearn.base import clone

    model = remade(clone(estimator))
    model.n_features_in_ = point.shape[1] - 1
    if classes is None:
        model.coef_, model.intercept_ = point[0, :-1].copy(), float(point[0, -1])
        model.n_iter_ = passes
        return model
    model.classes_ = classes
    model.coef_, model.intercept_ = point[:, :-1].copy(), point[:, -1].copy()
    listed = class_path(type(estimator)) == "sklearn.linear_model.LogisticRegression"
    model.n_iter_ = np.array([passes], dtype=np.int32) if listed else passes
    return model


def _logistic(estimator: Any, classes: npt.NDArray[Any]) -> Objective:
    by_class: Mapping[Any, float] = estimator.class_weight or {}
    weights = np.array([float(by_class.get(label, 1.0)) for label in classes.tolist()])
    loss: Loss
    if len(classes) == 2:
        loss = Binary(classes[1], (float(weights[0]), float(weights[1])))
    else:
        loss = Softmax(classes, weights)
    return Objective(loss, 1.0 / float(estimator.C), bool(estimator.fit_intercept))


def _linear_svc(estimator: Any, classes: npt.NDArray[Any]) -> Objective:
    """LinearSVC multiplies the losses by C and penalises the intercept as one more coefficient."""
    told = classes[1:] if len(classes) == 2 else classes
    scaling = float(estimator.intercept_scaling)
    penalty = 1.0 / float(estimator.C)
    return Objective(
        SquaredHinge(told), penalty, bool(estimator.fit_intercept), penalty / scaling**2
    )


def _some(classes: npt.NDArray[Any] | None) -> npt.NDArray[Any]:
    if classes is None:
        raise TypeError("a classifier has classes")
    return classes


def _accepts_logistic(estimator: Any) -> bool:
    return bool(
        estimator.penalty in {"deprecated", "l2"}
        and not getattr(estimator, "l1_ratio", None)
        and math.isfinite(estimator.C)
        and estimator.solver != "liblinear"
        and estimator.class_weight != "balanced"
    )


def _accepts_linear_svc(estimator: Any) -> bool:
    return bool(
        estimator.penalty == "l2"
        and estimator.loss == "squared_hinge"
        and estimator.multi_class == "ovr"
        and estimator.class_weight is None
    )


def _accepts_sgd(estimator: Any) -> bool:
    return bool(
        estimator.loss == "log_loss"
        and estimator.penalty == "l2"
        and estimator.alpha > 0.0
        and estimator.class_weight is None
        and not estimator.early_stopping
    )


def _accepts_tweedie(estimator: Any) -> bool:
    power = getattr(estimator, "power", 1.0)
    logarithmic = getattr(estimator, "link", "log") in {"auto", "log"}
    return bool(estimator.alpha > 0.0 and 1.0 <= power <= 2.0 and logarithmic)


_POWERS = {
    "sklearn.linear_model.GammaRegressor": 2.0,
    "sklearn.linear_model.PoissonRegressor": 1.0,
}

_ACCEPTS = {
    "sklearn.linear_model.GammaRegressor": _accepts_tweedie,
    "sklearn.linear_model.LogisticRegression": _accepts_logistic,
    "sklearn.linear_model.PoissonRegressor": _accepts_tweedie,
    "sklearn.linear_model.SGDClassifier": _accepts_sgd,
    "sklearn.linear_model.TweedieRegressor": _accepts_tweedie,
    "sklearn.svm.LinearSVC": _accepts_linear_svc,
}
