"""Given any message, the service answers with a typed response and raises nothing."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from palimpsest.errors import PalimpsestError
from palimpsest.protocol import messages as m
from palimpsest.protocol.call import Call
from palimpsest.protocol.methods import METHODS, Method
from palimpsest.protocol.service import MAXIMUM_REQUEST_BYTES, Service

from .peer import Peer


@pytest.fixture
def peer(tmp_path: Path) -> Peer:
    return Peer(tmp_path)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Replace verify.run by work that goes on until it is stopped or the gate opens."""
    opened = threading.Event()

    def work(service: Service, params: m.Empty, call: Call) -> m.Cancelled:
        call.report("working", 0, 1)
        while not opened.wait(0.005):
            call.check()
        return m.Cancelled(cancelled=False)

    method = Method("verify.run", "query", "", m.Empty, m.Cancelled, work, long=True)
    monkeypatch.setitem(METHODS, "verify.run", method)
    yield opened
    opened.set()


def failing(error: BaseException) -> Method:
    def fail(service: Service, params: m.Empty, call: Call) -> m.Hello:
        raise error

    return Method("hello", "query", "", m.Empty, m.Hello, fail)


def test_hello_tells_the_versions_and_the_folder(peer: Peer, tmp_path: Path) -> None:
    peer.send("hello")
    answer = peer.answer()
    assert answer["error"] is None
    hello = m.Hello.model_validate(answer["result"])
    assert hello.protocol == m.PROTOCOL_VERSION
    assert hello.working_directory == str(tmp_path)


def test_a_workspace_without_runs_has_an_empty_list(peer: Peer) -> None:
    peer.send("runs.list")
    assert peer.answer()["result"] == {"runs": []}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (None, "malformed"),
        ([], "malformed"),
        ("hello", "malformed"),
        ({}, "malformed"),
        ({"version": 1, "id": "1", "method": "hello", "extra": 1}, "malformed"),
        ({"version": 1, "id": 1, "method": "hello"}, "malformed"),
        ({"version": 1, "id": "1", "method": "hello", "params": []}, "malformed"),
        ({"version": 1, "id": "1", "method": "hello", "params": {"x": 1}}, "malformed"),
        ({"version": 1, "id": "1", "method": "plan.get", "params": {}}, "malformed"),
        ({"version": 2, "id": "1", "method": "hello", "unknown": 1}, "version"),
        ({"version": 1, "id": "1", "method": "eval"}, "unknown-method"),
        ({"version": 1, "id": "1", "method": "__class__"}, "unknown-method"),
        ({"version": 1, "id": "x" * 65, "method": "hello"}, "malformed"),
        ({"version": 1, "id": "\ud800", "method": "hello"}, "malformed"),
        ({"version": 1, "id": "1", "method": "plan.get", "params": {"run": "a"}}, "not-found"),
    ],
)
def test_what_is_wrong_gets_a_typed_error(peer: Peer, message: object, code: str) -> None:
    peer.connection.receive(message)
    (answer,) = peer.received
    assert answer["result"] is None
    assert m.ErrorInfo.model_validate(answer["error"]).code == code
    json.dumps(answer).encode()


def test_a_malformed_parameter_is_named(peer: Peer) -> None:
    peer.send("table.page", run="r", table="training", limit=0)
    assert "limit" in peer.answer()["error"]["message"]
    assert "table.page" in peer.answer()["error"]["message"]


def test_requests_over_the_limit_are_refused(peer: Peer) -> None:
    peer.send("plan.get", run="x" * MAXIMUM_REQUEST_BYTES)
    error = peer.answer()["error"]
    assert error["code"] == "malformed"
    assert "1,000,000" in error["message"]


def test_a_command_is_not_answered_on_the_query_channel(tmp_path: Path) -> None:
    peer = Peer(tmp_path, "query")
    peer.send("forget.apply", run="r", token="t")
    assert peer.answer()["error"]["code"] == "unknown-method"
    assert "palimpsest.command" in peer.answer()["error"]["hint"]


