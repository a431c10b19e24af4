"""The check lists of adaptations, each point looked at in the real tool."""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from palimpsest.adapt.checks import CHECKS, Point, TaskCheck, Trial
from palimpsest.adapt.running import Case, Outcome, discard, run
from palimpsest.adapt.statements import objections


class Original:
    """Two runs of the script as it is, made when they are first needed."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self._runs: list[Outcome] = []

    def runs(self) -> list[Outcome]:
        """Return the runs, two of them unless the first failed."""
        while len(self._runs) < 2 and not any(one.failure for one in self._runs):
            self._runs.append(run(self.case))
        return self._runs

    def discard(self) -> None:
        """Remove what the runs left."""
        for one in self._runs:
            discard(one)


def check(original: Original, overlay: Path, task: str) -> Iterator[Point]:
    """Yield the points of the check list as they are decided; a failed run ends it.

    Parameters
    ----------
    original
        The script as it is.
    overlay
        Folder of the adapted files, which are laid over those of the case.
    task
        The task that the adaptation is for.
    """
    this = CHECKS[task]
    case = original.case
    yield from _source_points(case, overlay, this)
    runs = original.runs()
    failure = next((one.failure for one in runs if one.failure), None)
    yield Point.of("original runs", failure)
    if failure:
        return
    adapted = run(case, overlay=overlay)
    try:
        yield Point.of("adapted runs", adapted.failure)
        if adapted.failure is None:
            trial = Trial(case, overlay, runs[0], runs[1], adapted)
            yield Point.of("output equal", this.output_problem(trial))
            yield from this.points(trial)
    finally:
        discard(adapted)


def _source_points(case: Case, overlay: Path, this: TaskCheck) -> Iterator[Point]:
    """Yield what is seen without running: lost statements and what no adaptation may add."""
    lost: list[str] = []
    wrong: list[str] = []
    for path in sorted(overlay.rglob("*.py")):
        before = case.folder / path.relative_to(overlay)
        original = before.read_text(encoding="utf-8") if before.exists() else ""
        adapted = path.read_text(encoding="utf-8")
        lost += this.lost(original, adapted)
        wrong += objections(original, adapted) + this.hidden(original, adapted)
    yield Point.of("statements kept", lost[0] if lost else None, "all")
    yield Point.of("nothing hidden", ", ".join(wrong) or None, "nothing")


def _to_the_end(points: Iterator[Point]) -> Iterator[Point]:
    """Yield points; a check that breaks is not met, and the next tasks are checked all the same."""
    try:
        yield from points
    except Exception as error:  # noqa: BLE001 (whatever it is, the point says so)
        traceback.print_exc()
        yield Point("check", False, f"{type(error).__name__}: {error}")


def main() -> None:
    """Check adaptations of a script from a shell; prints one JSON object a point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with case.json")
    parser.add_argument(
        "adapted", nargs="+", help="TASK=FOLDER, the folder of the files adapted for the task"
    )
    options = parser.parse_args()
    original = Original(Case.read(options.folder))
    passed = True
    try:
        for pair in options.adapted:
            task, _, overlay = pair.partition("=")
            if task not in CHECKS:
                parser.error(f"There is no task {task!r}. The tasks are: {', '.join(CHECKS)}.")
            for point in _to_the_end(check(original, Path(overlay), task)):
                passed &= point.ok
                print(json.dumps({"task": task, **asdict(point)}), flush=True)
    finally:
        original.discard()
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
