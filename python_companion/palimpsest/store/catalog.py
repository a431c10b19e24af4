"""The workspace catalog: which runs there are, and which records they hold.

It lies beside the run files, holds no value of any record (identities are keyed hashes), and can
be made again from the run files: `reconcile` compares and repairs.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from typing_extensions import Self

from palimpsest.errors import BusyError, PalimpsestError, StoreError
from palimpsest.protocol.messages import RunSummary
from palimpsest.store.arrays import ArrayStore
from palimpsest.store.audit import head
from palimpsest.store.failures import BUSY_SECONDS, translated
from palimpsest.store.identity import Identities
from palimpsest.store.pragmas import set_pragmas
from palimpsest.store.recordindex import RecordIndex
from palimpsest.store.runfile import SUFFIX, RunFile, get_meta
from palimpsest.store.summary import SourceFact, read_sources, read_summary, state_version
from palimpsest.store.suppression import Suppressed, remembered, remembered_receipts
from palimpsest.store.waiting import waiting

logger = logging.getLogger(__name__)

FILE_NAME = "catalog.sqlite"
APPLICATION_ID = 0x50414C43
REMEDY = "Delete it: it is made again from the run files of the folder."
VERSION = 2

_SCHEMA = """
CREATE TABLE runs (
    run TEXT PRIMARY KEY, path TEXT NOT NULL, created TEXT NOT NULL, state INTEGER NOT NULL,
    audit_head TEXT NOT NULL, summary TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sources (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
    name TEXT NOT NULL, path TEXT, scheme TEXT NOT NULL, UNIQUE (run, name));
CREATE TABLE records (
    source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE, first INTEGER NOT NULL,
    hashes BLOB NOT NULL, PRIMARY KEY (source, first)) WITHOUT ROWID;
CREATE TABLE forgotten (
    run TEXT NOT NULL, source TEXT NOT NULL, path TEXT, scheme TEXT NOT NULL,
    identity BLOB NOT NULL, action TEXT NOT NULL, columns TEXT NOT NULL, receipt TEXT NOT NULL);
CREATE INDEX forgotten_run ON forgotten (run, source, identity);
CREATE INDEX forgotten_source ON forgotten (source);
CREATE TABLE released (receipt TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE written (
    receipt TEXT NOT NULL, stage TEXT NOT NULL, seconds REAL NOT NULL,
    PRIMARY KEY (receipt, stage));
"""

_VERSION_2 = """
CREATE TABLE waiting (
    origin TEXT NOT NULL REFERENCES runs (run) ON DELETE CASCADE, receipt TEXT NOT NULL,
    run TEXT NOT NULL, PRIMARY KEY (receipt, run)) WITHOUT ROWID;
"""

_MIGRATIONS = (_SCHEMA, _VERSION_2)


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
                _prepare(connection, path)
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
        return [summary for summary in found if Path(summary.path).is_file() == there]

    def register(
        self, file: RunFile, path: Path, arrived: Mapping[str, Identities] | None = None
    ) -> None:
        """Enter a run, or what has changed of it.

        Parameters
        ----------
        file : RunFile
        path : Path
        arrived : mapping of source to (n, 16) uint8, optional
            Identities of records that have come since the run was entered. When they are not
            known, those of all records are read anew.
        """
        with file.snapshot() as connection:
            summary = read_summary(connection, path)
            state = state_version(connection)
            audit_head = head(connection)
            sources = read_sources(connection)
            known = self._state_of(summary.run)
            whole = known is None or (arrived is None and known != state)
            identities = {s.name: _identities(connection, s) for s in sources} if whole else {}
            lifted, entries = self._news(connection, summary.run)
            unreached = waiting(connection)
        with self._transaction():
            self._write_run(summary, state, audit_head)
            self._write_waiting(summary.run, unreached)
            for source in sources:
                if source.name in identities:
                    self.records.write(summary.run, source, identities[source.name])
            for name, rows in ({} if whole else arrived or {}).items():
                self.records.add(summary.run, name, rows)
            if known != state:
                self._write_forgotten(summary.run, sources, lifted, entries)

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
            if path.name.startswith("."):
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

    def note_written(self, receipt: str, timings: Mapping[str, float]) -> None:
        """Remember how long writing a forget to the disk took: its receipt cannot know it yet."""
        with self._transaction():
            self._connection.executemany(
                "INSERT OR REPLACE INTO written VALUES (?, ?, ?)",
                [(receipt, stage, seconds) for stage, seconds in timings.items()],
            )

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
        with self._transaction():
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

    def _write_run(self, summary: RunSummary, state: int, audit_head: str) -> None:
        self._connection.execute(
            "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (run) DO UPDATE SET "
            "path = excluded.path, state = excluded.state, audit_head = excluded.audit_head, "
            "summary = excluded.summary",
            (
                summary.run,
                summary.path,
                summary.created,
                state,
                audit_head,
                summary.model_dump_json(),
            ),
        )

    def _write_waiting(self, origin: str, unreached: Iterable[tuple[str, str]]) -> None:
        self._connection.execute("DELETE FROM waiting WHERE origin = ?", (origin,))
        self._connection.executemany(
            "INSERT INTO waiting VALUES (?, ?, ?)",
            [(origin, receipt, run) for receipt, run in unreached],
        )

    def _news(self, connection: sqlite3.Connection, run: str) -> tuple[set[str], list[Suppressed]]:
        """Compare a run file's suppression list with what is known: (lifted forgets, new entries)."""
        query = "SELECT DISTINCT receipt FROM forgotten WHERE run = ?"
        known = {row[0] for row in self._connection.execute(query, (run,))}
        present = remembered_receipts(connection)
        return known - present, remembered(connection, present - known)

    def _write_forgotten(
        self,
        run: str,
        sources: Sequence[SourceFact],
        lifted: Iterable[str],
        entries: Sequence[Suppressed],
    ) -> None:
        paths = {source.name: source.path for source in sources}
        self._connection.executemany(
            "DELETE FROM forgotten WHERE run = ? AND receipt = ?", [(run, r) for r in lifted]
        )
        self._connection.executemany(
            "INSERT INTO forgotten VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    run,
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
    def _transaction(self) -> Iterator[None]:
        with translated(self.folder / FILE_NAME, REMEDY):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


def tell_catalog(folder: Path, tell: Callable[[Catalog], None]) -> None:
    """Let the catalog of a folder know what a run file holds already.

    When it cannot be written just now, nothing is lost: `Catalog.reconcile` finds it later.
    """
    try:
        with Catalog.open(folder) as catalog:
            tell(catalog)
    except (BusyError, StoreError) as error:
        logger.warning("The catalog will know of this with the next run only: %s", error)


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    # Everything here can be had from the run files again: a commit need not wait for the disk.
    set_pragmas(
        connection,
        path,
        {
            "journal_mode": "wal",
            "synchronous": 1,
            "secure_delete": 1,
            "temp_store": 2,
            "foreign_keys": 1,
            "trusted_schema": 0,
        },
    )
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version == VERSION:
        return
    if version > VERSION:
        raise StoreError(
            f"The catalog '{path}' was written by a newer Palimpsest (version {version}; this one "
            f"knows {VERSION}).",
            hint="Upgrade the companion in this kernel: pip install --upgrade palimpsest.",
            file=str(path),
        )
    connection.execute("BEGIN IMMEDIATE")
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    for statement in ";".join(_MIGRATIONS[version:]).split(";"):
        if statement.strip():
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _identities(connection: sqlite3.Connection, source: SourceFact) -> Identities:
    identities: Identities = ArrayStore(connection)[f"identity/{source.name}"].all()
    return identities


def _summary(data: str, path: str) -> RunSummary:
    try:
        return RunSummary.model_validate_json(data).model_copy(update={"path": path})
    except ValueError as error:
        raise PalimpsestError("store", f"The catalog is damaged: {error}.") from error
