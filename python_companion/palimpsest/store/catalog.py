"""The workspace catalog: which runs there are, and which records they hold.

It lies beside the run files, holds no value of any record (identities are keyed hashes), and can
be made again from the run files: `reconcile` compares and repairs.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from typing_extensions import Self

from palimpsest.errors import PalimpsestError, StoreError
from palimpsest.protocol.messages import RunSummary
from palimpsest.store.arrays import ArrayStore
from palimpsest.store.audit import head
from palimpsest.store.catalogschema import prepare
from palimpsest.store.failures import BUSY_SECONDS, translated
from palimpsest.store.identity import Identities
from palimpsest.store.recordindex import RecordIndex
from palimpsest.store.runfile import SUFFIX, RunFile, get_meta, read_meta
from palimpsest.store.summary import (
    SourceFact,
    read_sources,
    state_version,
    summary_of,
    version_of,
)
from palimpsest.store.suppression import Suppressed, remembered, remembered_receipts
from palimpsest.store.tables import RowTable
from palimpsest.store.waiting import waiting

logger = logging.getLogger(__name__)

FILE_NAME = "catalog.sqlite"
REMEDY = "Delete it: it is made again from the run files of the folder."


@dataclass(frozen=True)
class Facts:
    """What is entered of a run whenever anything of it has changed.

    Attributes
    ----------
    summary : RunSummary
    sources : list of SourceFact
    state : int
        Version of the state.
    audit_head : str
    unreached : list of (receipt, run)
        Runs that forgets have still to reach.
    """

    summary: RunSummary
    sources: list[SourceFact]
    state: int
    audit_head: str
    unreached: list[tuple[str, str]]

    @property
    def run(self) -> str:
        """Id of the run."""
        return self.summary.run


def facts_of(connection: sqlite3.Connection, path: Path) -> Facts:
    """Read what is entered of a run from its file."""
    meta, sources = read_meta(connection), read_sources(connection)
    return Facts(
        summary_of(meta, sources, path),
        sources,
        version_of(meta),
        head(connection),
        waiting(connection),
    )


@dataclass(frozen=True)
class Forgotten:
    """What a forget has changed of a run, for the catalog.

    Attributes
    ----------
    facts : Facts
        Of the run, afterwards.
    before : int
        State version that it was asked of.
    entries : sequence of Suppressed
        What the run file remembers of it.
    arrived : mapping of source to (n, 16) uint8
        Identities of records that came.
    """

    facts: Facts
    before: int
    entries: Sequence[Suppressed]
    arrived: Mapping[str, Identities]


@dataclass(frozen=True)
class Waiting:
    """A run that a forget has still to reach.

    Attributes
    ----------
    origin : str
        The run that was asked.
    receipt : str
        Of the forget there.
    run : str
        The run that is to follow.
    """

    origin: str
    receipt: str
    run: str


def is_there(folder: Path, summary: RunSummary) -> bool:
    """Tell whether the file of a run is in the folder.

    The catalog of a copied folder names the files that it was copied from, and a catalog from somebody else may
    name any: nothing outside of the folder is opened, nor through a link that leads out of it.
    """
    path = Path(summary.path)
    return path.is_file() and path.resolve().parent == folder.resolve()


class Catalog:
    """The catalog of one folder; use `open`.

    Parameters
    ----------
    folder : Path
    connection : sqlite3.Connection

    Attributes
    ----------
    records : RecordIndex
    """

    def __init__(self, folder: Path, connection: sqlite3.Connection) -> None:
        self.folder = folder
        self.records = RecordIndex(connection)
        self._connection = connection

    @classmethod
    def open(cls, folder: Path) -> Catalog:
        """Open the catalog of a folder, making it when there is none."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / FILE_NAME
        with translated(path, REMEDY):
            connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                prepare(connection, path)
            except BaseException:
                connection.close()
                raise
        return cls(folder, connection)

    def close(self) -> None:
        """Close the catalog."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def runs(self, there: bool | None = True) -> list[RunSummary]:
        """Return the runs, newest first.

        Parameters
        ----------
        there : bool or None
            Those whose files are there, those whose files are not, or both.
        """
        rows = self._connection.execute(
            "SELECT summary, path FROM runs ORDER BY created DESC, path DESC"
        )
        found = [_summary(data, path) for data, path in rows]
        if there is None:
            return found
        return [summary for summary in found if is_there(self.folder, summary) == there]

    def register(self, file: RunFile, path: Path) -> None:
        """Enter a run, or what has changed of it.

        Parameters
        ----------
        file : RunFile
        path : Path
        """
        with file.snapshot() as connection:
            facts = facts_of(connection, path)
            known = self._state_of(facts.run)
            identities = {}
            if known != facts.state:
                identities = {s.name: _identities(connection, s) for s in facts.sources}
            lifted, entries = self._news(connection, facts.run)
        with self._transaction():
            self._write_facts(facts)
            for source in facts.sources:
                if source.name in identities:
                    self.records.write(facts.run, source, identities[source.name])
            if known != facts.state:
                self._write_lifted(facts.run, lifted)
                self._write_forgotten(facts, entries)

    def note(self, forgotten: Forgotten) -> bool:
        """Enter what a forget has changed of a run, which costs what it changed.

        Returns
        -------
        bool
            False when something else that happened to the run has not come here yet, so that it has to be
            registered as a whole.
        """
        facts = forgotten.facts
        with self._transaction():
            follows = self._state_of(facts.run) == forgotten.before == facts.state - 1
            if follows:
                self._write_facts(facts)
                for name, rows in forgotten.arrived.items():
                    self.records.add(facts.run, name, rows)
                self._write_forgotten(facts, forgotten.entries)
        return follows

    def took(self, receipt: str, written: Mapping[str, float]) -> None:
        """Enter how long writing a forget to the disk took, in seconds by stage: its receipt cannot know it."""
        with self._transaction():
            self._connection.executemany(
                "INSERT OR REPLACE INTO written VALUES (?, ?, ?)",
                [(receipt, stage, seconds) for stage, seconds in written.items()],
            )

    def waiting(self) -> list[Waiting]:
        """Return the runs that forgets have still to reach."""
        rows = self._connection.execute(
            "SELECT origin, receipt, waiting.run FROM waiting ORDER BY origin, receipt, waiting.run"
        )
        return [Waiting(*row) for row in rows]

    def reconcile(self) -> None:
        """Enter runs that are in the folder and not, or not as they are, in the catalog.

        A file that cannot be read is left as it is, and logged: it must not hide the others.
        """
        for path in sorted(self.folder.glob(f"*{SUFFIX}")):
            if path.name.startswith(".") or path.resolve().parent != self.folder.resolve():
                continue
            try:
                self._reconcile_file(path)
            except StoreError as error:
                logger.warning("%s", error)

    def _reconcile_file(self, path: Path) -> None:
        with RunFile.open(path) as file, file.snapshot() as connection:
            run = str(get_meta(connection, "run"))
            row = self._connection.execute(
                "SELECT state, path FROM runs WHERE run = ?", (run,)
            ).fetchone()
            known = {(one.receipt, one.run) for one in self.waiting() if one.origin == run}
            unreached = set(waiting(connection))
            if row != (state_version(connection), str(path)) or known != unreached:
                self.register(file, path)

    def audit_head(self, run: str) -> str | None:
        """Return the hash of a run's last audit entry, as the catalog remembers it."""
        row = self._connection.execute(
            "SELECT audit_head FROM runs WHERE run = ?", (run,)
        ).fetchone()
        return None if row is None else str(row[0])

    def written(self) -> dict[str, dict[str, float]]:
        """Return for each receipt how long the stages of writing took."""
        found: dict[str, dict[str, float]] = {}
        for receipt, stage, seconds in self._connection.execute(
            "SELECT receipt, stage, seconds FROM written ORDER BY rowid"
        ):
            found.setdefault(receipt, {})[stage] = seconds
        return found

    def suppressed(self, source: str, path: str | None) -> list[Suppressed]:
        """Return what was forgotten of a source, known by its name or by its file."""
        rows = self._connection.execute(
            "SELECT DISTINCT source, scheme, identity, action, columns, receipt FROM forgotten "
            "WHERE (source = ? OR (path IS NOT NULL AND path = ?)) "
            "AND receipt NOT IN (SELECT receipt FROM released)",
            (source, path),
        )
        return [Suppressed.restored((source, *row[1:])) for row in rows]

    def suppressed_by(self, receipt: str) -> int:
        """Return how many records a forget keeps from coming back."""
        query = (
            "SELECT count(DISTINCT identity) FROM forgotten WHERE receipt = ? "
            "AND receipt NOT IN (SELECT receipt FROM released)"
        )
        return int(self._connection.execute(query, (receipt,)).fetchone()[0])

    def release(self, receipt: str) -> None:
        """Lift the suppression that a forget left."""
        # The one thing here that no run file knows: it has to be on the disk.
        with self._transaction(durable=True):
            self._connection.execute("INSERT OR IGNORE INTO released VALUES (?)", (receipt,))

    def holders(
        self, source: str, path: str | None, identities: Iterable[bytes], *, but: str
    ) -> list[RunSummary]:
        """Return the other runs that hold one of these records, newest first."""
        holding = self.records.holding([(source, path)], identities, but=but)
        return [summary for summary in self.runs() if summary.run in holding]

    def _state_of(self, run: str) -> int | None:
        row = self._connection.execute("SELECT state FROM runs WHERE run = ?", (run,)).fetchone()
        return None if row is None else int(row[0])

    def _write_facts(self, facts: Facts) -> None:
        summary = facts.summary
        self._connection.execute(
            "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (run) DO UPDATE SET "
            "path = excluded.path, state = excluded.state, audit_head = excluded.audit_head, "
            "summary = excluded.summary",
            (
                summary.run,
                summary.path,
                summary.created,
                facts.state,
                facts.audit_head,
                summary.model_dump_json(),
            ),
        )
        self._connection.execute("DELETE FROM waiting WHERE origin = ?", (facts.run,))
        self._connection.executemany(
            "INSERT INTO waiting VALUES (?, ?, ?)",
            [(facts.run, receipt, run) for receipt, run in facts.unreached],
        )

    def _news(self, connection: sqlite3.Connection, run: str) -> tuple[set[str], list[Suppressed]]:
        """Compare a run file's suppression list with what is known: (lifted forgets, new entries)."""
        query = "SELECT DISTINCT receipt FROM forgotten WHERE run = ?"
        known = {row[0] for row in self._connection.execute(query, (run,))}
        present = remembered_receipts(connection)
        return known - present, remembered(connection, present - known)

    def _write_lifted(self, run: str, lifted: Iterable[str]) -> None:
        self._connection.executemany(
            "DELETE FROM forgotten WHERE run = ? AND receipt = ?", [(run, r) for r in lifted]
        )

    def _write_forgotten(self, facts: Facts, entries: Sequence[Suppressed]) -> None:
        paths = {source.name: source.path for source in facts.sources}
        self._connection.executemany(
            "INSERT INTO forgotten VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    facts.run,
                    entry.source,
                    paths.get(entry.source),
                    entry.scheme,
                    entry.identity,
                    entry.action,
                    entry.details,
                    entry.receipt,
                )
                for entry in entries
            ],
        )

    @contextmanager
    def _transaction(self, *, durable: bool = False) -> Iterator[None]:
        with translated(self.folder / FILE_NAME, REMEDY):
            if durable:
                self._connection.execute("PRAGMA synchronous = 2")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                if durable:
                    self._connection.execute("PRAGMA synchronous = 1")


def _identities(connection: sqlite3.Connection, source: SourceFact) -> Identities:
    identities: Identities = ArrayStore(connection)[f"identity/{source.name}"].all()
    table = RowTable.load(connection, f"source:{source.name}")
    return identities if table is None else identities[table.rows()]


def _summary(data: str, path: str) -> RunSummary:
    try:
        return RunSummary.model_validate_json(data).model_copy(update={"path": path})
    except ValueError as error:
        raise PalimpsestError("store", f"The catalog is damaged: {error}.") from error
