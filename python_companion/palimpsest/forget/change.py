"""Working out what a forget changes, before anything of it is written to tables or the matrix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.encoding import Labels, RawRows
from palimpsest.forget.edit import SourceEdit
from palimpsest.pipeline.drawing import draw_added
from palimpsest.pipeline.execution import LABEL, SPLIT, check_labels, truth_of
from palimpsest.pipeline.nodetable import StoredSources
from palimpsest.pipeline.split import SplitRule
from palimpsest.pipeline.state import StoredRun
from palimpsest.store.tables import Masks
from palimpsest.tracking.delta import TableDelta
from palimpsest.tracking.maintain import maintain

Rows = npt.NDArray[np.int32]
Marks = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class RowsBefore:
    """The changed rows as they were.

    Attributes
    ----------
    rows : (n,) int32
        Those removed, then those updated.
    raw : RawRows
    labels, unlabelled, in_split : (n,)
    """

    rows: Rows
    raw: RawRows
    labels: npt.NDArray[Any]
    unlabelled: Marks
    in_split: Marks

    @property
    def trained(self) -> Marks:
        """Which of them the model was trained on."""
        return self.in_split & ~self.unlabelled


@dataclass(frozen=True)
class RowsAfter:
    """The changed rows as they are from now on.

    Attributes
    ----------
    rows : (n,) int32
        Those updated, then those added.
    frame : DataFrame
    erased : dict of column to (n,) bool
    labels, unlabelled, in_split : (n,)
    """

    rows: Rows
    frame: pd.DataFrame
    erased: Masks
    labels: npt.NDArray[Any]
    unlabelled: Marks
    in_split: Marks

    @property
    def trained(self) -> Marks:
        """Which of them the model is trained on."""
        return self.in_split & ~self.unlabelled


@dataclass(frozen=True)
class TableChange:
    """A forget worked out as far as the training table, its labels and its split.

    Attributes
    ----------
    delta : TableDelta
        As the tracking gave it, with label and split columns.
    before : RowsBefore
    after : RowsAfter
    """

    delta: TableDelta
    before: RowsBefore
    after: RowsAfter


def table_change(
    stored: StoredRun,
    functions: Mapping[str, Callable[[Any], Any]] | None,
    edit: SourceEdit,
    *,
    dry_run: bool,
) -> TableChange:
    """Find what an edit of a source changes in the training table.

    Parameters
    ----------
    stored : StoredRun
        Unless `dry_run`, its row state and memo are updated; nothing else is.
    functions : mapping of id to callable, optional
        User functions, for those that must be called.
    edit : SourceEdit
    dry_run : bool

    Raises
    ------
    FullRerun, NeedsFunction
        See `palimpsest.tracking.maintain`.
    """
    plan, reader = stored.plan, StoredSources(stored)
    delta = maintain(
        plan,
        plan.output,
        stored.rows,
        reader,
        stored.memo,
        {edit.source: edit.change},
        functions,
        dry_run=dry_run,
        keep_rows=edit.keep_rows,
    )
    before = _rows_before(stored, delta)
    return TableChange(delta, before, _rows_after(stored, delta, before, edit, dry_run))


def _rows_before(stored: StoredRun, delta: TableDelta) -> RowsBefore:
    rows = np.concatenate([delta.removed, delta.updated]).astype(np.int32)
    labels, unlabelled = stored.labels.read(rows)
    return RowsBefore(
        rows, stored.matrix.take(rows), labels, unlabelled, stored.in_split.take(rows)
    )


def _rows_after(
    stored: StoredRun,
    delta: TableDelta,
    before: RowsBefore,
    edit: SourceEdit,
    dry_run: bool,
) -> RowsAfter:
    rows = np.concatenate([delta.updated, delta.added]).astype(np.int32)
    whole = _stacked(delta.updated_frame, delta.added_frame)
    erased = _stacked_masks(delta)
    places = [place for place, name in enumerate(whole.columns) if name not in (LABEL, SPLIT)]
    frame = whole.iloc[:, places]
    labels = whole[LABEL].to_numpy()
    unlabelled = erased.get(LABEL, np.zeros(len(rows), dtype=bool))
    check_labels(labels, unlabelled)
    if SPLIT in whole.columns:
        in_split = truth_of(whole[SPLIT], erased.get(SPLIT))
    else:
        kept = before.in_split[len(delta.removed) :]
        in_split = np.concatenate([kept, _drawn(stored, delta.added, edit, dry_run)])
    known = set(frame.columns)
    marks = {name: mask for name, mask in erased.items() if name in known and mask.any()}
    return RowsAfter(rows, frame, marks, labels, unlabelled, in_split)


def _drawn(stored: StoredRun, added: Rows, edit: SourceEdit, dry_run: bool) -> Marks:
    rule = SplitRule.restored(stored.details["split"])
    if dry_run or not rule.by_hash:
        # A preview need not know the side of a row that does not exist yet.
        return np.ones(len(added), dtype=bool)

    def read(source: str, rows: Rows) -> pd.DataFrame:
        return edit.read(stored, source, rows)

    return draw_added(rule, stored.plan, stored.rows, added, read)


def _stacked(updated: pd.DataFrame, added: pd.DataFrame) -> pd.DataFrame:
    if not len(added):
        return updated.reset_index(drop=True)
    if not len(updated):
        return added.reset_index(drop=True)
    return pd.concat([updated, added], ignore_index=True)


def _stacked_masks(delta: TableDelta) -> Masks:
    counts = (len(delta.updated), len(delta.added))
    masks: Masks = {}
    for name in {*delta.updated_erased, *delta.added_erased}:
        parts = [
            found.get(name, np.zeros(count, dtype=bool))
            for found, count in zip((delta.updated_erased, delta.added_erased), counts, strict=True)
        ]
        masks[name] = np.concatenate(parts)
    return masks


def rows_after(stored: StoredRun, change: TableChange) -> Rows:
    """Return the ids of the training rows after the change, ascending, written or not."""
    rows = np.setdiff1d(stored.training.rows(), change.delta.removed, assume_unique=True)
    return np.union1d(rows, change.delta.added).astype(np.int32)


def fit_flags(stored: StoredRun, change: TableChange, rows: Rows) -> Marks:
    """Return which rows the model is trained on after the change, written or not."""
    after = change.after
    size = int(max(rows.max(initial=-1), len(stored.labels) - 1)) + 1
    trained = np.zeros(size, dtype=bool)
    trained[: len(stored.labels)] = stored.in_split.all() & ~stored.labels.erased()
    trained[after.rows] = after.trained
    flags: Marks = trained[rows]
    return flags


def labels_after(stored: StoredRun, change: TableChange, rows: Rows) -> Labels:
    """Return the labels of rows after the change, written or not."""
    after = change.after
    kept = np.setdiff1d(rows, after.rows, assume_unique=True)
    labels, unlabelled = stored.labels.read(kept)
    order = np.argsort(np.concatenate([kept, after.rows]))
    values = np.concatenate([labels, after.labels])[order]
    return Labels(values, ~np.concatenate([unlabelled, after.unlabelled])[order])


def table_after(stored: StoredRun, change: TableChange) -> tuple[Rows, pd.DataFrame, Masks]:
    """Return the training table after the change, by ascending row id, written or not."""
    part, after = stored.training.read(), change.after
    stays = ~np.isin(part.rows, np.concatenate([change.delta.removed, after.rows]))
    rows = np.concatenate([part.rows[stays], after.rows])
    order = np.argsort(rows)
    frame = pd.concat([part.frame[stays], after.frame], ignore_index=True)
    erased: Masks = {}
    for name in {*part.erased, *after.erased}:
        old = part.erased.get(name, np.zeros(len(part.rows), dtype=bool))[stays]
        new = after.erased.get(name, np.zeros(len(after.rows), dtype=bool))
        erased[name] = np.concatenate([old, new])[order]
    return rows[order], frame.iloc[order].reset_index(drop=True), erased
