"""Asking about a real run, and forgetting records of it, through the service."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from palimpsest.forget.apply import STAGES
from palimpsest.pipeline import Run
from palimpsest.protocol import messages as m
from palimpsest.protocol.call import Call
from palimpsest.protocol.errors import CallCancelled
from palimpsest.protocol.handlers import forgetting, tables
from palimpsest.protocol.service import Service

from .peer import Peer
from .pipelines import MAILS, run_pipeline, write_sources


class StoppedAt(Call):
    """A call that its peer stops while a stage is under way."""

    def __init__(self, stage: str) -> None:
        super().__init__(lambda told: None)
        self._stage = stage

    def report(self, stage: str, done: int, total: int, detail: str | None = None) -> None:
        super().report(stage, done, total, detail)
        if stage == self._stage:
            self.cancel()


class Story:
    """A workspace with one run, and a peer that asks about it."""

    def __init__(self, workspace: Path, run: str) -> None:
        self.workspace = workspace
        self.run = run
        self.peer = Peer(workspace)
        self._calls = 0

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method and return its response."""
        self._calls += 1
        self.peer.send(method, str(self._calls), **params)
        return self.peer.answer(str(self._calls))

    def result(self, method: str, **params: Any) -> dict[str, Any]:
        answer = self.ask(method, **params)
        assert answer["error"] is None, answer["error"]
        result: dict[str, Any] = answer["result"]
        return result

    def error(self, method: str, **params: Any) -> m.ErrorInfo:
        return m.ErrorInfo.model_validate(self.ask(method, **params)["error"])

    def page(self, table: str, **params: Any) -> tuple[dict[str, Any], pa.Table]:
        page = self.result("table.page", run=self.run, table=table, **params)
        (buffer,) = self.peer.buffers[-1]
        return page, pa.ipc.open_stream(buffer).read_all()

    def forget(self, **params: Any) -> dict[str, Any]:
        preview = self.result("forget.preview", run=self.run, **params)
        return self.result("forget.apply", run=self.run, token=preview["token"])

    def open(self) -> Run:
        (path,) = (self.workspace / ".palimpsest").glob("*.palimpsest")
        return Run.open(path)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Return a story that no test changes."""
    workspace = tmp_path_factory.mktemp("workspace")
    write_sources(workspace)
    with run_pipeline(workspace) as run:
        return Story(workspace, run.id)


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """Return a story to change."""
    write_sources(tmp_path)
    with run_pipeline(tmp_path) as run:
        return Story(tmp_path, run.id)


ANNA = {"kind": "keys", "column": "email", "values": ["c3@x.org"]}


def test_the_run_is_listed(first: Story) -> None:
    (summary,) = first.result("runs.list")["runs"]
    assert summary["run"] == first.run
    assert summary["training_rows"] == MAILS
    assert sorted(summary["sources"]) == ["customers", "mails"]


def test_the_plan_leads_from_sources_to_the_model(first: Story) -> None:
    plan = m.PlanGraph.model_validate(first.result("plan.get", run=first.run))
    assert {node.stage for node in plan.nodes} >= {"source", "prepare", "model"}
    known = {node.id for node in plan.nodes}
    assert all(set(node.inputs) <= known for node in plan.nodes)
    assert "level" in {column.column for column in plan.columns}


def test_pages_hold_the_training_table(first: Story) -> None:
    with first.open() as run:
        frame = run.frame
    pages = [first.page("training", offset=offset, limit=80) for offset in (0, 80, 160)]
    assert {page["total"] for page, _ in pages} == {len(frame)}
    read = pa.concat_tables([table for _, table in pages]).to_pandas()
    assert read["__row"].tolist() == frame.index.tolist()
    expected = frame.reset_index(drop=True)
    pd.testing.assert_frame_equal(read[list(frame.columns)], expected, check_dtype=False)
    assert [column["name"] for column in pages[0][0]["columns"]] == list(frame.columns)


def test_a_page_of_chosen_rows_and_columns(first: Story) -> None:
    page, table = first.page("source:mails", columns=["score", "mid"], rows=[5, 9], limit=1)
    assert page["total"] == 2
    assert table.to_pydict() == {"__row": [5], "score": [35 % 11], "mid": [5]}


def test_a_filtered_page(first: Story) -> None:
    where = [
        {"column": "score", "comparison": ">", "value": 5},
        {"column": "email", "comparison": "starts-with", "value": "c1"},
    ]
    page, table = first.page("training", filter=where, limit=10_000)
    with first.open() as run:
        frame = run.frame
    expected = frame[(frame["score"] > 5) & frame["email"].str.startswith("c1")]
    assert page["total"] == len(expected)
    assert table.column("__row").to_pylist() == expected.index.tolist()


def test_pages_of_the_matrix(first: Story) -> None:
    _, table = first.page("matrix", limit=10_000)
    with first.open() as run:
        assert table.drop(["__row"]).to_pandas().to_numpy() == pytest.approx(run.X)


def test_a_page_that_is_too_large_is_refused(first: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAXIMUM_PAGE_BYTES", 1000)
    error = first.error("table.page", run=first.run, table="training")
    assert error.code == "invalid-argument"
    assert "limit" in (error.hint or "")


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("table.page", {"table": "nothing"}, "not-found"),
        ("table.page", {"table": "training", "columns": ["nothing"]}, "invalid-argument"),
        (
            "table.page",
            {
                "table": "training",
                "filter": [{"column": "score", "comparison": "<", "value": "a lot"}],
            },
            "invalid-argument",
        ),
        ("trace.back", {"row": 10**6}, "not-found"),
        ("trace.back", {"row": -1}, "not-found"),
        (
            "trace.forward",
            {"source": "customers", "selector": {"kind": "rows", "rows": [10**6]}},
            "empty-selection",
        ),
        ("trace.forward", {"source": "nobody", "selector": ANNA}, "not-found"),
        (
            "forget.preview",
            {"source": "mails", "selector": ANNA, "action": "erase", "columns": ["nothing"]},
            "invalid-argument",
        ),
        ("forget.apply", {"token": "made up"}, "stale-token"),
    ],
)
def test_what_cannot_be_answered_gets_a_typed_error(
    first: Story, method: str, params: dict[str, Any], code: str
) -> None:
    error = first.error(method, run=first.run, **params)
    assert error.code == code, error


def test_tracing_there_and_back_again(first: Story) -> None:
    forward = first.result("trace.forward", run=first.run, source="customers", selector=ANNA)
    assert forward["records"] == 1
    assert forward["training_rows"] == len(forward["rows"]) == 7
    for row in forward["rows"]:
        back = first.result("trace.back", run=first.run, row=row)
        values = {record["source"]: record["values"] for record in back["records"]}
        assert values["customers"]["email"] == values["mails"]["email"] == "c3@x.org"
        assert back["polynomial"]


def test_queries_see_a_snapshot_while_somebody_writes(first: Story) -> None:
    with first.open() as run:
        path = run.path
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        page, _ = first.page("training")
        assert page["total"] == MAILS
    finally:
        writer.execute("ROLLBACK")
        writer.close()


def test_forgetting_is_previewed_applied_and_on_record(story: Story) -> None:
    request = {"source": "mails", "selector": ANNA, "action": "delete"}
    preview = story.result("forget.preview", run=story.run, **request)
    assert preview["training_rows_removed"] == 7
    receipt = story.result("forget.apply", run=story.run, token=preview["token"])
    assert receipt["records"] == receipt["training_rows_removed"] == 7
    page, _ = story.page("training")
    assert page["total"] == MAILS - 7
    receipts = story.result("receipts.list", run=story.run)
    assert receipts["intact"]
    assert [entry["receipt"] for entry in receipts["receipts"]] == [receipt["receipt"]]
    error = story.error("forget.apply", run=story.run, token=preview["token"])
    assert error.code == "stale-token"
    assert story.error("forget.preview", run=story.run, **request).code == "empty-selection"


def test_a_forget_that_is_stopped_in_time_changes_nothing(story: Story) -> None:
    request = {"run": story.run, "source": "mails", "selector": ANNA, "action": "delete"}
    preview = story.result("forget.preview", **request)
    asked = m.ApplyRequest(run=story.run, token=preview["token"])
    service = Service(story.workspace)
    for stage in STAGES[:-1]:
        with pytest.raises(CallCancelled):
            forgetting.apply(service, asked, StoppedAt(stage))
        page, _ = story.page("training")
        assert page["total"] == MAILS
    # the last one comes too late, and the token has been good all the time
    assert forgetting.apply(service, asked, StoppedAt(STAGES[-1])).records == 7


def test_erased_cells_are_marked_in_pages(story: Story) -> None:
    rows = {"kind": "rows", "rows": [4]}
    story.forget(source="mails", selector=rows, action="erase", columns=["sent"])
    _, table = story.page("source:mails", rows=[4, 5])
    assert table.column("sent").to_pylist() == [None, "2024-01-6"]
    sent = [name for name in table.column_names if name != "__row"].index("sent")
    assert table.column("__erased").to_pylist() == [[sent], []]
    where = [{"column": "sent", "comparison": "is-erased"}]
    page, _ = story.page("source:mails", filter=where)
    assert page["total"] == 1


def test_the_maintained_state_is_proved(story: Story) -> None:
    story.forget(source="customers", selector=ANNA, action="delete")
    proof = story.result("forget.prove", run=story.run)
    assert proof["equal"], proof
    (receipt,) = story.result("receipts.list", run=story.run)["receipts"]
    assert receipt["proof"]["equal"]


def test_a_proof_needs_the_functions_of_the_notebook(first: Story) -> None:
    request = {
        "version": 1,
        "id": "1",
        "method": "forget.prove",
        "params": {"run": first.run},
    }
    done = subprocess.run(
        [
            *(sys.executable, "-m", "palimpsest.protocol.stdio"),
            *("--workspace", str(first.workspace)),
        ],
        input=json.dumps(request) + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    responses = [json.loads(line) for line in done.stdout.splitlines()]
    assert responses[-1]["error"]["code"] == "needs-kernel"


def test_a_copied_workspace_is_on_its_own(story: Story, tmp_path: Path) -> None:
    copied = tmp_path / "copied"
    (tmp_path / "copied").mkdir()
    shutil.copytree(story.workspace / ".palimpsest", copied / ".palimpsest")
    copy = Story(copied, story.run)
    (summary,) = copy.result("runs.list")["runs"]
    assert Path(summary["path"]).parent == copied / ".palimpsest"
    copy.forget(source="mails", selector=ANNA, action="delete")
    assert copy.page("training")[0]["total"] == MAILS - 7
    assert story.page("training")[0]["total"] == MAILS


def test_a_run_that_the_catalog_has_lost_is_found(story: Story) -> None:
    for path in (story.workspace / ".palimpsest").glob("catalog*"):
        path.unlink()
    assert story.page("training")[0]["total"] == MAILS


def test_a_damaged_run_file_hides_no_other(story: Story) -> None:
    (story.workspace / ".palimpsest" / "aaa.palimpsest").write_bytes(b"not a run file" * 1000)
    (summary,) = story.result("runs.list")["runs"]
    assert summary["run"] == story.run
