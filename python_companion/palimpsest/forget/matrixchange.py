"""Working out what a change of the training table changes in the matrix and its statistics."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.encoding import Encoding, EncodingDelta, NeedsTransformer, RawRows, Table
from palimpsest.errors import NeedsKernelError
from palimpsest.forget.change import (
    TableChange,
    fit_flags,
    labels_after,
    rows_after,
    table_after,
)
from palimpsest.forget.rowvalues import row_values
from palimpsest.pipeline.live import LivePipeline
from palimpsest.pipeline.matrix import chunks
from palimpsest.pipeline.state import StoredRun
from palimpsest.store.tables import Masks

Marks = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class MatrixChange:
    """What a change of the training table changes in the matrix.

    Attributes
    ----------
    encoding : EncodingDelta
    raw : RawRows
        Of `RowsAfter.rows`.
    """

    encoding: EncodingDelta
    raw: RawRows


@dataclass(frozen=True)
class Lent:
    """Raw values for rows that came, from rows that left and held the same.

    Attributes
    ----------
    raw : RawRows
        One row for each row that came.
    changed : dict of column to (n,) bool
        Columns that no row that left has the same in.
    """

    raw: RawRows
    changed: dict[Any, Marks]


def lend(stored: StoredRun, encoding: Encoding, change: TableChange) -> Lent:
    """Find for each row that came a row that left with the same input, step by step.

    When a record's partner in a join changes, its row leaves and another comes: what a notebook's
    transformer made of the record itself is still known and need not be computed again.
    """
    delta, after = change.delta, change.after
    updated = len(delta.updated)
    frame = after.frame.iloc[updated:]
    marks = {name: mask[updated:] for name, mask in after.erased.items()}
    left = stored.training.read(delta.removed)
    raw = RawRows.zeros(len(frame), encoding.raw_width, encoding.units)
    changed: dict[Any, Marks] = {}
    for columns, values, units in encoding.places:
        names = list(columns)
        donors = {row: place for place, row in enumerate(_exact(left.frame[names], left.erased))}
        found = [donors.get(row, -1) for row in _exact(frame[names], marks)]
        donor = np.array(found, dtype=np.int64)
        known = donor >= 0
        raw.values[known, values] = change.before.raw.values[donor[known], values]
        raw.erased[known, units] = change.before.raw.erased[donor[known], units]
        for name in names:
            changed[name] = changed.get(name, np.zeros(len(frame), dtype=bool)) | ~known
    return Lent(raw, changed)


def _exact(frame: pd.DataFrame, erased: Masks) -> list[Hashable]:
    return row_values(frame, erased, digits=None)


def matrix_change(
    stored: StoredRun, live: LivePipeline | None, change: TableChange
) -> MatrixChange:
    """Find what a change of the training table changes in the matrix and its statistics."""
    try:
        return _matrix_change(stored, stored.encoding, change)
    except NeedsTransformer as error:
        if live is None:
            raise NeedsKernelError(
                f"{error}.", hint="Open the notebook of this run and run its cells."
            ) from error
        bound = stored.encoding.bind(live.recipe.encode_features(), change.after.frame)
        return _matrix_change(stored, bound, change)


def _matrix_change(stored: StoredRun, encoding: Encoding, change: TableChange) -> MatrixChange:
    before, after, delta = change.before, change.after, change.delta
    updated = len(delta.updated)
    lent = lend(stored, encoding, change) if len(delta.added) else None
    known, raw_added = encoding.transform_rows(
        after.frame.iloc[updated:].reset_index(drop=True),
        {name: mask[updated:] for name, mask in after.erased.items()},
        previous=None if lent is None else lent.raw,
        changed=None if lent is None else lent.changed,
    )
    known, raw_updated = known.transform_rows(
        after.frame.iloc[:updated].reset_index(drop=True),
        {name: mask[:updated] for name, mask in after.erased.items()},
        previous=before.raw.take(slice(len(delta.removed), None)),
        changed=delta.changed,
    )
    raw = RawRows.concatenated([raw_updated, raw_added])
    everywhere = stored.details["fit_encoders_on"] == "all"
    encoding_delta = known.update(
        before.raw,
        np.ones(len(before.rows), dtype=bool) if everywhere else before.trained,
        raw,
        np.ones(len(after.rows), dtype=bool) if everywhere else after.trained,
        remaining=_remaining(stored, change, raw, everywhere),
        changed=lambda: _changed_rows(stored, change),
        table=_whole_table(stored, change, everywhere),
    )
    return MatrixChange(encoding_delta, raw)


def _changed_rows(
    stored: StoredRun, change: TableChange
) -> tuple[tuple[pd.DataFrame, Masks], tuple[pd.DataFrame, Masks]]:
    """Return the changed rows as they were and as they are; the table is not written yet."""
    before, after = stored.training.read(change.before.rows), change.after
    return (before.frame, before.erased), (after.frame.reset_index(drop=True), after.erased)


def _remaining(
    stored: StoredRun, change: TableChange, raw: RawRows, everywhere: bool
) -> Callable[[], Iterator[tuple[RawRows, Marks]]]:
    def passes() -> Iterator[tuple[RawRows, Marks]]:
        rows = rows_after(stored, change)
        flags = np.ones(len(rows), dtype=bool) if everywhere else fit_flags(stored, change, rows)
        untouched = ~np.isin(rows, change.after.rows)
        kept = rows[untouched]
        position = 0
        for part, values in chunks(stored.raw(), kept):
            yield values, flags[untouched][position : position + len(part)]
            position += len(part)
        yield raw, np.ones(len(raw), dtype=bool) if everywhere else change.after.trained

    return passes


def _whole_table(stored: StoredRun, change: TableChange, everywhere: bool) -> Callable[[], Table]:
    def table() -> Table:
        rows, frame, erased = table_after(stored, change)
        flags = np.ones(len(rows), dtype=bool) if everywhere else fit_flags(stored, change, rows)
        return Table(frame, erased, flags, labels_after(stored, change, rows))

    return table
