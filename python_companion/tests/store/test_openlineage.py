"""Events of runs and forgets: valid, complete, and without a row id or a value."""

from __future__ import annotations

import copy
import http.server
import json
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import palimpsest.pandas as pd
from palimpsest.errors import PalimpsestError
from palimpsest.openlineage import emitting
from palimpsest.openlineage.describing import place_of
from palimpsest.openlineage.emitting import FILE_NAME, wait_for_posts
from palimpsest.pipeline import Pipeline, Run
from palimpsest.protocol.messages import ForgetRequest, Keys, RowIds

from ..pipeline.complaints import make_pipeline_of, tables, write
from .olschema import check_event

Event = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def paths(tmp_path: Path) -> dict[str, Any]:
    return write(tmp_path, tables(3))


@pytest.fixture
def pipeline(folder: Path) -> Pipeline:
    return make_pipeline_of(folder)


def told(folder: Path) -> list[Event]:
    events = [json.loads(line) for line in (folder / FILE_NAME).read_text().splitlines()]
    for event in events:
        check_event(event)
    return events


def forget(run: Run, rows: list[int], columns: list[str] | None = None) -> None:
    asked = ForgetRequest(
        run=run.id,
        source="mails",
        selector=RowIds(rows=rows),
        action="erase" if columns else "delete",
        columns=columns or [],
    )
    run.apply(run.preview(asked).token)


def dataset(event: Event, name: str) -> Event:
    (found,) = [one for one in event["outputs"] if one["name"].endswith(f"/{name}")]
    return dict(found)


def fields_of(facet: Event, column: str, kind: str) -> set[tuple[str, str]]:
    return {
        (Path(one["name"]).stem, one["field"])
        for one in facet["fields"][column]["inputFields"]
        if one["transformations"] == [{"type": kind}]
    }


def test_a_run_and_a_forget_are_told(pipeline: Pipeline, folder: Path, paths: Any) -> None:
    with pipeline.run(**paths) as run:
        forget(run, [0, 1])
        forget(run, [2], ["subject"])
        rows = len(run.frame)
    events = told(folder)
    assert [event["eventType"] for event in events] == ["START", "COMPLETE"] * 3
    ids = [event["run"]["runId"] for event in events]
    assert ids[0::2] == ids[1::2]
    assert len(set(ids)) == 3
    names = [event["job"]["name"] for event in events[::2]]
    assert names == ["complaints.run", "complaints.forget", "complaints.forget"]
    assert "parent" not in events[0]["run"]["facets"]
    for event in events[2:]:
        assert event["run"]["facets"]["parent"]["run"]["runId"] == ids[0]
    for event in events:
        assert {one["name"] for one in event["inputs"]} == set(paths.values())
    written = dataset(events[-1], "training")["outputFacets"]["outputStatistics"]["rowCount"]
    assert written == rows


def test_columns_are_followed_to_their_sources(
    pipeline: Pipeline, folder: Path, paths: Any
) -> None:
    with pipeline.run(**paths) as run:
        graph = run.plan_graph()
    (_, complete) = told(folder)
    inputs = {
        Path(one["name"]).stem: one["facets"]["schema"]["fields"] for one in complete["inputs"]
    }
    assert [field["name"] for field in inputs["mails"]] == list(tables(3)["mails"].columns)
    training = dataset(complete, "training")
    assert [field["name"] for field in training["facets"]["schema"]["fields"]] == [
        column.column for column in graph.columns
    ]
    lineage = training["facets"]["columnLineage"]
    whole = {(Path(one["name"]).stem, one["field"]) for one in lineage["dataset"]}
    assert ("mails", "date") in whole  # which rows there are
    assert ("customers", "email") in whole
    assert fields_of(lineage, "title", "DIRECT") == {("mails", "subject")}
    for column in graph.columns:
        value = {(ref.source, ref.column) for ref in column.value}
        control = {(ref.source, ref.column) for ref in column.control}
        assert fields_of(lineage, column.column, "DIRECT") == value
        assert fields_of(lineage, column.column, "INDIRECT") | whole == control | whole
    steps = dataset(complete, "matrix")["facets"]["columnLineage"]["fields"]
    assert set(steps) == {part.transformer for part in graph.features}
    model = dataset(complete, "model")["facets"]["columnLineage"]
    assert ("customers", "level") in fields_of(model, "model", "DIRECT")  # the label


