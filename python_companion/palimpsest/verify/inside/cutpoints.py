"""Find where an original cell shows its result, when nobody said."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from palimpsest.verify.sandbox.jobs import Access
from palimpsest.verify.values import NotObservable, plain

_SEPARATORS = ("\t", ",", ";", "|")


def find_cut_point(
    role: str,
    cells: Sequence[str],
    index: int,
    namespace: dict[str, Any],
    accesses: Sequence[Access],
) -> dict[str, Any]:
    """Return the observation for a cell: the last file it wrote or the last fitting variable.

    Raises
    ------
    NotObservable
        When nothing fits; the message names what was looked for.
    """
    names = assigned_names(cells[index])
    if role == "prepare":
        written = [access.path for access in accesses if access.write and access.cell == index]
        for path in reversed(written):
            if observation := _text_file(path):
                return observation
    for name in reversed(names):
        if name in namespace and _FITS[role](namespace[name]):
            return {"kind": "variable", "name": name}
    raise NotObservable(f"no variable that code cell {index + 1} assigns holds {_WANTED[role]}")


def assigned_names(source: str) -> list[str]:
    """Return the global names that a cell binds, in the order of their last binding."""
    names: dict[str, None] = {}
    for node in _global_nodes(ast.parse(source)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.pop(node.id, None)
            names[node.id] = None
    return list(names)


def _global_nodes(tree: ast.AST) -> list[ast.AST]:
    """Return the nodes outside of functions, classes and comprehensions, in source order."""
    inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    comprehensions = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    found = []
    for child in ast.iter_child_nodes(tree):
        if not isinstance(child, inner + comprehensions):
            found.append(child)
            found.extend(_global_nodes(child))
    return sorted(
        found, key=lambda node: (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
    )


def _text_file(path: str) -> dict[str, Any] | None:
    try:
        lines = Path(path).read_text(encoding="utf-8").split("\n")[:100]
    except (OSError, UnicodeDecodeError):
        return None
    counts = {sign: [line.count(sign) for line in lines if line] for sign in _SEPARATORS}
    even = [sign for sign, found in counts.items() if found and min(found) == max(found) > 0]
    separator = even[0] if even else "\t"
    return {"kind": "file", "path": path, "separator": separator, "columns": []}


def _is_rows(value: Any) -> bool:
    value = plain(value)
    if hasattr(value, "columns") and hasattr(value, "iloc"):
        return True
    if isinstance(value, (list, tuple)):
        return all(isinstance(item, (list, tuple, dict)) for item in value)
    return False


def _dimensions(value: Any) -> int:
    value = plain(value)
    return int(getattr(value, "ndim", 0)) if hasattr(value, "__array__") else 0


def _is_vector(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(item, (bool, int, float, str, np.generic)) for item in value)
    return _dimensions(value) == 1


_FITS: dict[str, Callable[[Any], bool]] = {
    "prepare": _is_rows,
    "encode": lambda value: _dimensions(value) == 2,
    "label": _is_vector,
    "train": lambda value: not isinstance(value, type) and hasattr(value, "predict"),
}

_WANTED = {
    "prepare": "rows (a frame, or a list of tuples or dicts)",
    "encode": "a matrix",
    "label": "a vector of labels",
    "train": "a fitted model",
}
