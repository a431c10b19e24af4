"""Gram downdate: linear least squares from sums of products, exact after any change of rows."""

from __future__ import annotations

import time
from typing import Any, ClassVar

import numpy as np

from ..matrix import Batch, Coordinates, Floats, TrainingData
from . import labels
from .basis import Basis
from .normal import Moments
from .refit import described, trained, unfitted
from .solve import solve
from .state import Estimate, Guarantee, ModelState
from .threads import one_thread

TOLERANCE = 1e-9
"""Largest relative rounding error of parameters that is still called exact."""

_EXACT = "exact: equals training afresh on the remaining rows, up to rounding"
_ILL = (
    "refit: trained again by scikit-learn, because the columns depend on each other too strongly "
    "for sums of products to stay exact"
)


class Gram:
    """LinearRegression and Ridge: the sums of products say all there is to know of the rows."""

    name: ClassVar[str] = "gram"

    def accepts(self, estimator: Any) -> bool:
        """Accept least squares without sign constraints, solved to the end."""
        solver = getattr(estimator, "solver", "auto")
        return not estimator.positive and solver in {"auto", "cholesky", "svd"}

    def fit(self, estimator: Any, data: TrainingData) -> ModelState:
        """Sum up and solve; X is never built unless the equations are ill-conditioned."""
        started = time.perf_counter()
        basis = Basis.of(data)
        dimensions = 1
        for block in data.blocks():
            basis.add(basis.rows(block))
            dimensions = block.y.ndim
        solution = _solution(estimator, basis, data.coordinates)
        if solution is None:
            state = trained(self.name, estimator, data)
            state.arrays.update(_kept(basis))
        else:
            model = _model(estimator, *solution, dimensions)
            state = described(self.name, model, {"rows": data.n}, _kept(basis))
        seconds = time.perf_counter() - started
        state.facts.update(dimensions=dimensions, solved=solution is not None, seconds=seconds)
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
        """Take products out, put products in, and solve again."""
        facts, _ = labels.check_remaining(state, removed.y, added.y)
        estimator = unfitted(state, estimator)
        solution = None
        dimensions = state.facts["dimensions"]
        if not remaining.rewritten:
            kept = {
                name.removeprefix("gram/"): array
                for name, array in state.arrays.items()
                if name.startswith("gram/")
            }
            with one_thread():
                at = remaining.coordinates
                basis = Basis.from_arrays(kept).changed(removed, added, at)
                solution = None if basis.worn else _solution(estimator, basis, at)
        if solution is None:
            fresh = self.fit(estimator, remaining)
            solved = fresh.facts["solved"]
            return fresh, Guarantee("exact", _EXACT) if solved else Guarantee("refit", _ILL)
        model = _model(estimator, *solution, dimensions)
        seconds = state.facts["seconds"]
        facts = {
            **facts,
            "dimensions": dimensions,
            "solved": True,
            "seconds": seconds,
        }
        return described(self.name, model, facts, _kept(basis)), Guarantee("exact", _EXACT)

    def estimate(self, state: ModelState, changed: int) -> Estimate:
        """Expect two products per changed row and pair of columns, and one factorisation."""
        if not state.facts["solved"]:
            return Estimate("refit", _ILL, float(state.facts["seconds"]))
        size = len(state.arrays["gram/ids"])
        operations = 2.0 * changed * size**2 + size**3 / 3.0 + 40.0 * size**2
        return Estimate("exact", _EXACT, 2e-4 + operations / 1e10)


def _solution(estimator: Any, basis: Basis, at: Coordinates) -> tuple[Floats, Floats] | None:
    """Return weights (k, d) and intercepts (k,), or None if rounding would spoil them."""
    centred = bool(estimator.fit_intercept)
    moments = Moments.of(basis, at, centred=centred)
    targets = moments.target.shape[1]
    alpha = np.broadcast_to(np.asarray(getattr(estimator, "alpha", 0.0), float), (targets,))
    weights = solve(moments, alpha, TOLERANCE)
    if weights is None:
        return None
    if not centred:
        return weights, np.zeros(targets)
    return weights, moments.target_means - weights @ moments.means


def _model(estimator: Any, weights: Floats, intercepts: Floats, dimensions: int) -> Any:
    from sklearn.base import clone

    model = clone(estimator)
    model.n_features_in_ = weights.shape[1]
    model.coef_ = weights if dimensions > 1 else weights[0]
    several = dimensions > 1 and estimator.fit_intercept
    model.intercept_ = intercepts if several else float(intercepts[0])
    return model


def _kept(basis: Basis) -> dict[str, Any]:
    return {f"gram/{name}": array for name, array in basis.to_arrays().items()}
