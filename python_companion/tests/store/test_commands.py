"""``python -m palimpsest``: the questions a shell may ask."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from palimpsest.__main__ import main
from palimpsest.pipeline import Run
from palimpsest.protocol.messages import ForgetRequest, RowIds

from ..pipeline.complaints import make_pipeline_of, tables, write


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Make a run with two forgets and a proof."""
    pipeline = make_pipeline_of(tmp_path / "runs")
    with pipeline.run(**write(tmp_path, tables(3))) as opened:
        for rows in ([0, 1], [2]):
            asked = ForgetRequest(
                run=opened.id, source="mails", selector=RowIds(rows=rows), action="delete"
            )
            opened.apply(opened.preview(asked).token)
        opened.prove()
        yield opened


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    out, err = capsys.readouterr()
    return status, out, err


def test_help_names_every_command() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "palimpsest", "--help"], capture_output=True, text=True, check=True
    ).stdout
    for command in ("runs", "holds", "resume", "audit", "check", "unsuppress"):
        assert f"\n    {command}" in shown


def test_runs_are_listed_also_those_that_are_gone(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ["--folder", str(run.path.parent)]
    status, out, _ = told(capsys, "runs", *folder)
    assert (status, run.id in out, "2 forgets" in out) == (0, True, True)
    run.close()
    run.path.unlink()
    assert "FILE NOT THERE" in told(capsys, "runs", *folder)[1]
    (listed,) = json.loads(told(capsys, "runs", "--json", *folder)[1])
    assert (listed["run"], listed["is_there"]) == (run.id, False)


def test_who_holds_a_record(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    folder = ["--folder", str(run.path.parent)]
    assert "No run holds" in told(capsys, "holds", "mails", "mid=0", *folder)[1]
    status, out, _ = told(capsys, "holds", "mails", "mid=9", *folder)
    assert status == 0
    for words in (run.id, "source 'mails': 1 records", "training table", "feature matrix"):
        assert words in out
    (found,) = json.loads(told(capsys, "holds", "mails", "mid=9", "--json", *folder)[1])
    assert (found["records"], found["run"]["run"]) == (1, run.id)
    status, _, err = told(capsys, "holds", "mails", "nonsense", *folder)
    assert (status, "COLUMN=VALUE" in err) == (2, True)
    status, _, err = told(capsys, "holds", "mails", "mid=1", "--folder", "/nowhere")
    assert (status, "--folder" in err) == (2, True)


def test_an_audit_chain_is_verified(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = told(capsys, "audit", str(run.path))
    assert (status, "The audit chain holds: 3 entries." in out) == (0, True)
    run.close()
    with closing(sqlite3.connect(run.path)) as connection:
        connection.execute("UPDATE audit SET kind = 'proof' WHERE sequence = 1")
        connection.commit()
    status, out, _ = told(capsys, "audit", str(run.path))
    assert (status, "entry 1 was changed" in out) == (1, True)
    found = json.loads(told(capsys, "audit", "--json", str(run.path))[1])
    assert found["problems"] == ["entry 1 was changed: its hash differs"]


def test_an_entry_cut_off_at_the_end_is_known_to_the_catalog(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    run.close()
    with closing(sqlite3.connect(run.path)) as connection:
        connection.execute("DELETE FROM audit WHERE sequence = 3")
        connection.commit()
    status, out, _ = told(capsys, "audit", str(run.path))
    assert (status, "that the catalog remembers is not there" in out) == (1, True)


def test_a_file_is_checked(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "check", str(run.path))[0] == 0
    run.close()
    with closing(sqlite3.connect(run.path)) as connection:
        connection.execute("UPDATE rows_2 SET c0 = 'else' WHERE row = 7")
        connection.commit()
    status, out, _ = told(capsys, "check", str(run.path))
    assert (status, "A row of the table" in out) == (1, True)
    assert told(capsys, "check", str(run.path.with_name("none.palimpsest")))[0] == 2


def test_what_waits_is_told_and_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = ["--folder", str(tmp_path / "runs")]
    paths = write(tmp_path, tables(3))
    with (
        make_pipeline_of(tmp_path / "runs").run(**paths) as one,
        make_pipeline_of(tmp_path / "runs", name="other").run(**paths) as other,
    ):
        away = other.path.rename(tmp_path / "away")
        asked = ForgetRequest(
            run=one.id, source="mails", selector=RowIds(rows=[3]), action="delete", everywhere=True
        )
        receipt = one.apply(one.preview(asked).token).receipt
        assert (
            f"{receipt} of run {one.id} has still to reach run {other.id}"
            in (told(capsys, "runs", *folder)[1])
        )
        status, out, _ = told(capsys, "resume", *folder)
        assert (status, "is not there" in out) == (1, True)
        away.rename(other.path)
        status, out, _ = told(capsys, "resume", *folder)
        assert (status, out) == (0, "Nothing waits.\n")
    with Run.open(other.path) as again:
        assert again.receipts().receipts[0].part_of == receipt


def test_a_suppression_is_lifted(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    folder = ["--folder", str(run.path.parent)]
    receipt = run.receipts().receipts[0].receipt
    status, out, _ = told(capsys, "unsuppress", receipt, "--user", "anna", *folder)
    assert (status, "2 records may come back" in out) == (0, True)
    assert told(capsys, "unsuppress", receipt, *folder)[0] == 2
    assert "unsuppress" in told(capsys, "audit", str(run.path))[1]
