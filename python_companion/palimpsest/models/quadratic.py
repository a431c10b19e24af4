"""Quadratic discriminant analysis from the sums of products of each class."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..matrix import Batch, Coordinates, Floats, TrainingData
from . import labels
from .basis import Basis, symmetric
from .discriminant import EXACT, ILL, promise, well_posed
from .normal import Moments
from .refit import described, trained, unfitted
from .state import Estimate, Guarantee, ModelState
from .threads import one_thread

Labels = npt.NDArray[Any]

_SHARP = 1e5
"""Rounding errors of a class may be this much larger than those of one operation."""

_ALIKE = 1e-4
"""Variances that differ by less are all exact enough when taken from the products themselves."""


class Quadratic:
    """QuadraticDiscriminantAnalysis: mean and products of every class by itself."""

    name: ClassVar[str] = "quadratic"

    def accepts(self, estimator: Any) -> bool:
        """Accept the covariance itself, and one that is shrunk by a given share."""
        share = getattr(estimator, "shrinkage", None)
        foreign = getattr(estimator, "covariance_estimator", None) is not None
        by_svd = getattr(estimator, "solver", "svd") == "svd"
        return not isinstance(share, str) and not foreign and (share is None or not by_svd)

    def fit(self, estimator: Any, data: TrainingData) -> ModelState:
        """Train with scikit-learn, which judges the rows, and sum up."""
        started = time.perf_counter()
        state = trained(self.name, estimator, data)
        counts = labels.of_state(state)
        bases = [_summed(data, label) for label in counts["labels/classes"]]
        finished = _solved(estimator, bases, data.coordinates, counts) or state
        finished.arrays.update(_kept(bases))
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
        """Take products out of their classes, put products in, and solve again."""
        _, counts = labels.check_remaining(state, removed.y, added.y)
        estimator = unfitted(state, estimator)
        classes, at = counts["labels/classes"], remaining.coordinates
        solved: ModelState | None = None
        bases: list[Basis] = []
        if not remaining.rewritten and labels.same_classes(state, counts):
            with one_thread():
                bases = [
                    basis.changed(_of_class(removed, label), _of_class(added, label), at)
                    for label, basis in zip(classes, _bases(state), strict=True)
                ]
                if not any(basis.worn for basis in bases):
                    solved = _solved(estimator, bases, at, counts)
        if solved is None:
            fresh = self.fit(estimator, remaining)
            return fresh, promise(fresh)
        solved.arrays.update(_kept(bases))
        solved.facts.update(seconds=state.facts["seconds"], solved=True)
        return solved, promise(solved)

    def estimate(self, state: ModelState, changed: int) -> Estimate:
        """Expect two products per changed row and pair of columns, a decomposition per class."""
        if not state.facts["solved"]:
            return Estimate("refit", ILL, float(state.facts["seconds"]))
        size, classes = len(state.arrays["gram/0/ids"]), len(state.arrays["labels/classes"])
        seconds = 1e-3 + (2.0 * changed * size**2 + 20.0 * classes * size**3) / 1e10
        return Estimate("exact", EXACT, seconds)


def _of_class(batch: Batch, label: Any) -> Batch:
    """Return the rows of a class, with nothing for labels."""
    own = batch.take(np.asarray(batch.y == label))
    return replace(own, y=np.zeros(len(own)))


def _summed(data: TrainingData, label: Any) -> Basis:
    def blocks() -> Iterator[Batch]:
        return (_of_class(block, label) for block in data.blocks())

    basis = Basis.of(replace(data, blocks=blocks))
    for block in blocks():
        basis.add(basis.rows(block))
    return basis


def _solved(
    estimator: Any, bases: list[Basis], at: Coordinates, counts: dict[str, Labels]
) -> ModelState | None:
    """Return the model that class sums give, None when they have lost too many digits."""
    from sklearn.base import clone

    rows = counts["labels/counts"]
    model = clone(estimator)
    model.priors_ = rows / rows.sum() if model.priors is None else np.array(model.priors)
    parts = []
    for basis, count in zip(bases, rows.tolist(), strict=True):
        part = _class_of(model, basis, at, count)
        if part is None:
            return None
        parts.append(part)
    means, scalings, rotations = (list(column) for column in zip(*parts, strict=True))
    model.means_, model.scalings_, model.rotations_ = np.array(means), scalings, rotations
    if model.store_covariance:
        model.covariance_ = [(r * s) @ r.T for s, r in zip(scalings, rotations, strict=True)]
    model.classes_, model.n_features_in_ = counts["labels/classes"], at.width
    return described(Quadratic.name, model, {"rows": int(rows.sum())}, dict(counts))


def _class_of(
    model: Any, basis: Basis, at: Coordinates, count: int
) -> tuple[Floats, Floats, Floats] | None:
    """Return mean, variances along the principal axes, and the axes of a class."""
    moments = Moments.of(basis, at, centred=True)
    scatter = symmetric(moments.gram) * np.outer(moments.scale, moments.scale)
    if count < 2 or moments.growth(0.0) > _SHARP:
        return None
    found = _principal(scatter)
    if found is None:
        return None
    products, axes = found
    if getattr(model, "solver", "svd") == "svd":
        scaling = (1.0 - model.reg_param) * products / (count - _lost_freedom()) + model.reg_param
    else:
        share = 0.0 if model.shrinkage is None else model.shrinkage
        variances = products / count
        scaling = (1.0 - share) * variances + share * variances.mean()
    return None if scaling.min() <= model.tol else (moments.means, scaling, axes)


def _principal(scatter: Floats) -> tuple[Floats, Floats] | None:
    """Return products along the principal axes, descending, and the axes; None when ill-posed."""
    products, axes = np.linalg.eigh(scatter)
    if products[0] > _ALIKE * products[-1]:
        return products[::-1], axes[:, ::-1]
    if not well_posed(scatter):
        return None
    # The factor has as many digits for small variances as the rows themselves.
    axes, sizes, _ = np.linalg.svd(np.linalg.cholesky(scatter))
    return sizes**2, axes


@cache
def _lost_freedom() -> int:
    """Return by how much scikit-learn lowers the number of rows that it divides products by.

    Its versions differ: it was one, and is none now.
    """
    from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis

    probe = QuadraticDiscriminantAnalysis().fit([[0.0], [2.0], [0.0], [2.0]], [0, 0, 1, 1])
    return round(2.0 - 2.0 / float(probe.scalings_[0][0]))


def _bases(state: ModelState) -> list[Basis]:
    bases = []
    for position in range(len(state.arrays["labels/classes"])):
        prefix = f"gram/{position}/"
        bases.append(
            Basis.from_arrays(
                {
                    name.removeprefix(prefix): array
                    for name, array in state.arrays.items()
                    if name.startswith(prefix)
                }
            )
        )
    return bases


def _kept(bases: list[Basis]) -> dict[str, Any]:
    return {
        f"gram/{position}/{name}": array
        for position, basis in enumerate(bases)
        for name, array in basis.to_arrays().items()
    }
