"""From Git to DVC: the same files at each revision, the binary ones in DVC and not in Git."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from palimpsest.adapt.checks.base import Point, TaskCheck, Trial
from palimpsest.adapt.statements import lost_statements

_STAGING = (".add(", ".checkout(", ".read()")


def _points(trial: Trial) -> Iterator[Point]:
    try:
        first, second, ours = (
            trial.read_store("versions", one.folder)
            for one in (trial.first, trial.second, trial.adapted)
        )
    except LookupError as error:
        yield Point("revisions", False, str(error))
        return
    yield Point.of("repositories", None if first.keys() == ours.keys() else ", ".join(ours))
    kept = sum(one["kept"] for one in ours.values())
    yield Point.of("kept by DVC", None if kept else "no file", f"{kept} files in all revisions")
    for name in first.keys() & ours.keys():
        before, after = first[name], ours[name]
        yield Point.of("branches and tags", _unequal(before["names"], after["names"]))
        yield Point.of("same files", _other_files(before, second[name], after))
        yield Point.of("cache, remote and pull", next(iter(after["problems"]), None))


def _unequal(before: list[str], after: list[str]) -> str | None:
    return None if before == after else f"{', '.join(before)} became {', '.join(after)}"


def _other_files(first: Any, second: Any, ours: Any) -> str | None:
    """Compare revisions; bytes only where two runs of the original agree on them."""
    shown = [[one["message"] for one in some["revisions"]] for some in (first, ours)]
    if shown[0] != shown[1]:
        return f"revisions {shown[0]} became {shown[1]}"
    for before, again, after in zip(
        first["revisions"], second["revisions"], ours["revisions"], strict=True
    ):
        if before["files"].keys() != after["files"].keys():
            odd = before["files"].keys() ^ after["files"].keys()
            return f"at {before['message']!r}: {', '.join(sorted(odd))}"
        for path, digest in before["files"].items():
            if digest == again["files"].get(path) != after["files"][path]:
                return f"at {before['message']!r}: {path} has other bytes"
    return None


def _lost(original: str, adapted: str) -> list[str]:
    """Return statements that are lost, but for what stages and restores files."""
    lost = [one for one in lost_statements(original, adapted) if not _stages(one)]
    calls = sum(adapted.count(f"{name}(") for name in ("add_files", "pointers", "read_file"))
    return lost if calls else [*lost, "what stages files"]


def _stages(statement: str) -> bool:
    try:
        tree = ast.parse(statement)
    except SyntaxError:  # the header of a compound statement
        return False
    return any(isinstance(node, ast.Call) for node in ast.walk(tree)) and any(
        one in statement for one in _STAGING
    )


CHECK = TaskCheck(points=_points, lost=_lost)
