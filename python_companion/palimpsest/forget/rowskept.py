"""Knowing the rows of a run again while its pipeline runs again.

A model may go by the identity of its rows: which shard they belong to, which trees hold them. A
re-run numbers its rows anew, so that it is told the numbers of those that it is compared with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.forget.splitkept import captured_keys, stored_keys
from palimpsest.pipeline.split import Hashes
from palimpsest.pipeline.state import StoredRun
from palimpsest.tracking.capture import Captured
from palimpsest.tracking.errors import UntraceableError

Rows = npt.NDArray[np.int32]


@dataclass(frozen=True)
class RowsKept:
    """The numbers of a run's training rows, by the records that they are made of.

    Attributes
    ----------
    keys : (n,) uint64
    rows : (n,) int32
    records : dict of source to record ids
        Of the sources as they are read again, in their order.
    """

    keys: Hashes
    rows: Rows
    records: dict[str, Rows]

    @classmethod
    def of(cls, stored: StoredRun) -> Callable[[Captured], Rows] | None:
        """Return what numbers the rows of a re-run; None when the origin of rows is not known."""
        records = {name: stored.source(name).rows() for name in stored.sources}
        try:
            keys = stored_keys(stored, records)
        except UntraceableError:
            return None
        return cls(keys, stored.training_rows, records).numbers

    def numbers(self, captured: Captured) -> Rows:
        """Return the numbers of a re-run's rows; rows of the same records in their order."""
        again = _counted(captured_keys(captured, self.records))
        known = _counted(self.keys).assign(row=self.rows)
        found = again.merge(known, on=["key", "nth"], how="left")["row"].to_numpy(copy=True)
        fresh = np.isnan(found)
        found[fresh] = int(self.rows.max(initial=-1)) + 1 + np.arange(int(fresh.sum()))
        numbers: Rows = found.astype(np.int32)
        return numbers


def _counted(keys: Hashes) -> pd.DataFrame:
    frame = pd.DataFrame({"key": keys})
    return frame.assign(nth=frame.groupby("key").cumcount())
