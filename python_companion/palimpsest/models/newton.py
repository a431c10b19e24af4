"""Newton: smooth convex objectives, carried on to the optimum of the remaining rows."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..matrix import Batch, Coordinates, Floats, TrainingData
from . import labels
from .curvature import Curvature
from .descent import Minimum, descend
from .errors import ModelError
from .linear import Form
from .losses import Softmax
from .mirror import SINGLE, Measured, Mirror
from .objective import Objective, accepts, fitted_model, point_of, problem_of
from .refit import Refit, described, refit_promise, trained, unfitted
from .scales import kept_scales, scales_of
from .state import Estimate, Guarantee, ModelState
from .threads import one_thread

MAX_PARAMETERS = 4096
"""Larger models are trained again: their second derivative would be too large to keep."""

TOLERANCE = 1e-10
"""How near to the optimum to go, relative to the largest coefficient."""

LARGE_TOLERANCE = 3e-8
"""How near to it a model of many cells goes: a thousandth of scikit-learn's default."""

BUDGET = 40
"""Most passes over the remaining rows before the second derivative is summed up afresh."""

_GOOD_ENOUGH = 1e-6


class Newton:
    """Linear models with a smooth, strictly convex objective: logistic, GLMs, squared hinge.

    Its optimum is unique, so what counts is how near one is to it. Training ends a little short
    of it (at `tol`), at a point that depends on the start; this strategy goes on until the
    measured gradient says that nothing is left to go. What is stored is a function of the
    remaining rows alone, not of the way there.
    """

    name: ClassVar[str] = "newton"

    def accepts(self, estimator: Any) -> bool:
        """Accept a smooth and strictly convex objective with weights that do not depend on y."""
        return accepts(estimator)

    def fit(self, estimator: Any, data: TrainingData) -> ModelState:
        """Train with scikit-learn, then go on to the optimum."""
        started = time.perf_counter()
        state = trained(self.name, estimator, data)
        model, at = state.live, data.coordinates
        start = point_of(model)
        classes = state.arrays.get("labels/classes")
        if start.size > MAX_PARAMETERS:
            return replace(state, strategy=Refit.name)
        objective = problem_of(estimator, classes, data.n)
        with one_thread():
            mirror = Mirror.of(data, start, objective.loss)
            aid = Aid(mirror, Curvature.of(mirror, start, at, objective))
            minimum = _minimise(aid, at, start)
        finished = _state(estimator, minimum, aid, data, labels.of_state(state))
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
        """Step to the optimum of the remaining objective, measuring its gradient on the way."""
        _, counts = labels.check_remaining(state, removed.y, added.y)
        estimator = unfitted(state, estimator)
        classes = counts.get("labels/classes")
        if (
            remaining.rewritten
            or not labels.same_classes(state, counts)
            or state.strategy != self.name
        ):
            fresh = self.fit(estimator, remaining)
            return fresh, _guarantee(fresh, estimator)
        objective = problem_of(estimator, classes, remaining.n)
        with one_thread():
            minimum, aid = _stepped(state, objective, removed, added, remaining)
        if not minimum.converged and minimum.distance > _GOOD_ENOUGH:
            fresh = self.fit(estimator, remaining)  # the way from the old optimum led nowhere
            return fresh, _guarantee(fresh, estimator)
        updated = _state(estimator, minimum, aid, remaining, counts)
        updated.facts["seconds"] = state.facts["seconds"]
        return updated, _guarantee(updated, estimator)

    def estimate(self, state: ModelState, changed: int) -> Estimate:
        """Expect about three passes over the remaining rows, and a factorisation at first."""
        if state.strategy != self.name:
            return Refit().estimate(state, changed)
        size = point_of(state.live or state.to_estimator()).size
        values = float(state.rows) * len(state.arrays["at/ids"])
        seconds = 1e-3 + 3.0 * values / 3e9 + 6.0 * changed * size**2 / 5e10
        if not isinstance(state.aid, Aid) or state.aid.mirror is None:
            seconds += (float(state.rows) * size**2 + size**3) / 5e10
        text = "approximate: iterated to the optimum; the residual is measured and shown"
        return Estimate("approximate", text, seconds)


@dataclass(eq=False)
class Aid:
    """What makes the next update quick; in memory only.

    Attributes
    ----------
    mirror : Mirror or None
        None once a later state of the model has it.
    curvature : Curvature
    """

    mirror: Mirror | None
    curvature: Curvature

    def take(self) -> Mirror | None:
        """Hand over the mirror, to be changed by its one new owner."""
        mirror, self.mirror = self.mirror, None
        return mirror


