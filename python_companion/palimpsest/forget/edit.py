"""What a request does to the records of its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.errors import InvalidArgumentError, PalimpsestError
from palimpsest.forget.given import given_column, given_records
from palimpsest.forget.selector import cells_to_erase, check_request, select_records
from palimpsest.pipeline.state import StoredRun, identity_array
from palimpsest.protocol.messages import ForgetRequest
from palimpsest.store.tables import RowTable
from palimpsest.tracking.change import Cells, Records, SourceChange, read_changed

Rows = npt.NDArray[np.int32]


@dataclass(frozen=True)
class SourceEdit:
    """What happens to the records themselves.

    Attributes
    ----------
    source : str
    action : str
    records : (n,) int32
        The records that are deleted, erased from, corrected, or inserted.
    change : SourceChange
    keep_rows : bool
        Whether rows stay whose presence an erased value decided.
    """

    source: str
    action: Literal["delete", "erase", "rectify", "insert"]
    records: Rows
    change: SourceChange
    keep_rows: bool = False

    @property
    def known(self) -> Rows:
        """Those of the records that the source has already."""
        return self.records[:0] if self.action == "insert" else self.records

    def read(self, stored: StoredRun, source: str, rows: Rows) -> pd.DataFrame:
        """Read records of any source as they are after the edit, whether it is written or not."""
        table = stored.source(source)
        if source != self.source:
            return table.read(rows).frame

        def read(ids: Rows) -> tuple[pd.DataFrame, dict[Any, npt.NDArray[np.bool_]]]:
            part = table.read(ids)
            return part.frame, dict(part.erased)

        return read_changed(self.change, rows, read)[0]


def edit_of(stored: StoredRun, request: ForgetRequest, selected: Rows | None = None) -> SourceEdit:
    """Return what a request does to the records that it selects, or has selected.

    Raises
    ------
    PalimpsestError
        When it makes no sense, or would change nothing.
    """
    source = request.source
    table = stored.source(source)
    check_request(request, table)
    if request.action == "insert":
        frame = given_records(table, source, request.records)
        first = len(stored.arrays[identity_array(source)])
        rows = np.arange(first, first + len(frame), dtype=np.int32)
        return SourceEdit(source, "insert", rows, SourceChange(inserted=Records(rows, frame)))
    assert request.selector is not None
    if selected is None:
        selected = select_records(table, request.selector, source)
    if request.action == "delete":
        return SourceEdit(source, "delete", selected, SourceChange(deleted=selected))
    if request.action == "erase":
        cells = cells_to_erase(table, selected, request)
        change = SourceChange(erased=cells)
        return SourceEdit(source, "erase", selected, change, request.keep_rows)
    corrected = _cells_to_rectify(table, selected, request)
    return SourceEdit(source, "rectify", selected, SourceChange(rectified=corrected))


def _cells_to_rectify(table: RowTable, rows: Rows, request: ForgetRequest) -> dict[str, Cells]:
    """Return the right values of the cells that hold another one."""
    part = table.read(rows, list(request.values))
    found = {}
    for column, value in request.values.items():
        erased = part.erased.get(column)
        if erased is not None:
            raise InvalidArgumentError(
                f"'{column}' of {int(erased.sum())} selected records of source "
                f"'{request.source}' is erased, and what is erased stays so.",
                hint="Select the others; or delete the records and insert right ones.",
            )
        right = given_column(table, column, [value] * len(rows))
        held = part.frame[column]
        same = (held == right).fillna(False) | (held.isna() & right.isna())
        other = ~same.to_numpy(dtype=bool)
        if other.any():
            found[column] = Cells(rows[other], right[other])
    if not found:
        raise PalimpsestError(
            "empty-selection",
            f"All {len(rows)} selected records of source '{request.source}' hold the given values "
            "already.",
        )
    return found
