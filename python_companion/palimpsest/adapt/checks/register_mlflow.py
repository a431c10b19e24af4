"""Registering with MLflow: what the registry holds after one run, and after another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from palimpsest.adapt.checks.base import Point, TaskCheck, Trial


def _points(trial: Trial) -> Iterator[Point]:
    try:
        store = trial.read_store("mlflow")
    except LookupError as error:
        yield Point("store", False, str(error))
        return
    versions = store["versions"]
    yield Point.of("registered", None if versions else "no version", _names(versions))
    if not versions:
        return
    yield _all(versions, "ready", lambda one: one["status"] == "READY")
    yield _all(versions, "alias", lambda one: bool(one["aliases"]))
    yield _all(versions, "signature", lambda one: bool(one["signature"]))
    yield _all(versions, "input example", lambda one: bool(one["example"]))
    broken = next((one["problem"] for one in versions if one["problem"]), None)
    yield Point.of("predicts", broken)
    problems = {one["id"]: one["problem"] for one in store["models"]}
    wrong = [problems.get(one["model"], "it was not logged by the process") for one in versions]
    yield Point.of("same model", next((one for one in wrong if one), None))
    changed = trial.adapted.facts.get("changed_later", [])
    problem = f"{', '.join(changed)} was trained on after it was logged" if changed else None
    yield Point.of("complete", problem)
    yield _second_run(trial, versions)


def _names(versions: list[dict[str, Any]]) -> str:
    return ", ".join(sorted({one["name"] for one in versions}))


def _all(versions: list[dict[str, Any]], name: str, holds: Any) -> Point:
    without = [f"{one['name']} {one['version']}" for one in versions if not holds(one)]
    return Point.of(name, f"not {', '.join(without)}" if without else None)


def _second_run(trial: Trial, before: list[dict[str, Any]]) -> Point:
    """Run again beside what the first run left: each model has one more version."""
    again = trial.again()
    if again.failure:
        return Point("second run", False, again.failure)
    after = trial.read_store("mlflow")["versions"]
    first, second = (Counter(one["name"] for one in some) for some in (before, after))
    if second != Counter({name: 2 * count for name, count in first.items()}):
        return Point("second run", False, f"versions: {dict(second)}")
    moved = {one["name"]: one["version"] for one in after if one["aliases"]}
    newest = {name: max(x["version"] for x in after if x["name"] == name) for name in second}
    problem = None if moved == newest else f"the alias is on {moved}"
    return Point.of("second run", problem, "a new version, which has the alias")


CHECK = TaskCheck(points=_points)
