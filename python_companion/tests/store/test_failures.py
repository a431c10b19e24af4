"""What the disk and other processes can do to a run file: told by a typed error, nothing lost."""

from __future__ import annotations

import os
import pickle
import random
import resource
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from palimpsest.errors import BusyError, PalimpsestError, StoreError
from palimpsest.pipeline import Pipeline, Run
from palimpsest.pipeline.cache import CACHE
from palimpsest.protocol.messages import ForgetRequest, Preview, RowIds
from palimpsest.store import runfile
from palimpsest.store.catalog import FILE_NAME, Catalog
from palimpsest.store.integrity import find_damage
from palimpsest.store.kept import close_catalogs
from palimpsest.store.runfile import RunFile

from ..pipeline.complaints import make_pipeline_of, tables, write


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    return make_pipeline_of(tmp_path / "runs")


@pytest.fixture
def run(tmp_path: Path, pipeline: Pipeline) -> Iterator[Run]:
    with pipeline.run(**write(tmp_path, tables(3))) as opened:
        yield opened


def preview(run: Run, rows: list[int]) -> Preview:
    asked = ForgetRequest(run=run.id, source="mails", selector=RowIds(rows=rows), action="delete")
    return run.preview(asked)


def contents(path: Path) -> dict[str, Any]:
    """Read everything that a run file holds."""
    with Run.open(path) as run:
        CACHE.drop(run.id)
        with run.reading() as stored:
            sources = [stored.source(name).read() for name in stored.sources]
            memo = len(stored.memo)
        held = {
            "summary": run.summary,
            "frame": run.frame,
            "sources": [(part.frame, part.rows.tolist(), part.erased) for part in sources],
            "memo": memo,
            "X": run.X,
            "y": run.y.tolist(),
            "train": run.train.tolist(),
            "coefficients": run.model.coef_,
            "receipts": run.receipts(),
        }
        CACHE.drop(run.id)
        return held


def same(one: Any, other: Any) -> bool:
    return pickle.dumps(one) == pickle.dumps(other)


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """Let no file grow over a size: to a process, that is a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


# the disk is full ------------------------------------------------------------------------------


def test_a_full_disk_while_a_run_is_written(run: Run, pipeline: Pipeline, tmp_path: Path) -> None:
    paths: dict[str, Any] = {name: str(tmp_path / f"{name}.csv") for name in ("customers", "mails")}
    before = contents(run.path)
    files = sorted(tmp_path.rglob("*"))
    for size in (4096, 60_000, 150_000):
        with files_up_to(size), pytest.raises(StoreError, match="Free some disk space") as caught:
            pipeline.run(**paths)
        assert caught.value.protocol_code == "store"
        assert sorted(tmp_path.rglob("*")) == files
    assert same(contents(run.path), before)
    pipeline.run(**paths).close()


def test_a_full_disk_while_forgetting_changes_nothing(run: Run) -> None:
    before, shown = contents(run.path), preview(run, [0, 1])
    for size in (1, 4096, 20_000):
        with files_up_to(size), pytest.raises(StoreError, match="nothing was changed"):
            run.apply(shown.token)
        assert same(contents(run.path), before)
    assert run.apply(shown.token).records == 2
    assert len(contents(run.path)["sources"][1][1]) == 118


def test_a_full_disk_after_the_commit_loses_nothing_and_says_that_bytes_stay(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    with pipeline.run(**write(tmp_path, tables(3, mails=4000))) as run:
        shown = preview(run, [0, 1])
        with (
            files_up_to(run.path.stat().st_size // 2),  # the log stays below it
            pytest.raises(StoreError, match="nothing of the change is lost, but its write-ahead"),
        ):
            run.apply(shown.token)
    with Catalog.open(run.path.parent) as catalog:
        assert len(catalog.suppressed("mails", None)) == 2  # done is done
    with Run.open(run.path) as again:  # which empties the log
        assert len(again.receipts().receipts) == 1
        assert again.receipts().intact
    data = b"".join(path.read_bytes() for path in run.path.parent.glob(f"{run.path.name}*"))
    assert b"subject-0000 " not in data.lower()


# the folder cannot be written ------------------------------------------------------------------


def as_nobody(work: Callable[[], object]) -> str:
    """Do something in a process without rights, and return the error that it ends with."""
    readable, writable = os.pipe()
    child = os.fork()
    if not child:
        try:
            if os.geteuid() == 0:
                os.setuid(65534)
            work()
            told = "no error"
        except PalimpsestError as error:
            told = f"{error.protocol_code}: {error}"
        except Exception as error:  # noqa: BLE001 - whatever it is, the parent is to see it
            told = f"untyped: {error!r}"
        os.write(writable, told.encode())
        os._exit(0)
    os.close(writable)
    with os.fdopen(readable) as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return told


@pytest.fixture
def read_only() -> Iterator[Path]:
    """Make a folder that only its owner may write, and whose parents everybody may read."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_read_only_folder(read_only: Path, pipeline: Pipeline, tmp_path: Path) -> None:
    sources = write(read_only / "data", tables(3))
    with make_pipeline_of(read_only / "runs").run(**sources) as run:
        before = contents(run.path)
    close_catalogs()  # beside an open one there are files that let others read it
    for path in (read_only / "runs").iterdir():
        path.chmod(0o444)
    (read_only / "runs").chmod(0o555)
    read_only.chmod(0o555)
    told = [
        as_nobody(lambda: Run.open(run.path)),
        as_nobody(lambda: make_pipeline_of(read_only / "runs").run(**sources)),
        as_nobody(lambda: make_pipeline_of(read_only / "other").run(**sources)),
        as_nobody(lambda: Catalog.open(read_only / "runs").runs()),
    ]
    for text in told:
        assert text.startswith("store: "), text
        assert "cannot be written" in text
        assert "writable" in text
    read_only.chmod(0o755)
    (read_only / "runs").chmod(0o755)
    for path in (read_only / "runs").iterdir():
        path.chmod(0o644)
    assert same(contents(run.path), before)


