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
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from palimpsest.verify.sandbox.isolation import Walls
    from palimpsest.verify.sandbox.watch import Watch

POLL_SECONDS = (0.001, 0.02)
DISK_LIMIT = 4_000_000_000
PASSES = 50
_PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    """Be a nursery on the socket, and with the search path, that the command line names."""
    control = socket.socket(fileno=int(sys.argv[1]))
    sys.path[:] = json.loads(sys.argv[2])
    from palimpsest.verify.sandbox.namespaces import can_live_apart
    from palimpsest.verify.sandbox.nursery import import_quietly, tend

    for name in ("numpy", "pandas", "palimpsest.verify.inside.execution"):
        import_quietly(name)
    can_live_apart()  # remembered by all that are forked from here
    tend(control, serve)


def serve() -> None:
    """Serve jobs until standard input ends."""
    from palimpsest.verify.sandbox.isolation import isolate, tasks_of_user
    from palimpsest.verify.sandbox.nursery import freeze, import_quietly

    commands = os.fdopen(os.dup(0), "r", encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    _silence()
    setup = json.loads(commands.readline())
    sys.path[:] = setup["path"]
    tasks = tasks_of_user()

    def last_words() -> None:
        commands.close()
        answers.close()

    walls = isolate(Path(setup["writable"]), last_words)
    _adopt_orphans()
    for name in setup["preload"]:
        import_quietly(name)
    freeze()
    _answer(answers, asdict(walls))
    for line in commands:
        _answer(answers, _run(json.loads(line), walls, tasks, [commands, answers]))


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


def _run(data: dict[str, Any], walls: Walls, tasks: int, channel: list[Any]) -> dict[str, Any]:
    """Fork, run one job, and tell how the process ended."""
    from palimpsest.verify.sandbox.jobs import Job
    from palimpsest.verify.sandbox.watch import Watch

    job = Job(**data)
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        try:
            for stream in channel:
                os.close(stream.fileno())
            _work(job, walls, tasks)
        finally:
            os._exit(1)
    # Its own group, whoever of the two gets there first.
    with contextlib.suppress(OSError):
        os.setpgid(child, child)
    folder = Path(job.folder).parent
    watch = Watch(folder, job.memory_limit, DISK_LIMIT, _below)
    ending = _wait(child, started + job.time_limit, watch, channel[0])
    _end_leftovers(child, alone=walls.processes)
    return {**ending, "seconds": time.monotonic() - started}


def _work(job: Any, walls: Walls, tasks: int) -> None:
    """Run the job in this, the forked process; never returns."""
    from palimpsest.verify.inside.execution import execute
    from palimpsest.verify.sandbox.isolation import limit

    with contextlib.suppress(OSError):
        os.setpgid(0, 0)
    os.nice(5)  # who watches must get its turn
    limit(job.time_limit, job.memory_limit, DISK_LIMIT, tasks)
    execute(job, walls.complete)
    os._exit(0)


def _wait(child: int, deadline: float, watch: Watch, commands: Any) -> dict[str, Any]:
    """Wait for a child; end it at the deadline, with the verifier, or when it takes too much.

    Returns its wait status, whether it took too long, and what it took too much of.
    """
    pause, longest = POLL_SECONDS
    verifier = select.poll()
    verifier.register(commands, select.POLLHUP)
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return {"timed_out": False, "exceeded": "", "status": status}
        late = time.monotonic() > deadline or bool(verifier.poll(0))
        exceeded = "" if late else watch.exceeded()
        if late or exceeded:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            status = os.waitpid(child, 0)[1]
            return {"timed_out": late, "exceeded": exceeded, "status": status}
        time.sleep(pause)
        pause = min(pause * 1.5, longest)


def _below() -> list[int]:
    from palimpsest.verify.sandbox.processes import descendants

    return descendants(os.getpid())


def _end_leftovers(group: int, *, alone: bool) -> None:
    """End what the finished job left running; orphans were adopted by this process.

    The first process of a namespace ends all others of it at once. Without one, those that start
    others faster than they are found are looked for again.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    for _ in range(1 if alone else PASSES):
        left = [-1] if alone else _below()
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, 0 if alone else os.WNOHANG)[0]:
                pass
        if not left:
            return


if __name__ == "__main__":
    main()
