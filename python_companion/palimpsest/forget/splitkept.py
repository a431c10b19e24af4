"""Holding the split of surviving rows fixed while a pipeline runs again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palimpsest.pipeline.drawing import draw_captured, origins_of
from palimpsest.pipeline.split import Hashes, SplitRule, row_keys
from palimpsest.pipeline.state import StoredRun
from palimpsest.tracking.capture import Captured
from palimpsest.tracking.errors import UntraceableError

Marks = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int32]


@dataclass(frozen=True)
class SplitKept:
    """The sides of a run's rows, by the records that they are made of.

    Attributes
    ----------
    rule : SplitRule
    sides : dict of key to bool
        See `row_keys`.
    records : dict of source to record ids
        Of the sources as they are read again, in their order.
    """

    rule: SplitRule
    sides: dict[int, bool]
    records: dict[str, Rows]

    @classmethod
    def of(cls, stored: StoredRun) -> Callable[[Captured], Marks] | None:
        """Return what gives the split of a re-run; None when the recipe's own rule does.

        A split by a function is a function of the row and holds by itself; a drawn one is kept.
        """
        rule = SplitRule.restored(stored.details["split"])
        if not rule.by_hash:
            return None
        records = {name: stored.source(name).rows() for name in stored.sources}
        rows = stored.training_rows
        numbers = {
            name: np.arange(int(ids.max(initial=-1)) + 1, dtype=np.uint64)
            for name, ids in records.items()
        }
        try:
            origins = origins_of(stored.plan, stored.rows, rows)
        except UntraceableError:
            return None
        keys = row_keys(len(rows), origins, numbers)
        sides = dict(zip(keys.tolist(), stored.in_split.take(rows).tolist(), strict=True))
        return cls(rule, sides, records).split

    def split(self, captured: Captured) -> Marks:
        """Return the sides of a re-run's rows; a row that is new is drawn."""
        drawn = draw_captured(self.rule, captured)
        rows = np.arange(len(captured.frame), dtype=np.int32)
        numbers: dict[str, Hashes] = {
            name: self.records[name].astype(np.uint64)
            if name in self.records
            else np.arange(len(scan.frame), dtype=np.uint64)
            for name, scan in captured.sources.items()
        }
        keys = row_keys(len(rows), origins_of(captured.plan, captured.rows, rows), numbers)
        kept = [self.sides.get(key, side) for key, side in zip(keys.tolist(), drawn, strict=True)]
        return np.array(kept, dtype=bool)
