"""The catalog: upgraded, refused when it is newer, and repaired by what the run files say."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from palimpsest.errors import StoreError
from palimpsest.pipeline import Run
from palimpsest.protocol.messages import ForgetRequest, RowIds
from palimpsest.store.catalog import FILE_NAME, Catalog
from palimpsest.store.catalogschema import VERSION

from ..pipeline.complaints import make_pipeline_of, tables, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def run(tmp_path: Path, folder: Path) -> Iterator[Run]:
    with make_pipeline_of(folder).run(**write(tmp_path, tables(3))) as opened:
        yield opened


def forget(run: Run, rows: list[int]) -> None:
    asked = ForgetRequest(run=run.id, source="mails", selector=RowIds(rows=rows), action="delete")
    run.apply(run.preview(asked).token)


def known(folder: Path) -> dict[str, Any]:
    with Catalog.open(folder) as catalog:
        catalog.reconcile()
        return {
            "runs": [summary.model_dump() for summary in catalog.runs()],
            "sources": catalog.records.sources(),
            "suppressed": {entry.identity for entry in catalog.suppressed("mails", None)},
            "heads": [catalog.audit_head(summary.run) for summary in catalog.runs()],
        }


def test_an_older_catalog_is_upgraded(run: Run, folder: Path) -> None:
    forget(run, [0, 1])
    before = known(folder)
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        connection.execute("DROP TABLE waiting")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
    assert known(folder) == before
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_a_newer_catalog_is_refused(run: Run, folder: Path) -> None:
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StoreError, match=r"newer Palimpsest .* pip install"):
        Catalog.open(folder)


def test_it_is_made_again_from_the_run_files(run: Run, folder: Path) -> None:
    forget(run, [0, 1])
    before = known(folder)
    for path in folder.glob(f"{FILE_NAME}*"):
        path.unlink()
    assert known(folder) == before


def test_a_moved_run_is_followed_and_a_deleted_one_remembered(run: Run, folder: Path) -> None:
    forget(run, [0, 1])
    before = known(folder)
    run.close()
    moved = run.path.with_name("another-9.palimpsest")
    shutil.move(run.path, moved)
    after = known(folder)
    assert [one["path"] for one in after["runs"]] == [str(moved)]
    assert after["sources"] == before["sources"]
    moved.unlink()
    gone = known(folder)
    assert gone["runs"] == []
    assert gone["suppressed"] == before["suppressed"]  # what was forgotten stays forgotten
    with Catalog.open(folder) as catalog:
        assert [summary.run for summary in catalog.runs(there=False)] == [run.id]


def test_files_outside_of_the_folder_are_not_opened(run: Run, folder: Path, tmp_path: Path) -> None:
    known(folder)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / run.path.name).write_bytes(run.path.read_bytes())
    run.path.unlink()
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:  # a catalog from somebody else
        connection.execute("UPDATE runs SET path = ?", (str(elsewhere / run.path.name),))
        connection.commit()
    assert known(folder)["runs"] == []
    (folder / run.path.name).symlink_to(elsewhere / run.path.name)
    assert known(folder)["runs"] == []
    with Catalog.open(folder) as catalog:
        assert len(catalog.runs(there=False)) == 1
