"""Newton: binary logistic regression, carried on to the optimum of the remaining objective."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from ..matrix import Batch, Coordinates, Floats, TrainingData
from . import labels
from .basis import Basis
from .curvature import Curvature
from .descent import Minimum, Preconditioner, descend
from .logistic import Form, Gradient, Objective
from .refit import Refit, described, refit_promise, trained, unfitted
from .state import Estimate, Guarantee, ModelState
from .threads import one_thread

MAX_COLUMNS = 4096
"""Wider matrices are trained again: their second derivative would be too large to keep."""

TOLERANCE = 1e-10
"""How near to the optimum to go, relative to the largest coefficient."""

BUDGET = 40
"""Most passes over the remaining rows before the second derivative is summed up afresh."""

_GOOD_ENOUGH = 1e-8


class Newton:
    """LogisticRegression with two classes and an L2 penalty.

    Its optimum is unique, so what counts is how near one is to it. Training ends a little short
    of it (at `tol`), at a point that depends on the start; this strategy goes on until the
    measured gradient says that nothing is left to go. What it then keeps is a function of the
    remaining rows alone, not of the way there.
    """

    name: ClassVar[str] = "newton"

    def accepts(self, estimator: Any) -> bool:
        """Accept a smooth and strictly convex objective with weights that do not depend on y."""
        return bool(
            estimator.penalty in {"deprecated", "l2"}
            and not getattr(estimator, "l1_ratio", None)
            and math.isfinite(estimator.C)
            and estimator.solver != "liblinear"
            and estimator.class_weight != "balanced"
        )

    def fit(self, estimator: Any, data: TrainingData) -> ModelState:
        """Train with scikit-learn, then go on to the optimum."""
        started = time.perf_counter()
        state = trained(self.name, estimator, data)
        if len(state.arrays["labels/classes"]) != 2 or data.coordinates.width > MAX_COLUMNS:
            return replace(state, strategy=Refit.name)
        model, at = state.live, data.coordinates
        objective = Objective.of(estimator, state.arrays["labels/classes"])
        start = np.append(model.coef_[0], model.intercept_[0])
        curvature = Curvature.over(data, Form.of(start[:-1], start[-1], at), objective)
        minimum = _minimise(data, curvature, start)
        counts = {name: state.arrays[name] for name in ("labels/classes", "labels/counts")}
        finished = _state(model, minimum, curvature, data, counts)
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
        from sklearn.base import clone

        _, counts = labels.check_remaining(state, removed.y, added.y)
        estimator = unfitted(state, estimator)
        several = len(counts["labels/classes"]) != 2
        if remaining.rewritten or several or state.strategy != self.name:
            fresh = self.fit(estimator, remaining)
            return fresh, _guarantee(fresh, estimator)
        objective = Objective.of(estimator, counts["labels/classes"])
        with one_thread():
            minimum, curvature = _stepped(state, objective, removed, added, remaining)
        model = clone(estimator)
        model.classes_ = counts["labels/classes"]
        model.n_features_in_ = remaining.coordinates.width
        updated = _state(model, minimum, curvature, remaining, counts)
        updated.facts["seconds"] = state.facts["seconds"]
        return updated, _guarantee(updated, estimator)

    def estimate(self, state: ModelState, changed: int) -> Estimate:
        """Expect about five passes over the remaining rows and one factorisation."""
        if state.strategy != self.name:
            return Refit().estimate(state, changed)
        width = len(state.arrays["curvature/ids"])
        passes = 5.0 * 2.0 * state.rows * width / 1e9
        seconds = 1e-3 + passes + width**3 / 5e10
        text = "approximate: iterated to the optimum; the residual is measured and shown"
        return Estimate("approximate", text, seconds)


def _stepped(
    state: ModelState, objective: Objective, removed: Batch, added: Batch, remaining: TrainingData
) -> tuple[Minimum, Curvature]:
    """Go from the optimum before a change of rows to the one after it.

    The first step needs no pass: at the optimum the gradient of all rows is known, so that of the
    remaining ones is what the changed rows make of it.
    """
    at, before = remaining.coordinates, _coordinates(state)
    coef = state.arrays["fitted/coef_"][0]
    old = Form.of(coef, float(state.arrays["fitted/intercept_"][0]), before)
    curvature = Curvature(_basis(state), old, objective).changed(removed, added, remaining)
    start = np.append(*old.in_coordinates(at))
    sums = Gradient.at_optimum(old, before, objective, at)
    for batch, sign in ((removed, -1.0), (added, 1.0)):
        slopes = sign * objective.slopes(old.of_rows(batch), batch.y)
        sums.add(Gradient.of(batch, slopes, at))
    gradient = _with_penalty(sums.in_coordinates(at), start, objective)
    solver = curvature.preconditioner(at)
    start = start - solver(gradient)
    start[-1] *= objective.intercept  # where there is none it must stay zero
    return _minimise(remaining, curvature, start, solver), curvature


def _minimise(
    data: TrainingData, curvature: Curvature, start: Floats, solver: Preconditioner | None = None
) -> Minimum:
    """Go to the optimum from a point near it, and move the curvature there as well."""
    at, objective = data.coordinates, curvature.objective

    def measure(point: Floats) -> Floats:
        form = Form.of(point[:-1], float(point[-1]), at)
        sums = Gradient.zero(at)
        curvature.start_gathering()
        for number, block in enumerate(data.blocks()):
            z = form.of_rows(block)
            sums.add(Gradient.of(block, objective.slopes(z, block.y), at))
            curvature.gather(number, block, z)
        return _with_penalty(sums.in_coordinates(at), point, objective)

    minimum = Minimum(start, start, math.inf, 0, False)
    for _ in range(2):
        solver = solver or curvature.preconditioner(at)
        found = descend(measure, minimum.point, solver, tolerance=TOLERANCE, budget=BUDGET)
        minimum = replace(found, passes=found.passes + minimum.passes)
        point = minimum.point
        curvature.move(data, Form.of(point[:-1], float(point[-1]), at))
        if minimum.converged or minimum.distance < _GOOD_ENOUGH:
            break
        curvature.sum_up(data, curvature.form)
        solver = None
    return minimum


def _with_penalty(gradient: Floats, point: Floats, objective: Objective) -> Floats:
    """Complete the sums over rows to the gradient of the objective."""
    whole = gradient.copy()
    whole[:-1] += objective.penalty * point[:-1]
    if not objective.intercept:
        whole[-1] = 0.0
    return whole


def _state(
    model: Any,
    minimum: Minimum,
    curvature: Curvature,
    data: TrainingData,
    counts: dict[str, Any],
) -> ModelState:
    at, weights = data.coordinates, curvature.objective.weights
    model.coef_ = minimum.point[None, :-1].copy()
    model.intercept_ = minimum.point[-1:].copy()
    model.n_iter_ = np.array([minimum.passes], dtype=np.int32)
    total = float(counts["labels/counts"] @ np.array(weights))
    facts = {
        "rows": data.n,
        "passes": minimum.passes,
        "residual": float(np.abs(minimum.gradient).max(initial=0.0)) / total,
        "distance": minimum.distance,
    }
    kept = {f"curvature/{name}": array for name, array in curvature.basis.to_arrays().items()}
    scales = {"at/ids": at.ids, "at/shift": at.shift, "at/scale": at.scale, "at/unit": at.unit}
    return described(Newton.name, model, facts, {**counts, **kept, **scales})


def _coordinates(state: ModelState) -> Coordinates:
    return Coordinates(*(state.arrays[f"at/{name}"] for name in ("ids", "shift", "scale", "unit")))


def _basis(state: ModelState) -> Basis:
    return Basis.from_arrays(
        {
            name.removeprefix("curvature/"): array
            for name, array in state.arrays.items()
            if name.startswith("curvature/")
        }
    )


def _guarantee(state: ModelState, estimator: Any) -> Guarantee:
    if state.strategy == Refit.name:
        return Guarantee("refit", refit_promise(estimator))
    residual, distance = state.facts["residual"], state.facts["distance"]
    text = (
        f"approximate: the gradient of the remaining objective measures {residual:.0e} "
        f"(scikit-learn stops at {estimator.tol:g})"
    )
    if distance < _GOOD_ENOUGH:
        text += f"; no coefficient is further than about {distance:.0e} from the optimum"
    return Guarantee("approximate", text, residual)
