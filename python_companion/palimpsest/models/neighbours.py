"""Neighbours: models that are nothing but their training rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from ..matrix import Batch, TrainingData
from . import labels
from .refit import trained, unfitted
from .state import Estimate, Guarantee, ModelState

_EXACT = "exact: it is made of the remaining rows, whenever it is used"


class Neighbours:
    """Nearest neighbours, for classes and for numbers.

    The stored matrix already holds all that there is to know. Nothing of it is stored twice: the
    estimator is made of the matrix when somebody wants to predict.
    """

    name: ClassVar[str] = "neighbours"

    def accepts(self, estimator: Any) -> bool:
        """Accept all."""
        return True

    def fit(self, estimator: Any, data: TrainingData) -> ModelState:
        """Let scikit-learn index the rows; what it keeps of them stays in memory."""
        state = trained(self.name, estimator, data)
        arrays = {
            name: array for name, array in state.arrays.items() if not name.startswith("fitted/")
        }
        return replace(state, arrays=arrays, facts={**state.facts, "fitted": None})

    def update(
        self,
        state: ModelState,
        removed: Batch,
        added: Batch,
        remaining: TrainingData,
        *,
        estimator: Any = None,
    ) -> tuple[ModelState, Guarantee]:
        """Let go of the index; the next use makes one of the remaining rows."""
        facts, counts = labels.check_remaining(state, removed.y, added.y)
        unfitted(state, estimator)
        known = {**state.facts, **facts}
        return replace(state, facts=known, arrays=counts, live=None), Guarantee("exact", _EXACT)

    def estimate(self, state: ModelState, changed: int) -> Estimate:
        """Expect next to nothing."""
        return Estimate("exact", _EXACT, 1e-4)
