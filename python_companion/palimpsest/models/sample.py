"""Training rows of a torch model in memory, by which a forget measures what it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..matrix import Batch, Coordinates, Floats, Ints, Marks, TrainingData
from .differentiable import Rows
from .torchtraining import targets_of

if TYPE_CHECKING:
    from .torchmodel import TorchModel

MOST = 2048
"""Rows in a sample; of a smaller training set it is all."""

PART = 512
"""Rows of a sample over which the second derivative is taken."""

MOST_BYTES = 32 << 20
"""Memory that a sample may take, as long as it has `FEWEST` rows."""

FEWEST = 256


@dataclass(eq=False)
class Sample:
    """Rows in memory. They have one owner, which changes them.

    As many are drawn of every class as there are, up to an equal share: so rare classes, whose rows
    have large gradients, are measured as well as frequent ones. Each row counts for as many rows of
    its class as were left out.

    Attributes
    ----------
    values : (m, d) float64
        Raw.
    erased : (m, u) bool
    y : (m,) or (m, k)
    rows : (m,) int64 or None
        Identities; None when rows have none.
    classes : (c,) array or None
        None when labels are no classes.
    totals : (c,) int64
        Rows of each class in the whole training set; one number when there are no classes.
    """

    values: Floats
    erased: Marks
    y: npt.NDArray[Any]
    rows: Ints | None
    classes: npt.NDArray[Any] | None
    totals: Ints

    @classmethod
    def of(cls, data: TrainingData, model: TorchModel) -> Sample:
        """Draw from all rows."""
        labels = np.concatenate([block.y for block in data.blocks()])
        classes = model.classes_ if model.is_classifier and labels.ndim == 1 else None
        codes = _codes(labels, classes)
        room = max(FEWEST, MOST_BYTES // (8 * max(1, data.coordinates.width)))
        chosen = np.zeros(len(labels), dtype=bool)
        chosen[drawn(codes, min(MOST, room))] = True
        parts, start = [], 0
        for block in data.blocks():
            parts.append(block.take(chosen[start : start + len(block)]))
            start += len(block)
        named = all(part.rows is not None for part in parts)
        return cls(
            np.concatenate([part.values for part in parts]),
            np.concatenate([part.erased for part in parts]),
            labels[chosen],
            np.concatenate([part.rows for part in parts]).astype(np.int64) if named else None,
            classes,
            np.bincount(codes, minlength=1 if classes is None else len(classes)),
        )

    def __len__(self) -> int:
        return len(self.values)

    @property
    def population(self) -> int:
        """Number of training rows."""
        return int(self.totals.sum())

    @property
    def complete(self) -> bool:
        """Whether it is all training rows."""
        return len(self) == self.population

    @property
    def worn(self) -> bool:
        """Whether so many of its rows have left that another should be drawn."""
        few = len(self) < min(self.population, FEWEST)
        return few or bool((self._held == 0)[self.totals > 0].any())

    @property
    def _held(self) -> Ints:
        return np.bincount(_codes(self.y, self.classes), minlength=len(self.totals))

    def change(self, removed: Batch, added: Batch) -> bool:
        """Let rows leave and come; False when it cannot be told which.

        Rows that leave are wiped. Of those that come, the ones that left just now belong to the
        sample again; all do while it is complete.
        """
        if self.rows is None or removed.rows is None or added.rows is None:
            return False
        complete = self.complete
        leaves = np.isin(self.rows, removed.rows)
        joins = np.isin(added.rows, self.rows[leaves]) | complete
        for array in (self.values, self.erased, self.y):
            array[leaves] = np.zeros(1, dtype=array.dtype)
        come = added.take(joins)
        assert come.rows is not None
        self.values = np.concatenate([self.values[~leaves], come.values])
        self.erased = np.concatenate([self.erased[~leaves], come.erased])
        self.y = np.concatenate([self.y[~leaves], come.y])
        self.rows = np.concatenate([self.rows[~leaves], come.rows.astype(np.int64)])
        for batch, sign in ((removed, -1), (added, 1)):
            codes = _codes(batch.y, self.classes)
            self.totals = self.totals + sign * np.bincount(codes, minlength=len(self.totals))
        return True

    def seen(self, at: Coordinates, model: TorchModel, dtype: Any) -> tuple[Rows, Rows]:
        """Return the rows as the model sees them, and a part of them that stands for as many."""
        codes = _codes(self.y, self.classes)
        whole = as_rows(Batch(self.values, self.erased, at.ids, self.y), at, model, dtype)
        return self._standing(whole, codes), self._standing(whole, codes, drawn(codes, PART))

    def _standing(self, rows: Rows, codes: Ints, places: Ints | None = None) -> Rows:
        """Return rows, each with the number of rows of its class that it stands for."""
        at = slice(None) if places is None else places
        held = np.bincount(codes[at], minlength=len(self.totals))
        weights = (self.totals / np.maximum(1, held))[codes[at]]
        return Rows(rows.X[at], rows.y[at], rows.weights.new_tensor(weights))


def drawn(codes: Ints, count: int) -> Ints:
    """Return places of rows, evenly spread within each class, from no class more than need be."""
    sizes = np.bincount(codes)
    left, shares = count, np.zeros(len(sizes), dtype=np.int64)
    for position, code in enumerate(np.argsort(sizes, kind="stable")):
        shares[code] = min(sizes[code], left // (len(sizes) - position))
        left -= int(shares[code])
    places = [
        np.flatnonzero(codes == code)[np.linspace(0, sizes[code] - 1, share).astype(np.int64)]
        for code, share in enumerate(shares)
    ]
    return np.sort(np.concatenate(places)) if places else np.empty(0, dtype=np.int64)


def as_rows(batch: Batch, at: Coordinates, model: TorchModel, dtype: Any) -> Rows:
    """Return rows as the model sees them, each for itself."""
    return tensors(batch.encoded(at), batch.y, model, dtype)


def tensors(X: Floats, y: npt.NDArray[Any], model: TorchModel, dtype: Any) -> Rows:
    """Return rows of X and their labels, each for itself."""
    import torch

    inputs = torch.from_numpy(np.ascontiguousarray(X)).to(dtype, copy=True)
    return Rows(inputs, targets_of(model, y, dtype), torch.ones(len(X), dtype=dtype))


def _codes(y: npt.NDArray[Any], classes: npt.NDArray[Any] | None) -> Ints:
    if classes is None:
        return np.zeros(len(y), dtype=np.int64)
    return np.searchsorted(classes, y).astype(np.int64)
