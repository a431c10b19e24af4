"""The companion as a child process that speaks JSON lines."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from palimpsest.protocol import messages as m
from palimpsest.protocol.arrow import encode_page
from palimpsest.protocol.call import Call
from palimpsest.protocol.methods import METHODS, Method
from palimpsest.protocol.service import MAXIMUM_REQUEST_BYTES, Service
from palimpsest.protocol.stdio import serve


class Process:
    def __init__(self, workspace: Path) -> None:
        self.child = subprocess.Popen(
            [sys.executable, "-m", "palimpsest.protocol.stdio", "--workspace", str(workspace)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def write(self, line: bytes) -> None:
        assert self.child.stdin is not None
        self.child.stdin.write(line + b"\n")
        self.child.stdin.flush()

    def call(self, method: str, identifier: str, **params: Any) -> None:
        self.write(json.dumps(request(method, identifier, **params)).encode())

    def read(self) -> dict[str, Any]:
        assert self.child.stdout is not None
        message: dict[str, Any] = json.loads(self.child.stdout.readline())
        return message


def request(method: str, identifier: str, **params: Any) -> dict[str, Any]:
    return {"version": 1, "id": identifier, "method": method, "params": params}


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    process = Process(tmp_path_factory.mktemp("workspace"))
    yield process
    assert process.child.stdin is not None
    process.child.stdin.close()
    assert process.child.wait(30) == 0


def test_hello(process: Process) -> None:
    process.call("hello", "1")
    assert process.read()["result"]["protocol"] == 1


@pytest.mark.parametrize("line", [b"{", b"\xff\xfe", b"[" * 200_000, b'{"id": NaN', b"null"])
def test_a_line_that_is_no_message_is_refused_and_the_next_one_answered(
    process: Process, line: bytes
) -> None:
    process.write(line)
    assert process.read()["error"]["code"] == "malformed"
    process.call("hello", "2")
    assert process.read()["id"] == "2"


def test_blank_lines_are_ignored(process: Process) -> None:
    process.write(b"")
    process.write(b"   ")
    process.call("hello", "3")
    assert process.read()["id"] == "3"


def test_an_overlong_line_is_refused_and_the_next_one_answered(process: Process) -> None:
    process.call("plan.get", "4", run="x" * (3 * MAXIMUM_REQUEST_BYTES))
    error = process.read()["error"]
    assert error["code"] == "malformed"
    assert "3,000," in error["message"]
    process.call("hello", "5")
    assert process.read()["id"] == "5"


def test_the_longest_line_is_accepted(process: Process) -> None:
    empty = len(json.dumps(request("plan.get", "6", run="")))
    process.call("plan.get", "6", run="x" * (MAXIMUM_REQUEST_BYTES - empty))
    assert process.read()["error"]["code"] == "not-found"
    process.call("plan.get", "7", run="x" * (MAXIMUM_REQUEST_BYTES - empty + 1))
    assert process.read()["error"]["code"] == "malformed"


def test_a_folder_that_does_not_exist_is_named() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "palimpsest.protocol.stdio", "--workspace", "/does/not/exist"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "/does/not/exist" in done.stderr


class Pipe(io.RawIOBase):
    """Requests that come one at a time, when the test says so."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._changed = threading.Condition()

    def put(self, line: bytes) -> None:
        with self._changed:
            self._lines.append(line)
            self._changed.notify()

    def readline(self, size: int | None = -1, /) -> bytes:
        with self._changed:
            self._changed.wait_for(lambda: self._lines)
            return self._lines.pop(0)


class Output(io.BytesIO):
    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()

    def flush(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def wait_for(self, text: bytes) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: text in self.getvalue(), timeout=30)


