"""One state of a run, read in short snapshots.

A forget empties the write-ahead log when it is done, which waits for everybody who reads. So a check never
computes while it reads: the view takes what is asked for into memory and lets go of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from palimpsest.compliance.origins import carried_back, carried_forward
from palimpsest.encoding import Encoding
from palimpsest.errors import PalimpsestError
from palimpsest.models import ModelState
from palimpsest.pipeline.graph import training_node
from palimpsest.pipeline.matrix import chunks
from palimpsest.store.summary import SourceFact
from palimpsest.store.tables import TablePart
from palimpsest.tracking.lineage import ColumnDeps, column_lineage
from palimpsest.tracking.plan import Plan

if TYPE_CHECKING:
    from palimpsest.pipeline.run import Run
    from palimpsest.pipeline.state import StoredRun

Rows = npt.NDArray[np.int32]
Marks = npt.NDArray[np.bool_]


class StateChanged(PalimpsestError):
    """The run was changed while it was looked at."""

    def __init__(self) -> None:
        super().__init__(
            "busy", "The run was changed while it was checked.", hint="Check it again."
        )


class RunView:
    """What checks look at; everything is read when it is first asked for, and kept.

    Parameters
    ----------
    run : Run

    Attributes
    ----------
    run : Run
    version : int
        Number of the state; reading another one raises `StateChanged`.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        with run.reading() as stored:
            self.version = stored.version
            self.plan: Plan = stored.plan
            self.details: dict[str, Any] = stored.details
            self.sources: dict[str, SourceFact] = stored.sources
        self._source_parts: dict[str, TablePart] = {}
        self._records: dict[str, Rows] = {}

    @contextmanager
    def reading(self) -> Iterator[StoredRun]:
        """Read the state for a short while."""
        with self.run.reading() as stored:
            if stored.version != self.version:
                raise StateChanged
            yield stored

    # tables ----------------------------------------------------------------------------------

    def source(self, name: str) -> TablePart:
        """Return the records of a source, by ascending id."""
        if name not in self._source_parts:
            with self.reading() as stored:
                self._source_parts[name] = stored.source(name).read()
        return self._source_parts[name]

    def records(self, name: str) -> Rows:
        """Return the ids of the records of a source, ascending."""
        if name in self._source_parts:
            return self._source_parts[name].rows
        if name not in self._records:
            with self.reading() as stored:
                self._records[name] = stored.source(name).rows()
        return self._records[name]

    def source_columns(self, name: str) -> list[str]:
        """Name the columns of a source."""
        with self.reading() as stored:
            return stored.source(name).columns

    @cached_property
    def training(self) -> TablePart:
        """The training table, by ascending row id."""
        with self.reading() as stored:
            return stored.training.read()

    @property
    def rows(self) -> Rows:
        """Ids of the rows of the training table, ascending; arrays below follow their order."""
        return self.training.rows

    @cached_property
    def _sides(self) -> tuple[npt.NDArray[Any], Marks, Marks]:
        with self.reading() as stored:
            labels, unlabelled = stored.labels.read(self.rows)
            return labels, ~unlabelled, stored.in_split.take(self.rows)

    @property
    def labels(self) -> npt.NDArray[Any]:
        """The label of each row; see `labelled`."""
        return self._sides[0]

    @property
    def labelled(self) -> Marks:
        """Which rows have a label."""
        return self._sides[1]

    @property
    def in_split(self) -> Marks:
        """Which rows are in the training split."""
        return self._sides[2]

    @property
    def trained(self) -> Marks:
        """Which rows the model is trained on."""
        marks: Marks = self.in_split & self.labelled
        return marks

    @property
    def held_out(self) -> Marks:
        """Which rows are labelled and kept for testing."""
        marks: Marks = ~self.in_split & self.labelled
        return marks

    # features, model -------------------------------------------------------------------------

    @cached_property
    def encoding(self) -> Encoding:
        """The fitted encoding."""
        with self.reading() as stored:
            return stored.encoding

    @cached_property
    def model(self) -> ModelState:
        """The trained model."""
        with self.reading() as stored:
            return stored.model

    @cached_property
    def estimator(self) -> Any:
        """The fitted estimator."""
        with self.reading():
            return self.run.model

    def matrix(self, rows: Rows) -> Iterator[tuple[Rows, npt.NDArray[np.float64]]]:
        """Go through rows of the feature matrix, some megabytes at a time: (ids, X)."""
        with self.reading() as stored:
            raw = stored.raw()
        for part, values in chunks(raw, rows):
            yield part, self.encoding.materialise(values)

    def predict(self, rows: Rows, method: str = "predict") -> npt.NDArray[Any]:
        """Return what the model says of rows of the training table, in the order of `rows`."""
        ask = getattr(self.estimator, method)
        found = [np.asarray(ask(X)) for _, X in self.matrix(rows)]
        return np.concatenate(found) if found else np.empty(0)

    @cached_property
    def predictions(self) -> npt.NDArray[Any]:
        """The prediction for each row of the training table."""
        return self.predict(self.rows)

    # provenance ------------------------------------------------------------------------------

    @cached_property
    def training_node(self) -> int:
        """The node of the training table."""
        return training_node(self.plan)

    @cached_property
    def columns(self) -> dict[str, ColumnDeps]:
        """The source columns that each column of the training table (and label and split) depends on."""
        return column_lineage(self.plan, self.plan.output)

    def carried_forward(
        self, values: Mapping[str, npt.NDArray[Any]], combine: np.ufunc, neutral: Any
    ) -> npt.NDArray[Any]:
        """Combine, for each row of the training table, values of the records that it is made of.

        Parameters
        ----------
        values : mapping of source to (n,)
            A value for each record, in the order of `source`.
        combine : ufunc
        neutral : scalar

        Raises
        ------
        UntraceableError
            When something untracked lies between.
        """
        by_id = {name: self._by_id(name, given, neutral) for name, given in values.items()}
        with self.reading() as stored:
            plan = stored.plan
            found = carried_forward(
                plan, stored.rows, plan.output, values=by_id, combine=combine, neutral=neutral
            )
        return found[self.rows]

    def carried_back(self, weights: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.float64]]:
        """Add up, for each record, weights of the rows of the training table that are made of it.

        Returns
        -------
        dict of source to (n,) float64
            In the order of `records`; only sources that rows are made of.

        Raises
        ------
        UntraceableError
            When something untracked lies between.
        """
        size = int(self.rows[-1]) + 1 if len(self.rows) else 0
        with self.reading() as stored:
            plan, state = stored.plan, stored.rows
            by_id = np.zeros(max(size, len(state.alive(plan[plan.output].space))))
            by_id[self.rows] = weights
            found = carried_back(plan, state, by_id, plan.output)
        return {name: sums[self.records(name)] for name, sums in found.items()}

    def _by_id(self, source: str, values: npt.NDArray[Any], neutral: Any) -> npt.NDArray[Any]:
        ids = self.records(source)
        found = np.full(int(ids[-1]) + 1 if len(ids) else 0, neutral, dtype=values.dtype)
        found[ids] = values
        return found
