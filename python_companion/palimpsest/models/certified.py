"""Logistic regression from which rows can be removed with a certificate.

After Guo, Goldstein, Hannun and van der Maaten, "Certified data removal from machine learning
models" (2020).
"""

from __future__ import annotations

import math
import secrets
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator

from ..estimators import class_path
from ..matrix import Floats
from .errors import ModelError

CURVATURE_CHANGE = 1.0 / (6.0 * math.sqrt(3.0))
"""Largest third derivative of the logistic loss."""

_STEPS = 100
_EPS = float(np.finfo(np.float64).eps)


class Certified(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A logistic regression that is trained with objective perturbation.

    Minimises the sum of logistic losses, ``1 / (2 C)`` times the sum of squared coefficients
    (intercept included), and a random linear term that is drawn once for each training. A
    forget takes one Newton step to the remaining objective. What the gradient may be off after
    it is bounded, and the random term hides that much: nobody who sees the weights can tell them,
    within `epsilon` and `delta`, from weights that were trained without the rows. The bounds of
    successive forgets add up. When they exceed the budget, ``noise * epsilon / sqrt(2 log(1.5 /
    delta))``, the model is trained again with fresh noise.

    Parameters
    ----------
    model : LogisticRegression
        Unfitted: two classes, an L2 penalty, no class weights. Its `C` and `fit_intercept` count.
    epsilon, delta : float
    noise : float
        Standard deviation of the random term. More noise gives a larger budget and a worse model.
    """

    def __init__(
        self, model: Any, *, epsilon: float = 1.0, delta: float = 1e-4, noise: float = 5.0
    ) -> None:
        self.model = model
        self.epsilon = epsilon
        self.delta = delta
        self.noise = noise

    _estimator_type = "classifier"

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags

        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags()
        return tags

    def portable_params(self) -> dict[str, Any]:
        """Return the parameters that describe it."""
        params: dict[str, Any] = self.get_params(deep=False)
        return params

    @property
    def budget(self) -> float:
        """What the bounds of the gradient may add up to."""
        return self.noise * self.epsilon / math.sqrt(2.0 * math.log(1.5 / self.delta))

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Certified:
        """Train with fresh noise."""
        return self.fit_with(np.asarray(X, dtype=np.float64), np.asarray(y), fresh_seed())

    def fit_with(self, X: Floats, y: npt.NDArray[Any], seed: str) -> Certified:
        """Train with the noise of a seed.

        Raises
        ------
        ModelError
            When there is no certificate for such a model, or features are no numbers.
        """
        self._check()
        if not np.isfinite(X).all():
            raise ModelError(
                "the feature columns of training rows hold missing or infinite values: fill them "
                "while encoding, e.g. with SimpleImputer, or drop the rows in prepare()"
            )
        self.classes_ = np.unique(y)
        if len(self.classes_) != 2:
            raise ModelError(
                f"Certified tells two classes apart, and the label has {len(self.classes_)}: train "
                "one model for each class against the rest"
            )
        self.n_features_in_ = X.shape[1]
        self.place(_minimised(Problem(self, X, y, seed)))
        return self

    def _check(self) -> None:
        model = self.model
        told = class_path(type(model)) == "sklearn.linear_model.LogisticRegression"
        plain = told and model.penalty in {"deprecated", "l2"} and model.class_weight is None
        if not plain or getattr(model, "l1_ratio", None) or not math.isfinite(model.C):
            raise ModelError(
                "Certified(model) takes a LogisticRegression with an L2 penalty and without class "
                f"weights, got {model!r}"
            )
        if not (self.epsilon > 0.0 and 0.0 < self.delta < 1.0 and self.noise > 0.0):
            raise ModelError(
                "Certified needs epsilon and noise above zero and delta between zero and one, got "
                f"{self.epsilon:g}, {self.noise:g} and {self.delta:g}"
            )

    @property
    def point(self) -> Floats:
        """Coefficients and, where there is one, the intercept."""
        if not self.model.fit_intercept:
            return np.array(self.coef_[0])
        return np.append(self.coef_[0], self.intercept_)

    def place(self, point: Floats) -> None:
        """Set coefficients and intercept."""
        width = self.n_features_in_
        self.coef_ = point[None, :width].copy()
        self.intercept_ = point[width:].copy() if self.model.fit_intercept else np.zeros(1)

    def decision_function(self, X: npt.ArrayLike) -> Floats:
        """Return the log odds of the second class."""
        odds: Floats = np.asarray(X, dtype=np.float64) @ self.coef_[0] + self.intercept_[0]
        return odds

    def predict_proba(self, X: npt.ArrayLike) -> Floats:
        """Return the probability of both classes, (n, 2)."""
        from scipy.special import expit

        odds = self.decision_function(X)
        return np.column_stack([expit(-odds), expit(odds)])

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[Any]:
        """Return classes."""
        chosen: npt.NDArray[Any] = self.classes_[(self.decision_function(X) > 0.0).astype(int)]
        return chosen

    def score(self, X: npt.ArrayLike, y: npt.ArrayLike) -> float:
        """Return the accuracy."""
        return float((self.predict(X) == np.asarray(y)).mean())


def fresh_seed() -> str:
    """Return a seed that nobody can guess, in hexadecimal."""
    return secrets.token_hex(16)


class Problem:
    """The perturbed objective over some rows.

    Parameters
    ----------
    model : Certified
        With its classes.
    X : (n, d) float64
    y : (n,)
    seed : str
    """

    def __init__(self, model: Certified, X: Floats, y: npt.NDArray[Any], seed: str) -> None:
        ones = np.ones((len(X), 1))
        self.rows: Floats = np.hstack([X, ones]) if model.model.fit_intercept else X
        self.targets = (y == model.classes_[1]).astype(np.float64)
        self.penalty = 1.0 / float(model.model.C)
        width = self.rows.shape[1]
        self.noise: Floats = np.random.default_rng(int(seed, 16)).normal(0.0, model.noise, (width,))
        self.lengths: Floats = np.sqrt(np.einsum("ij,ij->i", self.rows, self.rows))

    @property
    def rounding(self) -> float:
        """About what rounding may spoil of a gradient."""
        return 8.0 * _EPS * (float(self.lengths.sum()) + float(np.linalg.norm(self.noise)))

    def losses_gradient(self, point: Floats) -> Floats:
        """Return the gradient of the losses alone."""
        from scipy.special import expit

        gradient: Floats = self.rows.T @ (expit(self.rows @ point) - self.targets)
        return gradient

    def gradient(self, point: Floats) -> Floats:
        """Return the gradient of the perturbed objective."""
        return self.losses_gradient(point) + self.penalty * point + self.noise

    def value(self, point: Floats) -> float:
        """Return the perturbed objective."""
        odds = self.rows @ point
        losses = np.logaddexp(0.0, odds) - self.targets * odds
        return float(losses.sum() + 0.5 * self.penalty * point @ point + self.noise @ point)

    def hessian(self, point: Floats) -> Floats:
        """Return the second derivative."""
        from scipy.special import expit

        share = expit(self.rows @ point)
        weighted = self.rows * (share * (1.0 - share))[:, None]
        bends: Floats = self.rows.T @ weighted
        bends.flat[:: len(bends) + 1] += self.penalty
        return bends

    def bound(self, step: Floats) -> float:
        """Return what the gradient after a step may differ from its linear prediction, at most.

        Along the step the second derivative of the loss of row i changes by no more than the
        largest third derivative times ``|x_i . step|``. Corollary 1 of the paper bounds the sum
        over rows by norms, for rows no longer than one; here it is taken as it is.
        """
        along = self.rows @ step
        return 0.5 * CURVATURE_CHANGE * float(along**2 @ self.lengths)


def _minimised(problem: Problem) -> Floats:
    """Return the minimum, as near as rounding allows."""
    from scipy.linalg import cho_factor, cho_solve

    point = np.zeros(problem.rows.shape[1])
    gradient = problem.gradient(point)
    for _ in range(_STEPS):
        if float(np.linalg.norm(gradient)) <= problem.rounding:
            break
        step = -cho_solve(cho_factor(problem.hessian(point)), gradient)
        value = problem.value(point)
        length = 1.0
        while length > 1e-6 and problem.value(point + length * step) > value + 1e-12 * abs(value):
            length *= 0.5
        ahead = problem.gradient(point + length * step)
        if (
            length == 1.0
            and np.linalg.norm(ahead) >= np.linalg.norm(gradient)
            and (np.linalg.norm(step) <= 1e-9 * (1.0 + np.linalg.norm(point)))
        ):
            break  # nothing but rounding is left
        point, gradient = point + length * step, ahead
    return point