# another process holds the file ----------------------------------------------------------------


@contextmanager
def locked_by_another_process(path: Path) -> Iterator[Callable[[], None]]:
    """Have another process in the middle of a change; yield what ends it."""
    held, release = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        with RunFile.open(path, writable=True) as file, file.transaction():
            os.write(held[1], b"!")
            os.read(release[0], 1)
        os._exit(0)
    assert os.read(held[0], 1) == b"!"

    def let_go() -> None:
        os.write(release[1], b"!")

    try:
        yield let_go
    finally:
        let_go()
        os.waitpid(child, 0)


def test_a_locked_file_is_waited_for_then_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    before, shown = contents(run.path), preview(run, [0, 1])
    with locked_by_another_process(run.path) as let_go:
        with monkeypatch.context() as patched:
            patched.setattr(runfile, "BUSY_SECONDS", 0.3)
            with pytest.raises(BusyError, match=r"locked by another process .* try again"):
                run.apply(shown.token)
        assert same(contents(run.path), before)  # reading needs no lock
        timer = os.fork()
        if not timer:
            os.execvp("sh", ["sh", "-c", "sleep 0.4"])
        os.waitpid(timer, 0)
        let_go()
        assert run.apply(shown.token).records == 2  # the token is still good, and this waits


@contextmanager
def catalog_locked_by_another_process(folder: Path) -> Iterator[None]:
    held, release = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        connection = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        os.write(held[1], b"!")
        os.read(release[0], 1)
        os._exit(0)
    assert os.read(held[0], 1) == b"!"
    try:
        yield
    finally:
        os.write(release[1], b"!")
        os.waitpid(child, 0)


