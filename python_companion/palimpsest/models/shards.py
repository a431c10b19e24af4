"""Shards: only those that hold an affected row are trained again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np

from ..matrix import Batch, TrainingData
from . import labels
from .errors import ModelError
from .identified import MOVED, RowIds, encoded_rows, fingerprint, moved, row_ids
from .refit import described, unfitted
from .state import Estimate, Guarantee, ModelState

_ALL = "refit: all {} shards are trained again on the remaining rows, "
_UNKEPT = "because what they learn has no form that is safe to store"
_SOME = "refit: shards that hold an affected row are trained again; all of them when columns move"


class Shards:
    """`Sharded` estimators: a shard without an affected row stays as it is, to the bit."""

    name: ClassVar[str] = "shards"

    def accepts(self, estimator: Any) -> bool:
        """Accept all."""
        return True

    def fit(self, estimator: Any, data: TrainingData) -> ModelState:
        """Train every shard."""
        from sklearn.base import clone

        started = time.perf_counter()
        X, y, rows = encoded_rows(data)
        known = labels.normalised(y)
        with _telling(estimator):
            model = clone(estimator).fit(X, known, rows=rows)
        facts, counts = labels.counted(known, classifier=hasattr(model, "classes_"))
        state = described(self.name, model, facts, counts)
        seconds = time.perf_counter() - started
        state.facts.update(
            seconds=seconds,
            columns=fingerprint(data.coordinates),
            shards=int(model.shards),
            sliced=model.is_sliced,
        )
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
        """Train again the shards that a row left or joined, from the first slice concerned."""
        facts, counts = labels.check_remaining(state, removed.y, added.y)
        fresh = unfitted(state, estimator)
        affected = np.concatenate([row_ids(removed), row_ids(added)])
        told = self.estimate_rows(state, affected, moved(remaining, state.facts["columns"]))
        if not labels.same_classes(state, counts):
            text = _ALL.format(state.facts["shards"]) + "because the classes are others"
            return self.fit(fresh, remaining), Guarantee("refit", text)
        if told.kind == "refit":
            return self.fit(fresh, remaining), Guarantee("refit", told.text)
        with _telling(fresh):
            model = state.to_estimator().relearned(
                affected, lambda wanted: _normalised(encoded_rows(remaining, wanted))
            )
        updated = described(self.name, model, {}, dict(counts))
        kept = {name: state.facts[name] for name in ("seconds", "columns", "shards", "sliced")}
        updated.facts.update(**facts, **kept)
        return updated, Guarantee("exact", told.text)

    def estimate(self, state: ModelState, changed: int) -> Estimate:
        """Expect what the number of rows makes likely."""
        shards = int(state.facts["shards"])
        share = 1.0 - (1.0 - 1.0 / shards) ** changed
        return Estimate("refit", _SOME, share * float(state.facts["seconds"]))

    def estimate_rows(self, state: ModelState, rows: RowIds, moved: bool) -> Estimate:
        """Count the shards that hold one of these rows."""
        shards, seconds = int(state.facts["shards"]), float(state.facts["seconds"])
        if moved:
            return Estimate("refit", _ALL.format(shards) + MOVED, seconds)
        if state.live is None and not state.portable:
            return Estimate("refit", _ALL.format(shards) + _UNKEPT, seconds)
        model = state.live if state.live is not None else state.to_estimator()
        starts = model.starts(rows)
        share = sum(1.0 - first / model.slices for first in starts.values()) / shards
        sliced = state.facts["sliced"] and starts
        slices = f", from slice {min(starts.values()) + 1} on" if sliced else ""
        text = (
            f"exact: {len(starts)} of {shards} shards hold an affected row and are trained again"
            f"{slices}; the others never held one"
        )
        return Estimate("exact", text, 1e-3 + seconds * share)


def _normalised(part: tuple[Any, Any, RowIds]) -> tuple[Any, Any, RowIds]:
    X, y, rows = part
    return X, labels.normalised(y), rows


@contextmanager
def _telling(estimator: Any) -> Iterator[None]:
    """Say whose refusal it is when a learner refuses its rows."""
    try:
        yield
    except ValueError as error:
        name = type(estimator.estimator).__name__
        raise ModelError(f"a shard of {name} cannot be trained: {error}") from error
