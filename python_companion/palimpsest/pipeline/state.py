"""What a run file holds, read when it is asked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from palimpsest.encoding import Encoding, RawRows
from palimpsest.matrix import TrainingData
from palimpsest.models import SECRET, ModelState
from palimpsest.pipeline.cache import CACHE, LABELS, LENT, RAW
from palimpsest.pipeline.matrix import RawMatrix, chunks
from palimpsest.store.arrays import ArrayStore
from palimpsest.store.documents import read_document, write_document
from palimpsest.store.labels import LabelColumn
from palimpsest.store.memo import FileMemo
from palimpsest.store.runfile import read_meta
from palimpsest.store.secret import Secret
from palimpsest.store.storedarray import StoredArray
from palimpsest.store.summary import SourceFact, read_sources, version_of
from palimpsest.store.tables import RowTable
from palimpsest.tracking.plan import Plan
from palimpsest.tracking.rows import RowState

Rows = npt.NDArray[np.int32]
T = TypeVar("T")

TRAINING, MATRIX, PREDICTIONS = "training", "matrix", "predictions"
SPLIT_ARRAY = "train"
ROWS, ENCODING, MODEL = "rows/", "encoding/", "model/"
_PLACES = 8  # where rows that the model has not seen are looked for
_SCALAR = "()"  # ends the name of an array without dimensions


def source_table_name(source: str) -> str:
    """Name the table of a source."""
    return f"source:{source}"


def identity_array(source: str) -> str:
    """Name the array of a source's identities."""
    return f"identity/{source}"


@dataclass(frozen=True)
class TrainingRows:
    """What a model is trained on.

    Attributes
    ----------
    raw : RawRows
        All rows by id.
    labels : (n,) or (n, k)
        All labels by id.
    rows : (m,) int32
        Ids of the rows to train on.
    identities : (m,) int32, optional
        By which the model knows the rows, when these are not their ids: those of the same rows in
        the run that a re-run is compared with.
    """

    raw: RawRows
    labels: npt.NDArray[Any]
    rows: Rows
    identities: Rows | None = None


