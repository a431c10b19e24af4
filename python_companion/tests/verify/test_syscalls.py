"""The filter of system calls: what it refuses, with connections and without."""

from __future__ import annotations

import platform
import socket
import subprocess
import sys
from pathlib import Path

import pytest

TRIES = """
import ctypes, errno, socket, sys
from palimpsest.verify.sandbox.syscalls import refuse_calls

assert refuse_calls(may_connect=sys.argv[2] == "may")

libc = ctypes.CDLL(None, use_errno=True)

def refused(call):
    ctypes.set_errno(0)
    return call() == -1 and ctypes.get_errno() == errno.EPERM

assert refused(lambda: libc.ptrace(0, 0, 0, 0)), "ptrace"
assert refused(lambda: libc.umount2(b"/nowhere", 0)), "umount"
try:
    socket.socket(socket.AF_UNIX).connect(sys.argv[1])
except PermissionError:
    print("refused")
else:
    print("connected")
"""


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in {"x86_64", "aarch64"},
    reason="the filter is for Linux on these machines",
)
@pytest.mark.parametrize(("may", "outcome"), [("may", "connected"), ("not", "refused")])
def test_only_connections_are_given_back(tmp_path: Path, may: str, outcome: str) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        done = subprocess.run(
            [sys.executable, "-c", TRIES, str(path), may],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.stdout.strip() == outcome, done.stderr
