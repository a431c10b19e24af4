"""One state of a run, read in short snapshots.

A forget empties the write-ahead log when it is done, which waits for everybody who reads. So a check never
computes while it reads: the view takes what is asked for into memory and lets go of the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.compliance.origins import Links, links_of
from palimpsest.encoding import Encoding
from palimpsest.errors import PalimpsestError
from palimpsest.models import ModelState
from palimpsest.pipeline.graph import training_node
from palimpsest.pipeline.matrix import chunks
from palimpsest.store.summary import SourceFact
from palimpsest.store.tables import TablePart
from palimpsest.tracking.errors import UntraceableError
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
        self._links: dict[int, dict[str, Links]] = {}

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

    def links(self, node: int | None = None) -> dict[str, Links]:
        """Return for each source which of its records the rows of a node are made of.

        Parameters
        ----------
        node : int, optional
            The training table by default.

        Raises
        ------
        UntraceableError
            When something untracked lies between.
        """
        at = self.plan.output if node is None else node
        if at not in self._links:
            with self.reading() as stored:
                self._links[at] = links_of(self.plan, stored.rows, at)
        return self._links[at]

    @property
    def traceable(self) -> bool:
        """Whether the training table can be traced to its sources."""
        try:
            self.links()
        except UntraceableError:
            return False
        return True

    def source_values(self, source: str, column: str) -> pd.DataFrame:
        """Return the values that a column of a source gives to rows of the training table.

        Returns
        -------
        DataFrame
            ``row`` (position in the training table), ``record`` and ``value``: a line for each record that a row is
            made of. Erased cells are left out.
        """
        part = self.source(source)
        links = self.links().get(source)
        if links is None:
            return pd.DataFrame({"row": [], "record": [], "value": []})
        places = np.searchsorted(part.rows, links.records)
        rows = np.searchsorted(self.rows, links.rows)
        found = pd.DataFrame(
            {
                "row": rows,
                "record": links.records,
                "value": part.frame[column].take(places).reset_index(drop=True),
            }
        )
        mask = part.erased.get(column)
        return found if mask is None else found[~mask[places]]