def test_a_bug_becomes_internal_and_is_logged(
    peer: Peer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(METHODS, "hello", failing(KeyError("lost")))
    with caplog.at_level(logging.ERROR):
        peer.send("hello")
    error = peer.answer()["error"]
    assert error["code"] == "internal"
    assert "hello" in error["message"]
    assert "KeyError" in error["message"]
    assert error["hint"]
    assert "KeyError" in caplog.text


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1), RecursionError()])
def test_nothing_escapes_into_the_kernel(
    peer: Peer, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    monkeypatch.setitem(METHODS, "hello", failing(error))
    peer.send("hello")
    expected = "cancelled" if isinstance(error, KeyboardInterrupt) else "internal"
    assert peer.answer()["error"]["code"] == expected


def test_an_error_of_the_companion_keeps_its_code_and_place(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = PalimpsestError(
        "invalid-source", "Expected 5 fields, saw 6.", hint="Quote it.", file="a.csv", line=7
    )
    monkeypatch.setitem(METHODS, "hello", failing(error))
    peer.send("hello")
    assert peer.answer()["error"] == {
        "code": "invalid-source",
        "message": "Expected 5 fields, saw 6.",
        "hint": "Quote it.",
        "file": "a.csv",
        "line": 7,
        "column": None,
    }


def test_a_result_that_cannot_be_sent_is_an_internal_error(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def handler(service: Service, params: m.Empty, call: Call) -> m.Contribution:
        return m.Contribution(source="s", row=1, occurrence=0, values={"a": object()})

    method = Method("hello", "query", "", m.Empty, m.Contribution, handler)
    monkeypatch.setitem(METHODS, "hello", method)
    peer.send("hello")
    assert peer.answer()["error"]["code"] == "internal"


def test_nan_is_sent_as_null(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    def handler(service: Service, params: m.Empty, call: Call) -> m.Contribution:
        return m.Contribution(source="s", row=1, occurrence=0, values={"a": float("nan")})

    method = Method("hello", "query", "", m.Empty, m.Contribution, handler)
    monkeypatch.setitem(METHODS, "hello", method)
    peer.send("hello")
    assert peer.answer()["result"]["values"] == {"a": None}


def test_cancel_stops_a_long_call(peer: Peer, gate: threading.Event) -> None:
    peer.send("verify.run", "long")
    peer.send("cancel", "stop", request="long")
    assert peer.answer("stop")["result"] == {"cancelled": True}
    assert peer.answer("long")["error"]["code"] == "cancelled"


def test_cancel_without_anything_to_stop(peer: Peer) -> None:
    peer.send("cancel", request="gone")
    assert peer.answer()["result"] == {"cancelled": False}


def test_an_id_in_use_is_refused_and_free_again_after_its_answer(
    peer: Peer, gate: threading.Event
) -> None:
    peer.send("verify.run", "a")
    peer.send("hello", "a")
    assert peer.answer("a")["error"]["code"] == "busy"
    peer.received.clear()
    gate.set()
    assert peer.answer("a")["error"] is None
    peer.received.clear()
    peer.send("hello", "a")
    assert peer.answer("a")["result"]["protocol"] == 1


def test_a_peer_that_is_gone_stops_its_queries(peer: Peer, gate: threading.Event) -> None:
    peer.send("verify.run", "a")
    peer.connection.close()
    gate_never_opened = threading.Event()
    for _ in range(1000):
        if not peer.service.cancel("a"):
            break
        gate_never_opened.wait(0.005)
    assert not peer.service.cancel("a")
    assert all("event" in message for message in peer.received)


def test_a_peer_that_cannot_be_reached_does_not_break_the_service(tmp_path: Path) -> None:
    def send(message: dict[str, Any], buffers: list[bytes]) -> None:
        raise BrokenPipeError

    connection = Service(tmp_path).connect(send)
    connection.receive({"version": 1, "id": "1", "method": "hello", "params": {}})


def test_commands_run_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = threading.Semaphore(1)
    overlaps: list[bool] = []

    def handler(service: Service, params: m.Empty, call: Call) -> m.Cancelled:
        overlaps.append(not inside.acquire(blocking=False))
        threading.Event().wait(0.01)
        inside.release()
        return m.Cancelled(cancelled=False)

    method = Method("forget.apply", "command", "", m.Empty, m.Cancelled, handler, long=True)
    monkeypatch.setitem(METHODS, "forget.apply", method)
    peer = Peer(tmp_path)
    for number in range(4):
        peer.send("forget.apply", str(number))
    for number in range(4):
        assert peer.answer(str(number))["error"] is None
    assert overlaps == [False] * 4


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["rows", "filter", "keys", "delete", "erase", "training", "=="]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8) | st.sampled_from(["kind", "rows"]), inner)
    ),
    max_leaves=12,
)
FIELDS = sorted({name for method in METHODS.values() for name in method.params.model_fields})
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "version": st.just(1) | JSON,
        "id": st.text(max_size=70) | JSON,
        "method": st.sampled_from(sorted(METHODS)) | JSON,
        "params": st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6) | JSON,
    },
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=REQUESTS | JSON)
def test_whatever_arrives_gets_exactly_one_response(tmp_path: Path, message: object) -> None:
    # A call that the message would really start is answered elsewhere; here it is the shape.
    peer = Peer(tmp_path, schedule=lambda method, work: work())
    peer.connection.receive(message)
    responses = [answer for answer in peer.received if "event" not in answer]
    assert len(responses) == 1
    response = m.Response.model_validate(responses[0])
    assert (response.result is None) != (response.error is None)
    json.dumps(responses[0], allow_nan=False).encode()


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_deep_nesting_is_refused(peer: Peer, depth: int) -> None:
    nested: list[Any] = []
    for _ in range(depth):
        nested = [nested]
    peer.send("hello", x=nested)
    assert peer.answer()["error"]["code"] == "malformed"
