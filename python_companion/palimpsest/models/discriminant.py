"""Linear discriminant analysis from sums of products."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..matrix import Batch, Coordinates, Floats, TrainingData
from . import labels
from .basis import Basis, symmetric
from .normal import Moments
from .refit import described, trained, unfitted
from .state import Estimate, Guarantee, ModelState
from .threads import one_thread

Labels = npt.NDArray[Any]

EXACT = "exact: equals training afresh on the remaining rows, up to rounding"
ILL = (
    "refit: trained again by scikit-learn, because the columns depend on each other, or on the "
    "class, too strongly for sums of products to stay exact"
)
_NOTHING, _ENOUGH = 1e-12, 1e-6
"""Shares of a direction's variance that are certainly rounding, and certainly not."""


class Discriminant:
    """LinearDiscriminantAnalysis: class means and what is left of the products around them."""

    name: ClassVar[str] = "discriminant"

    def accepts(self, estimator: Any) -> bool:
        """Accept the covariance itself, and one that is shrunk by a given share."""
        given = not isinstance(estimator.shrinkage, str) and estimator.covariance_estimator is None
        shrunk = estimator.shrinkage is not None and estimator.solver == "svd"  # which refuses it
        weighted = estimator.priors is not None and estimator.solver != "svd"
        solved = estimator.solver in _SOLVERS and not estimator.store_covariance
        return given and solved and not shrunk and not weighted

    def fit(self, estimator: Any, data: TrainingData) -> ModelState:
        """Train with scikit-learn, which judges the rows, and sum up."""
        started = time.perf_counter()
        state = trained(self.name, estimator, data)
        classes = state.arrays["labels/classes"]
        marked = replace(data, blocks=lambda: (_marked(b, classes) for b in data.blocks()))
        basis = Basis.of(marked)
        for block in marked.blocks():
            basis.add(basis.rows(block))
        finished = self._solved(estimator, basis, data.coordinates, labels.of_state(state)) or state
        finished.arrays.update(_kept(basis))
        seconds = time.perf_counter() - started
        finished.facts.update(seconds=seconds, solved=finished is not state)
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
        """Take products out, put products in, and solve again."""
        _, counts = labels.check_remaining(state, removed.y, added.y)
        estimator = unfitted(state, estimator)
        classes, at = counts["labels/classes"], remaining.coordinates
        solved: ModelState | None = None
        if not remaining.rewritten and labels.same_classes(state, counts):
            kept = {
                name.removeprefix("gram/"): array
                for name, array in state.arrays.items()
                if name.startswith("gram/")
            }
            with one_thread():
                basis = Basis.from_arrays(kept).changed(
                    _marked(removed, classes), _marked(added, classes), at
                )
                if not basis.worn:
                    solved = self._solved(estimator, basis, at, counts)
        if solved is None:
            fresh = self.fit(estimator, remaining)
            return fresh, promise(fresh)
        solved.arrays.update(_kept(basis))
        solved.facts.update(seconds=state.facts["seconds"], solved=True)
        return solved, promise(solved)

    def estimate(self, state: ModelState, changed: int) -> Estimate:
        """Expect two products per changed row and pair of columns, and a decomposition."""
        if not state.facts["solved"]:
            return Estimate("refit", ILL, float(state.facts["seconds"]))
        size = len(state.arrays["gram/ids"])
        seconds = 1e-3 + (2.0 * changed * size**2 + 10.0 * size**3) / 1e10
        return Estimate("exact", EXACT, seconds)

    def _solved(
        self, estimator: Any, basis: Basis, at: Coordinates, counts: dict[str, Labels]
    ) -> ModelState | None:
        from sklearn.base import clone

        rows = counts["labels/counts"].astype(np.float64)
        scatter = Scatter.of(basis, at, rows)
        model = clone(estimator)
        priors = rows / rows.sum() if model.priors is None else np.asarray(model.priors, float)
        model.priors_ = priors / priors.sum()
        model.means_ = scatter.means
        most = min(len(rows) - 1, at.width)
        model._max_components = most if model.n_components is None else model.n_components
        if not _SOLVERS[model.solver](model, scatter):
            return None
        if len(rows) == 2:
            model.coef_ = model.coef_[1:] - model.coef_[:1]
            model.intercept_ = model.intercept_[1:] - model.intercept_[:1]
        model.classes_, model.n_features_in_ = counts["labels/classes"], at.width
        model._n_features_out = model._max_components
        return described(self.name, model, {"rows": int(rows.sum())}, dict(counts))


def promise(state: ModelState) -> Guarantee:
    """Return what is claimed of a model, by whether sums of products gave it."""
    return Guarantee("exact", EXACT) if state.facts["solved"] else Guarantee("refit", ILL)


