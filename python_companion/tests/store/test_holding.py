"""Which runs, tables, matrices and models hold a record, also when files were moved or deleted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from palimpsest import holds
from palimpsest.errors import InvalidArgumentError
from palimpsest.pipeline import Run, live
from palimpsest.protocol.messages import ForgetRequest, RowIds
from palimpsest.store.catalog import Catalog

from ..pipeline.complaints import make_pipeline_of, tables, write


@pytest.fixture(params=["content", "keys"])
def keys(request: pytest.FixtureRequest) -> dict[str, list[str]] | None:
    return {"customers": ["cid"], "mails": ["mid"]} if request.param == "keys" else None


@pytest.fixture
def paths(tmp_path: Path) -> dict[str, Any]:
    return write(tmp_path, tables(3))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def two(
    folder: Path, paths: dict[str, Any], keys: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Run, Run]]:
    """Make runs of two notebooks over the same files; their kernels are gone."""
    one = make_pipeline_of(folder, keys=keys).run(**paths)
    other = make_pipeline_of(folder, name="other", split=0.2, keys=keys).run(**paths)
    monkeypatch.setattr(live, "_LIVE", {})
    with one, other:
        yield one, other


def forget(run: Run, rows: list[int]) -> None:
    asked = ForgetRequest(run=run.id, source="mails", selector=RowIds(rows=rows), action="delete")
    run.apply(run.preview(asked).token)


def used_mail(run: Run) -> int:
    """Return a mail that the model was trained on."""
    with run.reading() as stored:
        first = int(stored.fitted_rows()[0])
    contributions = run.trace_back(first).records
    return next(record.row for record in contributions if record.source == "mails")


def test_every_artifact_that_holds_a_record_is_named(two: tuple[Run, Run], folder: Path) -> None:
    one, other = two
    mail = used_mail(one)
    for source in ("mails", str(folder.parent / "mails.csv")):
        found = holds(source, {"mid": str(mail)}, folder)
        assert [holding.run.run for holding in found] == [other.id, one.id]
        mine = found[1]
        traced = one.trace_forward("mails", RowIds(rows=[mail]))
        assert (mine.records, mine.training_rows, mine.cells) == (
            1,
            traced.training_rows,
            traced.cells,
        )
        assert mine.training_rows == 1
        assert mine.models == tuple(traced.models) != ()
    forget(one, [mail])
    assert [h.run.run for h in holds("mails", {"mid": str(mail)}, folder)] == [other.id]
    forget(other, [mail])
    assert holds("mails", {"mid": str(mail)}, folder) == []


def test_what_several_columns_describe(two: tuple[Run, Run], folder: Path) -> None:
    frame = tables(3)["mails"]
    expected = int((frame["email"] == "person3@example.org").sum())
    found = holds("mails", {"email": "person3@example.org"}, folder)
    assert [holding.records for holding in found] == [expected, expected]
    one = frame[frame["email"] == "person3@example.org"].iloc[0]
    found = holds("mails", {"email": one["email"], "date": one["date"]}, folder)
    assert all(1 <= holding.records < expected for holding in found)


def test_a_moved_file_is_found_again_and_a_deleted_one_is_told(
    two: tuple[Run, Run], folder: Path, keys: Any
) -> None:
    one, other = two
    one.close()
    moved = one.path.with_name("renamed.palimpsest")
    one.path.rename(moved)
    assert {h.run.path for h in holds("mails", {"mid": "5"}, folder)} == {
        str(moved),
        str(other.path),
    }
    away = folder.parent / "elsewhere.palimpsest"
    shutil.move(moved, away)
    found = {h.run.run: h for h in holds("mails", {"mid": "5"}, folder)}
    assert found[other.id].is_there
    assert not found[one.id].is_there
    shutil.move(away, moved)
    assert all(h.is_there for h in holds("mails", {"mid": "5"}, folder))
    other.close()
    for path in (moved, other.path):
        path.unlink()
    left = holds("mails", {"mid": "5"}, folder)
    # With a declared key the catalog alone can tell; without, nobody knows the record's content.
    assert [h.is_there for h in left] == ([False, False] if keys else [])
    with Catalog.open(folder) as catalog:
        assert catalog.runs() == []
        assert len(catalog.runs(there=False)) == 2


def test_a_question_about_nothing_is_refused(two: tuple[Run, Run], folder: Path) -> None:
    with pytest.raises(InvalidArgumentError, match=r"has a source 'letters'.*customers, mails"):
        holds("letters", {"mid": "5"}, folder)
    with pytest.raises(InvalidArgumentError, match="has no column 'id'"):
        holds("mails", {"id": "5"}, folder)
    with pytest.raises(InvalidArgumentError, match="empty"):
        holds("mails", {}, folder)


def test_the_catalog_holds_no_value(two: tuple[Run, Run], folder: Path) -> None:
    data = b"".join(path.read_bytes() for path in folder.glob("catalog.sqlite*"))
    for sentinel in (b"subject-00", b"Subject-00", b"text-00", b"person3@", b"bank00"):
        assert sentinel not in data
    assert np.frombuffer(data, dtype=np.uint8).size > 4096
