"""A run file of an earlier release is upgraded when it is opened, and is then like a new one."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from palimpsest.errors import StoreError
from palimpsest.pipeline import Pipeline, Run
from palimpsest.protocol.messages import Condition, Filter, ForgetRequest, RowIds
from palimpsest.store.integrity import find_damage
from palimpsest.store.runfile import RunFile
from palimpsest.store.schema import MIGRATIONS

from ..pipeline.complaints import make_logistic, make_pipeline_of, tables, write
from .version1 import make_version_1


def forget(run: Run, rows: list[int]) -> None:
    asked = ForgetRequest(run=run.id, source="mails", selector=RowIds(rows=rows), action="delete")
    run.apply(run.preview(asked).token)


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    return make_pipeline_of(tmp_path / "runs")


@pytest.fixture
def old(tmp_path: Path, pipeline: Pipeline) -> tuple[Path, dict[str, Any]]:
    """Make a file of version 1 in which something was forgotten, and say what it holds."""
    with pipeline.run(**write(tmp_path, tables(3))) as run:
        forget(run, [0, 5, 17])
        holds = {"frame": run.frame, "X": run.X, "receipts": run.receipts(), "id": run.id}
    make_version_1(run.path)
    return run.path, holds


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def schema_of(path: Path) -> set[str]:
    """Return the statements that make the tables, however often they were written anew."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")
        named = [re.sub(r"(array|rows)_\d+", r"\1_N", row[0]) for row in found]
        return {re.sub(r"[\s\"]+", " ", statement) for statement in named}


def test_an_older_file_is_upgraded_with_all_it_holds(
    old: tuple[Path, dict[str, Any]], tmp_path: Path, pipeline: Pipeline
) -> None:
    path, holds = old
    assert version_of(path) == 1
    with Run.open(path) as run:
        assert version_of(path) == len(MIGRATIONS)
        pd.testing.assert_frame_equal(run.frame, holds["frame"])
        assert (holds["X"] == run.X).all()
        assert run.receipts() == holds["receipts"]
        with run.reading() as stored:
            assert find_damage(stored.connection) == []
        forget(run, [1, 2, 60])
        assert run.prove().equal
    for row in (0, 1, 2, 5, 17, 60):
        assert f"subject-{row:04d} ".encode() not in path.read_bytes().lower()
    with pipeline.run(**write(tmp_path, tables(3))) as fresh:
        assert schema_of(path) == schema_of(fresh.path)


def test_a_class_of_labels_goes_with_its_last_row_after_an_upgrade(tmp_path: Path) -> None:
    pipeline = make_pipeline_of(
        tmp_path / "runs",
        extract_label=lambda frame: frame["country"],
        make_model=make_logistic,
        split=lambda frame: frame["country"] >= "FR",  # a model keeps the classes it was shown
    )
    with pipeline.run(**write(tmp_path, tables(3))) as run:
        forget(run, [0, 5, 17])
        labels, path = run.y, run.path
    make_version_1(path)
    with Run.open(path) as run:
        assert (run.y == labels).all()
        for country in ("DE", "ES"):
            asked = ForgetRequest(
                run=run.id,
                source="customers",
                selector=Filter(
                    conditions=[Condition(column="country", comparison="==", value=country)]
                ),
                action="delete",
            )
            run.apply(run.preview(asked).token)
            labels = labels[labels != country]
            assert (run.y == labels).all()
            with run.reading() as stored:
                classes = stored.table("label classes")
                assert classes is not None
                assert set(classes.read().frame["class"]) == set(labels)
                assert find_damage(stored.connection) == []


def test_an_upgrade_leaves_no_copies_behind(old: tuple[Path, dict[str, Any]]) -> None:
    path, _ = old
    before = path.read_bytes().lower().count(b"subject-0007 ")
    assert before > 0
    RunFile.open(path).close()
    assert path.read_bytes().lower().count(b"subject-0007 ") == before


def test_an_upgrade_that_is_killed_leaves_the_old_file_or_the_new_one(
    old: tuple[Path, dict[str, Any]],
) -> None:
    path, holds = old
    original = path.read_bytes()
    started = time.perf_counter()
    RunFile.open(path).close()
    took = time.perf_counter() - started
    versions = set()
    for attempt in range(8):
        path.write_bytes(original)
        child = os.fork()
        if not child:
            RunFile.open(path).close()
            os._exit(0)
        time.sleep(took * attempt / 6)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        versions.add(version_of(path))
        with Run.open(path) as run:
            pd.testing.assert_frame_equal(run.frame, holds["frame"])
    assert versions <= {1, len(MIGRATIONS)}
    assert 1 in versions


def test_a_newer_file_is_refused_and_left_alone(old: tuple[Path, dict[str, Any]]) -> None:
    path, _ = old
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"written by a newer Palimpsest .* pip install") as caught:
        Run.open(path)
    assert caught.value.file == str(path)
    assert path.read_bytes() == before
