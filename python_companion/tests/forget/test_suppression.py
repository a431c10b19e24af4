"""What was forgotten does not come back with the next run, unless somebody says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from palimpsest.errors import PalimpsestError
from palimpsest.pipeline import Pipeline, Run
from palimpsest.protocol.messages import ForgetRequest, RowIds
from palimpsest.store.catalog import FILE_NAME

from ..pipeline.complaints import make_pipeline_of, tables, write


def forget(run: Run, source: str, rows: list[int], columns: list[str] | None = None) -> str:
    asked = ForgetRequest(
        run=run.id,
        source=source,
        selector=RowIds(rows=rows),
        action="erase" if columns else "delete",
        columns=columns or [],
    )
    return run.apply(run.preview(asked).token).receipt


def contents(run: Run) -> list[tuple[Any, ...]]:
    frame = run.frame.astype(object)
    return sorted(
        (tuple(None if v != v else v for v in row) for row in frame.itertuples(index=False)),
        key=repr,
    )


@pytest.fixture(params=["content", "keys"])
def pipeline(request: pytest.FixtureRequest, tmp_path: Path) -> Pipeline:
    keys = {"customers": ["cid"], "mails": ["mid"]} if request.param == "keys" else None
    return make_pipeline_of(tmp_path / "runs", keys=keys)


def test_a_rerun_on_the_old_files_does_not_resurrect(pipeline: Pipeline, tmp_path: Path) -> None:
    frames = tables(3)
    paths = write(tmp_path, frames)
    with pipeline.run(**paths) as run:
        forget(run, "mails", [0, 5, 17, 60, 61])
        forget(run, "customers", [2, 3], ["bank", "level"])
        forget(run, "customers", [4])
        expected = contents(run)
        # The files come back in another order: records are known by what they are.
        shuffled = {name: frame.sample(frac=1, random_state=1) for name, frame in frames.items()}
        shuffled["customers"] = frames["customers"]  # whose order decides which duplicate counts
        with pipeline.run(**write(tmp_path, shuffled)) as again:
            assert contents(again) == expected
            # and from there a forget goes on
            forget(again, "mails", [0])
            assert again.prove().equal
            with pipeline.run(**paths) as third:
                assert len(third.frame) <= len(again.frame)


def test_erased_and_then_deleted(pipeline: Pipeline, tmp_path: Path) -> None:
    paths = write(tmp_path, tables(3))
    with pipeline.run(**paths) as run:
        forget(run, "mails", [7, 8], ["subject"])
        forget(run, "mails", [7])
        with pipeline.run(**paths) as again, again.reading() as stored:
            assert len(stored.source("mails")) == 119
            part = stored.source("mails").read()
            assert part.erased["subject"].sum() == 1


def test_another_pipeline_over_the_same_file_honours_it(tmp_path: Path) -> None:
    paths = write(tmp_path, tables(3))
    first = make_pipeline_of(tmp_path / "runs")
    second = make_pipeline_of(tmp_path / "runs", name="other", split=0.2)
    with first.run(**paths) as run:
        forget(run, "mails", [0, 1, 2])
    with second.run(**paths) as other, other.reading() as stored:
        assert len(stored.source("mails")) == 117


def test_a_lost_catalog_is_made_again_from_the_run_files(tmp_path: Path) -> None:
    paths = write(tmp_path, tables(3))
    pipeline = make_pipeline_of(tmp_path / "runs")
    with pipeline.run(**paths) as run:
        forget(run, "mails", [0, 1, 2])
    for path in (tmp_path / "runs").glob(f"{FILE_NAME}*"):
        path.unlink()
    with pipeline.run(**paths) as again, again.reading() as stored:
        assert len(stored.source("mails")) == 117


def test_lifting_is_explicit_and_audited(pipeline: Pipeline, tmp_path: Path) -> None:
    paths = write(tmp_path, tables(3))
    with pipeline.run(**paths) as run:
        kept = forget(run, "mails", [0, 1])
        lifted = forget(run, "mails", [2, 3, 4])
        assert pipeline.unsuppress(lifted, user="anna") == 3
        with pipeline.run(**paths) as again, again.reading() as stored:
            assert len(stored.source("mails")) == 118
        receipts = run.receipts()
        assert receipts.intact
        assert [receipt.receipt for receipt in receipts.receipts] == [kept, lifted]
        with run.reading() as stored:
            kinds = stored.connection.execute("SELECT kind FROM audit").fetchall()
        assert kinds[-1] == ("unsuppress",)
        with pytest.raises(PalimpsestError, match="No record") as caught:
            pipeline.unsuppress(lifted)
        assert caught.value.code == "not-found"


def test_records_that_can_no_longer_be_recognised_stop_the_run(tmp_path: Path) -> None:
    paths = write(tmp_path, tables(3))
    with make_pipeline_of(tmp_path / "runs").run(**paths) as run:
        forget(run, "mails", [0])
    keyed = make_pipeline_of(tmp_path / "runs", keys={"mails": ["mid"]})
    files = sorted((tmp_path / "runs").iterdir())
    with pytest.raises(PalimpsestError, match="bring them back") as caught:
        keyed.run(**paths)
    assert caught.value.code == "invalid-source"
    assert sorted((tmp_path / "runs").iterdir()) == files
