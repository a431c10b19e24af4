"""The sandboxed process of one side: imports once, then forks for each input.

Run as a script with ``python -I`` it is a nursery, from which such processes are forked. One reads
JSON lines from standard input: first a set-up, then jobs; and answers each with one JSON line. The
process that runs the code is a fork of this one, so that nothing a run leaves reaches the next.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

POLL_SECONDS = (0.001, 0.02)
FILE_LIMIT = 4_000_000_000
_PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    """Be a nursery on the socket, and with the search path, that the command line names."""
    control = socket.socket(fileno=int(sys.argv[1]))
    sys.path[:] = json.loads(sys.argv[2])
    from palimpsest.verify.sandbox.nursery import import_quietly, tend

    for name in ("numpy", "pandas", "palimpsest.verify.inside.execution"):
        import_quietly(name)
    tend(control, serve)


def serve() -> None:
    """Serve jobs until standard input ends."""
    from palimpsest.verify.sandbox.isolation import isolate
    from palimpsest.verify.sandbox.nursery import freeze, import_quietly

    commands = os.fdopen(os.dup(0), "r", encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    _silence()
    setup = json.loads(commands.readline())
    sys.path[:] = setup["path"]
    walls = isolate(Path(setup["writable"]))
    _adopt_orphans()
    for name in setup["preload"]:
        import_quietly(name)
    freeze()
    _answer(answers, {"network": walls.network, "files": walls.files})
    for line in commands:
        _answer(answers, _run(json.loads(line), walls.complete, [commands, answers]))


def _silence() -> None:
    """Let nothing the code prints reach the channel."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)


def _answer(answers: Any, message: dict[str, Any]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


def _adopt_orphans() -> None:
    """Make processes whose parent ended children of this one, so that they can be ended too."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _run(data: dict[str, Any], confined: bool, channel: list[Any]) -> dict[str, Any]:
    """Fork, run one job, and tell how the process ended."""
    from palimpsest.verify.sandbox.jobs import Job

    job = Job(**data)
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        try:
            for stream in channel:
                os.close(stream.fileno())
            _work(job, confined)
        finally:
            os._exit(1)
    status, timed_out = _wait(child, started + job.time_limit, channel[0])
    _end_leftovers()
    seconds = time.monotonic() - started
    return {"timed_out": timed_out, "status": status, "seconds": seconds}


def _work(job: Any, confined: bool) -> None:
    """Run the job in this, the forked process; never returns."""
    from palimpsest.verify.inside.execution import execute
    from palimpsest.verify.sandbox.isolation import limit

    os.setpgid(0, 0)
    limit(job.time_limit, job.memory_limit, FILE_LIMIT)
    execute(job, confined)
    os._exit(0)


def _wait(child: int, deadline: float, commands: Any) -> tuple[int, bool]:
    """Wait for a child, ending it at the deadline or with the verifier; return its wait status."""
    pause, longest = POLL_SECONDS
    verifier = select.poll()
    verifier.register(commands, select.POLLHUP)
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status, False
        if time.monotonic() > deadline or verifier.poll(0):
            os.kill(child, signal.SIGKILL)
            return os.waitpid(child, 0)[1], True
        time.sleep(pause)
        pause = min(pause * 1.5, longest)


def _end_leftovers() -> None:
    """End what the finished job left running; orphans were adopted by this process."""
    from palimpsest.verify.sandbox.process import descendants

    for pid in descendants(os.getpid()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    main()
