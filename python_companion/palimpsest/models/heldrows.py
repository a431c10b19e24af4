"""The training rows of a torch model in memory, as tensors, so that a forget need not encode them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..matrix import Batch, Coordinates, Ints, Marks, TrainingData
from .basis import places_of
from .torchtraining import targets_of

if TYPE_CHECKING:
    from .torchmodel import TorchModel


@dataclass(eq=False)
class HeldRows:
    """Rows in memory. They have one owner, which changes them.

    Attributes
    ----------
    at : Coordinates
        In which `values` are X.
    values : (n, d) tensor
    erased : (n, u) bool
    y : (n,) or (n, k) tensor
    rows : (n,) int64
    """

    at: Coordinates
    values: Any
    erased: Marks
    y: Any
    rows: Ints

    @classmethod
    def of(
        cls, data: TrainingData, at: Coordinates, but: Ints, model: TorchModel, dtype: Any
    ) -> HeldRows | None:
        """Read all rows but some, as they are in some coordinates; None when rows have no names."""
        import torch

        parts = []
        for batch in data.blocks():
            if batch.rows is None:
                return None
            kept = batch.take(~np.isin(batch.rows, but)) if len(but) else batch
            parts.append(as_tensors(kept, at, model, dtype))
        values, erased, y, rows = zip(*parts, strict=True)
        return cls(
            at, torch.cat(values), np.concatenate(erased), torch.cat(y), np.concatenate(rows)
        )

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def bytes(self) -> int:
        """Memory that the rows take."""
        return int(self.values.nelement() * self.values.element_size())

    @property
    def movable(self) -> bool:
        """Whether raw values can be had from these."""
        return bool((self.at.scale != 0.0).all())

    def drop(self, rows: Ints) -> bool:
        """Fill the places of rows that left with the last rows, and wipe these; False if unknown."""
        places = places_of(rows.astype(np.int64), self.rows)
        if (places < 0).any():
            return False
        stays = len(self) - len(places)
        leaves = np.zeros(len(self), dtype=bool)
        leaves[places] = True
        holes = np.flatnonzero(leaves[:stays])
        movers = stays + np.flatnonzero(~leaves[stays:])
        for name in ("values", "erased", "y", "rows"):
            array = getattr(self, name)
            array[holes] = array[movers]
            array[stays:] = 0
            setattr(self, name, array[:stays])
        return True

    def append(self, batch: Batch, model: TorchModel) -> None:
        """Put rows behind the others, in the same coordinates."""
        import torch

        values, erased, y, rows = as_tensors(batch, self.at, model, self.values.dtype)
        self.values, self.y = torch.cat([self.values, values]), torch.cat([self.y, y])
        self.erased = np.concatenate([self.erased, erased])
        self.rows = np.concatenate([self.rows, rows])

    def move(self, at: Coordinates) -> bool:
        """Go over to other coordinates of the same columns; tell whether any value changes."""
        mine = self.at
        moved = np.flatnonzero(
            (mine.shift != at.shift) | (mine.scale != at.scale) | (mine.base != at.base)
        )
        for column in moved:
            old = self.values[:, column].double().numpy()
            raw = (old - mine.base[column]) / mine.scale[column] + mine.shift[column]
            fresh = at.base[column] + (raw - at.shift[column]) * at.scale[column]
            fresh[self.erased[:, at.unit[column]]] = at.base[column]
            self.values[:, column] = self.values.new_tensor(fresh)
        self.at = replace(at)
        return bool(len(moved))


def as_tensors(
    batch: Batch, at: Coordinates, model: TorchModel, dtype: Any
) -> tuple[Any, Marks, Any, Ints]:
    """Return rows as X, erased marks, targets and identities."""
    import torch

    assert batch.rows is not None
    values = torch.from_numpy(np.ascontiguousarray(batch.encoded(at))).to(dtype, copy=True)
    rows = batch.rows.astype(np.int64)
    return values, batch.erased.copy(), targets_of(model, batch.y, dtype), rows
