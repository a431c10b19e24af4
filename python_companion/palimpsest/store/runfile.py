"""The SQLite file of one run: opening, pragmas, versions, transactions, durable erasure.

SQLite leaves bytes of deleted rows behind even with ``secure_delete``: when a page splits or
merges, cells move to other pages and the gap they leave is not cleared, so a copy of a row that is
erased *later* survives. Splits and merges come from DELETE and from rows that grow in place. So
nothing in a run file that holds values is ever deleted or grown: a row is blanked (made smaller in
place, which SQLite does clear) and what is larger is appended at the end of its table.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

from typing_extensions import Self

from palimpsest.errors import BusyError, StoreError
from palimpsest.store.checks import checked, verified
from palimpsest.store.counts import add_to_count, expect_count
from palimpsest.store.failures import BUSY_SECONDS, damaged_file, translated, unemptied_log
from palimpsest.store.pragmas import PAGE_SIZE, set_pragmas
from palimpsest.store.schema import MIGRATIONS

APPLICATION_ID = 0x50414C49
"""``PALI`` in the file header: says whose file it is."""

CACHE_KIB = 128 << 10
"""Pages that a transaction may keep in memory: what spills is written twice."""

SUFFIX = ".palimpsest"

_HEADER = 100
"""Length of the header of an SQLite file."""


@dataclass(frozen=True)
class FileIdentity:
    """Tells a file from another that has taken its name.

    Attributes
    ----------
    device, number : int
        Of the file system, and of the file in it; -1 when there is no file.
    """

    device: int
    number: int

    @classmethod
    def of(cls, path: Path) -> FileIdentity:
        """Look which file has a name now."""
        try:
            found = path.stat()
        except OSError:
            return cls(-1, -1)
        return cls(found.st_dev, found.st_ino)


class RunFile:
    """One connection to a run file.

    Parameters
    ----------
    path : Path
        The file.
    connection : sqlite3.Connection
        In autocommit mode; use `create` or `open`.
    writable : bool
        Whether transactions may write.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, writable: bool) -> None:
        self.path = path
        self.connection = connection
        self.writable = writable
        self._identity = FileIdentity.of(path)

    @property
    def is_in_place(self) -> bool:
        """Whether the file still has its name: it may have been deleted, or another put there."""
        return FileIdentity.of(self.path) == self._identity

    @classmethod
    def create(cls, folder: Path) -> RunFile:
        """Start a new file under a temporary name; `publish` gives it its own.

        Until then it is nobody's, so it is written without a journal.
        """
        _make_folder(folder)
        path = folder / f".building-{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"
        connection = _connect(path, create=True)
        file = cls(path, connection, writable=True)
        try:
            with translated(path):
                connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                _secure(connection, path)
                connection.execute("PRAGMA journal_mode = OFF")
                connection.execute("PRAGMA synchronous = OFF")
                _migrate(connection, 0)
                connection.execute("BEGIN")  # else every row would be a transaction of its own
        except BaseException:
            file.discard()
            raise
        return file

    @classmethod
    def open(cls, path: Path, *, writable: bool = False) -> RunFile:
        """Open a published run file, upgrading an older one.

        Raises
        ------
        PalimpsestError
            When the file is missing, no run file, damaged, or of a newer version.
        """
        if not path.is_file():
            raise StoreError(
                f"There is no run file '{path}'.",
                hint="It was moved or deleted; run the pipeline again.",
            )
        with translated(path):
            _check_length(path)
        connection = _connect(path, create=False)
        try:
            with translated(path):
                version = _check_owner(connection, path)
                _secure(connection, path)
                _durable(connection, path)
                if version < len(MIGRATIONS):
                    _migrate(connection, version)
                _empty_log(connection, path)
                connection.execute(f"PRAGMA query_only = {0 if writable else 1}")
        except BaseException:
            connection.close()
            raise
        return cls(path, connection, writable)

    def publish(self, path_of: Callable[[int], Path]) -> Path:
        """Make the file durable and give it the first free of the names ``path_of(1, 2, ...)``."""
        with translated(self.path):
            self.connection.execute("COMMIT")
            _durable(self.connection, self.path)
            self.connection.close()
            _sync(self.path)
            number = 1
            while not _give_name(self.path, target := path_of(number)):
                number += 1
            _sync(target.parent)
        return target

    @contextmanager
    def building(self) -> Iterator[sqlite3.Connection]:
        """Write into a file that is not published yet."""
        with translated(self.path):
            yield self.connection

    def discard(self) -> None:
        """Throw a file away that was not published."""
        self.connection.close()
        remove_file(self.path)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Read one state of the file, whatever is written meanwhile."""
        if self.connection.in_transaction:
            yield self.connection
            return
        with translated(self.path):
            self.connection.execute("BEGIN")
            try:
                yield self.connection
            finally:
                self.connection.execute("ROLLBACK")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write all or nothing."""
        with translated(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    @contextmanager
    def emptying(self) -> Iterator[None]:
        """Do a `checkpoint` while a block of code runs, which leaves this connection alone."""
        done = _emptiers().submit(self.checkpoint)
        try:
            yield
        finally:
            done.result()

    def checkpoint(self) -> None:
        """Move everything into the main file and empty the write-ahead log.

        Raises
        ------
        BusyError
            When another process keeps reading: the change is durable, but old bytes stay in the
            log until this succeeds.
        """
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                row = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.DatabaseError as error:
                raise unemptied_log(self.path, str(error)) from error
            if row[0] == 0:
                return
            if time.monotonic() > deadline:
                raise BusyError(
                    f"'{self.path.name}' was changed, but another process keeps reading it, so "
                    "that its write-ahead log still holds the old bytes.",
                    hint="Close the run in other kernels; opening the run again empties the log.",
                    file=str(self.path),
                )


@cache
def _emptiers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(4, "palimpsest checkpoint")


os.register_at_fork(after_in_child=_emptiers.cache_clear)  # a child has no threads


def read_meta(connection: sqlite3.Connection) -> dict[str, Any]:
    """Return the `meta` table."""
    # All of the few rows are looked at: a damaged key would only seem to be missing.
    found = verified(connection.execute("SELECT key, value, chk FROM meta"), "The description")
    expect_count(connection, "meta", len(found), "The description")
    return {name: value for name, value, _ in found}


def get_meta(connection: sqlite3.Connection, key: str) -> object:
    """Return a value of the `meta` table, None when there is none."""
    return read_meta(connection).get(key)


def set_meta(connection: sqlite3.Connection, **values: str | float | None) -> None:
    """Set values of the `meta` table; never a value of a record."""
    known = {key for (key,) in connection.execute("SELECT key FROM meta")}
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?, ?)", checked(values.items()))
    add_to_count(connection, "meta", len(values.keys() - known))


