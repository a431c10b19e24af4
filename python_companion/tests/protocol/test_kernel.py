"""The comm targets of a real kernel, spoken to by hand as a browser would."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

from .questions import write_question

TIMEOUT = 30

# Replaces a method by one that reports from a thread of its own until it is stopped, and one
# that answers with a buffer.
TEST_METHODS = """
from palimpsest.protocol import messages as _m
from palimpsest.protocol.methods import METHODS, Method

def _work(service, params, call):
    number = 0
    while not call.cancelled_event.wait(0.01):
        number += 1
        call.progress("working", number, number + 1)
    call.check()

def _page(service, params, call):
    call.buffers.append(b"x" * 10_000_000)
    return _m.Empty()

METHODS["verify.real"] = METHODS["verify.run"]
METHODS["verify.run"] = Method("verify.run", "query", "", _m.Empty, _m.Empty, _work, long=True)
METHODS["table.page"] = Method("table.page", "query", "", _m.Empty, _m.Empty, _page)
"""


class Kernel:
    """A kernel with the extension loaded."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self.client = client

    def execute(self, code: str) -> None:
        reply = self.client.execute_interactive(code, timeout=TIMEOUT, output_hook=lambda msg: None)
        assert reply["content"]["status"] == "ok", reply["content"]

    def create_subshell(self) -> str:
        self.client.control_channel.send(self.client.session.msg("create_subshell_request", {}))
        reply = self.client.get_control_msg(timeout=TIMEOUT)
        return str(reply["content"]["subshell_id"])

    def open(self, target: str, subshell: str | None = None) -> Comm:
        return Comm(self.client, target, subshell)


class Comm:
    """The browser's end of a comm."""

    def __init__(self, client: BlockingKernelClient, target: str, subshell: str | None) -> None:
        self._client = client
        self._subshell = subshell
        self.id = uuid.uuid4().hex
        self._post("comm_open", target_name=target, data={})

    def send(self, data: object) -> None:
        self._post("comm_msg", data=data)

    def call(self, method: str, identifier: str, **params: Any) -> None:
        self.send({"version": 1, "id": identifier, "method": method, "params": params})

    def close(self) -> None:
        self._post("comm_close", data={})

    def receive(self) -> dict[str, Any]:
        """Return the next message of the kernel to this comm."""
        while True:
            message: dict[str, Any] = self._client.get_iopub_msg(timeout=TIMEOUT)
            if message["content"].get("comm_id") == self.id:
                return message

    def answer(self, identifier: str) -> dict[str, Any]:
        while True:
            data: dict[str, Any] = self.receive()["content"]["data"]
            if data["id"] == identifier and "event" not in data:
                return data

    def progress(self, identifier: str) -> dict[str, Any]:
        while True:
            data: dict[str, Any] = self.receive()["content"]["data"]
            if data["id"] == identifier and "event" in data:
                return data

    def _post(self, kind: str, **content: Any) -> None:
        message = self._client.session.msg(kind, {"comm_id": self.id, **content})
        if self._subshell is not None:
            message["header"]["subshell_id"] = self._subshell
        self._client.shell_channel.send(message)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    folder = tmp_path_factory.mktemp("notebooks")
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(folder))
    kernel = Kernel(client)
    kernel.execute("%load_ext palimpsest")
    kernel.execute(TEST_METHODS)
    yield kernel
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@contextmanager
def busy_cell(kernel: Kernel, gate: Path) -> Iterator[None]:
    """Keep the main shell busy with a cell until the end of the block."""
    code = f"import pathlib, time\nwhile not pathlib.Path({str(gate)!r}).exists(): time.sleep(0.01)"
    kernel.client.execute(code)
    while kernel.client.get_iopub_msg(timeout=TIMEOUT)["msg_type"] != "execute_input":
        pass
    yield
    gate.touch()
    kernel.client.get_shell_msg(timeout=TIMEOUT)


def test_hello_on_the_main_shell(kernel: Kernel) -> None:
    comm = kernel.open("palimpsest.query")
    comm.call("hello", "1")
    assert comm.answer("1")["result"]["protocol"] == 1


def test_an_unknown_target_is_closed(kernel: Kernel) -> None:
    comm = kernel.open("palimpsest.missing")
    assert comm.receive()["msg_type"] == "comm_close"


