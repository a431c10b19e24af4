"""The check list of an adaptation, each point looked at in the real tool."""

from __future__ import annotations

import argparse
import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from palimpsest.adapt.output import first_difference
from palimpsest.adapt.running import Case, Outcome, discard, run
from palimpsest.adapt.statements import lost_statements, objections

_DECIMAL = re.compile(r"[-+]?\d+\.\d+(?:[eE][-+]?\d+)?")
_SHOWS_METRIC = re.compile(
    r"loss|acc|f1|auc|mse|rmse|mae|r2|score|precision|recall|error|perplexity|iou|dice|reward",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Point:
    """One point of the check list."""

    name: str
    ok: bool
    detail: str


def check(case: Case, adapted: str, task: str) -> Iterator[Point]:
    """Yield the points of the check list as they are decided; a failed run ends it."""
    original = (case.folder / case.script).read_text(encoding="utf-8")
    lost = lost_statements(original, adapted)
    yield Point("statements kept", not lost, lost[0] if lost else "all")
    wrong = objections(original, adapted)
    yield Point("nothing hidden", not wrong, ", ".join(wrong) or "nothing")
    runs: list[Outcome] = []
    try:
        for source in (None, None, adapted):
            outcome = run(case, source)
            runs.append(outcome)
            name = "adapted runs" if source else "original runs"
            if source or len(runs) == 1 or outcome.failure:
                yield Point(name, outcome.failure is None, outcome.failure or "yes")
            if outcome.failure:
                return
        first, second, ours = runs
        difference = first_difference(first.stdout, second.stdout, ours.stdout, case.volatile)
        yield Point(
            "output equal",
            difference is None,
            "yes" if difference is None else "line {}: {!r} became {!r}".format(*difference),
        )
        yield from _CHECKS[task](case, original, ours)
    finally:
        for outcome in runs:
            discard(outcome)


def _track_mlflow(case: Case, original: str, ours: Outcome) -> Iterator[Point]:
    done = subprocess.run(
        [sys.executable, "-m", "palimpsest.adapt.mlflow_store", str(ours.folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        yield Point("store", False, done.stderr.strip().splitlines()[-1])
        return
    store = json.loads(done.stdout.splitlines()[-1])
    runs = store["runs"]
    finished = bool(runs) and all(one["status"] == "FINISHED" for one in runs)
    yield Point("runs finished", finished, f"{len(runs)} runs")
    parameters = {key: value for one in runs for key, value in one["parameters"].items()}
    wanted = {**ours.arguments, **dict.fromkeys(case.hyperparameters)}
    missing = sorted(name for name in wanted if name not in parameters)
    yield Point(
        "parameters",
        not missing,
        f"missing: {', '.join(missing)}" if missing else f"{len(wanted)} of {len(wanted)}",
    )
    values = [point[1] for one in runs for history in one["metrics"].values() for point in history]
    yield _metrics_recorded(case, ours.stdout, values, parameters)
    models = store["models"]
    broken = [f"{one['name']}: {one['problem']}" for one in models if one["problem"]]
    trains = bool(re.search(r"\.fit\(|\.backward\(|\.train\(", original))
    yield Point(
        "model",
        (bool(models) or not trains) and not broken,
        "; ".join(broken) or f"{len(models)} logged and loaded again",
    )


def _metrics_recorded(
    case: Case, stdout: str, values: list[float], parameters: dict[str, str]
) -> Point:
    """Every decimal number shown on a line about a metric is in some metric's history."""
    shown = [
        number
        for line in stdout.splitlines()
        if _SHOWS_METRIC.search(line)
        for number in _DECIMAL.findall(line)
    ]
    for metric in case.metrics:
        pattern = metric.get("pattern")
        if pattern:
            shown += [
                found[-1] if isinstance(found, tuple) else found
                for found in re.findall(pattern, stdout)
            ]
    settings = set(parameters.values())
    missing = [one for one in shown if one not in settings and not _recorded(one, values)]
    detail = f"not recorded: {missing[0]}" if missing else f"{len(shown)} of {len(shown)} values"
    return Point("metrics", not missing, detail)


def _recorded(shown: str, values: list[float]) -> bool:
    """Whether a value is in the store to the digits that were shown, also as a share in percent."""
    mantissa = shown.lower().partition("e")[0]
    digits = len(mantissa.partition(".")[2])
    exponent = float(shown.lower().partition("e")[2] or 0)
    tolerance = 0.5 * 10.0 ** (exponent - digits) * 1.01
    number = float(shown)
    return any(abs(value * scale - number) <= tolerance for value in values for scale in (1, 100))


_CHECKS: dict[str, Callable[[Case, str, Outcome], Iterator[Point]]] = {
    "track-mlflow": _track_mlflow,
}


def main() -> None:
    """Check an adapted script from a shell; prints one JSON object a point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with case.json")
    parser.add_argument("adapted", type=Path, help="the adapted script")
    parser.add_argument("--task", choices=sorted(_CHECKS), required=True)
    options = parser.parse_args()
    adapted = options.adapted.read_text(encoding="utf-8")
    ast.parse(adapted)
    points: list[Any] = []
    for point in check(Case.read(options.folder), adapted, options.task):
        points.append(point)
        print(json.dumps(asdict(point)), flush=True)
    sys.exit(0 if all(point.ok for point in points) else 1)


if __name__ == "__main__":
    main()