def test_cancel_arrives_while_requests_are_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(service: Service, params: m.Empty, call: Call) -> m.Cancelled:
        call.report("started", 0, 1)
        while not call.cancelled_event.wait(0.01):
            pass
        call.check()
        raise AssertionError

    for name, channel in (("verify.run", "query"), ("forget.prove", "command")):
        method = Method(name, channel, "", m.Empty, m.Cancelled, work)  # type: ignore[arg-type]
        monkeypatch.setitem(METHODS, name, method)
    requests, responses = Pipe(), Output()
    server = threading.Thread(target=serve, args=(tmp_path, requests, responses))
    server.start()
    # More than there are workers: the cancellation must not queue behind them.
    for number in range(6):
        requests.put(json.dumps(request("verify.run", f"q{number}")).encode() + b"\n")
    requests.put(json.dumps(request("forget.prove", "c")).encode() + b"\n")
    responses.wait_for(b'"id": "q0", "event"')
    responses.wait_for(b'"id": "c", "event"')
    requests.put(json.dumps(request("cancel", "stop", request="c")).encode() + b"\n")
    responses.wait_for(b'"cancelled": true')
    requests.put(b"")  # the end: what still runs is stopped and answered
    server.join(30)
    assert not server.is_alive()
    messages = [json.loads(line) for line in responses.getvalue().splitlines()]
    codes = {x["id"]: x["error"]["code"] for x in messages if x.get("error")}
    assert codes == dict.fromkeys(["q0", "q1", "q2", "q3", "q4", "q5", "c"], "cancelled")


def test_buffers_travel_as_base64(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"a": [1, 2]})

    def page(service: Service, params: m.Empty, call: Call) -> m.Page:
        print("what user code prints goes elsewhere")
        call.buffers.append(encode_page(np.arange(2, dtype=np.int32), frame))
        return m.Page(table="t", total=2, offset=0, columns=[])

    method = Method("table.page", "query", "", m.Empty, m.Page, page)
    monkeypatch.setitem(METHODS, "table.page", method)
    responses = io.BytesIO()
    line = json.dumps(request("table.page", "1")).encode() + b"\n"
    serve(tmp_path, io.BytesIO(line), responses)
    answer = json.loads(responses.getvalue())
    (buffer,) = answer["buffers"]
    table = pa.ipc.open_stream(base64.b64decode(buffer)).read_all()
    assert table.to_pydict() == {"__row": [0, 1], "a": [1, 2]}


def notebook(path: Path, *cells: str) -> Path:
    sources: list[dict[str, Any]] = [{"cell_type": "markdown", "source": ["# Title"]}]
    sources += [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    path.write_text(json.dumps({"nbformat": 4, "cells": sources}))
    return path


def start(workspace: Path, file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, "-m", "palimpsest.protocol.stdio"),
            *("--workspace", str(workspace), "--notebook", str(file)),
        ],
        input=json.dumps(request("hello", "1")) + "\n",
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_notebook_is_run_in_its_folder_first(tmp_path: Path) -> None:
    (tmp_path / "helpers.py").write_text("def twice(x):\n    return 2 * x\n")
    cells = (
        "import inspect\nfrom helpers import twice\ndef prepare():\n    return twice(4)\n",
        "print(prepare())\nopen('source.txt', 'w').write(inspect.getsource(prepare))",
    )
    done = start(tmp_path, notebook(tmp_path / "n.ipynb", *cells))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "source.txt").read_text() == "def prepare():\n    return twice(4)\n"
    assert done.stderr.strip() == "8"
    assert json.loads(done.stdout)["result"]["working_directory"] == str(tmp_path)


def test_lines_for_ipython_are_left_out(tmp_path: Path) -> None:
    done = start(tmp_path, notebook(tmp_path / "n.ipynb", "%load_ext palimpsest\nprint(6 * 7)"))
    assert done.returncode == 0
    assert done.stderr.splitlines()[-1] == "42"
    assert "n.ipynb, cell 2: lines for IPython only" in done.stderr


@pytest.mark.parametrize(
    ("cells", "error"),
    [
        (
            ("x = 1", "def f():\n    return 1 / 0\nf()"),
            "n.ipynb, cell 3, line 2: ZeroDivisionError",
        ),
        (("x = 1\ny = = 2",), "n.ipynb, cell 2, line 2: invalid syntax"),
    ],
)
def test_a_failing_cell_is_named(tmp_path: Path, cells: tuple[str, ...], error: str) -> None:
    done = start(tmp_path, notebook(tmp_path / "n.ipynb", *cells))
    assert done.returncode == 1
    assert error in done.stderr
    assert done.stdout == ""


def test_a_file_that_is_no_notebook_is_named(tmp_path: Path) -> None:
    (tmp_path / "n.ipynb").write_text("[]")
    assert "n.ipynb' is not a notebook" in start(tmp_path, tmp_path / "n.ipynb").stderr
    assert "cannot be read" in start(tmp_path, tmp_path / "missing.ipynb").stderr
