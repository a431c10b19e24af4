"""A process that is killed while it forgets leaves the old state or the new one."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import numpy as np

from palimpsest.pipeline import Pipeline, Run
from palimpsest.protocol.messages import ForgetRequest, RowIds
from palimpsest.store.catalog import Catalog

from ..crashes import TIMES
from ..pipeline.complaints import make_pipeline_of, tables, write

MAILS = 200 + 4 * TIMES


def ask(run: Run, row: int) -> ForgetRequest:
    return ForgetRequest(
        run=run.id, source="mails", selector=RowIds(rows=[row, row + 1]), action="delete"
    )


def forget_in_child(path: Path, row: int) -> tuple[int, int]:
    """Fork a child that forgets; return its pid and a pipe that it writes to when it begins."""
    readable, writable = os.pipe()
    child = os.fork()
    if child:
        os.close(writable)
        return child, readable
    try:
        with Run.open(path) as run:
            shown = run.preview(ask(run, row))
            os.write(writable, b"!")
            run.apply(shown.token)
        os._exit(0)
    finally:
        os._exit(1)


def make_run(folder: Path) -> tuple[Path, Pipeline]:
    pipeline = make_pipeline_of(folder / "runs")
    with pipeline.run(**write(folder, tables(3, mails=MAILS))) as run:
        return run.path, pipeline


def check(path: Path, gone: set[int], doubtful: int) -> bool:
    """Check a reopened run; tell whether the doubtful forget has happened."""
    with Run.open(path) as run:
        with run.reading() as stored:
            rows = set(stored.source("mails").rows().tolist())
            training = stored.training.rows()
            np.testing.assert_array_equal(training, stored.training_rows)
            assert len(stored.labels) == len(stored.in_split) == len(stored.matrix)
            assert stored.model.rows == len(stored.fitted_rows())
            assert stored.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        missing = set(range(MAILS)) - rows
        assert missing in (gone, gone | {doubtful, doubtful + 1})
        receipts = run.receipts()
        assert receipts.intact
        assert len(receipts.receipts) == len(missing) // 2
    data = path.read_bytes() + log_of(path)
    for row in missing:
        assert f"subject-{row:04d} ".encode() not in data.lower()
    return missing != gone


def log_of(path: Path) -> bytes:
    log = path.with_name(path.name + "-wal")
    return log.read_bytes() if log.exists() else b""


def test_killed_at_any_moment(tmp_path: Path) -> None:
    path, pipeline = make_run(tmp_path)
    child, pipe = forget_in_child(path, 0)
    assert os.read(pipe, 1) == b"!"
    begun = time.perf_counter()
    assert os.waitpid(child, 0)[1] == 0
    took = time.perf_counter() - begun
    os.close(pipe)
    assert check(path, set(), 0)
    gone, rng = {0, 1}, random.Random(0)
    outcomes = []
    for attempt in range(1, TIMES + 1):
        row = 2 * attempt
        child, pipe = forget_in_child(path, row)
        assert os.read(pipe, 1) == b"!"
        time.sleep(rng.uniform(0.0, 1.3 * took))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(pipe)
        happened = check(path, gone, row)
        outcomes.append(happened)
        if happened:
            gone |= {row, row + 1}
    assert any(outcomes)
    assert not all(outcomes)
    with Catalog.open(path.parent) as catalog:
        catalog.reconcile()
        (summary,) = catalog.runs()
        assert summary.forgets == len(gone) // 2
    with (
        pipeline.run(**write(tmp_path, tables(3, mails=MAILS))) as again,
        again.reading() as stored,
    ):
        assert len(stored.source("mails")) == MAILS - len(gone)
