"""Pruning: weights that are zero at the end, were so while there were steps to come, and left no masks.

A pruned script trains another model, so the numbers that it prints are other ones. What has to be equal is
the output of the same script when it prunes *nothing*.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

from palimpsest.adapt.checks.base import Point, TaskCheck, Trial
from palimpsest.adapt.output import NUMBER, first_difference
from palimpsest.adapt.running import QUIET_TOOLS, discard, run

_NEAR = 0.02
_SAVED = ("*.pt", "*.pth", "*.bin", "*.ckpt")


def _points(trial: Trial) -> Iterator[Point]:
    pruned = trial.adapted.facts.get("pruned")
    yield Point.of("pruned", None if pruned else "no weight was pruned")
    if not pruned:
        return
    (target, *more), zeros = pruned["amounts"], pruned["zeros"]
    near = not more and abs(zeros - target) <= _NEAR
    yield Point("zeros", near, f"{zeros:.1%} of the weights, asked for {target:.0%}")
    steps = pruned["later_steps"]
    yield Point("trained on", steps > 0, f"{steps} steps with the zeros")
    yield Point.of("no masks left", ", ".join(pruned["masks"][:3]) or None)
    yield from _files(trial)
    yield _without(trial)
    yield _told(trial)


def _files(trial: Trial) -> Iterator[Point]:
    saved = sorted(path for kind in _SAVED for path in trial.adapted.folder.rglob(kind))
    for path in saved:
        done = subprocess.run(
            [sys.executable, "-m", "palimpsest.adapt.stores.torchfile", str(path)],
            capture_output=True,
            text=True,
            env=QUIET_TOOLS,
            check=False,
        )
        lines = done.stderr.strip().splitlines()
        problem = None if done.returncode == 0 else lines[-1]
        yield Point.of("saved file", problem, f"{path.name}: {done.stdout.strip()}")


def _without(trial: Trial) -> Point:
    """Run the script without a weight pruned."""
    plain = run(trial.case, overlay=trial.overlay, prune_nothing=True)
    try:
        if plain.failure:
            return Point("equal when nothing is pruned", False, plain.failure)
        difference = first_difference(
            trial.first.stdout, trial.second.stdout, plain.stdout, trial.case.volatile
        )
        problem = None if difference is None else "line {}: {!r} became {!r}".format(*difference)
        return Point.of("equal when nothing is pruned", problem)
    finally:
        discard(plain)


def _told(trial: Trial) -> Point:
    """Tell what the script shows last, before and after: its measures of the model."""
    before, after = (_measures(one.stdout) for one in (trial.first, trial.adapted))
    return Point("before and after", True, f"{before} -> {after}")


def _measures(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if re.search(r"\d", line)]
    return repr(lines[-1]) if lines else "nothing is shown"


def _same_form(trial: Trial) -> str | None:
    """Compare what is printed but for the numbers."""
    first, adapted = (NUMBER.sub("#", one.stdout) for one in (trial.first, trial.adapted))
    difference = first_difference(first, first, adapted, trial.case.volatile)
    return None if difference is None else "line {}: {!r} became {!r}".format(*difference)


CHECK = TaskCheck(points=_points, output_problem=_same_form)
