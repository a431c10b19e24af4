"""Everything that learns from rows in a way nobody maintains yet: refitted on what remains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from ...estimators import NotPortable, class_path, describe, restore
from ...matrix import Floats, Marks
from ..cells import Cells, missing_where_erased, take, to_floats, width_of
from ..errors import EncodingError, NeedsTransformer, NoRowsLeft
from ..statistic import (
    Arrays,
    Maintenance,
    Outputs,
    Plain,
    RemainingColumn,
    StepRows,
    from_json_array,
    json_array,
)


def fit(chain: Sequence[Any], cells: Cells, rows: Marks, step: str) -> tuple[Refitted, Floats]:
    """Take over the rest of a chain, from the first transformer that learns from rows on."""
    for transformer in chain:
        _refuse_supervised(transformer, step)
    descriptions = tuple(_described(transformer) for transformer in chain)
    label = " → ".join(type(transformer).__name__ for transformer in chain)
    mends = class_path(type(chain[0])).startswith("sklearn.impute.")
    empty = Refitted(label, descriptions, mends, 0, (), tuple(chain))
    return empty.refitted(cells, rows, step)


def _refuse_supervised(transformer: Any, step: str) -> None:
    tags = getattr(transformer, "__sklearn_tags__", None)
    if tags is not None and tags().target_tags.required:
        raise EncodingError(
            f"step {step!r}: {type(transformer).__name__} learns from the label, which encoders "
            "do not see. Encode without the label, or make it a part of the model."
        )


def _described(transformer: Any) -> dict[str, Any] | None:
    try:
        return describe(transformer)
    except NotPortable:
        return None


@dataclass(frozen=True)
class Refitted(Plain):
    """The result of transformers that are fitted afresh whenever rows change.

    Attributes
    ----------
    label : str
        Names the transformers to users.
    descriptions : tuple of dict or None
        The transformers as data; None for user code.
    mends : bool
        Whether the first one accepts missing values, so that erased cells reach it as missing.
    first_id : int
        Identities of the columns start here; every refit makes new ones.
    names : tuple of str
    chain : tuple of objects or None
        The unfitted transformers, when they are at hand.
    """

    label: str
    descriptions: tuple[dict[str, Any] | None, ...]
    mends: bool
    first_id: int
    names: tuple[str, ...]
    chain: tuple[Any, ...] | None = field(default=None, compare=False, repr=False)

    kind: ClassVar[str] = "refitted"
    maintenance: ClassVar[Maintenance] = "refit"

    @property
    def width(self) -> int:
        """Number of raw columns."""
        return len(self.names)

    def refitted(self, cells: Cells, rows: Marks, step: str) -> tuple[Refitted, Floats]:
        """Fit on the given rows, without erased ones, and return the raw values of all."""
        from sklearn.pipeline import make_pipeline

        present = np.ones(len(cells), dtype=bool) if self.mends else cells.present
        if not (present & rows).any():
            raise NoRowsLeft(f"step {step!r} has no row left that is not erased to be fitted on")
        values = missing_where_erased(cells, np.nan) if self.mends else cells.values
        fitted = make_pipeline(*self._live(step)).fit(take(values, present & rows))
        result = fitted.transform(take(values, present))
        names = _output_names(fitted, cells.names, width_of(result), step)
        unit = np.zeros(len(names), dtype=np.int64)
        marks = np.zeros((result.shape[0], 1), dtype=bool)
        floats = np.zeros((len(cells), len(names)))
        floats[present] = to_floats(Cells(result, marks, unit, names), step)
        return replace(self, names=names, first_id=self.first_id + self.width), floats

    def _live(self, step: str) -> tuple[Any, ...]:
        from sklearn.base import clone

        if self.chain is not None:
            return tuple(clone(transformer) for transformer in self.chain)
        if any(description is None for description in self.descriptions):
            raise NeedsTransformer(
                f"step {step!r} must be fitted again with {self.label}, which is code of the "
                "notebook: open the notebook and run its cells, then apply again"
            )
        return tuple(restore(description) for description in self.descriptions if description)

    def read(self, cells: Cells, step: str) -> tuple[Refitted, Floats]:
        """Return zeros: the refit that any change brings about fills them in."""
        return self, np.zeros((len(cells), self.width))

    def updated(self, removed: StepRows, added: StepRows, remaining: RemainingColumn) -> Refitted:
        """Return the same: `refitted` does the work."""
        return self

    def check(self, step: str) -> None:
        """Accept any rows."""

    def outputs(self) -> Outputs:
        """Return the raw columns."""
        nothing = np.zeros(self.width)
        return Outputs.scaled(nothing, nothing + 1.0, self.names, self.first_id)

    def describe(self) -> dict[str, Any]:
        """Return the transformers; the names may be a vocabulary, which is personal data."""
        return {
            "label": self.label,
            "descriptions": list(self.descriptions),
            "mends": self.mends,
            "first_id": self.first_id,
        }

    def arrays(self) -> Arrays:
        """Return the names of the columns."""
        return {"names": json_array(list(self.names))}

    @classmethod
    def load(cls, description: Mapping[str, Any], arrays: Mapping[str, Any]) -> Refitted:
        """Undo `describe` and `arrays`; the transformers are built when they are needed."""
        return cls(
            description["label"],
            tuple(description["descriptions"]),
            description["mends"],
            description["first_id"],
            tuple(from_json_array(arrays["names"])),
        )


def _output_names(fitted: Any, inputs: tuple[str, ...], count: int, step: str) -> tuple[str, ...]:
    from sklearn.exceptions import NotFittedError

    try:
        names = tuple(str(name) for name in fitted.get_feature_names_out(list(inputs)))
    except (AttributeError, ValueError, TypeError, NotImplementedError, NotFittedError):
        names = ()
    return names if len(names) == count else tuple(f"{step}_{i}" for i in range(count))