@dataclass(frozen=True, eq=False)
class Scatter:
    """Class means, and the products of the rows around them.

    Attributes
    ----------
    rows : (C,) float64
    means : (C, d) float64
    centre : (d,) float64
    within : (d, d) float64
        Products of the distances from the class means, summed up.
    whole : (d, d) float64
        Products of the distances from the centre, summed up.
    lost : float
        Largest share of a column's products that the class means took away.
    """

    rows: Floats
    means: Floats
    centre: Floats
    within: Floats
    whole: Floats
    lost: float

    @classmethod
    def of(cls, basis: Basis, at: Coordinates, rows: Floats) -> Scatter:
        """Derive it from products with class indicators as targets."""
        moments = Moments.of(basis, at, centred=True)
        scale = np.outer(moments.scale, moments.scale)
        whole = symmetric(moments.gram) * scale
        away = moments.target.T / rows[:, None]
        within = whole - (away.T * rows) @ away
        before, after = whole.diagonal(), within.diagonal()
        share = np.where(before > 0.0, after / np.where(before > 0.0, before, 1.0), 1.0)
        lost = max(1.0 / max(float(share.min(initial=1.0)), 1e-300), moments.growth(0.0))
        return cls(rows, moments.means + away, moments.means, within, whole, lost)

    @property
    def is_sharp(self) -> bool:
        """Whether rounding leaves enough digits."""
        return self.lost < 1e5


def _by_svd(model: Any, scatter: Scatter) -> bool:
    from scipy.linalg import eigh

    total = scatter.rows.sum()
    deviation = np.sqrt(np.maximum(scatter.within.diagonal(), 0.0) / total)
    deviation[deviation == 0.0] = 1.0
    scaled = scatter.within / total / np.outer(deviation, deviation)
    values, vectors = eigh(scaled)
    kept = values > _ENOUGH
    doubtful = (values > _NOTHING * len(values)) & ~kept
    if not scatter.is_sharp or doubtful.any() or not kept.any() or model.tol**2 > _ENOUGH:
        return False
    values, vectors = values[kept][::-1], vectors[:, kept][:, ::-1]
    scalings = vectors / deviation[:, None] / np.sqrt(values)
    model.xbar_ = model.priors_ @ model.means_
    share = np.sqrt(total * model.priors_ / max(len(scatter.rows) - 1, 1))
    centres = (share * (model.means_ - model.xbar_).T).T @ scalings
    _, sizes, turn = np.linalg.svd(centres, full_matrices=False)
    model.explained_variance_ratio_ = (sizes**2 / np.sum(sizes**2))[: model._max_components]
    model.scalings_ = scalings @ turn.T[:, : int((sizes > model.tol * sizes[0]).sum())]
    coef = (model.means_ - model.xbar_) @ model.scalings_
    model.intercept_ = -0.5 * np.sum(coef**2, axis=1) + np.log(model.priors_)
    model.coef_ = coef @ model.scalings_.T
    model.intercept_ = model.intercept_ - model.xbar_ @ model.coef_.T
    return True


def _by_equations(model: Any, scatter: Scatter) -> bool:
    model.covariance_ = shrunk(scatter.within / scatter.rows.sum(), model.shrinkage)
    if not scatter.is_sharp or not well_posed(model.covariance_):
        return False
    model.coef_ = np.linalg.solve(model.covariance_, model.means_.T).T
    _set_intercept(model)
    return True


def _by_eigenvectors(model: Any, scatter: Scatter) -> bool:
    from scipy.linalg import eigh

    rows = scatter.rows.sum()
    model.covariance_ = shrunk(scatter.within / rows, model.shrinkage)
    if not scatter.is_sharp or not well_posed(model.covariance_):
        return False
    between = shrunk(scatter.whole / rows, model.shrinkage) - model.covariance_
    values, vectors = eigh(between, model.covariance_)
    share = (values / values.sum())[::-1]
    model.explained_variance_ratio_ = share[: model._max_components]
    model.scalings_ = vectors[:, ::-1]
    model.coef_ = model.means_ @ model.scalings_ @ model.scalings_.T
    _set_intercept(model)
    return True


def _set_intercept(model: Any) -> None:
    halves = np.einsum("cd,cd->c", model.means_, model.coef_)
    model.intercept_ = -0.5 * halves + np.log(model.priors_)


def shrunk(covariance: Floats, share: float | None) -> Floats:
    """Return a covariance mixed with that of independent columns of its mean variance."""
    if share is None:
        return covariance
    mixed: Floats = (1.0 - share) * covariance
    mixed.flat[:: len(mixed) + 1] += share * covariance.trace() / len(mixed)
    return mixed


def well_posed(covariance: Floats) -> bool:
    """Tell whether no column is nearly a combination of others."""
    size = np.sqrt(np.maximum(covariance.diagonal(), 0.0))
    if not (size > 0.0).all():
        return False
    return bool(np.linalg.eigvalsh(covariance / np.outer(size, size))[0] > _ENOUGH)


_SOLVERS = {"eigen": _by_eigenvectors, "lsqr": _by_equations, "svd": _by_svd}


def _marked(batch: Batch, classes: Labels) -> Batch:
    """Return rows with their class as indicators, for labels."""
    return replace(batch, y=(batch.y[:, None] == classes).astype(np.float64))


def _kept(basis: Basis) -> dict[str, Any]:
    return {f"gram/{name}": array for name, array in basis.to_arrays().items()}
