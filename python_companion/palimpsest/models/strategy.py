"""What every way of training and updating a model offers."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from ..matrix import Batch, Floats, TrainingData
from .state import Estimate, Guarantee, ModelState


class Strategy(Protocol):
    """Trains an estimator and carries the trained model through changes of its training rows."""

    name: ClassVar[str]

    def accepts(self, estimator: Any) -> bool:
        """Tell whether the parameters of an estimator of a registered class are supported."""
        ...

    def fit(self, estimator: Any, data: TrainingData) -> ModelState:
        """Train; the estimator is left as it is."""
        ...

    def update(
        self,
        state: ModelState,
        removed: Batch,
        added: Batch,
        remaining: TrainingData,
        *,
        estimator: Any = None,
    ) -> tuple[ModelState, Guarantee]:
        """Carry the model over to the remaining rows.

        Parameters
        ----------
        state : ModelState
        removed : Batch
            Training rows that left, as the encoding before the change made them.
        added : Batch
            Training rows that came, as the encoding after it makes them. A row whose values or
            label changed is in both.
        remaining : TrainingData
            All training rows after the change.
        estimator : object, optional
            The notebook's unfitted estimator, needed where the state does not describe it.

        Raises
        ------
        ModelError
            Before anything is changed.
        """
        ...

    def estimate(self, state: ModelState, changed: int) -> Estimate:
        """Say what updating for this many changed rows will guarantee and take."""
        ...


@runtime_checkable
class RowStrategy(Protocol):
    """A strategy for whose updates it matters which rows are affected, not only how many."""

    def estimate_rows(
        self, state: ModelState, rows: npt.NDArray[np.integer[Any]], moved: bool
    ) -> Estimate:
        """Say what updating will guarantee and take.

        Parameters
        ----------
        state : ModelState
        rows : (n,) int
            Identities of the training rows that leave, come or change.
        moved : bool
            Whether columns of the matrix change for other rows, too.
        """
        ...


@runtime_checkable
class SampledStrategy(Protocol):
    """A strategy whose residual after an update is measured on a sample of the rows."""

    def residual(self, estimator: Any, X: Floats, y: npt.NDArray[Any]) -> float:
        """Return the largest component of the gradient of the mean objective over all rows.

        Parameters
        ----------
        estimator : object
            Fitted.
        X : (n, d) float64
        y : (n,) or (n, k)
        """
        ...
