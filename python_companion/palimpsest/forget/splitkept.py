"""Holding the split of surviving rows fixed while a pipeline runs again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
        try:
            keys = stored_keys(stored, records)
        except UntraceableError:
            return None
        flags = stored.in_split.take(stored.training_rows)
        sides = dict(zip(keys.tolist(), flags.tolist(), strict=True))
        return cls(rule, sides, records).split

    def split(self, captured: Captured) -> Marks:
        """Return the sides of a re-run's rows; a row that is new is drawn."""
        drawn = draw_captured(self.rule, captured)
        keys = captured_keys(captured, self.records)
        kept = [self.sides.get(key, side) for key, side in zip(keys.tolist(), drawn, strict=True)]
        return np.array(kept, dtype=bool)


def stored_keys(stored: StoredRun, records: Mapping[str, Rows]) -> Hashes:
    """Return one number for each training row of a run, by the records that it is made of.

    Raises
    ------
    UntraceableError
        When these are not known.
    """
    rows = stored.training_rows
    numbers = {
        name: np.arange(int(ids.max(initial=-1)) + 1, dtype=np.uint64)
        for name, ids in records.items()
    }
    return row_keys(len(rows), origins_of(stored.plan, stored.rows, rows), numbers)


def captured_keys(captured: Captured, records: Mapping[str, Rows]) -> Hashes:
    """Return the same numbers for the rows of a re-run over these records."""
    rows = np.arange(len(captured.frame), dtype=np.int32)
    numbers: dict[str, Hashes] = {
        name: records[name].astype(np.uint64)
        if name in records
        else np.arange(len(scan.frame), dtype=np.uint64)
        for name, scan in captured.sources.items()
    }
    return row_keys(len(rows), origins_of(captured.plan, captured.rows, rows), numbers)
