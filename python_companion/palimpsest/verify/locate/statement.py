"""Find the statement that is likely to be responsible, by what kind of difference it is."""

from __future__ import annotations

import ast

from palimpsest.verify.locate.evidence import Guess

_CALLS: dict[str, frozenset[str]] = {
    "key": frozenset({"drop_duplicates", "duplicated", "merge", "setdefault", "groupby"}),
    "join": frozenset({"merge", "join", "get", "isin"}),
    "order": frozenset({"sort_values", "sorted", "sort", "groupby", "sort_index"}),
    "spaces": frozenset({"strip", "rstrip", "lstrip"}),
    "case": frozenset({"lower", "upper", "casefold", "title"}),
    "missing": frozenset({"dropna", "fillna", "isna", "notna", "read_csv", "get"}),
    "deviation": frozenset({"std", "var", "StandardScaler"}),
    "statistic": frozenset({"mean", "std", "fit", "min", "max", "median", "StandardScaler"}),
    "parameter": frozenset({"fit"}),
}  # fmt: skip


def statement_for(source: str, column: str | None, guess: Guess) -> int | None:
    """Return the line of the statement that is likely to be responsible, or None.

    Parameters
    ----------
    source
        The code of one version.
    column
        Name of the column that differs, or None.
    guess
        What the difference probably comes from.
    """
    tree = ast.parse(source)
    own = _of_column(tree, column) if column is not None else None
    if guess.kind == "limit":
        return _comparison(tree, guess) or own
    if guess.kind in ("key", "join", "order", "parameter"):
        return _call(tree, guess.kind) or own
    return own or _comparison(tree, guess) or _call(tree, guess.kind)


def _of_column(tree: ast.AST, column: str) -> int | None:
    """Return where a column is given its values: in a dict, an assignment, or `assign`."""
    lines: list[int] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            lines += [key.lineno for key in node.keys if _is_text(key, column) and key is not None]
        elif isinstance(node, ast.Assign):
            lines += [
                node.lineno
                for target in node.targets
                if (isinstance(target, ast.Subscript) and _is_text(target.slice, column))
                or (isinstance(target, ast.Name) and target.id == column)
            ]
        elif isinstance(node, ast.keyword) and node.arg == column:
            lines.append(node.value.lineno)
    return max(lines, default=None)


def _is_text(node: ast.expr | None, text: str) -> bool:
    if isinstance(node, ast.Tuple):
        return any(_is_text(element, text) for element in node.elts)
    return isinstance(node, ast.Constant) and node.value == text


def _comparison(tree: ast.AST, guess: Guess) -> int | None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(
            isinstance(inner, ast.Constant) and inner.value in guess.constants
            for inner in ast.walk(node)
        ):
            return node.lineno
    return None


def _call(tree: ast.AST, kind: str) -> int | None:
    wanted = _CALLS.get(kind, frozenset())
    lines = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Attribute) and node.func.attr in wanted)
            or (isinstance(node.func, ast.Name) and node.func.id in wanted)
        )
    ]
    return max(lines, default=None)
