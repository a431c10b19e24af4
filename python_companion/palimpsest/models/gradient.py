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
from .heldrows import HeldRows, as_tensors
from .refit import described, unfitted
from .removal import Limits, Removal, Remover, Rows
from .scales import kept_scales, same_scales, scales_of
from .state import Estimate, Guarantee, ModelState
from .torchtraining import few_threads, row_keys

if TYPE_CHECKING:
    from .torchmodel import TorchModel

HELD_BYTES = 1 << 30
"""The most that is kept of training rows in memory after an update."""


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
        at = data.coordinates
        problem = Differentiable(model)
        held = None
        if data.n * at.width * 4 <= HELD_BYTES:
            held = HeldRows.of(data, at, np.empty(0, dtype=np.int64), model, problem.dtype)
        if held is None:
            return state
        with few_threads(model.module_):
            sums = problem.sums(problem.start, held.values, held.y)
        state.facts["residual"] = _largest(problem.gradient(problem.start, sums))
        return replace(state, aid=Aid(held, sums))

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
            found = None if change is None else change.removed(model)
        if change is None or found is None:
            reason = "no step took out what the rows had contributed without harm to the others"
            return self._again(state, remaining, estimator, reason)
        updated = _state(_moved(model, change.problem, found), remaining, facts, counts)
        updated.facts["seconds"] = state.facts["seconds"]
        held = change.held if change.held.bytes <= HELD_BYTES else None
        guarantee = _guarantee(change, found)
        updated.facts["residual"] = guarantee.residual
        return replace(updated, aid=Aid(held, found.sums)), guarantee

    def estimate(self, state: ModelState, changed: int) -> Estimate:
        """Expect two passes over the rows and a few over a sample: about an epoch."""
        text = "approximate: the contribution of the rows is removed as far as measured and shown"
        fitted = state.facts.get("fitted") or {}
        return Estimate("approximate", text, float(fitted.get("epoch_seconds_", 1.0)))

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
    held : HeldRows or None
        None once a later state of the model has them.
    sums : Sums
        Over these rows, at the model's parameters.
    """

    held: HeldRows | None
    sums: Sums

    def take(self) -> HeldRows | None:
        """Hand the rows over, to be changed by their one new owner."""
        held, self.held = self.held, None
        return held


@dataclass(eq=False)
class _Change:
    """The rows of a model after a change, and what the gradient was before it.

    Attributes
    ----------
    problem : Differentiable
    held : HeldRows
        Those that remain.
    sums : Sums
        Over them, at the old parameters.
    before : Sums
        Over the rows before the change, as they were encoded then.
    forgotten : Rows
        Rows that left for good.
    """

    problem: Differentiable
    held: HeldRows
    sums: Sums
    before: Sums
    forgotten: Rows

    @classmethod
    def of(
        cls,
        state: ModelState,
        model: TorchModel,
        removed: Batch,
        added: Batch,
        remaining: TrainingData,
    ) -> _Change | None:
        """Measure what the change of rows does to the gradient; None when rows have no names."""
        if removed.rows is None or added.rows is None:
            return None
        at, old = remaining.coordinates, scales_of(state)
        problem = Differentiable(model)
        start = problem.start
        values, _, targets, _ = as_tensors(removed, old, model, problem.dtype)
        left = problem.sums(start, values, targets)
        held, kept = _survivors(state, removed)
        if held is None:
            came = added.rows.astype(np.int64)
            held = HeldRows.of(remaining, old, came, model, problem.dtype)
            if held is None:
                return None
            kept = problem.sums(start, held.values, held.y)
            before = kept + left
        else:
            before, kept = kept, kept - left
        moved = held.move(at)
        if len(added):
            held.append(added, model)
        if len(held) != remaining.n:
            return None
        sums = problem.sums(start, held.values, held.y) if moved or len(added) else kept
        gone = removed.take(~np.isin(removed.rows, added.rows))
        values, _, targets, _ = as_tensors(gone, at, model, problem.dtype)
        return cls(problem, held, sums, before, Rows(values, targets))

    def removed(self, model: TorchModel) -> Removal | None:
        """Seek the new parameters; None when no step there is without harm."""
        target = self.problem.gradient(self.problem.start, self.before)
        limits = Limits(model.order, model.passes, model.allowed)
        kept = Rows(self.held.values, self.held.y)
        remover = Remover(self.problem, kept, self.forgotten, target, limits)
        return remover.run(self.problem.start, self.sums)


def _survivors(state: ModelState, removed: Batch) -> tuple[HeldRows | None, Sums]:
    """Return the held rows without the removed ones, and the sums over all before."""
    aid = state.aid
    held = aid.take() if isinstance(aid, Aid) else None
    assert removed.rows is not None
    if held is None or not held.movable or not held.drop(removed.rows.astype(np.int64)):
        return None, Sums(np.zeros(0), 0.0, 0, 0)
    return held, aid.sums


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
    known, classes = state.arrays.get("labels/classes"), counts.get("labels/classes")
    if known is not None and classes is not None and not np.array_equal(known, classes):
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
    problem = change.problem
    residual = _largest(problem.gradient(found.point, found.sums))
    left = _largest(problem.gradient(problem.start, change.before))
    order = {0: "no step was needed", 1: "first order", 2: "second order"}[found.order]
    text = (
        f"approximate: the gradient of the remaining objective measures {residual:.1e} (training "
        f"stopped at {left:.1e}); of the {found.contribution:.0e} that the rows had contributed to "
        f"it, {found.share:.1%} is left ({order}, {found.passes} passes); the loss on the "
        f"remaining rows went from {change.sums.mean_loss:.4g} to {found.sums.mean_loss:.4g}"
    )
    return Guarantee("approximate", text, residual)


def _largest(gradient: Floats) -> float:
    return float(np.abs(gradient).max(initial=0.0))
