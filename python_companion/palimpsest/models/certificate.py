"""Certified removal: one Newton step a forget, its bound, and a budget that is spent."""

from __future__ import annotations

import copy
import time
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..matrix import Batch, TrainingData
from . import labels
from .certified import Certified, Problem, fresh_seed
from .refit import described, unfitted
from .scales import kept_scales, same_scales, scales_of
from .state import Estimate, Guarantee, ModelState
from .threads import one_thread

SECRET = "secret"
"""Fact of a state that is sealed when it is stored: the seed of the noise."""


class Certificate:
    """`palimpsest.Certified` models.

    The seed of the noise is kept, sealed, so that the gradient can be measured; whoever knew it
    besides the weights could tell more than the certificate says.
    """

    name: ClassVar[str] = "certified"

    def accepts(self, estimator: Any) -> bool:
        """Accept all; `fit` says for what models there is no certificate."""
        return True

    def fit(self, estimator: Any, data: TrainingData) -> ModelState:
        """Train with fresh noise; what the optimum is missed by is spent of the budget."""
        from sklearn.base import clone

        started = time.perf_counter()
        X, y = data.encoded()
        y, seed = labels.normalised(y), fresh_seed()
        with one_thread():
            model = clone(estimator).fit_with(X, y, seed)
            problem = Problem(model, X, y, seed)
            gradient = problem.gradient(model.point)
            missed = float(np.linalg.norm(gradient))
        facts, counts = labels.counted(y, classifier=True)
        spent = {"spent": missed + problem.rounding, "forgets": 0, SECRET: seed}
        state = _state(model, data, {**facts, **spent}, counts)
        state.facts["residual"] = float(np.abs(gradient).max(initial=0.0)) / data.n
        state.facts["seconds"] = time.perf_counter() - started
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
        """Step to the remaining objective and spend the bound of the step, or train again."""
        facts, counts = labels.check_remaining(state, removed.y, added.y)
        if not labels.same_classes(state, counts):
            return self._again(state, remaining, estimator, "a class came")
        at = scales_of(state)
        if remaining.rewritten or not same_scales(at, remaining.coordinates):
            reason = (
                "the encoders moved, and with them every row: no bound covers that. Frozen encoders "
                "(encoders='frozen') or such without statistics keep the certificate"
            )
            return self._again(state, remaining, estimator, reason)
        if not len(removed) and not len(added):
            return state, Guarantee("exact", "exact: no row that it was trained on has changed")
        model: Certified = copy.deepcopy(state.to_estimator())
        seed = state.facts[SECRET]
        X, y = remaining.encoded()
        with one_thread():
            problem = Problem(model, X, labels.normalised(y), seed)
            start = model.point
            left = sum(
                sign * Problem(model, batch.encoded(at), batch.y, seed).losses_gradient(start)
                for batch, sign in ((removed, 1.0), (added, -1.0))
            )
            step, bound = _step(problem, start, np.asarray(left))
            model.place(start + step)
            gradient = problem.gradient(model.point)
        spent = state.facts["spent"] + bound
        if spent > model.budget:
            reason = (
                f"its step would have spent {bound / model.budget:.2g} of the budget, and "
                f"{max(0.0, 1.0 - state.facts['spent'] / model.budget):.2g} was left"
            )
            return self._again(state, remaining, estimator, reason)
        known = {"spent": spent, "forgets": state.facts["forgets"] + 1, SECRET: seed}
        updated = _state(model, remaining, {**facts, **known}, counts)
        updated.facts["seconds"] = state.facts["seconds"]
        guarantee = _guarantee(model, bound, spent, gradient, remaining.n)
        updated.facts["residual"] = guarantee.residual
        return updated, guarantee

    def estimate(self, state: ModelState, changed: int) -> Estimate:
        """Expect a pass over the rows and a factorisation."""
        model: Certified = state.to_estimator()
        share = state.facts["spent"] / model.budget
        width = len(state.arrays["at/ids"]) + 1
        seconds = 1e-3 + float(state.rows) * width**2 / 2e10 + width**3 / 1e10
        text = (
            f"certified({model.epsilon:g}, {model.delta:g}) for the weights, of whose budget "
            f"{share:.0%} is spent; refit with fresh noise when it does not suffice or encoders move"
        )
        return Estimate("certified", text, seconds)

    def _again(
        self, state: ModelState, remaining: TrainingData, estimator: Any, reason: str
    ) -> tuple[ModelState, Guarantee]:
        fresh = self.fit(unfitted(state, estimator), remaining)
        text = f"refit: trained again on the remaining rows with fresh noise, because {reason}"
        return fresh, Guarantee("refit", text)


def _step(
    problem: Problem, start: npt.NDArray[np.float64], left: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], float]:
    """Return the Newton step, and by how much the gradient may be off after it.

    The gradient was near zero, and the rows that left took `left` with them: it is ``-left`` now,
    and ``-left + H step`` after the step but for what the second derivative changes on the way.
    """
    from scipy.linalg import cho_factor, cho_solve

    bends = problem.hessian(start)
    step = cho_solve(cho_factor(bends), left)
    missed = float(np.linalg.norm(bends @ step - left))
    return step, problem.bound(step) + missed + problem.rounding


def _state(
    model: Certified,
    data: TrainingData,
    facts: dict[str, Any],
    counts: dict[str, npt.NDArray[Any]],
) -> ModelState:
    return described(Certificate.name, model, facts, {**counts, **kept_scales(data.coordinates)})


def _guarantee(
    model: Certified, bound: float, spent: float, gradient: npt.NDArray[np.float64], rows: int
) -> Guarantee:
    text = (
        f"certified({model.epsilon:g}, {model.delta:g}) for the weights, given the encoders as they "
        f"are and requests that do not depend on the weights: the gradient is off by at most "
        f"{spent:.1e} (measured {float(np.linalg.norm(gradient)):.1e}); this forget spent "
        f"{bound / model.budget:.2g} of the budget, and {1.0 - spent / model.budget:.2g} is left"
    )
    residual = float(np.abs(gradient).max(initial=0.0)) / rows
    return Guarantee("certified", text, residual)
