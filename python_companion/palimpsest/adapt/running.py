"""Running a script as a user would, in a scratch copy of its folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_SETTINGS = {
    "DVC_NO_ANALYTICS": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MPLBACKEND": "Agg",
    "PYTHONHASHSEED": "0",
    "TQDM_DISABLE": "1",
    "WANDB_MODE": "offline",
    "TRACKIO_DIR": "trackio",
    "KERAS_BACKEND": "torch",
}

QUIET_TOOLS = {**os.environ, **_SETTINGS}
"""An environment in which the tools keep to themselves."""


@dataclass(frozen=True)
class Case:
    """A script to adapt, as `case.json` describes it."""

    folder: Path
    script: str
    args: list[str] = field(default_factory=list)
    timeout: float = 300.0
    env: dict[str, str] = field(default_factory=dict)
    stand_ins: dict[str, str] = field(default_factory=dict)
    volatile: list[str] = field(default_factory=list)
    hyperparameters: list[str] = field(default_factory=list)
    metrics: list[dict[str, Any]] = field(default_factory=list)

    @staticmethod
    def read(folder: Path) -> Case:
        """Read the case of a folder."""
        described = json.loads((folder / "case.json").read_text(encoding="utf-8"))
        return Case(
            folder=folder,
            script=described["script"],
            args=[str(one) for one in described.get("args", [])],
            timeout=float(described.get("timeout_s", 300)),
            env=dict(described.get("env", {})),
            stand_ins=dict(described.get("stand_ins", {})),
            volatile=list(described.get("volatile_stdout", [])),
            hyperparameters=list(described.get("hyperparameters", [])),
            metrics=list(described.get("metrics", [])),
        )


@dataclass(frozen=True)
class Outcome:
    """What came of one run; `folder` holds what it wrote."""

    folder: Path
    code: int | None
    stdout: str
    stderr: str
    facts: dict[str, Any] = field(default_factory=dict)
    """What the process noted of itself, see `palimpsest.adapt.watching`."""

    @property
    def arguments(self) -> dict[str, str]:
        """The arguments that the script parsed."""
        return dict(self.facts.get("arguments", {}))

    @property
    def probed(self) -> dict[str, Any]:
        """What a probe found, when there was one."""
        return dict(self.facts.get("probed", {}))

    @property
    def failure(self) -> str | None:
        """Why the run does not count, or None."""
        if self.code is None:
            return "it ran longer than its time"
        if self.code != 0:
            lines = [line for line in self.stderr.splitlines() if line.strip()]
            return lines[-1] if lines else f"it ended with code {self.code}"
        return None


def run(
    case: Case,
    *,
    overlay: Path | None = None,
    folder: Path | None = None,
    args: list[str] | None = None,
    source: str | None = None,
    probe: dict[str, Any] | None = None,
    prune_nothing: bool = False,
) -> Outcome:
    """Run a case in a scratch copy of its folder.

    The caller removes `Outcome.folder` when it has looked at it.

    Parameters
    ----------
    case
        The script and how it is run.
    overlay
        Folder of files that are laid over those of the case.
    folder
        The folder of an earlier run, to run in what that left.
    args
        Arguments for the script instead of the case's.
    source
        Another text for the script.
    probe
        What `palimpsest.adapt.studyprobe` asks a search in the script.
    prune_nothing
        Let the script prune no weight where it prunes some.
    """
    if folder is None:
        folder = Path(tempfile.mkdtemp(prefix="palimpsest-adapt-")) / "work"
        shutil.copytree(case.folder, folder)
    if overlay is not None:
        shutil.copytree(overlay, folder, dirs_exist_ok=True)
    if source is not None:
        (folder / case.script).write_text(source, encoding="utf-8")
    asked = {"probe": probe, "prune_nothing": prune_nothing}
    return _run_in(folder, case, case.args if args is None else args, asked)


def _run_in(folder: Path, case: Case, args: list[str], asked: dict[str, Any]) -> Outcome:
    scratch = folder.parent
    facts = scratch / "facts.json"
    facts.unlink(missing_ok=True)
    job = {
        "script": case.script,
        "args": args,
        "writable": str(scratch),
        "facts": str(facts),
        "stand_ins": case.stand_ins,
        **asked,
    }
    (scratch / "job.json").write_text(json.dumps(job), encoding="utf-8")
    home = {
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "DVC_SITE_CACHE_DIR": str(scratch / "dvc"),
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "palimpsest.adapt.child", str(scratch / "job.json")],
            cwd=folder,
            env={**QUIET_TOOLS, **home, **case.env},
            capture_output=True,
            text=True,
            timeout=case.timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Outcome(folder, None, "", "")
    noted = json.loads(facts.read_text(encoding="utf-8")) if facts.exists() else {}
    return Outcome(folder, done.returncode, done.stdout, done.stderr, noted)


def discard(outcome: Outcome) -> None:
    """Remove what a run left."""
    shutil.rmtree(outcome.folder.parent, ignore_errors=True)