def test_a_locked_catalog_does_not_make_a_forget_that_is_done_fail(
    run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder, shown = run.path.parent, preview(run, [0, 1])
    close_catalogs()
    with monkeypatch.context() as patched, catalog_locked_by_another_process(folder):
        patched.setattr("palimpsest.store.catalog.BUSY_SECONDS", 0.2)
        assert run.apply(shown.token).records == 2
    assert "will know of this with the next run" in caplog.text
    with Catalog.open(folder) as catalog:
        assert catalog.suppressed("mails", None) == []
        catalog.reconcile()
        assert len(catalog.suppressed("mails", None)) == 2


# the file is damaged ---------------------------------------------------------------------------


def outcome(path: Path, expected: dict[str, Any]) -> str:
    """Read a damaged file: `equal`, `told`, or what went wrong otherwise."""
    try:
        found = contents(path)
    except StoreError as error:
        return "told" if error.hint else f"told without what to do: {error}"
    except Exception as error:  # noqa: BLE001 - any other is what is looked for
        return f"untyped: {error!r}"
    if not found["receipts"].intact:
        return "told"
    other = [name for name in expected if not same(found[name], expected[name])]
    return f"silently other: {other}" if other else "equal"


def damages(data: bytes, rng: random.Random) -> Iterator[bytes]:
    """Damage a file in many ways."""
    pages = len(data) // 4096
    for _ in range(150):
        place = rng.randrange(len(data))
        flipped = data[place] ^ (1 << rng.randrange(8))
        yield data[:place] + bytes([flipped]) + data[place + 1 :]
    for _ in range(20):
        page = rng.randrange(pages) * 4096
        yield data[:page] + bytes(4096) + data[page + 4096 :]
        noise = rng.randbytes(4096)
        yield data[:page] + noise + data[page + 4096 :]
        other = rng.randrange(pages) * 4096
        yield data[:page] + data[other : other + 4096] + data[page + 4096 :]


def test_damage_is_found_never_used(run: Run, tmp_path: Path) -> None:
    run.apply(preview(run, [3, 4, 60]).token)
    run.close()
    expected, data = contents(run.path), run.path.read_bytes()
    outcomes: dict[str, int] = {}
    for damaged in damages(data, random.Random(1)):
        run.path.write_bytes(damaged)
        found = outcome(run.path, expected)
        outcomes[found] = outcomes.get(found, 0) + 1
        for leftover in run.path.parent.glob(f"{run.path.name}-*"):
            leftover.unlink()
    assert set(outcomes) <= {"equal", "told"}, outcomes
    assert outcomes["told"] > 40
    run.path.write_bytes(data)
    assert same(contents(run.path), expected)


def test_a_check_looks_everywhere(run: Run) -> None:
    run.apply(preview(run, [3, 4, 60]).token)
    run.close()
    with RunFile.open(run.path) as file, file.snapshot() as connection:
        assert find_damage(connection) == []
        home, matrix = connection.execute(
            "SELECT home, id FROM arrays WHERE name = 'matrix'"
        ).fetchone()
    for statement in (
        "UPDATE documents SET data = data || ' ' WHERE name = 'plan'",
        "UPDATE rows_1 SET c1 = 'else' WHERE row = 7",
        "UPDATE meta SET value = value + 1 WHERE key = 'forgets'",
        "UPDATE memo SET value = '\"positive!\"' WHERE slot = 1",
        "UPDATE suppression SET action = 'erase'",
        "UPDATE arrays SET block_rows = block_rows + 1",
        "UPDATE columns SET name = 'name' WHERE position = 0",
        "UPDATE array_1 SET data = zeroblob(length(data))",
        f"UPDATE rows_{home} SET array_{matrix} = zeroblob(length(array_{matrix}))",
        "DELETE FROM array_1",
        "DELETE FROM rows_1 WHERE row = 7",
        "UPDATE audit SET kind = 'proof'",
        "DROP TABLE suppression",
    ):
        original = run.path.read_bytes()
        with closing(sqlite3.connect(run.path)) as connection:
            connection.execute(statement)
            connection.commit()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with RunFile.open(run.path) as file, file.snapshot() as connection:
            assert find_damage(connection), statement
        run.path.write_bytes(original)


def test_a_truncated_file_is_refused_at_open(run: Run) -> None:
    run.close()
    data = run.path.read_bytes()
    rng = random.Random(2)
    for length in [
        0,
        1,
        99,
        100,
        4096,
        len(data) - 1,
        *(rng.randrange(len(data)) for _ in "x" * 20),
    ]:
        run.path.write_bytes(data[:length])
        with pytest.raises(StoreError, match="damaged") as caught:
            Run.open(run.path)
        assert caught.value.hint
        assert run.path.read_bytes() == data[:length]
    run.path.write_bytes(data)
    Run.open(run.path).close()


def test_a_damaged_run_hides_no_other(run: Run, pipeline: Pipeline, tmp_path: Path) -> None:
    with pipeline.run(**write(tmp_path, tables(3))) as other:
        pass
    other.path.write_bytes(other.path.read_bytes()[:5000])
    with Catalog.open(run.path.parent) as catalog:
        catalog.reconcile()
        assert run.id in [summary.run for summary in catalog.runs()]


def test_a_damaged_catalog_says_how_to_make_it_again(run: Run, pipeline: Pipeline) -> None:
    run.apply(preview(run, [0, 1]).token)
    run.close()
    catalog = run.path.parent / FILE_NAME
    for leftover in run.path.parent.glob(f"{FILE_NAME}-*"):
        leftover.unlink()
    catalog.write_bytes(b"no catalog at all" * 500)
    with pytest.raises(StoreError, match="made again from the run files"):
        Catalog.open(run.path.parent)
    catalog.unlink()
    with Catalog.open(run.path.parent) as made:
        made.reconcile()
        assert [summary.forgets for summary in made.runs()] == [1]
        assert len(made.suppressed("mails", None)) == 2


def test_frames_are_compared_to_the_last_bit() -> None:
    frame = pd.DataFrame({"a": np.array([0.1, np.nan])})
    assert same(frame, frame.copy())
    assert not same(frame, frame + 1e-17 + 1e-16)
