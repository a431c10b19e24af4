"""What a check list is made of."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from palimpsest.adapt.output import first_difference
from palimpsest.adapt.running import QUIET_TOOLS, Case, Outcome, run
from palimpsest.adapt.statements import lost_statements


@dataclass(frozen=True)
class Point:
    """One point of a check list."""

    name: str
    ok: bool
    detail: str

    @staticmethod
    def of(name: str, problem: str | None, fine: str = "yes") -> Point:
        """Return a point that is met when there is no problem."""
        return Point(name, problem is None, fine if problem is None else problem)


@dataclass(frozen=True)
class Trial:
    """An adaptation that ran, beside two runs of its original."""

    case: Case
    overlay: Path
    """Folder of the adapted files, which are laid over those of the case."""
    first: Outcome
    second: Outcome
    adapted: Outcome

    def again(self, *, args: list[str] | None = None, source: str | None = None) -> Outcome:
        """Run the adapted script once more in the folder of its run, beside what that left.

        Parameters
        ----------
        args
            Other arguments for the script.
        source
            Another text for the script, which stays in the folder.
        """
        return run(
            self.case,
            overlay=self.overlay,
            folder=self.adapted.folder,
            args=args,
            source=source,
        )

    def read_store(self, module: str, folder: Path | None = None) -> Any:
        """Return what `palimpsest.adapt.stores.MODULE` reads of the adapted run, or of a folder.

        Raises
        ------
        LookupError
            When there is no store, or it cannot be read.
        """
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                f"palimpsest.adapt.stores.{module}",
                str(folder or self.adapted.folder),
            ],
            capture_output=True,
            text=True,
            env=QUIET_TOOLS,
            check=False,
        )
        if done.returncode != 0:
            raise LookupError(done.stderr.strip().splitlines()[-1])
        return json.loads(done.stdout.splitlines()[-1])

    def original_source(self) -> str:
        """Return the text of the original script."""
        return (self.case.folder / self.case.script).read_text(encoding="utf-8")

    def adapted_source(self) -> str:
        """Return the text of the adapted script."""
        path = self.overlay / self.case.script
        return path.read_text(encoding="utf-8") if path.exists() else self.original_source()


def _same_output(trial: Trial) -> str | None:
    difference = first_difference(
        trial.first.stdout, trial.second.stdout, trial.adapted.stdout, trial.case.volatile
    )
    return None if difference is None else "line {}: {!r} became {!r}".format(*difference)


@dataclass(frozen=True)
class TaskCheck:
    """The check list of a task; what it leaves out is as for all tasks."""

    points: Callable[[Trial], Iterator[Point]]
    """The task's own points, looked at when the adapted run has ended."""
    lost: Callable[[str, str], list[str]] = lost_statements
    """What an adapted file lacks of the original one."""
    hidden: Callable[[str, str], list[str]] = lambda _original, _adapted: []
    """What this task may not add to a file, beside what none may."""
    output_problem: Callable[[Trial], str | None] = _same_output
    """How what the adapted script printed differs from what it should have."""
