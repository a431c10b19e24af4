"""What all arrays of a run file are: rows by number, described in one place, written by `flush`."""

from __future__ import annotations

import json
import sqlite3
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from palimpsest.store.checks import check_of
from palimpsest.store.counts import add_to_count

NDArray = npt.NDArray[Any]
Rows = npt.NDArray[np.int32]


class StoredArray(ABC):
    """An array of rows, one value or a fixed number of values each.

    Parameters
    ----------
    connection : sqlite3.Connection
        Reads happen in its current transaction, writes with `flush`.
    name : str
        Unique in the file.
    identifier : int or None
        Its number in the file, None while it is not there yet.
    dtype : numpy.dtype
    shape : tuple of int
    """

    kind: ClassVar[str]
    """How it is written, as the run file says it."""

    _block_rows = 1
    _home: int | None = None

    def __init__(
        self,
        connection: sqlite3.Connection,
        name: str,
        identifier: int | None,
        dtype: np.dtype[Any],
        shape: tuple[int, ...],
    ) -> None:
        self.name = name
        self.dtype = dtype
        self._connection = connection
        self._identifier = 0 if identifier is None else identifier
        self._tail = shape[1:]
        self._length = self._stored_length = shape[0]

    def __len__(self) -> int:
        return self._length

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and the shape of a row."""
        return (self._length, *self._tail)

    @property
    def is_stored(self) -> bool:
        """Whether it is in the file, and not only pending."""
        return self._identifier > 0

    @property
    @abstractmethod
    def is_changed(self) -> bool:
        """Whether something waits for `flush`."""

    @abstractmethod
    def lent(self) -> Any:
        """Return what was read and not changed, for `borrow`; it is never written to."""

    @abstractmethod
    def borrow(self, lent: Any) -> None:
        """Take over what was read of the same array in the same state."""

    @abstractmethod
    def take(self, ids: npt.ArrayLike) -> NDArray:
        """Return the rows with these ids, in this order."""

    @abstractmethod
    def put(self, ids: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Replace the rows with these ids; one value for all of them will do."""

    @abstractmethod
    def blank(self, ids: npt.ArrayLike) -> None:
        """Leave nothing of the rows with these ids, which are gone."""

    @abstractmethod
    def append(self, values: npt.ArrayLike) -> Rows:
        """Add rows at the end and return their ids."""

    @abstractmethod
    def all(self) -> NDArray:
        """Return the whole array, read at once; rows that are gone as zeros."""

    @abstractmethod
    def verify(self) -> None:
        """Look at all of it for damage."""

    @abstractmethod
    def flush(self) -> None:
        """Write what changed, in the connection's transaction."""

    @abstractmethod
    def drop(self) -> None:
        """Remove the array with its bytes."""

    def _register(self) -> None:
        """Write what the array is, new or changed."""
        if not self.is_stored:
            last = self._connection.execute("SELECT max(id) FROM arrays").fetchone()[0]
            self._identifier = 1 if last is None else last + 1
            add_to_count(self._connection, "arrays", 1)
        described = (
            self._identifier,
            self.name,
            self.dtype.str,
            json.dumps(self.shape),
            self._block_rows,
            self.kind,
            self._home,
        )
        self._connection.execute(
            "INSERT OR REPLACE INTO arrays VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*described, check_of(*described)),
        )

    def _unregister(self) -> None:
        self._connection.execute("DELETE FROM arrays WHERE name = ?", (self.name,))
        add_to_count(self._connection, "arrays", -1)

    def _checked(self, ids: npt.ArrayLike) -> npt.NDArray[np.int64]:
        ids = np.asarray(ids, dtype=np.int64)
        if len(ids) and (int(ids.min()) < 0 or int(ids.max()) >= self._length):
            raise IndexError(
                f"row ids of '{self.name}' must be in 0..{self._length - 1}, "
                f"got {int(ids.min())}..{int(ids.max())}"
            )
        return ids
