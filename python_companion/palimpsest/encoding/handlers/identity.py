"""Columns that go into the matrix as they are: passthrough and stateless transformers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ...matrix import Floats
from ..cells import Cells, to_floats
from ..statistic import Arrays, Maintenance, Outputs, Plain, RemainingColumn, StepRows


@dataclass(frozen=True)
class Identity(Plain):
    """Nothing is fitted, so a change stays in its row."""

    names: tuple[str, ...]

    kind: ClassVar[str] = "identity"
    maintenance: ClassVar[Maintenance] = "local"

    @property
    def width(self) -> int:
        """Number of raw columns."""
        return len(self.names)

    def read(self, cells: Cells, step: str) -> tuple[Identity, Floats]:
        """Return the cells as numbers."""
        return self, to_floats(cells, step)

    def updated(self, removed: StepRows, added: StepRows, remaining: RemainingColumn) -> Identity:
        """Return the same: nothing is fitted."""
        return self

    def check(self, step: str) -> None:
        """Accept any rows."""

    def outputs(self) -> Outputs:
        """Return the raw columns."""
        return Outputs.scaled(np.zeros(self.width), np.ones(self.width), self.names)

    def describe(self) -> dict[str, Any]:
        """Return the column names."""
        return {"names": list(self.names)}

    def arrays(self) -> Arrays:
        """Return nothing: no number was computed."""
        return {}

    @classmethod
    def load(cls, description: Mapping[str, Any], arrays: Mapping[str, Any]) -> Identity:
        """Undo `describe`."""
        return cls(tuple(description["names"]))