def _stepped(
    state: ModelState,
    objective: Objective,
    removed: Batch,
    added: Batch,
    remaining: TrainingData,
) -> tuple[Minimum, Aid]:
    """Go from the optimum before a change of rows to the one after it.

    The first step needs no pass: the gradient of all rows is known, so that of the remaining
    ones is what the changed rows make of it.
    """
    at, before = remaining.coordinates, scales_of(state)
    point = point_of(state.live if state.live is not None else state.to_estimator())
    start = Form.of(point, before).in_coordinates(at)
    start[:, -1] *= objective.intercept  # where there is none it must stay zero
    mirror, curvature = None, None
    if isinstance(state.aid, Aid):
        mirror, curvature = state.aid.take(), state.aid.curvature.changed(removed, added, at)
    if mirror is None or not mirror.change(removed, added, at) or len(mirror) != remaining.n:
        mirror = Mirror.of(remaining, start, objective.loss)
    if curvature is None:
        curvature = Curvature.of(mirror, start, at, objective)
    aid = Aid(mirror, replace(curvature, objective=objective))
    gradient = objective.with_penalty(mirror.gradient(at), start)
    return _minimise(aid, at, start - aid.curvature(gradient)), aid


def _minimise(aid: Aid, at: Coordinates, start: Floats) -> Minimum:
    """Go to the optimum from a point near it, and make it the base of the mirror."""
    mirror, objective, shape = aid.mirror, aid.curvature.objective, start.shape
    assert mirror is not None
    tolerance = LARGE_TOLERANCE if mirror.values.size >= SINGLE else TOLERANCE
    last: list[Measured] = []

    def measure(flat: Floats) -> Floats:
        point = flat.reshape(shape)
        last[:] = [mirror.measure(point, at)]
        return objective.with_penalty(last[0].gradient, point).ravel()

    def precondition(gradient: Floats) -> Floats:
        return aid.curvature(gradient.reshape(shape)).ravel()

    minimum = Minimum(start.ravel(), start.ravel(), math.inf, 0, False)
    for attempt in range(3):
        budget = BUDGET if attempt else 4 + shape[1] // 100
        found = descend(measure, minimum.point, precondition, tolerance=tolerance, budget=budget)
        minimum = replace(found, passes=found.passes + minimum.passes)
        if not np.isfinite(minimum.gradient).all():
            raise ModelError("the gradient of the model is not a number; nothing was changed")
        mirror.settle(last[0])
        if minimum.converged or (attempt and minimum.distance < _GOOD_ENOUGH):
            break
        point = minimum.point.reshape(shape)
        aid.curvature = Curvature.of(mirror, point, at, objective)
    point = _centred(minimum.point.reshape(shape), objective)
    return replace(minimum, point=point, gradient=minimum.gradient.reshape(shape))


def _centred(point: Floats, objective: Objective) -> Floats:
    """Return the softmax model whose intercepts sum to zero: a common constant means nothing."""
    if isinstance(objective.loss, Softmax):
        point = point.copy()
        point[:, -1] -= point[:, -1].mean()
    return point


def _state(
    estimator: Any,
    minimum: Minimum,
    aid: Aid,
    data: TrainingData,
    counts: dict[str, npt.NDArray[Any]],
) -> ModelState:
    at = data.coordinates
    model = fitted_model(estimator, minimum.point, counts.get("labels/classes"), minimum.passes)
    assert aid.mirror is not None
    measured = float(np.abs(minimum.gradient).max(initial=0.0)) + aid.mirror.rounding
    facts = {
        "rows": data.n,
        "passes": minimum.passes,
        "residual": measured / data.n,
        "distance": minimum.distance,
    }
    state = described(Newton.name, model, facts, {**counts, **kept_scales(at)})
    return replace(state, aid=aid)


def _guarantee(state: ModelState, estimator: Any) -> Guarantee:
    if state.strategy == Refit.name:
        return Guarantee("refit", refit_promise(estimator))
    residual, distance = state.facts["residual"], state.facts["distance"]
    text = (
        f"approximate: the gradient of the remaining objective measures {residual:.0e} at most "
        f"(scikit-learn stops at {estimator.tol:g})"
    )
    if distance < _GOOD_ENOUGH:
        text += f"; no coefficient is further than about {distance:.0e} from the optimum"
    return Guarantee("approximate", text, residual)