class StoredRun:
    """The state of a run inside one transaction of its file.

    Parameters
    ----------
    connection : sqlite3.Connection
        In a snapshot or a write transaction; the object does not outlive it.
    hash_key : str
        Key of the plan's hashes, which the file itself does not hold.
    """

    def __init__(
        self, connection: sqlite3.Connection, hash_key: str, arrays: ArrayStore | None = None
    ) -> None:
        self.connection = connection
        self._hash_key = hash_key
        self.arrays = ArrayStore(connection) if arrays is None else arrays
        self.memo = FileMemo(connection)
        self._tables: dict[str, RowTable] = {}

    @cached_property
    def meta(self) -> dict[str, Any]:
        """The description of the run when the state was found."""
        return read_meta(self.connection)

    @property
    def run(self) -> str:
        """Id of the run."""
        return str(self.meta.get("run"))

    @property
    def version(self) -> int:
        """Number of the state that was found."""
        return version_of(self.meta)

    @property
    def row_count(self) -> int:
        """How many rows the training table had when the state was found."""
        return int(self.meta["training_rows"])

    @cached_property
    def sources(self) -> dict[str, SourceFact]:
        """The sources by name."""
        return {source.name: source for source in read_sources(self.connection)}

    @cached_property
    def plan(self) -> Plan:
        """The recorded plan."""
        return self._cached("plan", self._read_plan)

    @cached_property
    def details(self) -> dict[str, Any]:
        """Facts beside the plan: label and split expressions, warnings, timings."""
        details: dict[str, Any] = read_document(self.connection, "details")
        return details

    @cached_property
    def rows(self) -> RowState:
        """Liveness and edges of all row spaces."""
        return RowState(lambda name, dtype: self.arrays.open(ROWS + name, dtype))

    def table(self, name: str) -> RowTable | None:
        """Find a table."""
        if name not in self._tables:
            found = RowTable.load(self.connection, name)
            if found is None:
                return None
            self._tables[name] = found
        return self._tables[name]

    def source(self, name: str) -> RowTable:
        """Return the table of a source that exists."""
        found = self.table(source_table_name(name))
        assert found is not None
        return found

    def records(self, source: str) -> Rows:
        """Ids of the records of a source that are written, ascending."""
        for scan in self.plan.scans():
            if scan.arguments["source"] == source:
                written = len(self.arrays[identity_array(source)])
                rows = self.rows.rows(scan.space)
                return rows[rows < written]
        return self.source(source).rows()

    @property
    def training(self) -> RowTable:
        """The training table."""
        found = self.table(TRAINING)
        assert found is not None
        return found

    @cached_property
    def labels(self) -> LabelColumn:
        """The labels by training row."""
        return LabelColumn(self.connection, self.arrays)

    @property
    def in_split(self) -> StoredArray:
        """Whether each training row is in the training split, by row id."""
        return self.arrays[SPLIT_ARRAY]

    def lend(self) -> None:
        """Let the next to open this state have what was read of its arrays."""
        CACHE.put(self.run, self.version, LENT, self.arrays.lent())

    def borrow(self) -> None:
        """Take what an earlier one read of the arrays of this state."""
        self.arrays.borrow(self._cached(LENT, dict))

    @cached_property
    def matrix(self) -> RawMatrix:
        """The raw matrix by training row."""
        return RawMatrix(self.arrays)

    @cached_property
    def encoding(self) -> Encoding:
        """The fitted encoding."""
        return self._cached("encoding", self._read_encoding)

    @cached_property
    def model(self) -> ModelState:
        """The trained model."""
        return self._cached("model", self._read_model)

    @property
    def training_rows(self) -> Rows:
        """Ids of the training table's rows, ascending."""
        return self.rows.rows(self.plan[self.plan.output].space)

    def raw(self) -> RawRows:
        """Return the whole raw matrix, from memory when this state is there."""
        return self._cached(RAW, self.matrix.all)

    def all_labels(self) -> npt.NDArray[Any]:
        """Return the labels of all ids, from memory when this state is there."""
        return self._cached(LABELS, lambda: self.labels.read()[0])

    def fitted_rows(self) -> Rows:
        """Ids of the rows that the model is trained on."""
        rows = self.training_rows
        kept = self.in_split.all()[rows] & ~self.labels.erased()[rows]
        return rows[kept]

    def training_set(self) -> TrainingRows:
        """Return what the model is trained on."""
        return TrainingRows(self.raw(), self.all_labels(), self.fitted_rows())

    def unseen_rows(self, most: int) -> Rows:
        """Return ids of at most `most` labelled rows that the model is not trained on.

        They are looked for at a few evenly spread places, some neighbours at each: a large table
        is not read through for them, and where there are hardly any, none is found.
        """
        size = len(self.in_split)
        starts = np.linspace(0, max(0, size - most // 2), _PLACES).astype(np.int32)
        places = np.unique(starts[:, None] + np.arange(4 * most // _PLACES, dtype=np.int32))
        places = places[places < size]
        outside = places[~self.in_split.take(places)]
        alive = self.rows.only_alive(self.plan[self.plan.output].space, outside)
        return alive[~self.labels.erased(alive)][:most]

    def write_split(self, removed: Rows, rows: Rows, flags: npt.NDArray[np.bool_]) -> None:
        """Set the sides of rows, of which those at the end may be new."""
        old = rows < len(self.in_split)
        self.in_split.put(removed, False)
        self.in_split.put(rows[old], flags[old])
        self.in_split.append(flags[~old])

    def keep(self, version: int, encoding: Encoding, model: ModelState) -> None:
        """Keep in memory what the state after a change has."""
        CACHE.put(self.run, version, "plan", self.plan)
        CACHE.put(self.run, version, "encoding", encoding)
        CACHE.put(self.run, version, "model", model)

    def write_encoding(self, encoding: Encoding) -> None:
        """Write an encoding in place of another."""
        write_document(self.connection, "encoding", encoding.describe())
        self._write_arrays(ENCODING, encoding.to_arrays())

    def write_model(self, model: ModelState, before: ModelState | None = None) -> None:
        """Write a model in place of another; arrays that they share are left alone."""
        document = model.to_json()
        if SECRET in model.facts:
            sealed = self._seal.seal(model.facts[SECRET], self.run)
            document["facts"] = {**model.facts, SECRET: sealed}
        write_document(self.connection, "model", document)
        known = {} if before is None else before.arrays
        shared = {name for name, array in model.arrays.items() if array is known.get(name)}
        self._write_arrays(MODEL, model.to_arrays(), shared)

    def _cached(self, part: str, read: Callable[[], T]) -> T:
        return CACHE.get(self.run, self.version, part, read)

    def _read_plan(self) -> Plan:
        return Plan.from_json(
            {**read_document(self.connection, "plan"), "hash_key": self._hash_key}
        )

    def _read_encoding(self) -> Encoding:
        described = read_document(self.connection, "encoding")
        return Encoding.from_arrays(described, self._arrays(ENCODING))

    def _read_model(self) -> ModelState:
        document = read_document(self.connection, "model")
        if SECRET in document["facts"]:
            document["facts"][SECRET] = self._seal.unseal(document["facts"][SECRET], self.run)
        return ModelState.from_parts(document, self._arrays(MODEL))

    @property
    def _seal(self) -> Secret:
        """What hides the secret of a model in the file, as the key of the plan's hashes is hidden."""
        return Secret(bytes.fromhex(self._hash_key))

    def _arrays(self, prefix: str) -> dict[str, npt.NDArray[Any]]:
        found: dict[str, npt.NDArray[Any]] = {}
        for name in self.arrays.names(prefix):
            values = self.arrays[name].all()
            plain = name.removeprefix(prefix)
            scalar = plain.endswith(_SCALAR)
            found[plain.removesuffix(_SCALAR)] = values.reshape(()) if scalar else values
        return found

    def _write_arrays(
        self, prefix: str, values: dict[str, npt.NDArray[Any]], shared: Collection[str] = ()
    ) -> None:
        wanted = {
            f"{prefix}{name}{'' if array.ndim else _SCALAR}": np.atleast_1d(array)
            for name, array in values.items()
        }
        for name in set(self.arrays.names(prefix)) - set(wanted):
            self.arrays.drop(name)
        skipped = {prefix + name for name in shared}
        for name, array in wanted.items():
            if name not in skipped:
                self.arrays.replace(name, array)


def training_data(
    encoding: Encoding,
    count: int,
    read: Callable[[], TrainingRows],
    *,
    rewritten: bool = False,
) -> TrainingData:
    """Return rows of a whole raw matrix, with their labels, as training data for a model.

    Parameters
    ----------
    encoding : Encoding
    count : int
        How many rows there are.
    read : callable
        Gives them; called when a pass begins, if one does.
    rewritten : bool
        Whether raw values of rows changed that neither left nor came.
    """

    def blocks() -> Iterator[tuple[RawRows, npt.NDArray[Any], Rows]]:
        found, start = read(), 0
        known = found.rows if found.identities is None else found.identities
        for part, values in chunks(found.raw, found.rows):
            yield values, found.labels[part], known[start : start + len(part)]
            start += len(part)

    return encoding.training_data(count, blocks, rewritten=rewritten)
