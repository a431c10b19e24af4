"""The verifier's end of a sandboxed process."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from palimpsest.verify.sandbox.isolation import Walls
from palimpsest.verify.sandbox.jobs import Failure, Job, Report
from palimpsest.verify.sandbox.nursery import search_path, spawn
from palimpsest.verify.sandbox.processes import descendants
from palimpsest.verify.storing import load
from palimpsest.verify.values import Observed

START_LIMIT = 120.0
"""Seconds a process may take to start and import."""

GRACE = 10.0
"""Seconds beyond a job's limit after which the process itself is given up."""


class Cancelled(Exception):
    """The caller asked to stop."""


@dataclass(frozen=True)
class Outcome:
    """What came of one job: a result, or the failure in its report.

    Of a script that failed, the result holds the stages that were finished before.
    """

    report: Report
    observed: Observed | None
    seconds: float

    @property
    def failure(self) -> Failure | None:
        """Why there is no result, or None."""
        return self.report.failure


class Sandbox:
    """One sandboxed process, which runs one job after the other.

    Parameters
    ----------
    folder
        Where it may write; its runs' folders are made below.
    preload
        Installed packages to import once.
    hash_seed
        The order of sets and of string hashes; differs between repetitions.
    cancelled
        When set, whoever waits gets `Cancelled`.
    """

    def __init__(
        self, folder: Path, preload: list[str], hash_seed: int, cancelled: threading.Event
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._cancelled = cancelled
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._walls: Walls | None = None
        their_input, our_output = os.pipe()
        our_input, their_output = os.pipe()
        self._commands = os.fdopen(our_output, "w", encoding="utf-8")
        self._answers = os.fdopen(our_input, "r", encoding="utf-8")
        try:
            self._pid = spawn(hash_seed, preload, folder, (their_input, their_output))
        finally:
            os.close(their_input)
            os.close(their_output)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._send({"path": search_path(), "writable": str(folder), "preload": preload})

    def walls(self) -> Walls:
        """Wait for the process to be ready and return which walls stand.

        Raises
        ------
        RuntimeError
            When the process could not be started.
        """
        if self._walls is None:
            answer = self._receive(START_LIMIT)
            if answer is None:
                self.close()
                raise RuntimeError("The sandboxed process could not be started.")
            self._walls = Walls(**answer)
        return self._walls

    def run(self, job: Job) -> Outcome:
        """Run one job and return what came of it, deleting its folders."""
        self.walls()
        try:
            self._send(job.to_json())
            answer = self._receive(job.time_limit + GRACE)
            if answer is None:
                message = "The process that ran the code was ended from inside or does not answer."
                return Outcome(Report(Failure("crashed", message)), None, 0.0)
            return _outcome(job, answer)
        finally:
            shutil.rmtree(Path(job.folder).parent, ignore_errors=True)

    def close(self) -> None:
        """End the process and everything it started, and wait until it has ended."""
        for pid in [*descendants(self._pid), self._pid]:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(BrokenPipeError):
            self._commands.close()
        self._reader.join()

    def _send(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(BrokenPipeError):  # the missing answer tells
            self._commands.write(json.dumps(message) + "\n")
            self._commands.flush()

    def _read(self) -> None:
        with self._answers:
            for line in self._answers:
                self._lines.put(line)
        self._lines.put(None)

    def _receive(self, seconds: float) -> dict[str, Any] | None:
        waited = 0.0
        while waited < seconds:
            if self._cancelled.is_set():
                raise Cancelled
            try:
                line = self._lines.get(timeout=0.05)
            except queue.Empty:
                waited += 0.05
                continue
            if line is None:
                self._lines.put(None)  # for whoever asks next
                return None
            answer: dict[str, Any] = json.loads(line)
            return answer
        return None


def _outcome(job: Job, answer: dict[str, Any]) -> Outcome:
    seconds = float(answer["seconds"])
    if answer["timed_out"]:
        message = f"The code ran longer than {job.time_limit:g} seconds."
        return Outcome(Report(Failure("limit", message)), None, seconds)
    if answer["exceeded"]:
        return Outcome(Report(Failure("limit", answer["exceeded"])), None, seconds)
    folder = Path(job.result)
    try:
        report = Report.from_json(json.loads((folder / "report.json").read_text(encoding="ascii")))
        finished = report.failure is None or (folder / "observed.json").exists()
        observed = load(folder) if finished else None
    except (OSError, ValueError, KeyError, TypeError):
        return Outcome(Report(_ending(job, answer["status"])), None, seconds)
    return Outcome(report, observed, seconds)


def _ending(job: Job, status: int) -> Failure:
    """Tell from a wait status why a process left no result."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGXCPU:
            return Failure(
                "limit", f"The code used more CPU time than {job.time_limit:g} seconds allow."
            )
        if number == signal.SIGKILL:
            return Failure("limit", "The system ended the process: it probably ran out of memory.")
        return Failure("crashed", f"The process crashed ({signal.Signals(number).name}).")
    code = os.waitstatus_to_exitcode(status)
    return Failure(
        "crashed", f"The code ended its process (exit code {code}) instead of returning."
    )
