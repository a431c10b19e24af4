"""Code that attacks what is around it gets nowhere, also past the guard inside the process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from palimpsest.verify.sandbox import watch
from palimpsest.verify.sandbox.namespaces import can_live_apart
from palimpsest.verify.sandbox.watch import Watch
from tests.verify.conftest import Project
from tests.verify.test_sandbox import ORIGINAL, rewrite

walled = pytest.mark.skipif(not can_live_apart(), reason="the system allows no namespaces")

ATTEMPTS = """
import ctypes, os, struct, subprocess

def must_fail(attempt):
    try:
        attempt()
    except Exception:
        return
    raise AssertionError(attempt)

def shell(command):
    subprocess.run(["sh", "-c", command], check=True, stderr=subprocess.DEVNULL)

def call(result):
    if result != 0:
        raise OSError(result)
"""


@pytest.fixture
def neighbour() -> Iterator[subprocess.Popen[bytes]]:
    """Yield a process of the same user that keeps a secret in its environment."""
    command = [sys.executable, "-c", "input()"]
    environment = {**os.environ, "API_KEY": "a-secret"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as process:
        yield process
        process.kill()


def attempts(*code: str) -> str:
    """Return a rewrite that is right when none of these succeeds."""
    return rewrite(ATTEMPTS + "\n".join(f"must_fail(lambda: {line})" for line in code))


@walled
def test_other_processes_cannot_be_looked_into_or_signalled(
    project: Project, neighbour: subprocess.Popen[bytes]
) -> None:
    pid = neighbour.pid
    code = attempts(
        f'open("/proc/{pid}/environ", "rb").read()',
        f'shell("grep -q a-secret /proc/{pid}/environ")',
        "shell(\"cat /proc/*/environ | tr '\\\\0' '\\\\n' | grep -q a-secret\")",
        f"os.kill({pid}, 15)",
        f'shell("kill -15 {pid}")',
        f"call(ctypes.CDLL(None).kill({pid}, 15))",
        f"call(ctypes.CDLL(None).ptrace(16, {pid}, 0, 0))",
    )

    verdict = project.verify_code(ORIGINAL, code)

    assert verdict.status == "equivalent", verdict
    assert neighbour.poll() is None


@walled
def test_the_copies_of_the_inputs_cannot_be_reached_through_their_links(project: Project) -> None:
    before = {path.name: path.read_bytes() for path in project.folder.iterdir()}
    code = attempts(
        'os.remove(os.path.realpath("mails.csv"))',
        'open(os.path.realpath("mails.csv"), "w")',
        'os.truncate(os.path.realpath("mails.csv"), 0)',
        'shell("echo x > mails.csv")',
        'shell("rm -f $(realpath mails.csv) && test ! -e $(realpath mails.csv)")',
        f"os.remove({str(project.folder / 'mails.csv')!r})",
        f"shell('rm {project.folder / 'mails.csv'}')",
        f"os.rename('mails.csv', {str(project.folder / 'x.csv')!r})",
    )

    assert project.verify_code(ORIGINAL, code).status == "equivalent"
    assert {path.name: path.read_bytes() for path in project.folder.iterdir()} == before


@walled
def test_files_in_shared_memory_are_its_own(project: Project) -> None:
    mark = Path("/dev/shm/palimpsest-attack")
    body = f"open({str(mark)!r}, 'w').close()\nimport os\nassert os.path.exists({str(mark)!r})"

    verdict = project.verify_code(ORIGINAL, rewrite(body))

    assert verdict.status == "equivalent", verdict
    assert not mark.exists()


def test_changing_the_folder_opens_no_door(project: Project) -> None:
    code = attempts(
        '(os.chdir("/"), open("palimpsest-attack", "w"))', 'shell("touch /palimpsest-attack")'
    )

    assert project.verify_code(ORIGINAL, code).status == "equivalent"
    assert not Path("/palimpsest-attack").exists()


@walled
def test_sockets_in_the_file_system_cannot_be_connected_to(
    project: Project, tmp_path: Path
) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        address = f'struct.pack("H", 1) + {str(path).encode()!r} + b"\\0"'
        code = attempts(
            f"__import__('socket').socket(1).connect({str(path)!r})",
            f"call(ctypes.CDLL(None).connect(ctypes.CDLL(None).socket(1, 1, 0), {address}, {len(str(path)) + 3}))",
        )

        assert project.verify_code(ORIGINAL, code).status == "equivalent"


@walled
def test_processes_that_start_processes_are_ended_together(project: Project) -> None:
    verdict = project.verify_code(ORIGINAL, rewrite("import os\nwhile True: os.fork()"))

    assert verdict.status == "failed", verdict
    assert verdict.error is not None
    assert "processes" in verdict.error.message or "longer than" in verdict.error.message


def test_process_pools_still_work(project: Project) -> None:
    body = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
    assert list(pool.map(abs, [-1, -2])) == [1, 2]
"""
    assert project.verify_code(ORIGINAL, rewrite(body)).status == "equivalent"


def test_the_inputs_may_be_deleted_in_the_copy(project: Project) -> None:
    original = "import os\nrows = [line.split(',') for line in open('mails.csv')]\nos.remove('mails.csv')\n"
    rewritten = (
        "import os\nimport pandas as pd\n\ndef prepare(mails='mails.csv'):\n"
        "    rows = [line.split(',') for line in open(mails)]\n    os.remove(mails)\n"
        "    return pd.DataFrame(rows)\n"
    )

    verdict = project.verify_code(original, rewritten, mutations=0)

    assert verdict.status == "equivalent", verdict
    assert (project.folder / "mails.csv").exists()


class Counted:
    """A watch over a folder with what the system says replaced."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, pids: int) -> None:
        monkeypatch.setattr(watch, "_PAUSE", 0.0)
        self._patch = monkeypatch
        self._watch = Watch(folder, 1000, 1000, lambda: list(range(pids)))

    def told(self, *, free: int | None = None, resident: int = 0, gone: bool = False) -> str:
        """Return what is said when so much is free and taken."""
        if free is not None:
            self._patch.setattr(watch, "_free", lambda _: free)
        if gone:
            self._patch.setattr(watch, "_available", lambda: 0)
        self._patch.setattr(watch, "_resident", lambda _: resident)
        return self._watch.exceeded()


def test_what_all_processes_take_together_is_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "large").write_bytes(b"x" * 100_000)

    assert Counted(tmp_path, monkeypatch, 2).told() == ""
    assert "processes" in Counted(tmp_path, monkeypatch, watch.MOST_PROCESSES + 1).told()
    few = Counted(tmp_path, monkeypatch, 2)
    assert few.told(resident=600) == ""
    assert "memory" in few.told(resident=600, gone=True)


def test_what_is_written_to_disk_is_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "large").write_bytes(b"x" * 100_000)
    counted = Counted(tmp_path, monkeypatch, 1)

    assert counted.told() == ""
    assert "to disk" in counted.told(free=0)
