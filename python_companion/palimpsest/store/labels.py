"""The labels of the training table: one value or vector a row, quick to read as a whole.

Numbers are an array. Anything else is an array of codes and a table of classes, with how many rows
have each, so that a class that no row has any more is erased. The array lies in the rows of the
training table.
"""

from __future__ import annotations

import sqlite3
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.store.arrays import ArrayStore
from palimpsest.store.rowarrays import RowArray
from palimpsest.store.storedarray import StoredArray
from palimpsest.store.tables import RowTable

Values = npt.NDArray[Any]
Marks = npt.NDArray[np.bool_]

_VALUES, _ERASED, _COUNTS = "label", "label/erased", "label/counts"
_CLASSES = "label classes"
_NUMBERS = "biuf"


class LabelColumn:
    """Labels by training row id.

    Parameters
    ----------
    connection : sqlite3.Connection
    arrays : ArrayStore
        Writes wait for its `flush`.
    """

    def __init__(self, connection: sqlite3.Connection, arrays: ArrayStore) -> None:
        self._connection = connection
        self._arrays = arrays
        self._values = arrays[_VALUES]
        self._erased = arrays[_ERASED]
        self._classes = RowTable.load(connection, _CLASSES)

    @staticmethod
    def create(
        connection: sqlite3.Connection, arrays: ArrayStore, values: Values, erased: Marks
    ) -> list[RowArray]:
        """Write the labels of rows 0, 1, ...; what stands in an erased one is not kept.

        Returns
        -------
        list of RowArray
            What the training table has to take in.
        """
        if values.dtype.kind in _NUMBERS:
            kept = values.copy()
            kept[erased] = 0
        else:
            codes, classes = pd.factorize(values[~erased])
            kept = np.full(len(values), -1, dtype=np.int32)
            kept[~erased] = codes
            RowTable.create(connection, _CLASSES, pd.DataFrame({"class": pd.Series(classes)}))
            arrays.create(_COUNTS, np.bincount(codes, minlength=len(classes)))
        arrays.create(_ERASED, erased)
        return arrays.create_in_rows(_VALUES, kept)

    def __len__(self) -> int:
        return len(self._values)

    def read(self, rows: npt.ArrayLike | None = None) -> tuple[Values, Marks]:
        """Return the labels of rows, by default of all ids, and which are erased."""
        stored = self._values.all() if rows is None else self._values.take(rows)
        return self._decoded(stored), self.erased(rows)

    def erased(self, rows: npt.ArrayLike | None = None) -> Marks:
        """Return which labels of rows, by default of all ids, are erased."""
        marks: Marks = self._erased.all() if rows is None else self._erased.take(rows)
        return marks

    def write(self, rows: npt.NDArray[np.int32], values: Values, erased: Marks) -> None:
        """Set the labels of rows, of which those at the end may be new."""
        if not len(rows):
            return
        stored = np.zeros((len(rows), *self._values.shape[1:]), dtype=self._values.dtype)
        if self._classes is None:
            stored[~erased] = values[~erased]
        else:
            stored[:] = -1
            stored[~erased] = self._codes(values[~erased])
        old = rows < len(self._values)
        self._count(rows[old], -1)
        self._values.put(rows[old], stored[old])
        self._erased.put(rows[old], erased[old])
        self._values.append(stored[~old])
        self._erased.append(erased[~old])
        self._count(rows, 1)
        self._prune()

    def blank(self, rows: npt.NDArray[np.int32]) -> None:
        """Remove the labels of rows that are about to go; nothing looks at their marks any more."""
        self._count(rows, -1)
        self._values.blank(rows)
        self._erased.put(rows, False)
        self._prune()

    def drop(self) -> None:
        """Remove all labels."""
        self._arrays.drop(_VALUES)
        self._arrays.drop(_ERASED)
        if self._classes is not None:
            self._classes.drop()
            self._arrays.drop(_COUNTS)

    def _decoded(self, stored: Values) -> Values:
        if self._classes is None:
            return stored
        part = self._classes.read()
        size = int(part.rows.max(initial=-1)) + 2
        classes = part.frame["class"].to_numpy()
        by_code = np.empty(size, dtype=classes.dtype if len(classes) else object)
        if len(classes):
            by_code[:] = classes[0]  # what an erased label holds does not matter
        by_code[part.rows] = classes
        decoded: Values = by_code[np.maximum(stored, 0)]
        return decoded

    def _codes(self, values: Values) -> npt.NDArray[np.int32]:
        assert self._classes is not None
        part = self._classes.read()
        known = dict(zip(part.frame["class"].tolist(), part.rows.tolist(), strict=True))
        codes = np.empty(len(values), dtype=np.int32)
        fresh: list[Any] = []
        following = len(self._counts)
        for position, value in enumerate(values.tolist()):
            if value not in known:
                known[value] = following + len(fresh)
                fresh.append(value)
            codes[position] = known[value]
        ids = self._counts.append(np.zeros(len(fresh), dtype=np.int64))
        dtype = part.frame["class"].dtype
        self._classes.append(ids, pd.DataFrame({"class": pd.Series(fresh, dtype=dtype)}))
        return codes

    @property
    def _counts(self) -> StoredArray:
        """How many rows have each class."""
        return self._arrays[_COUNTS]

    def _count(self, rows: npt.ArrayLike, by: int) -> None:
        """Note that these rows come to their classes, or leave them."""
        if self._classes is None:
            return
        stored = self._values.take(rows)
        codes, counts = np.unique(stored[stored >= 0], return_counts=True)
        self._counts.put(codes, self._counts.take(codes) + by * counts)

    def _prune(self) -> None:
        if self._classes is not None:
            present = self._classes.rows()
            self._classes.blank(present[self._counts.take(present) == 0])


def as_read(values: Values) -> Values:
    """Return a copy of labels in the form in which they are read again."""
    return np.array(values, dtype=None if values.dtype.kind in _NUMBERS else object)
