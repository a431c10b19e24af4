"""Rows of the raw matrix, as they are stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..matrix import Floats, Marks


@dataclass(frozen=True, eq=False)
class RawRows:
    """Some rows of the raw matrix: what is stored a row, and all that is needed to get X back.

    Attributes
    ----------
    values : (n, p) float64
        Raw columns; a one-hot encoded input is one column of category codes.
    erased : (n, u) bool
        Erased marks, one a unit.
    """

    values: Floats
    erased: Marks

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: npt.NDArray[Any] | slice) -> RawRows:
        """Return some rows, by position, mask or slice."""
        return RawRows(self.values[rows], self.erased[rows])

    @classmethod
    def zeros(cls, n: int, width: int, units: int) -> RawRows:
        """Return `n` rows of zeros."""
        return cls(np.zeros((n, width)), np.zeros((n, units), dtype=bool))

    @classmethod
    def concatenated(cls, parts: Sequence[RawRows]) -> RawRows:
        """Return the rows of all parts, of which there must be one."""
        return cls(
            np.concatenate([part.values for part in parts]),
            np.concatenate([part.erased for part in parts]),
        )
