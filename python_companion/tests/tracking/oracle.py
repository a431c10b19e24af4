"""The definition of a forget, executed: capture afresh over changed sources, and compare."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas

import palimpsest.pandas as tracked_pandas
from palimpsest.tracking import Captured, SourceChange, SourceInput, TableDelta, capture, maintain
from palimpsest.tracking.keeping import kept_rows

from .programs import Program

ERASED = "<erased>"


class Sources:
    """Sources as a run file holds them: rows with ids, some deleted, some cells erased."""

    def __init__(self, captured: Captured) -> None:
        self.frames = {name: scan.frame for name, scan in captured.sources.items()}
        self.alive = {name: np.ones(len(frame), dtype=bool) for name, frame in self.frames.items()}
        self.erased = {
            name: {
                column: scan.erased.get(column, np.zeros(len(scan.frame), dtype=bool)).copy()
                for column in scan.frame.columns
            }
            for name, scan in captured.sources.items()
        }

    def read(self, source: str, rows: Any) -> tuple[pandas.DataFrame, dict[str, Any]]:
        """Read rows, as a `SourceReader`."""
        assert self.alive[source][rows].all(), "a deleted row was read"
        masks = {name: mask[rows] for name, mask in self.erased[source].items()}
        return self.frames[source].take(rows), {n: m for n, m in masks.items() if m.any()}

    def change(self, changes: dict[str, SourceChange]) -> None:
        """Apply a request."""
        for name, change in changes.items():
            self.alive[name][np.asarray(change.deleted, dtype=int)] = False
            for column, cells in change.rectified.items():
                rows = np.asarray(cells.rows, dtype=int)
                frame = self.frames[name].copy()
                frame[column] = with_cells(frame[column], rows, cells.values)
                self.frames[name] = frame
                self.erased[name][column][rows] = False
            for column, gone in change.erased.items():
                self.erased[name][column][np.asarray(gone, dtype=int)] = True
            if change.inserted is not None:
                self._insert(name, change.inserted.frame)

    def _insert(self, name: str, frame: pandas.DataFrame) -> None:
        before = self.frames[name]
        whole = pandas.concat([before, frame], ignore_index=True).astype(dict(before.dtypes))
        self.frames[name] = whole
        self.alive[name] = np.append(self.alive[name], np.ones(len(frame), dtype=bool))
        for column, mask in self.erased[name].items():
            self.erased[name][column] = np.append(mask, np.zeros(len(frame), dtype=bool))

    def inputs(self, sources: dict[str, pandas.DataFrame]) -> dict[str, SourceInput]:
        """Inputs of a fresh capture over the changed sources."""

        def of(name: str, frame: pandas.DataFrame) -> SourceInput:
            if name not in self.alive:
                return SourceInput(name, frame)
            return SourceInput(
                name, self.frames[name], lambda _: ~self.alive[name], lambda _: self.erased[name]
            )

        return {name: of(name, frame) for name, frame in sources.items()}


def with_cells(values: Any, rows: Any, new: Any) -> Any:
    """A column with other values in some rows, of the same dtype."""
    objects = values.astype(object)
    objects.iloc[rows] = new.astype(object).to_numpy()
    return objects.astype(values.dtype)


class Maintained:
    """The training table as maintenance leaves it: values by row id."""

    def __init__(self, captured: Captured) -> None:
        self.captured = captured
        self.sources = Sources(captured)
        self.rows = dict(enumerate(cells(captured.frame, captured.erased)))

    def apply(self, changes: dict[str, SourceChange], **keywords: Any) -> TableDelta:
        """Maintain, and update the table."""
        captured = self.captured
        delta = maintain(
            captured.plan,
            captured.output,
            captured.rows,
            self.sources,
            captured.memo,
            changes,
            keywords.get("functions", captured.functions),
            keep_rows=keywords.get("keep_rows", False),
        )
        self.sources.change(changes)
        for row in delta.removed.tolist():
            del self.rows[row]
        updated = cells(delta.updated_frame, delta.updated_erased)
        for row, new in zip(delta.updated.tolist(), updated, strict=True):
            assert row in self.rows
            self.rows[row] = new
        added = cells(delta.added_frame, delta.added_erased)
        for row, new in zip(delta.added.tolist(), added, strict=True):
            assert row not in self.rows
            self.rows[row] = new
        assert (
            sorted(self.rows) == captured.rows.rows(captured.plan[captured.output].space).tolist()
        )
        return delta

    def rerun(self, program: Program) -> Captured:
        """Capture afresh over the changed sources."""
        inputs = self.sources.inputs(program.sources)
        kept = kept_rows(self.captured.plan, self.captured.rows)
        return capture(program.prepare(tracked_pandas), inputs, kept=kept)


def cells(frame: pandas.DataFrame, erased: dict[Any, Any]) -> list[tuple[Any, ...]]:
    """Rows as comparable tuples: missing values alike, numbers by value, erased cells marked."""
    columns = []
    for name in frame.columns:
        values = [comparable(value) for value in frame[name].astype(object)]
        mask = erased.get(name)
        if mask is not None:
            values = [ERASED if gone else v for v, gone in zip(values, mask, strict=True)]
        columns.append(values)
    return list(zip(*columns, strict=True))


def comparable(value: Any) -> Any:
    """A cell, so that equal cells compare equal."""
    if isinstance(value, (list, np.ndarray)):
        return tuple(comparable(item) for item in value)
    if pandas.isna(value):
        return None
    if isinstance(value, (bool, np.bool_)):
        return ("bool", bool(value))
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.9g}")
    return value.item() if isinstance(value, np.generic) else value


def assert_equals_rerun(maintained: Maintained, rerun: Captured) -> None:
    """The maintained table is, as a multiset of rows, what a fresh capture gives."""
    expected = Counter(cells(rerun.frame, rerun.erased))
    got = Counter(maintained.rows.values())
    assert got == expected, f"only maintained: {got - expected}\nonly re-run: {expected - got}"
