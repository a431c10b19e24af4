"""What every record of a run has to hold, whichever tool keeps it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from palimpsest.adapt.checks.base import Point, Trial
from palimpsest.adapt.running import Case

_DECIMAL = re.compile(r"[-+]?\d+\.\d+(?:[eE][-+]?\d+)?")
_SHOWS_METRIC = re.compile(
    r"loss|acc|f1|auc|mse|rmse|mae|r2|score|precision|recall|error|perplexity|iou|dice|reward",
    re.IGNORECASE,
)
_TRAINS = re.compile(r"\.fit\(|\.backward\(|\.train\(")


def tracked(trial: Trial, store: str) -> Iterator[Point]:
    """Yield the points about runs, parameters, metrics and models in a store.

    Parameters
    ----------
    trial
        The adaptation that ran.
    store
        The module of `palimpsest.adapt.stores` that reads the tool's store.
    """
    try:
        found = trial.read_store(store)
    except LookupError as error:
        yield Point("store", False, str(error))
        return
    runs = found["runs"]
    finished = bool(runs) and all(one["status"] == "FINISHED" for one in runs)
    yield Point("runs finished", finished, f"{len(runs)} runs")
    parameters = {key: value for one in runs for key, value in one["parameters"].items()}
    # Of many tries in one run, the settings are kept beside the metrics.
    kept = {name for one in runs for name in one["metrics"]}
    yield _parameters_recorded(trial, {*parameters, *kept})
    values = [point[1] for one in runs for history in one["metrics"].values() for point in history]
    values = [value for value in values if isinstance(value, int | float)]
    yield _metrics_recorded(trial.case, trial.adapted.stdout, values, parameters)
    yield _models_recorded(trial, found["models"])


def _parameters_recorded(trial: Trial, recorded: set[str]) -> Point:
    wanted = {**trial.adapted.arguments, **dict.fromkeys(trial.case.hyperparameters)}
    missing = sorted(name for name in wanted if name not in recorded)
    problem = f"missing: {', '.join(missing)}" if missing else None
    return Point.of("parameters", problem, f"{len(wanted)} of {len(wanted)}")


def _models_recorded(trial: Trial, models: list[dict[str, Any]]) -> Point:
    broken = [f"{one['name']}: {one['problem']}" for one in models if one["problem"]]
    if not broken and not models and _TRAINS.search(trial.original_source()):
        broken = ["none logged"]
    return Point.of("model", "; ".join(broken) or None, f"{len(models)} logged and loaded again")


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
    problem = f"not recorded: {missing[0]}" if missing else None
    return Point.of("metrics", problem, f"{len(shown)} of {len(shown)} values")


def _recorded(shown: str, values: list[float]) -> bool:
    """Whether a value is in the store to the digits that were shown, also as a share in percent."""
    mantissa = shown.lower().partition("e")[0]
    digits = len(mantissa.partition(".")[2])
    exponent = float(shown.lower().partition("e")[2] or 0)
    tolerance = 0.5 * 10.0 ** (exponent - digits) * 1.01
    number = float(shown)
    return any(abs(value * scale - number) <= tolerance for value in values for scale in (1, 100))
