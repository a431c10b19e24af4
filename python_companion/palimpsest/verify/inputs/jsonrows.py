"""JSON objects as rows of fields: one column for each path to a value."""

from __future__ import annotations

import json
import re
from typing import Any

Path = tuple[str, ...]

ABSENT = ""
"""The field of a record whose object has no value at a path."""

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?")


def objects_of(text: str) -> tuple[list[dict[str, Any]], bool] | None:
    """Return the objects in a text, and whether they stand in one list; None when it is no such text."""
    try:
        if text.lstrip().startswith("["):
            found, listed = json.loads(text), True
        else:
            found, listed = [json.loads(line) for line in text.splitlines() if line.strip()], False
    except (ValueError, RecursionError):
        return None
    if not found or not all(isinstance(item, dict) for item in found):
        return None
    return found, listed


def paths_of(objects: list[dict[str, Any]]) -> tuple[Path, ...]:
    """Return the paths to all values of some objects, in order of their first appearance."""
    found: dict[Path, None] = {}
    for item in objects:
        for path, _ in _leaves(item, ()):
            found[path] = None
    return tuple(found)


def fields_of(item: dict[str, Any], paths: tuple[Path, ...]) -> tuple[str, ...]:
    """Return the values at some paths, each as JSON text."""
    leaves = dict(_leaves(item, ()))
    return tuple(
        json.dumps(leaves[path], ensure_ascii=False) if path in leaves else ABSENT for path in paths
    )


def object_of(fields: tuple[str, ...], paths: tuple[Path, ...]) -> dict[str, Any]:
    """Return the object that has some values at some paths."""
    item: dict[str, Any] = {}
    for path, field in zip(paths, fields, strict=False):
        if field == ABSENT:
            continue
        inner = item
        for name in path[:-1]:
            below = inner.get(name)
            if not isinstance(below, dict):
                below = inner[name] = {}
            inner = below
        inner[path[-1]] = json.loads(field)
    return item


def text_of(field: str) -> str:
    """Return a field as plain text."""
    if field in (ABSENT, "null"):
        return ""
    return str(json.loads(field)) if field.startswith('"') else field


def field_of(text: str, before: str) -> str:
    """Return plain text as a field of the kind that another one has."""
    if before.startswith('"') or (before in (ABSENT, "null") and not _NUMBER.fullmatch(text)):
        return json.dumps(text, ensure_ascii=False)
    if text.strip() == "":
        return "null"
    return text.strip() if _NUMBER.fullmatch(text.strip()) else json.dumps(text, ensure_ascii=False)


def _leaves(item: dict[str, Any], prefix: Path) -> list[tuple[Path, Any]]:
    found: list[tuple[Path, Any]] = []
    for name, value in item.items():
        if isinstance(value, dict) and value:
            found.extend(_leaves(value, (*prefix, name)))
        else:
            found.append(((*prefix, name), value))
    return found
