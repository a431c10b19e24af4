"""A forget that spans several runs reaches all of them, also when a process dies between them."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from palimpsest.errors import InvalidArgumentError
from palimpsest.forget.spanning import resume
from palimpsest.pipeline import Pipeline, Run, live
from palimpsest.protocol.messages import Action, ForgetRequest, Receipt, RowIds
from palimpsest.store.catalog import Catalog

from ..crashes import TIMES
from ..pipeline.complaints import make_pipeline_of, prepare_left, tables, write

SPANNING = max(6, TIMES // 4)
"""How often a process is killed that forgets in three runs at once."""

MAILS = 160 + 4 * SPANNING


def request(run: Run, rows: list[int], action: Action = "delete", **more: Any) -> ForgetRequest:
    return ForgetRequest(
        run=run.id,
        source="mails",
        selector=RowIds(rows=rows),
        action=action,
        everywhere=True,
        **more,
    )


def forget(run: Run, rows: list[int], action: Action = "delete", **more: Any) -> Receipt:
    return run.apply(run.preview(request(run, rows, action, **more)).token)


@pytest.fixture(params=["content", "keys"])
def pipelines(tmp_path: Path, request: pytest.FixtureRequest) -> list[Pipeline]:
    """Make pipelines of three notebooks over the same files."""
    keys = {"customers": ["cid"], "mails": ["mid"]} if request.param == "keys" else None
    folder = tmp_path / "runs"
    return [
        make_pipeline_of(folder, keys=keys),
        make_pipeline_of(folder, name="left", prepare=prepare_left, keys=keys),
        make_pipeline_of(folder, name="shares", split=0.3, keys=keys),
    ]


def run_all(pipelines: list[Pipeline], folder: Path, mails: int = 120) -> list[Run]:
    paths = write(folder, tables(3, mails=mails))
    return [pipeline.run(**paths) for pipeline in pipelines]


def mails_of(path: Path) -> set[int]:
    with Run.open_alone(path) as run, run.reading() as stored:
        return {int(mid) for mid in stored.source("mails").read().frame["mid"]}


def waiting_in(folder: Path) -> int:
    with Catalog.open(folder) as catalog:
        catalog.reconcile()
        return len(catalog.waiting())


def test_all_runs_are_reached(pipelines: list[Pipeline], tmp_path: Path) -> None:
    runs = run_all(pipelines, tmp_path)
    receipt = forget(runs[0], [0, 1, 50])
    assert all(mails_of(run.path) == set(range(120)) - {0, 1, 50} for run in runs)
    for run in runs:
        (mine,) = run.receipts().receipts
        assert mine.records == 3
        assert mine.part_of == (None if run is runs[0] else receipt.receipt)
        assert run.receipts().intact
        assert run.prove().equal
        run.close()
    assert waiting_in(tmp_path / "runs") == 0


def test_only_those_that_hold_the_records(pipelines: list[Pipeline], tmp_path: Path) -> None:
    runs = run_all(pipelines, tmp_path)
    runs[1].apply(
        runs[1].preview(request(runs[1], [0]).model_copy(update={"everywhere": False})).token
    )
    forget(runs[0], [0])
    assert [len(run.receipts().receipts) for run in runs] == [1, 1, 1]
    for run in runs:
        run.close()


def test_erased_and_corrected_everywhere(pipelines: list[Pipeline], tmp_path: Path) -> None:
    runs = run_all(pipelines, tmp_path)
    forget(runs[0], [4, 5], "erase", columns=["subject"])
    forget(runs[2], [6], "rectify", values={"subject": "Right-0006"})
    for run in runs:
        with run.reading() as stored:
            part = stored.source("mails").read([4, 5, 6])
        assert part.erased["subject"].tolist() == [True, True, False]
        assert part.frame["subject"][2] == "Right-0006"
        assert run.prove().equal
        run.close()
    data = b"".join(path.read_bytes() for path in (tmp_path / "runs").iterdir())
    for old in (b"ubject-0004 ", b"ubject-0005 ", b"ubject-0006 "):
        assert old not in data


def test_an_insert_has_no_other_runs(pipelines: list[Pipeline], tmp_path: Path) -> None:
    run = pipelines[0].run(**write(tmp_path, tables(3)))
    asked = ForgetRequest(
        run=run.id, source="mails", action="insert", records=[{"mid": "900"}], everywhere=True
    )
    with run, pytest.raises(InvalidArgumentError, match="'everywhere'"):
        run.preview(asked)


def test_kept_rows_are_a_question_of_one_run(pipelines: list[Pipeline], tmp_path: Path) -> None:
    with pipelines[0].run(**write(tmp_path, tables(3))) as run:
        asked = request(run, [0], "erase", columns=["text"], keep_rows=True)
        with pytest.raises(InvalidArgumentError, match="do not go together"):
            run.preview(asked)


def test_what_cannot_be_done_yet_waits_and_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "runs"
    one, other = run_all(
        [make_pipeline_of(folder), make_pipeline_of(folder, name="other", prepare=opaque)], tmp_path
    )
    functions = live.find_live(other.id)
    assert functions is not None
    monkeypatch.delitem(live._LIVE, other.id)
    forget(one, [0, 1])
    assert mails_of(one.path) == set(range(2, 120))
    assert mails_of(other.path) == set(range(120))
    (left,) = resume(folder)
    assert (left.run, "functions" in left.reason) == (other.id, True)
    assert waiting_in(folder) == 1
    (update,) = one.updates().updates
    assert (update.run, update.state, update.reason) == (other.id, "waiting", left.reason)
    live.remember_live(other.id, functions)
    assert resume(folder) == []
    (update,) = one.updates().updates
    (followed,) = other.receipts().receipts
    assert (update.receipt, update.run, update.name) == (followed.part_of, other.id, "other")
    assert (update.state, update.followed_by) == ("done", followed.receipt)
    assert other.updates().updates == []
    assert mails_of(other.path) == set(range(2, 120))
    assert waiting_in(folder) == 0
    for run in (one, other):
        run.close()


def opaque(customers: Any, mails: Any) -> Any:
    """Prepare in a way that cannot be followed, so that a forget runs it again."""
    from ..pipeline.complaints import prepare

    frame = prepare(customers, mails)
    return frame.assign(number=range(len(frame))).drop(columns="number")


def test_a_file_that_is_away_is_reached_when_it_is_back(
    pipelines: list[Pipeline], tmp_path: Path
) -> None:
    runs = run_all(pipelines, tmp_path)
    away = tmp_path / "away"
    runs[1].close()
    runs[1].path.rename(away)
    forget(runs[0], [7])
    assert waiting_in(tmp_path / "runs") == 1
    (left,) = resume(tmp_path / "runs")
    assert "Put it back" in left.reason
    away.rename(runs[1].path)
    assert 7 in mails_of(runs[1].path)
    # The next run of a pipeline in the folder goes on with what waits.
    pipelines[0].run(**write(tmp_path, tables(3))).close()
    assert waiting_in(tmp_path / "runs") == 0
    assert 7 not in mails_of(runs[1].path)
    for run in runs:
        run.close()


def forget_in_child(path: Path, row: int) -> tuple[int, int]:
    readable, writable = os.pipe()
    child = os.fork()
    if child:
        os.close(writable)
        return child, readable
    try:
        with Run.open_alone(path) as run:
            shown = run.preview(request(run, [row, row + 1]))
            os.write(writable, b"!")
            run.apply(shown.token)
        os._exit(0)
    finally:
        os._exit(1)


def test_killed_at_any_moment(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    runs = run_all(
        [
            make_pipeline_of(folder),
            make_pipeline_of(folder, name="left", prepare=prepare_left),
            make_pipeline_of(folder, name="shares", split=0.3),
        ],
        tmp_path,
        MAILS,
    )
    paths = [run.path for run in runs]
    for run in runs:
        run.close()
    child, pipe = forget_in_child(paths[0], 0)
    assert os.read(pipe, 1) == b"!"
    begun = time.perf_counter()
    assert os.waitpid(child, 0)[1] == 0
    took = time.perf_counter() - begun
    os.close(pipe)
    gone, rng, between = {0, 1}, random.Random(0), 0
    outcomes = []
    for attempt in range(1, SPANNING + 1):
        row = 2 * attempt
        child, pipe = forget_in_child(paths[0], row)
        assert os.read(pipe, 1) == b"!"
        time.sleep(rng.uniform(0.0, 1.1 * took))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(pipe)
        states = [row in mails_of(path) for path in paths]
        between += len(set(states)) == 2
        if not states[0]:
            gone |= {row, row + 1}
        Run.open(paths[0]).close()  # which completes what was begun
        for path in paths:
            assert mails_of(path) == set(range(MAILS)) - gone
        outcomes.append(not states[0])
        assert waiting_in(folder) == 0
    assert any(outcomes)
    for path in paths:
        with Run.open(path) as run:
            assert run.receipts().intact
            assert len(run.receipts().receipts) == len(gone) // 2
            assert run.prove().equal
    data = b"".join(path.read_bytes() for path in folder.iterdir())
    assert [row for row in gone if f"subject-{row:04d} ".encode() in data.lower()] == []
    print(f"killed {SPANNING} times, {between} times between two runs")