def test_a_failure_is_told_without_its_words(
    folder: Path, paths: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(customers: Any, mails: Any) -> Any:
        raise RuntimeError("could not read 'Subject-0003'")

    with pytest.raises(RuntimeError):
        make_pipeline_of(folder, prepare=fail).run(**paths)
    start, failed = told(folder)
    assert (start["eventType"], failed["eventType"]) == ("START", "FAIL")
    assert failed["run"]["facets"]["errorMessage"]["message"] == "RuntimeError"
    with make_pipeline_of(folder).run(**paths) as run:
        shown = run.preview(
            ForgetRequest(run=run.id, source="mails", selector=RowIds(rows=[1]), action="delete")
        )
        forget(run, [0])
        with pytest.raises(PalimpsestError, match="changed since"):
            run.apply(shown.token)
    failed = told(folder)[-1]
    assert failed["eventType"] == "FAIL"
    assert failed["run"]["facets"]["errorMessage"]["message"] == "PalimpsestError (stale-token)"
    assert "Subject" not in (folder / FILE_NAME).read_text()


def test_no_value_and_no_row_id_is_told(pipeline: Pipeline, folder: Path, paths: Any) -> None:
    frames = tables(3)
    with pipeline.run(**paths) as run:
        asked = ForgetRequest(
            run=run.id,
            source="mails",
            selector=Keys(column="subject", values=[frames["mails"]["subject"][3]]),
            action="delete",
        )
        run.apply(run.preview(asked).token)
        forget(run, [7, 8], ["text", "email"])
    text = (folder / FILE_NAME).read_text()
    values = {
        str(value)
        for frame in frames.values()
        for value in frame.to_numpy().ravel()
        if len(str(value)) > 3  # "17" or "UK" may well be part of something else
    }
    values -= {"positive", "negative", "premium"}  # the last is a column, too
    assert [value for value in values if value in text] == []
    for event in told(folder):
        check_no_numbers(event)


def check_no_numbers(part: Any, name: str = "") -> None:
    """There is one kind of number in an event: how many rows were written."""
    if isinstance(part, dict):
        for key, value in part.items():
            check_no_numbers(value, key)
    elif isinstance(part, list):
        for value in part:
            check_no_numbers(value, name)
    elif isinstance(part, int | float):
        assert name == "rowCount"


def test_the_check_finds_what_is_wrong(pipeline: Pipeline, folder: Path, paths: Any) -> None:
    pipeline.run(**paths).close()
    event = told(folder)[1]

    def changed(change: Callable[[Event], object]) -> Event:
        other = copy.deepcopy(event)
        change(other)
        return other

    columns = ["outputs", 0, "facets", "columnLineage", "fields", "title", "inputFields", 0]

    def at(other: Any, *way: Any) -> Any:
        for step in way:
            other = other[step]
        return other

    for wrong in (
        changed(lambda e: e.pop("job")),
        changed(lambda e: e.update(eventType="DONE")),
        changed(lambda e: e.update(eventTime="yesterday")),
        changed(lambda e: e["run"].update(runId="17")),
        changed(lambda e: e.update(rows=[1, 2])),
        changed(lambda e: at(e, *columns).pop("field")),
        changed(lambda e: at(e, *columns).update(transformations=["DIRECT"])),
        changed(lambda e: e["inputs"][0]["facets"]["schema"].pop("_producer")),
        changed(lambda e: e["inputs"][0]["facets"]["schema"].update(fields="all")),
    ):
        with pytest.raises((ValueError, TypeError)):
            check_event(wrong)


@pytest.fixture
def endpoint() -> Iterator[tuple[str, list[tuple[str | None, Event]]]]:
    """Listen for events like a lineage server."""
    received: list[tuple[str | None, Event]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.headers["Authorization"], json.loads(body)))
            self.send_response(201)
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/v1/lineage", received
    server.shutdown()
    thread.join()
    server.server_close()


def test_events_are_posted_only_where_that_is_wanted(
    pipeline: Pipeline,
    folder: Path,
    paths: Any,
    endpoint: tuple[str, list[tuple[str | None, Event]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, received = endpoint
    pipeline.run(**paths).close()
    wait_for_posts()
    assert received == []
    monkeypatch.setenv(emitting.URL, url)
    monkeypatch.setenv(emitting.KEY, "sesame")
    pipeline.run(**paths).close()
    wait_for_posts()
    assert [event for _, event in received] == told(folder)[2:]
    assert {key for key, _ in received} == {"Bearer sesame"}


def test_who_does_not_listen_stops_nothing(
    pipeline: Pipeline,
    folder: Path,
    paths: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv(emitting.URL, "http://user:password@127.0.0.1:9/lineage")
    (folder / FILE_NAME).mkdir(parents=True)
    with caplog.at_level(logging.WARNING), pipeline.run(**paths) as run:
        forget(run, [0])
        assert len(run.receipts().receipts) == 1
        wait_for_posts()
    assert "could not be written" in caplog.text
    assert "could not be posted" in caplog.text
    assert "password" not in caplog.text


def test_sources_in_memory_have_names(folder: Path) -> None:
    make_pipeline_of(folder, prepare=prepare_frames).run(**tables(3)).close()
    _, complete = told(folder)
    assert {(one["namespace"], one["name"]) for one in complete["inputs"]} == {
        ("palimpsest", "complaints/customers"),
        ("palimpsest", "complaints/mails"),
    }


@pytest.mark.parametrize(
    ("address", "place"),
    [
        (None, ("palimpsest", "complaints/mails")),
        ("/data/mails.csv", ("file", "/data/mails.csv")),
        ("sqlite:////data/all.db", ("file", "/data/all.db/mails")),
        ("postgresql://anna@host:5432/shop", ("postgresql://host:5432", "shop/mails")),
        ("https://example.org/a/mails.csv", ("https://example.org", "a/mails.csv/mails")),
    ],
)
def test_places_of_sources(address: str | None, place: tuple[str, str]) -> None:
    assert place_of("mails", address, "complaints") == place


def prepare_frames(customers: Any, mails: Any) -> Any:
    """Take frames instead of files."""
    rows = mails.merge(customers[["email", "bank", "country"]], on="email")
    return pd.DataFrame(
        {
            "date": rows["date"],
            "title": rows["subject"].str.lower(),
            "bank": rows["bank"],
            "country": rows["country"],
            "mood": rows["text"],
            "premium": rows["text"].str.len() > 14,
        }
    )
