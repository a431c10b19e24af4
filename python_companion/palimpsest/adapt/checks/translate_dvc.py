"""From Git to DVC: the same files at each revision, the binary ones in DVC and not in Git."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from palimpsest.adapt.checks.base import Point, TaskCheck, Trial
from palimpsest.adapt.statements import lost_statements


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


def lost(original: str, adapted: str) -> list[str]:
    """Return statements that are lost, where staging and restoring files is the same whoever does it."""
    return lost_statements(_common(original), _common(adapted))


def _common(source: str) -> str:
    """Write what stages, checks out and reads files of a repository in one way for Git and DVC."""
    tree = ast.parse(source)
    indexes = {
        ast.unparse(target)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _is_attribute(node.value, "index")
        for target in node.targets
    }
    return ast.unparse(_Common(indexes).visit(tree))


class _Common(ast.NodeTransformer):
    def __init__(self, indexes: set[str]) -> None:
        self._indexes = indexes

    def visit_Call(self, node: ast.Call) -> ast.expr:
        kind = self._kind(node)
        if kind is not None:
            return ast.Name(f"{kind}_of_repository")
        self.generic_visit(node)
        return node

    def _kind(self, node: ast.Call) -> str | None:
        match node.func:
            case ast.Name(id="add_files"):
                return "add"
            case ast.Name(id="read_file"):
                return "read"
            case ast.Attribute(attr="add", value=owner):
                return "add" if self._is_owner(owner) else None
            case ast.Attribute(attr="checkout", value=owner):
                return "checkout" if _is_attribute(owner, "git") else None
            case ast.Attribute(attr="read", value=owner):
                return "read" if _is_attribute(owner, "data_stream") else None
        return None

    def _is_owner(self, node: ast.expr) -> bool:
        own = _is_attribute(node, "index") or _is_attribute(node, "git")
        return own or ast.unparse(node) in self._indexes


def _is_attribute(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == name


CHECK = TaskCheck(points=_points, lost=lost)
