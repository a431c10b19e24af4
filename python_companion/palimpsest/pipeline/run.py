"""One run of a pipeline, kept in its run file."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from typing_extensions import Self

from palimpsest.encoding import RawRows
from palimpsest.errors import StoreError
from palimpsest.forget.selector import select_records
from palimpsest.models import retrained
from palimpsest.pipeline.execution import Progress, ignore_progress
from palimpsest.pipeline.graph import plan_graph
from palimpsest.pipeline.live import LivePipeline, find_live
from palimpsest.pipeline.paging import TablePage, read_page
from palimpsest.pipeline.predictions import Step, nearest, no_step
from palimpsest.pipeline.state import StoredRun, identity_array, training_data
from palimpsest.pipeline.tracing import check_source, trace_back, trace_column, trace_forward
from palimpsest.protocol.messages import (
    ColumnRef,
    ColumnTrace,
    ForgetRequest,
    Neighbours,
    PageRequest,
    PlanGraph,
    Preview,
    Proof,
    Receipt,
    ReceiptList,
    RunSummary,
    RunUpdates,
    Selector,
    TraceBack,
    TraceForward,
)
from palimpsest.store.kept import kept_catalog
from palimpsest.store.runfile import RunFile, read_meta
from palimpsest.store.secret import Secret
from palimpsest.store.summary import read_summary, state_version
from palimpsest.store.waiting import waiting

if TYPE_CHECKING:
    from palimpsest.compliance.assertions import Assertion
    from palimpsest.compliance.fairness import GroupFairness
    from palimpsest.protocol.checkmessages import CheckResults


class Run:
    """A run: its tables, its matrix, its model, and what can be asked of them.

    Reading works on a snapshot of the file; `apply` alone writes. A run may be used from several
    threads, and be open several times, in this process and in others.

    Parameters
    ----------
    file : RunFile
        Open for reading; use `open`.
    secret : Secret
        Of its folder.
    """

    def __init__(self, file: RunFile, secret: Secret) -> None:
        self._file = file
        self.secret = secret
        self._lock = threading.RLock()
        self._writer: RunFile | None = None
        self._stored: StoredRun | None = None
        with file.snapshot() as connection:
            meta = read_meta(connection)
        self.id, self.name = str(meta.get("run")), str(meta.get("name"))
        self._hash_key = secret.unseal(str(meta.get("hash_key")), self.id)

    @classmethod
    def open(cls, path: str | Path) -> Run:
        """Open a run file. The notebook that made it need not be there.

        Raises
        ------
        PalimpsestError
            When the file is missing, damaged, or of a newer version.
        """
        run = cls.open_alone(Path(path).absolute())
        try:
            with run.reading() as stored:
                unreached = waiting(stored.connection)
            if unreached:  # a forget that spans several runs was interrupted
                from palimpsest.forget.spanning import resume

                resume(run.path.parent, again=False)
        except BaseException:
            run.close()
            raise
        return run

    @classmethod
    def open_alone(cls, path: Path) -> Run:
        """Open a run file without going on with forgets that span other runs."""
        file = RunFile.open(path)
        try:
            return cls(file, Secret.of_folder(path.parent))
        except BaseException:
            file.close()
            raise

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._stored = None
            self._stop_writing()
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Run {self.name} {self.id} at {self.path}>"

    @property
    def path(self) -> Path:
        """The run file."""
        return self._file.path

    @property
    def live(self) -> LivePipeline | None:
        """The code behind the run, when it was run in this process."""
        return find_live(self.id)

    @property
    def summary(self) -> RunSummary:
        """What lists show of the run."""
        with self._lock, self._file.snapshot() as connection:
            return read_summary(connection, self.path)

    # what it holds ---------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[StoredRun]:
        """Open the present state of the run for a block of code."""
        self._check_there()
        with self._lock, self._file.snapshot() as connection:
            stored = self._stored
            if stored is None or stored.version != state_version(connection):
                stored = self._stored = StoredRun(connection, self._hash_key)
            yield stored

    @contextmanager
    def writing(self) -> Iterator[RunFile]:
        """Lend the connection that writes; it stays open for the next time."""
        with self._lock:
            if self._writer is not None and not self._writer.is_in_place:
                self._stop_writing()
            if self._writer is None:
                self._writer = RunFile.open(self.path, writable=True)
            try:
                yield self._writer
            except BaseException:
                self._stop_writing()
                raise

    def _stop_writing(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _check_there(self) -> None:
        # A deleted file stays readable as long as it is open, but nobody would find what is written.
        if not self.path.exists():
            raise StoreError(
                f"The run file '{self.path}' is gone.",
                hint="Put it back, or run the pipeline again.",
                file=str(self.path),
            )

    def stored_in(self, file: RunFile) -> StoredRun:
        """Return the state of the run in a transaction of another connection."""
        stored = StoredRun(file.connection, self._hash_key)
        stored.borrow()
        return stored

    @property
    def frame(self) -> pd.DataFrame:
        """The training table; its index are the row ids. An erased cell is missing."""
        with self.reading() as stored:
            part = stored.training.read()
            return part.frame.set_axis(pd.Index(part.rows, name="row"))

    @property
    def X(self) -> npt.NDArray[np.float64]:
        """The feature matrix, in the order of `frame`."""
        with self.reading() as stored:
            return stored.encoding.materialise(self._raw(stored))

    @property
    def y(self) -> npt.NDArray[Any]:
        """The labels, in the order of `frame`; see `labelled`."""
        with self.reading() as stored:
            return stored.labels.read()[0][stored.training_rows]

    @property
    def labelled(self) -> npt.NDArray[np.bool_]:
        """Which rows have a label; the others' is erased and they are not trained on."""
        with self.reading() as stored:
            return ~stored.labels.erased()[stored.training_rows]

    @property
    def train(self) -> npt.NDArray[np.bool_]:
        """Which rows are in the training split, in the order of `frame`."""
        with self.reading() as stored:
            flags: npt.NDArray[np.bool_] = stored.in_split.all()[stored.training_rows]
            return flags

    @property
    def features(self) -> list[str]:
        """Names of the matrix columns."""
        with self.reading() as stored:
            return list(stored.encoding.feature_names)

    @property
    def model(self) -> Any:
        """The trained estimator."""
        with self.reading() as stored:
            if stored.model.portable:
                return stored.model.to_estimator()
            live = self.live
            estimator = None if live is None else live.recipe.make_model(stored.encoding.width)
            data = training_data(stored.encoding, stored.model.rows, stored.training_set)
            return retrained(stored.model, data, estimator).to_estimator()

    def score(self) -> float:
        """Return the model's score on the rows kept for testing; on all when there are none."""
        chosen = ~self.train & self.labelled
        if not chosen.any():
            chosen = self.labelled
        return float(self.model.score(self.X[chosen], self.y[chosen]))

    def changed_sources(self) -> list[str]:
        """Return the sources whose files are not what they were when they were read."""
        with self.reading() as stored:
            return [source.name for source in stored.sources.values() if source.has_changed]

    def plan_graph(self) -> PlanGraph:
        """Return the recorded plan with row counts, for the panels."""
        with self.reading() as stored:
            return plan_graph(stored)

    def page(self, request: PageRequest) -> TablePage:
        """Return a page of a table: a source, the training table, the matrix, the predictions."""
        with self.reading() as stored:
            return read_page(stored, request)

    # tracing ---------------------------------------------------------------------------------

    def trace_forward(self, source: str, selector: Selector, limit: int = 100) -> TraceForward:
        """Tell which training rows and feature columns records of a source reached."""
        with self.reading() as stored:
            check_source(stored, source)
            records = select_records(stored.source(source), selector, source)
            others = self.holders(stored, source, records)
            return trace_forward(stored, source, records, limit, others)

    def trace_back(self, row: int) -> TraceBack:
        """Tell why a training row is there."""
        with self.reading() as stored:
            return trace_back(stored, row)

    def trace_column(self, columns: Sequence[ColumnRef]) -> ColumnTrace:
        """Tell where source columns go: through which operations, into which matrix columns."""
        with self.reading() as stored:
            return trace_column(stored, columns)

    def neighbours(self, row: int, count: int = 5, step: Step = no_step) -> Neighbours:
        """Find the rows that the model is trained on that are most like a row, as the model sees it."""
        with self.reading() as stored:
            return nearest(stored, row, count, step)

    def holders(
        self, stored: StoredRun, source: str, records: npt.NDArray[np.int32]
    ) -> list[RunSummary]:
        """Return the other runs of the folder that hold one of these records."""
        identities = stored.arrays[identity_array(source)].take(records)
        with kept_catalog(self.path.parent) as catalog:
            return catalog.holders(
                source,
                stored.sources[source].path,
                [identity.tobytes() for identity in identities],
                but=self.id,
            )

    # compliance ------------------------------------------------------------------------------

    def usage(self) -> dict[str, npt.NDArray[np.bool_]]:
        """Tell which records trained the model.

        Returns
        -------
        dict of source to (n,) bool
            For each record of the source, in the order of their ids, whether a row is made of it that the model is
            trained on.

        Raises
        ------
        PalimpsestError
            When values were read out of the tracking, so that nobody knows.
        """
        from palimpsest.compliance.usage import usage_arrays
        from palimpsest.compliance.view import RunView

        return usage_arrays(RunView(self))

    def fairness(self, source: str, column: str, *, favourable: Any = None) -> GroupFairness:
        """Measure how differently the model treats groups by a source column, also one that no feature shows.

        Parameters
        ----------
        source, column : str
        favourable : object, optional
            The label that is the good outcome; by default the larger of two labels.
        """
        from palimpsest.compliance.fairness import fairness
        from palimpsest.compliance.view import RunView

        return fairness(RunView(self), source, column, favourable=favourable)

    def assertions(self) -> list[Assertion]:
        """Find what holds of the training table, and keeps holding on resamples; see docs/compliance.md."""
        from palimpsest.compliance.assertions import find_assertions
        from palimpsest.compliance.view import RunView

        return find_assertions(RunView(self))

    def check(
        self,
        *checks: str,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        progress: Progress = ignore_progress,
    ) -> CheckResults:
        """Run compliance checks, all of them unless some are named; see docs/compliance.md."""
        from palimpsest.compliance.checking import check_run

        return check_run(self, checks or None, settings, progress=progress)

    # forgetting ------------------------------------------------------------------------------

    def preview(self, request: ForgetRequest) -> Preview:
        """Tell what a request would do, and give the token that applies it.

        Raises
        ------
        PalimpsestError
            ``empty-selection`` when no record is selected.
        """
        from palimpsest.forget.preview import preview

        return preview(self, request)

    def apply(
        self, token: str, *, progress: Progress = ignore_progress, user: str | None = None
    ) -> Receipt:
        """Do what a preview showed, in one transaction, and return the receipt.

        Raises
        ------
        PalimpsestError
            ``stale-token`` when the token was used or the run has changed. Nothing is changed.
        """
        from palimpsest.forget.apply import apply

        with self._lock:
            return apply(self, token, progress, user)

    def prove(self, receipt: str | None = None, *, progress: Progress = ignore_progress) -> Proof:
        """Re-run the pipeline on the run's present sources and compare.

        Parameters
        ----------
        receipt : str, optional
            The forget to attach the proof to; the last one by default.

        Raises
        ------
        PalimpsestError
            ``needs-kernel`` when the notebook's functions are not in this process.
        """
        from palimpsest.forget.prove import prove

        return prove(self, receipt, progress)

    def receipts(self) -> ReceiptList:
        """Return the audit chain, oldest first, and whether it is intact."""
        from palimpsest.forget.receipts import read_receipts

        with self.reading() as stored, kept_catalog(self.path.parent) as catalog:
            known = catalog.audit_head(self.id)
            return read_receipts(stored.connection, known, catalog.written())

    def updates(self) -> RunUpdates:
        """Return how far the forgets that were asked of this run have come in other runs."""
        from palimpsest.forget.spanning import updates

        return updates(self)

    def _raw(self, stored: StoredRun) -> RawRows:
        return stored.raw().take(stored.training_rows)
