"""The sandboxed process of one side: imports once, then forks for each input.

Started as a script with ``python -I``. Reads JSON lines from standard input: first a set-up, then
jobs; answers each with one JSON line. The process that runs the code is a fork of this one, so
that nothing a run leaves behind reaches the next.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

POLL_SECONDS = (0.001, 0.02)
FILE_LIMIT = 4_000_000_000


def main() -> None:
    """Serve jobs until standard input ends."""
    commands = os.fdopen(os.dup(0), "r", encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    _silence()
    setup = json.loads(commands.readline())
    sys.path[:] = setup["path"]
    from palimpsest.verify.sandbox.isolation import isolate

    walls = isolate(Path(setup["writable"]))
    _adopt_orphans()
    for name in setup["preload"]:
        _import_quietly(name)
    _import_quietly("palimpsest.verify.inside.execution")
    # What exists by now is never collected, nor copied into a fork because the collector looked.
    gc.collect()
    gc.freeze()
    _answer(answers, {"network": walls.network, "files": walls.files})
    for line in commands:
        _answer(answers, _run(json.loads(line), walls.complete, [commands, answers]))


def _import_quietly(name: str) -> None:
    # A package that cannot be imported fails again, with its line, where the code imports it.
    with contextlib.suppress(Exception):
        importlib.import_module(name)


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

        pr_set_child_subreaper = 36
        ctypes.CDLL(None).prctl(pr_set_child_subreaper, 1, 0, 0, 0)


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
    status, timed_out = _wait(child, started + job.time_limit)
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


def _wait(child: int, deadline: float) -> tuple[int, bool]:
    """Wait for a child, ending it at the deadline; return its wait status."""
    pause, longest = POLL_SECONDS
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status, False
        if time.monotonic() > deadline:
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
