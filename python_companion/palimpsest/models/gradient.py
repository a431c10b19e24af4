"""Gradient: torch modules with any differentiable loss, carried over by measured steps."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..matrix import Batch, Coordinates, Floats, TrainingData
from . import labels
from .differentiable import Differentiable, Sums
from .errors import NeedsEstimator
from .refit import described, unfitted
from .removal import NEGLIGIBLE, Groups, Limits, Removal, Remover
from .sample import MOST, PART, Sample, as_rows, tensors
from .scales import kept_scales, same_scales, scales_of
from .state import Estimate, Guarantee, ModelState
from .torchtraining import few_threads, row_keys

if TYPE_CHECKING:
    from .torchmodel import TorchModel


SEEN = 4 * MOST + 20 * PART
"""Rows whose gradient a forget takes, mostly: two steps, tried and measured on a sample."""


class Gradient:
    """Torch modules (see `palimpsest.TorchModel`), whatever their loss.

    Where training stops is no optimum that could be found again, so what is claimed is what is
    measured: how much of the forgotten rows' contribution to the gradient is left. Steps that
    would teach the forgotten rows, or unteach the others, are not taken; when none is left, the
    model is trained again from its initial weights.
    """

    name: ClassVar[str] = "gradient"

    def accepts(self, estimator: Any) -> bool:
        """Accept every torch model."""
        return True

    def fit(self, estimator: Any, data: TrainingData) -> ModelState:
        """Train, with an order of rows that follows from what the raw rows hold."""
        from sklearn.base import clone

        started = time.perf_counter()
        X, y = data.encoded()
        y = labels.normalised(y)
        keys = np.concatenate([row_keys(b.values, b.y, b.erased) for b in data.blocks()])
        model = clone(estimator).fit(X, y, keys=keys)
        del X
        state = _state(model, data, *labels.counted(y, classifier=model.is_classifier))
        state.facts["seconds"] = time.perf_counter() - started
        problem = Differentiable(model)
        with few_threads(model.module_):
            sums = _over_all(problem, model, data, data.coordinates)
        state.facts["residual"] = _largest(problem.gradient(problem.start, sums))
        return replace(state, aid=Aid(Sample.of(data, model), sums))

    def update(
        self,
        state: ModelState,
        removed: Batch,
        added: Batch,
        remaining: TrainingData,
        *,
        estimator: Any = None,
    ) -> tuple[ModelState, Guarantee]:
        """Take what the removed rows contributed out of the gradient, or train again."""
        facts, counts = labels.check_remaining(state, removed.y, added.y)
        at, before = remaining.coordinates, scales_of(state)
        if (
            not len(removed)
            and not len(added)
            and same_scales(at, before)
            and not remaining.rewritten
        ):
            return state, Guarantee("exact", "exact: no row that it was trained on has changed")
        reason = _trains_again(state, counts, remaining, before)
        if reason is not None:
            return self._again(state, remaining, estimator, reason)
        model = state.completed(estimator).to_estimator()
        if _learns_buffers(model):
            reason = "its module keeps statistics of the rows it has seen"
            return self._again(state, remaining, estimator, reason)
        with few_threads(model.module_):
            change = _Change.of(state, model, removed, added, remaining)
            found = change.removed(model)
        if found is None:
            reason = "no step took out what the rows had contributed without harm to the others"
            return self._again(state, remaining, estimator, reason)
        updated = _state(_moved(model, change.problem, found), remaining, facts, counts)
        updated.facts["seconds"] = state.facts["seconds"]
        guarantee = _guarantee(change, found)
        updated.facts["residual"] = guarantee.residual
        return replace(updated, aid=Aid(change.sample, found.sums)), guarantee

    def estimate(self, state: ModelState, changed: int) -> Estimate:
        """Expect a few passes over a sample, and one over all rows when the run was opened anew."""
        text = "approximate: the contribution of the rows is removed as far as measured and shown"
        fitted = state.facts.get("fitted") or {}
        epoch = float(fitted.get("epoch_seconds_", 1.0))
        seen = min(1.0, SEEN / state.rows) + (0.0 if isinstance(state.aid, Aid) else 1.0)
        return Estimate("approximate", text, 1e-2 + 0.5 * epoch * seen)

    def residual(self, estimator: Any, X: Floats, y: npt.NDArray[Any]) -> float:
        """Return the largest component of the gradient over all rows."""
        problem = Differentiable(estimator)
        with few_threads(estimator.module_):
            sums = problem.sums(problem.start, tensors(X, y, estimator, problem.dtype))
        return _largest(problem.gradient(problem.start, sums))

    def _again(
        self, state: ModelState, remaining: TrainingData, estimator: Any, reason: str
    ) -> tuple[ModelState, Guarantee]:
        fresh = self.fit(_untrained(state, remaining, estimator), remaining)
        text = (
            f"refit: trained again from its initial weights on the remaining rows, because {reason}"
        )
        return fresh, Guarantee("refit", text)


@dataclass(eq=False)
class Aid:
    """What makes the next update quick; in memory only.

    Attributes
    ----------
    sample : Sample or None
        None once a later state of the model has it.
    sums : Sums
        Over all training rows, at the model's parameters.
    """

    sample: Sample | None
    sums: Sums

    def take(self) -> Sample | None:
        """Hand the sample over, to be changed by its one new owner."""
        sample, self.sample = self.sample, None
        return sample


@dataclass(eq=False)
class _Change:
    """The rows of a model after a change, and what the gradient was before it.

    Attributes
    ----------
    problem : Differentiable
    sample : Sample
        Of the rows that remain.
    target : (q,) float64
        The gradient that training left.
    start : (q,) float64
        Parameters that give for remaining rows what the trained ones gave before the change.
    sums : Sums
        Over all remaining rows, there.
    groups : Groups
    """

    problem: Differentiable
    sample: Sample
    target: Floats
    start: Floats
    sums: Sums
    groups: Groups

    @classmethod
    def of(
        cls,
        state: ModelState,
        model: TorchModel,
        removed: Batch,
        added: Batch,
        remaining: TrainingData,
    ) -> _Change:
        """Find what the change of rows does to the gradient."""
        at, old = remaining.coordinates, scales_of(state)
        problem = Differentiable(model)
        start = problem.start
        left, came = (
            problem.sums(start, as_rows(rows, old, model, problem.dtype))
            for rows in (removed, added)
        )
        aid = state.aid if isinstance(state.aid, Aid) else None
        sample = None if aid is None else aid.take()
        if aid is None or sample is None or not sample.change(removed, added) or sample.worn:
            sample = Sample.of(remaining, model)
            sums = _over_all(problem, model, remaining, old)
            before = sums - came + left
        else:
            before = aid.sums
            sums = before - left + came
        target = problem.gradient(start, before)
        rows, part = sample.seen(at, model, problem.dtype)
        if not same_scales(at, old):
            sums -= problem.sums(start, sample.seen(old, model, problem.dtype)[0])
            start = problem.moved(old, at)
            sums += problem.sums(start, rows)
        gone = as_rows(_gone(removed, added), at, model, problem.dtype)
        return cls(problem, sample, target, start, sums, Groups(rows, part, gone))

    def removed(self, model: TorchModel) -> Removal | None:
        """Seek the new parameters; None when no step there is without harm."""
        limits = Limits(model.order, model.trials, model.allowed)
        return Remover(self.problem, self.groups, self.target, limits).run(self.start, self.sums)


def _gone(removed: Batch, added: Batch) -> Batch:
    """Return the rows that left for good, as far as rows can be told apart."""
    if removed.rows is None or added.rows is None:
        return removed
    return removed.take(~np.isin(removed.rows, added.rows))


def _over_all(
    problem: Differentiable, model: TorchModel, data: TrainingData, at: Coordinates
) -> Sums:
    """Return the sums over all rows, which are not kept in memory."""
    total = problem.nothing(problem.start)
    for block in data.blocks():
        total += problem.sums(problem.start, as_rows(block, at, model, problem.dtype))
    return total


def _trains_again(
    state: ModelState,
    counts: dict[str, npt.NDArray[Any]],
    remaining: TrainingData,
    before: Coordinates,
) -> str | None:
    """Say why there is nothing that could be carried over, if so."""
    if not np.array_equal(remaining.coordinates.ids, before.ids):
        return "feature columns came or went"
    if remaining.rewritten:
        return "a transformer was fitted again and changed the features of all rows"
    if not labels.same_classes(state, counts):
        return "a class came"
    return None


def _learns_buffers(model: TorchModel) -> bool:
    """Tell whether training changed buffers of the module: running means of batches, say."""
    names = {name for name, _ in model.module_.named_buffers()}
    parts = zip(model.module_.state_dict(), model.weights_, model.start_, strict=True)
    return any(name in names and not np.array_equal(a, b) for name, a, b in parts)


def _untrained(state: ModelState, remaining: TrainingData, estimator: Any) -> Any:
    if estimator is not None:
        return estimator
    width = state.facts["columns"]
    if remaining.coordinates.width != width:
        raise NeedsEstimator(
            f"the model was made for {width} feature columns and there are "
            f"{remaining.coordinates.width} now: open the notebook and run its cells, so that "
            "make_model can make it again, then apply again"
        )
    return unfitted(state) if state.live is None else state.live


def _moved(model: TorchModel, problem: Differentiable, found: Removal) -> TorchModel:
    """Return the model with other weights; what the optimizer knew of forgotten rows goes."""
    from sklearn.base import clone

    fresh: TorchModel = clone(model)
    for name, value in vars(model).items():
        if name.endswith("_") and name != "module_":
            setattr(fresh, name, value)
    fresh.weights_ = problem.weights(found.point)
    fresh.optimizer_names_, fresh.optimizer_state_ = [], []
    fresh.module_ = fresh.load_module()
    return fresh


def _state(
    model: TorchModel,
    data: TrainingData,
    facts: dict[str, Any],
    counts: dict[str, npt.NDArray[Any]],
) -> ModelState:
    facts = {**facts, "columns": data.coordinates.width}
    return described(Gradient.name, model, facts, {**counts, **kept_scales(data.coordinates)})


def _guarantee(change: _Change, found: Removal) -> Guarantee:
    sample = change.sample
    residual = _largest(change.problem.gradient(found.point, found.sums))
    left = _largest(change.target)
    order = {0: "no step was taken", 1: "first order", 2: "second order"}[found.order]
    little = found.contribution <= NEGLIGIBLE * float(np.linalg.norm(change.target))
    measured = "all rows" if sample.complete else f"{len(sample):,} of the rows"
    text = (
        f"approximate: the gradient of the remaining objective measures {residual:.1e} (training "
        f"stopped at {left:.1e}); of the {found.contribution:.0e} that the rows had contributed to "
        f"it{', which is little beside that' if little else ''}, {found.share:.1%} is left "
        f"({order}, measured on {measured}); the loss on the remaining rows went from "
        f"{change.sums.mean_loss:.4g} to {found.sums.mean_loss:.4g}"
    )
    return Guarantee("approximate", text, residual)


def _largest(gradient: Floats) -> float:
    return float(np.abs(gradient).max(initial=0.0))
