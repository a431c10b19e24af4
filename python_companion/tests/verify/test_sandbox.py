"""Nothing that runs in the sandbox harms, hangs or escapes; what it tries is told plainly."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from palimpsest.verify import VerificationCancelled
from palimpsest.verify.sandbox import scratch
from palimpsest.verify.sandbox.nursery import _nurseries
from palimpsest.verify.sandbox.processes import descendants
from tests.verify.conftest import Project

ORIGINAL = "rows = [(1, 'a'), (2, 'b')]\n"
FRAME = "pd.DataFrame({'i': [1, 2], 'k': ['a', 'b']})"


def rewrite(body: str) -> str:
    """Return a rewrite that gives the right rows after doing something else."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"import pandas as pd\n\ndef prepare():\n{lines}\n    return {FRAME}\n"


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    yield
    nurseries = {nursery._process.pid for nursery in _nurseries.values()}
    deadline = time.monotonic() + 20
    while set(descendants(os.getpid())) - nurseries and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not set(descendants(os.getpid())) - nurseries


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("while True: pass", "longer than 1 seconds"),
        ("import time; time.sleep(1000)", "longer than 1 seconds"),
        ("x = bytearray(1 << 40)", "MemoryError"),
        ("import sys; sys.exit(0)", "sys.exit"),
        ("import os; os._exit(0)", "exit code 0"),
        ("import os; os.kill(os.getpid(), 9)", "ended the process"),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        ("raise KeyError('k')", "KeyError: 'k'"),
        ("def f(): return f()\nf()", "RecursionError"),
        ("import socket; socket.create_connection(('127.0.0.1', 9))", "network access"),
        ("import urllib.request as u; u.urlopen('http://example.com')", "network access"),
        ("open('/tmp/palimpsest-escaped', 'w')", "outside the scratch copy"),
        ("import os; os.remove('/etc/hostname')", "outside the scratch copy"),
        ("import os; os.kill(os.getppid(), 9)", "signals to other processes"),
        ("import sqlite3; sqlite3.connect('/tmp/palimpsest-escaped')", "outside the scratch copy"),
    ],
)
def test_a_misbehaving_rewrite_fails_with_a_reason(project: Project, body: str, told: str) -> None:
    verdict = project.verify_code(ORIGINAL, rewrite(body), time_limit=1.0)

    assert verdict.status == "failed", verdict
    assert verdict.error is not None
    assert verdict.error.side == "rewritten"
    assert told in verdict.error.message
    assert not Path("/tmp/palimpsest-escaped").exists()


def test_the_line_of_an_error_is_the_users(project: Project) -> None:
    code = "import pandas as pd\n\ndef helper(frame):\n    return frame['nope']\n\n"
    code += f"def prepare():\n    return helper({FRAME})\n"

    verdict = project.verify_code(ORIGINAL, code)

    assert verdict.error is not None
    assert verdict.error.line == 4
    traceback = next(e.detail for e in verdict.evidence if e.step == "runs")
    assert "helper" in traceback
    assert "palimpsest/verify" not in traceback


def test_a_failing_original_is_told_as_such(project: Project) -> None:
    verdict = project.verify_code("rows = [1]\nrows[3]\n", rewrite("pass"))

    assert verdict.status == "failed"
    assert verdict.error is not None
    assert (verdict.error.side, verdict.error.line) == ("original", 2)


def test_memory_beyond_the_limit_is_refused(project: Project) -> None:
    body = "data = [bytearray(10_000_000) for _ in range(100)]"

    roomy = project.verify_code(ORIGINAL, rewrite(body), memory_limit=2_000_000_000)
    tight = project.verify_code(ORIGINAL, rewrite(body), memory_limit=300_000_000)

    assert roomy.status == "equivalent", roomy
    assert tight.error is not None
    assert "MemoryError" in tight.error.message


def test_processes_left_running_are_ended(project: Project) -> None:
    body = """
import os, time
if os.fork() == 0:
    os.setsid()
    time.sleep(1000)
    os._exit(0)
"""
    assert project.verify_code(ORIGINAL, rewrite(body)).status == "equivalent"


def test_the_network_is_unreachable_even_without_the_guard(project: Project) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    body = f"""
import subprocess, sys
code = "import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
subprocess.run([sys.executable, "-c", code], check=True)
"""
    with server:
        verdict = project.verify_code(ORIGINAL, rewrite(body))

    assert verdict.status == "failed", verdict


def test_files_outside_cannot_be_written_even_without_the_guard(
    project: Project, tmp_path: Path
) -> None:
    target = tmp_path / "escaped"
    body = f"import subprocess\nsubprocess.run(['touch', {str(target)!r}], check=True)"

    verdict = project.verify_code(ORIGINAL, rewrite(body))

    assert verdict.status == "failed", verdict
    assert not target.exists()


def test_files_of_the_folder_can_be_changed_in_the_copy_only(project: Project) -> None:
    body = """
with open("customers.csv", "a") as file:
    file.write("more")
open("made.txt", "w").close()
import os
os.mkdir("sub"); os.rename("made.txt", "sub/moved.txt"); os.remove("mails.csv")
"""
    before = {path.name: path.read_bytes() for path in project.folder.iterdir()}

    verdict = project.verify_code(ORIGINAL, rewrite(body))

    assert verdict.status == "equivalent", verdict
    assert {path.name: path.read_bytes() for path in project.folder.iterdir()} == before


def test_secrets_of_the_environment_are_not_passed_on(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    body = "import os\nassert 'OPENAI_API_KEY' not in os.environ"

    assert project.verify_code(ORIGINAL, rewrite(body)).status == "equivalent"


def test_a_module_beside_the_notebook_is_found(project: Project) -> None:
    (project.folder / "helpers.py").write_text("ROWS = [(1, 'a')]\n", encoding="utf-8")
    original = "from helpers import ROWS\nrows = list(ROWS)\n"
    rewritten = "import pandas as pd\nfrom helpers import ROWS\n\ndef prepare():\n"
    rewritten += "    return pd.DataFrame(ROWS)\n"

    assert project.verify_code(original, rewritten).status == "equivalent"


def test_cancelling_stops_at_once_and_leaves_nothing(project: Project) -> None:
    cancelled = threading.Event()
    threading.Timer(0.5, cancelled.set).start()

    with pytest.raises(VerificationCancelled):
        project.verify_code(ORIGINAL, rewrite("import time; time.sleep(600)"), cancelled=cancelled)


def test_a_folder_that_is_too_large_is_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch, "MAX_BYTES", 100)

    verdict = project.verify_code(ORIGINAL, rewrite("pass"))

    assert verdict.status == "inconclusive"
    assert "can be copied" in verdict.summary.replace("\n", " ")


def test_a_missing_folder_is_told(project: Project) -> None:
    verdict = project.verify_code(ORIGINAL, rewrite("pass"), working_directory="/nowhere")

    assert verdict.status == "inconclusive"
    assert "/nowhere" in verdict.summary


def test_verifications_may_run_at_the_same_time(project: Project) -> None:
    results: list[str] = []

    def work() -> None:
        results.append(project.verify_code(ORIGINAL, rewrite("pass")).status)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == ["equivalent"] * 3


def test_a_nursery_that_died_is_replaced(project: Project) -> None:
    assert project.verify_code(ORIGINAL, rewrite("pass")).status == "equivalent"
    for nursery in _nurseries.values():
        nursery._process.kill()
        nursery._process.wait()

    assert project.verify_code(ORIGINAL, rewrite("pass")).status == "equivalent"