def remove_file(path: Path) -> None:
    """Delete a database with its side files."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def remove_abandoned(folder: Path) -> None:
    """Delete files that a process began to write and did not live to publish."""
    for path in folder.glob(f".building-*{SUFFIX}"):
        pid = int(path.name.split("-")[1])
        if pid != os.getpid() and not _is_alive(pid):
            remove_file(path)


def _connect(path: Path, *, create: bool) -> sqlite3.Connection:
    mode = "rwc" if create else "rw"
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    with translated(path):
        return sqlite3.connect(
            uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )


def _check_length(path: Path) -> None:
    """Refuse a file that is shorter than its header says, which SQLite notices only on the way."""
    for attempt in range(3):
        if _log_of(path):
            return  # the header may be older than what the log holds
        with path.open("rb") as file:
            header = file.read(_HEADER)
        size = int.from_bytes(header[16:18], "big")
        expected = int.from_bytes(header[28:32], "big") * (65_536 if size == 1 else size)
        actual = path.stat().st_size
        if len(header) == _HEADER and actual >= expected:
            return
        time.sleep(0.02 * attempt)  # another process may be emptying its log just now
    raise damaged_file(path, f"it has {actual:,} bytes, its header says {expected:,}")


def _log_of(path: Path) -> int:
    """Return how long the write-ahead log of a file is."""
    try:
        return path.with_name(path.name + "-wal").stat().st_size
    except FileNotFoundError:
        return 0


def _check_owner(connection: sqlite3.Connection, path: Path) -> int:
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if owner != APPLICATION_ID or version < 1:
        raise damaged_file(path, "the application id in its header is another")
    if version > len(MIGRATIONS):
        raise StoreError(
            f"'{path.name}' was written by a newer Palimpsest (schema version {version}; this one "
            f"knows {len(MIGRATIONS)}).",
            hint="Upgrade the companion in this kernel: pip install --upgrade palimpsest.",
            file=str(path),
        )
    return version


def _secure(connection: sqlite3.Connection, path: Path) -> None:
    """Set what keeps erased bytes from staying; asserted, not hoped for."""
    set_pragmas(
        connection,
        path,
        {
            "foreign_keys": 1,
            "temp_store": 2,
            "cell_size_check": 1,
            "trusted_schema": 0,
            "secure_delete": 1,
            "cache_size": -CACHE_KIB,
        },
    )


def _durable(connection: sqlite3.Connection, path: Path) -> None:
    # Every change ends with a checkpoint of its own, beside which something else is done.
    wanted: dict[str, int | str] = {
        "journal_mode": "wal",
        "synchronous": 2,
        "wal_autocheckpoint": 0,
    }
    set_pragmas(connection, path, wanted)


def _empty_log(connection: sqlite3.Connection, path: Path) -> None:
    """Finish the checkpoint of a process that died after its commit, if nobody uses the file."""
    if not _log_of(path):
        return
    connection.execute("PRAGMA busy_timeout = 0")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = max(version, int(connection.execute("PRAGMA user_version").fetchone()[0]))
        for step in MIGRATIONS[version:]:
            step(connection)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _make_folder(folder: Path) -> None:
    with translated(folder):
        folder.mkdir(parents=True, exist_ok=True)


def _give_name(path: Path, target: Path) -> bool:
    """Give a file its name; unlike a plain rename, this never replaces another run."""
    try:
        os.link(path, target)
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links: take the name first
        try:
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            return False
        path.replace(target)
        return True
    path.unlink()
    return True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
