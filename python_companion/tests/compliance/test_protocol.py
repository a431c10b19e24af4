"""Compliance and the Runs panel, asked through the service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from palimpsest.compliance.registry import CHECKS
from tests.protocol.peer import Peer
from tests.protocol.pipelines import CUSTOMERS, MAILS, run_pipeline, write_sources

ADDRESS = "c3@x.org"


class Asked:
    """A peer of a workspace with runs."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.peer = Peer(workspace)
        self._calls = 0

    def __call__(self, method: str, **params: Any) -> Any:
        self._calls += 1
        self.peer.send(method, str(self._calls), **params)
        answer = self.peer.answer(str(self._calls))
        assert answer["error"] is None, answer["error"]
        return answer["result"]

    def refused(self, method: str, **params: Any) -> str:
        self._calls += 1
        self.peer.send(method, str(self._calls), **params)
        return str(self.peer.answer(str(self._calls))["error"]["code"])


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Asked, str, str]:
    workspace = tmp_path_factory.mktemp("workspace")
    write_sources(workspace)
    runs = [run_pipeline(workspace) for _ in range(2)]
    names = [run.id for run in runs]
    for run in runs:
        run.close()
    return Asked(workspace), names[0], names[1]


def test_checks_are_run_and_remembered(two_runs: tuple[Asked, str, str]) -> None:
    ask, run, _ = two_runs
    listed = ask("compliance.checks", run=run)["checks"]
    assert [check["id"] for check in listed] == list(CHECKS)
    found = ask("compliance.check", run=run)
    assert [result["id"] for result in found["results"]] == list(CHECKS)
    assert found["missing"] == []
    assert len(found["history"]) == 1
    again = ask("compliance.results", run=run)
    assert again["results"] == found["results"]
    assert again["history"][0]["statuses"] == {r["id"]: r["status"] for r in found["results"]}


def test_settings_are_kept_for_the_pipeline_and_checked(two_runs: tuple[Asked, str, str]) -> None:
    ask, run, other = two_runs
    ask("compliance.configure", run=run, check="score", settings={"warn": 0.9})
    by_id = {check["id"]: check for check in ask("compliance.checks", run=other)["checks"]}
    assert {one["name"]: one["value"] for one in by_id["score"]["settings"]}["warn"] == 0.9
    refused = ask.refused("compliance.configure", run=run, check="score", settings={"warn": -1.0})
    assert refused == "invalid-argument"
    assert ask.refused("compliance.check", run=run, checks=["none"]) == "invalid-argument"
    ask("compliance.configure", run=run, check="score", settings={})


def test_usage_has_one_byte_a_record(two_runs: tuple[Asked, str, str]) -> None:
    ask, run, _ = two_runs
    usage = ask("usage.get", run=run)["sources"]
    assert {one["source"]: one["records"] for one in usage} == {
        "customers": CUSTOMERS,
        "mails": MAILS,
    }
    for one, buffer in zip(usage, ask.peer.buffers[-1], strict=True):
        kinds = np.frombuffer(buffer, dtype=np.uint8)
        assert [int((kinds == k).sum()) for k in (1, 2, 3)] == [
            one["unused"],
            one["reached"],
            one["trained"],
        ]


def test_access_finds_a_person_in_every_run(two_runs: tuple[Asked, str, str]) -> None:
    ask, run, other = two_runs
    report = ask(
        "rights.access",
        run=run,
        source="customers",
        selector={"kind": "keys", "column": "email", "values": [ADDRESS]},
    )
    assert {one["run"]["run"] for one in report["runs"]} == {run, other}
    mails = [n for n in range(MAILS) if n % CUSTOMERS == 3]
    for one in report["runs"]:
        assert one["training_rows"] == len(mails)
        assert [record["values"]["email"] for record in one["records"]] == [ADDRESS]


def test_profile_counts_what_pandas_counts(two_runs: tuple[Asked, str, str]) -> None:
    ask, run, _ = two_runs
    (score,) = ask("column.profile", run=run, table="source:mails", columns=["score"])["columns"]
    values = np.array([n * 7 % 11 for n in range(MAILS)])
    assert (score["distinct"], score["missing"]) == (11, 0)
    assert score["mean"] == pytest.approx(values.mean())
    assert sum(one["count"] for one in score["bins"]) == MAILS
    (scaled,) = ask("column.profile", run=run, table="matrix", columns=["score__score"])["columns"]
    assert scaled["rows"] == MAILS


def test_report_is_one_page_without_script(two_runs: tuple[Asked, str, str]) -> None:
    ask, run, _ = two_runs
    hostile = "<script>alert(1)</script>"
    ask("card.set", run=run, card={"purpose": hostile})
    assert ask("card.get", run=run)["purpose"] == hostile
    size = ask("report.export", run=run)["size"]
    (page,) = ask.peer.buffers[-1]
    assert len(page) == size
    text = page.decode()
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")


def test_runs_are_compared(two_runs: tuple[Asked, str, str]) -> None:
    ask, run, other = two_runs
    facts = {one["summary"]["run"]: one for one in ask("runs.overview")["runs"]}
    assert facts[run]["shares_with"] == [other]
    compared = ask("runs.compare", run=run, other=other)
    assert compared["plan"] == []
    assert {one["source"]: one["both"] for one in compared["data"]} == {
        "customers": CUSTOMERS,
        "mails": MAILS,
    }
    assert all(one["equal"] for one in compared["parameters"])


def test_the_same_run_again_looks_skippable_until_it_is_used(
    two_runs: tuple[Asked, str, str],
) -> None:
    ask, run, other = two_runs
    by_run = {one["run"]: one for one in ask("runs.graphlets")["graphlets"]}
    assert by_run[other]["repeats"] == run
    assert by_run[other]["skippable"] is not None
    ask("runs.mark", run=other, marked=True, note="in the shop")
    after = ask("runs.graphlets")
    by_run = {one["run"]: one for one in after["graphlets"]}
    assert by_run[other]["skippable"] is None
    assert by_run[other]["led_to"] == ["in the shop"]
    assert after["seconds_without_outcome"] == pytest.approx(by_run[run]["seconds"])
    ask("runs.mark", run=other, marked=False)


def test_nothing_that_is_kept_names_a_value(tmp_path: Path) -> None:
    write_sources(tmp_path)
    with run_pipeline(tmp_path) as run:
        path, name = run.path, run.id
    ask = Asked(tmp_path)
    ask("compliance.check", run=name)
    preview = ask(
        "forget.preview",
        run=name,
        source="customers",
        action="delete",
        selector={"kind": "keys", "column": "email", "values": [ADDRESS]},
    )
    ask("forget.apply", run=name, token=preview["token"])
    ask("compliance.check", run=name)
    results = ask("compliance.results", run=name)
    assert [entry["forgets"] for entry in results["history"]] == [0, 1]
    kept = path.read_bytes() + (path.parent / "catalog.sqlite").read_bytes()
    assert b"compliance" in kept
    # The mails of the person hold the address, too; only the customer was forgotten.
    assert kept.count(f"3{ADDRESS}premium".encode()) == 0
    assert ADDRESS not in json.dumps(results)
