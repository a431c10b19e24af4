"""A trained model as data, and what is known about it after an update."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy.typing as npt

from ..estimators import restore
from . import fitted
from .errors import NeedsEstimator

Arrays: TypeAlias = dict[str, npt.NDArray[Any]]
GuaranteeKind: TypeAlias = Literal["exact", "approximate", "certified", "refit"]


@dataclass(frozen=True)
class Guarantee:
    """What is claimed about an updated model.

    Attributes
    ----------
    kind : str
        ``exact``: equals training afresh. ``approximate``: near the optimum, see `residual`.
        ``refit``: it was trained afresh. ``certified``: indistinguishable within a budget.
    text : str
        One sentence for people.
    residual : float or None
        Largest component of the gradient of the mean objective over the remaining rows, as
        measured at the updated parameters.
    """

    kind: GuaranteeKind
    text: str
    residual: float | None = None


@dataclass(frozen=True)
class Estimate:
    """What an update is expected to guarantee and to take."""

    kind: GuaranteeKind
    text: str
    seconds: float


@dataclass(frozen=True, eq=False)
class ModelState:
    """A trained model and what its strategy keeps to update it. A value: updates make a new one.

    Attributes
    ----------
    strategy : str
        Name of the strategy that trained it.
    label : str
        Name of the estimator's class.
    description : dict or None
        The unfitted estimator as data; None when it is code of the notebook.
    facts : dict
        JSON: numbers of rows, times, fitted attributes that are plain values.
    arrays : dict of arrays
        Everything computed from rows: ``fitted/...`` are fitted attributes, ``labels/...`` the
        classes, the rest belongs to the strategy. Personal data.
    live : object or None
        The fitted estimator itself, when it was trained in this process.
    aid : object or None
        What the strategy keeps in memory to be quicker the next time. It is never stored, and
        decides nothing but how long an update takes.
    """

    strategy: str
    label: str
    description: dict[str, Any] | None
    facts: dict[str, Any]
    arrays: Arrays
    live: Any = field(default=None, compare=False, repr=False)
    aid: Any = field(default=None, compare=False, repr=False)

    @property
    def rows(self) -> int:
        """Number of training rows."""
        return int(self.facts["rows"])

    @property
    def portable(self) -> bool:
        """Whether the fitted estimator can be had from the stored state alone."""
        json = self.facts.get("fitted")
        return self.description is not None and json is not None and fitted.is_understood(json)

    def to_estimator(self) -> Any:
        """Return a fitted scikit-learn estimator that predicts.

        Raises
        ------
        NeedsEstimator
            When the fitted state has no form that is safe to store. `refit.retrained` trains the
            model again from the stored matrix.
        """
        if self.live is not None:
            return self.live
        if self.description is None or not self.portable:
            raise NeedsEstimator(
                f"the fitted state of {self.label} cannot be stored without pickle; train it again "
                "from the stored matrix"
            )
        return self._filled(restore(self.description))

    def completed(self, estimator: Any = None) -> ModelState:
        """Return the state with its fitted estimator at hand, made of the notebook's if need be.

        Raises
        ------
        NeedsEstimator
            When the estimator is code of the notebook and not given.
        """
        if self.live is not None or self.portable:
            return self
        if estimator is None:
            raise NeedsEstimator(
                f"{self.label} is code of the notebook: open the notebook and run its cells, then "
                "apply again"
            )
        return replace(self, live=self._filled(estimator))

    def _filled(self, estimator: Any) -> Any:
        """Set the fitted attributes on an estimator and return it."""
        values = {
            name.removeprefix("fitted/"): array
            for name, array in self.arrays.items()
            if name.startswith("fitted/")
        }
        return fitted.restored(estimator, self.facts["fitted"], values)

    def to_json(self) -> dict[str, Any]:
        """Return the state without its arrays."""
        return {
            "strategy": self.strategy,
            "label": self.label,
            "description": self.description,
            "facts": self.facts,
        }

    def to_arrays(self) -> Arrays:
        """Return everything that was computed from rows."""
        return dict(self.arrays)

    @classmethod
    def from_parts(cls, data: Mapping[str, Any], arrays: Mapping[str, Any]) -> ModelState:
        """Undo `to_json` and `to_arrays`."""
        return cls(
            data["strategy"], data["label"], data["description"], data["facts"], dict(arrays)
        )
