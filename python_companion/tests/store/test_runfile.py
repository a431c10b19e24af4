import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from palimpsest.errors import BusyError, StoreError
from palimpsest.store import runfile
from palimpsest.store.pragmas import set_pragmas
from palimpsest.store.runfile import RunFile, remove_abandoned, set_meta
from palimpsest.store.schema import MIGRATIONS


def test_published_files_are_numbered_and_leave_no_side_files(tmp_path: Path) -> None:
    paths = [
        RunFile.create(tmp_path).publish(lambda n: tmp_path / f"demo-{n}.palimpsest")
        for _ in range(3)
    ]
    assert [path.name for path in paths] == [f"demo-{n}.palimpsest" for n in (1, 2, 3)]
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_pragmas_hold_on_every_connection(file: RunFile) -> None:
    for writable in (False, True):
        with RunFile.open(file.path, writable=writable) as opened:
            for pragma, expected in {
                "secure_delete": 1,
                "journal_mode": "wal",
                "synchronous": 2,
                "wal_autocheckpoint": 0,
                "foreign_keys": 1,
                "temp_store": 2,
                "cell_size_check": 1,
                "trusted_schema": 0,
                "query_only": 0 if writable else 1,
            }.items():
                assert opened.connection.execute(f"PRAGMA {pragma}").fetchone()[0] == expected


def test_a_pragma_that_is_not_kept_is_refused(file: RunFile) -> None:
    # As on a network drive where SQLite cannot share memory between processes.
    with pytest.raises(StoreError, match="does not keep PRAGMA journal_mode = off2"):
        set_pragmas(file.connection, file.path, {"journal_mode": "off2"})


def test_a_newer_file_is_refused(file: RunFile) -> None:
    file.connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match=r"newer Palimpsest \(schema version 99"):
        RunFile.open(file.path)


def test_an_older_file_is_upgraded(file: RunFile, monkeypatch: pytest.MonkeyPatch) -> None:
    def add(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE novelty (a)")

    migrations = [*MIGRATIONS, add]
    monkeypatch.setattr(runfile, "MIGRATIONS", migrations)
    with RunFile.open(file.path) as opened:
        assert opened.connection.execute("SELECT count(*) FROM novelty").fetchone() == (0,)
        assert opened.connection.execute("PRAGMA user_version").fetchone() == (len(migrations),)


def test_foreign_and_damaged_files_are_refused(tmp_path: Path, file: RunFile) -> None:
    text = tmp_path / "text.palimpsest"
    text.write_text("no database at all, but long enough to look like one" * 100)
    other = tmp_path / "other.palimpsest"
    sqlite3.connect(other).execute("CREATE TABLE t (a)").connection.close()
    file.close()
    cut = tmp_path / "cut.palimpsest"
    cut.write_bytes(file.path.read_bytes()[:6000])
    for path in (text, other, cut):
        with pytest.raises(StoreError, match="damaged"):
            _use(path)
    with pytest.raises(StoreError, match="no run file"):
        RunFile.open(tmp_path / "missing.palimpsest")


def _fail(file: RunFile) -> None:
    with file.transaction() as connection:
        set_meta(connection, a=1)
        raise ZeroDivisionError


def _use(path: Path) -> None:
    with RunFile.open(path) as opened, opened.snapshot() as connection:
        connection.execute("SELECT count(*) FROM memo").fetchone()


def test_a_failed_transaction_changes_nothing(file: RunFile) -> None:
    with pytest.raises(ZeroDivisionError):
        _fail(file)
    with file.snapshot() as connection:
        assert connection.execute("SELECT count(*) FROM meta").fetchone() == (0,)


def test_a_snapshot_does_not_see_later_changes(file: RunFile) -> None:
    with RunFile.open(file.path) as reader, reader.snapshot() as connection:
        assert connection.execute("SELECT count(*) FROM meta").fetchone() == (0,)
        with file.transaction() as writing:
            set_meta(writing, a=1)
        assert connection.execute("SELECT count(*) FROM meta").fetchone() == (0,)
    with RunFile.open(file.path) as reader, reader.snapshot() as connection:
        assert connection.execute("SELECT count(*) FROM meta").fetchone() == (1,)


def test_a_locked_file_waits_then_says_so(file: RunFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runfile, "BUSY_SECONDS", 0.2)
    with (
        RunFile.open(file.path, writable=True) as other,
        file.transaction(),
        pytest.raises(BusyError, match="locked by another process"),
        other.transaction(),
    ):
        pass


def test_a_checkpoint_waits_for_readers_then_says_so(
    file: RunFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runfile, "BUSY_SECONDS", 0.2)
    with RunFile.open(file.path, writable=True) as writer, RunFile.open(file.path) as reader:
        with reader.snapshot() as connection:
            connection.execute("SELECT count(*) FROM meta").fetchone()
            with writer.transaction() as writing:
                set_meta(writing, a=1)
            with pytest.raises(BusyError, match="write-ahead log"):
                writer.checkpoint()
        writer.checkpoint()
        assert (file.path.parent / (file.path.name + "-wal")).stat().st_size == 0


def test_a_checkpoint_succeeds_when_the_reader_ends_meanwhile(file: RunFile) -> None:
    with RunFile.open(file.path, writable=True) as writer, RunFile.open(file.path) as reader:
        reader.connection.execute("BEGIN")
        reader.connection.execute("SELECT count(*) FROM meta").fetchone()
        with writer.transaction() as writing:
            set_meta(writing, a=1)
        timer = threading.Timer(0.2, lambda: reader.connection.execute("ROLLBACK"))
        timer.start()
        writer.checkpoint()
        timer.join()


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys; from palimpsest.store.runfile import RunFile;"
        "RunFile.create(pathlib.Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    mine = RunFile.create(tmp_path)
    assert len(list(tmp_path.glob(".building-*.palimpsest"))) == 2
    remove_abandoned(tmp_path)
    assert list(tmp_path.glob(".building-*.palimpsest")) == [mine.path]
    mine.discard()
    assert list(tmp_path.iterdir()) == []