@pytest.mark.parametrize("data", [None, [], "text", {"id": "1"}, {"version": 7, "id": "1"}])
def test_what_is_malformed_is_answered_and_harms_nothing(kernel: Kernel, data: object) -> None:
    comm = kernel.open("palimpsest.query")
    comm.send(data)
    assert comm.receive()["content"]["data"]["error"]["code"] in ("malformed", "version")
    comm.call("hello", "2")
    assert comm.answer("2")["error"] is None


def test_each_target_takes_its_own_methods(kernel: Kernel) -> None:
    query, command = kernel.open("palimpsest.query"), kernel.open("palimpsest.command")
    query.call("forget.apply", "1", run="r", token="t")
    assert query.answer("1")["error"]["code"] == "unknown-method"
    command.call("hello", "2")
    assert command.answer("2")["error"]["code"] == "unknown-method"


def test_buffers_arrive(kernel: Kernel) -> None:
    comm = kernel.open("palimpsest.query")
    comm.call("table.page", "1")
    message = comm.receive()
    assert message["content"]["data"]["error"] is None
    assert [len(buffer) for buffer in message["buffers"]] == [10_000_000]


def test_a_subshell_answers_while_a_cell_runs(kernel: Kernel, tmp_path: Path) -> None:
    comm = kernel.open("palimpsest.query", kernel.create_subshell())
    with busy_cell(kernel, tmp_path / "gate"):
        for number in range(3):
            comm.call("hello", str(number))
            assert comm.answer(str(number))["error"] is None


def test_long_work_leaves_the_subshell_free(kernel: Kernel, tmp_path: Path) -> None:
    comm = kernel.open("palimpsest.query", kernel.create_subshell())
    comm.call("verify.run", "long")
    comm.progress("long")
    with busy_cell(kernel, tmp_path / "gate"):
        # Sent from the thread that works or from the timer that delivers what was held, while
        # the message last taken up by the kernel is the cell's: neither may make the kernel
        # route the next query to the busy main shell.
        first = comm.progress("long")["data"]["done"]
        while comm.progress("long")["data"]["done"] < first + 10:
            pass
        comm.call("hello", "meanwhile")
        assert comm.answer("meanwhile")["error"] is None
        comm.call("cancel", "stop", request="long")
        codes: dict[str, str] = {}
        while len(codes) < 2:
            data = comm.receive()["content"]["data"]
            if "event" not in data:
                codes[data["id"]] = data["error"] and data["error"]["code"]
        assert codes == {"stop": None, "long": "cancelled"}


def test_long_work_on_the_main_shell_is_cancelled(kernel: Kernel) -> None:
    comm = kernel.open("palimpsest.query")
    comm.call("verify.run", "long")
    comm.progress("long")
    comm.call("cancel", "stop", request="long")
    assert comm.answer("long")["error"]["code"] == "cancelled"


@pytest.mark.skipif(sys.platform == "win32", reason="the sandbox needs fork")
def test_a_rewrite_is_verified_while_a_cell_runs(kernel: Kernel, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    question = write_question(workspace, least=1)
    comm = kernel.open("palimpsest.query", kernel.create_subshell())
    with busy_cell(kernel, tmp_path / "gate"):
        comm.call("verify.real", "v", **question)
        answer = comm.answer("v")
    assert answer["error"] is None
    assert answer["result"]["status"] == "equivalent", answer["result"]


def test_closing_the_comm_stops_its_work(kernel: Kernel) -> None:
    gone, other = kernel.open("palimpsest.query"), kernel.open("palimpsest.query")
    gone.call("verify.run", "abandoned")
    gone.progress("abandoned")
    gone.close()
    while True:
        other.call("cancel", "look", request="abandoned")
        if not other.answer("look")["result"]["cancelled"]:
            break


def test_the_extension_can_be_unloaded_and_loaded_again(kernel: Kernel) -> None:
    kernel.execute("%unload_ext palimpsest")
    assert kernel.open("palimpsest.query").receive()["msg_type"] == "comm_close"
    kernel.execute("%load_ext palimpsest")
    comm = kernel.open("palimpsest.query")
    comm.call("hello", "1")
    assert comm.answer("1")["error"] is None


def test_loading_imports_neither_pandas_nor_scikit_learn(tmp_path: Path) -> None:
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(tmp_path))
    try:
        kernel = Kernel(client)
        kernel.execute("%load_ext palimpsest")
        kernel.execute("import sys; assert not {'pandas', 'sklearn', 'pyarrow'} & set(sys.modules)")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
