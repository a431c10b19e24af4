"""Which statement of the original is responsible for a difference: when it can be told."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

_STACKING = frozenset({"hstack", "column_stack", "concatenate", "c_"})
_ADDING = frozenset({"append", "add", "write", "writerow"})


class Blame:
    """Looks for the responsible line of a cell.

    Parameters
    ----------
    source
        The cell.
    lines
        The lines that ran on a small input showing the difference, in the order in which each
        ran last.
    widths
        Number of columns of each array variable.
    """

    def __init__(self, source: str, lines: Sequence[int], widths: Mapping[str, int]) -> None:
        self._tree = ast.parse(source)
        self._order = {line: i for i, line in enumerate(lines)}
        self._widths = widths

    def dropped_row(self) -> int | None:
        """Return the condition that kept the original from producing a row."""
        failed = [
            node
            for node in ast.walk(self._tree)
            if isinstance(node, ast.If) and self._ran(node.test) and self._turned_away(node)
        ]
        return max((self._line(node.test) for node in failed), key=self._when, default=None)

    def produced_row(self) -> int | None:
        """Return the statement that wrote or collected a row."""
        calls = [node for node in ast.walk(self._tree) if isinstance(node, ast.Call)]
        adding = [c for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr in _ADDING]
        return max((self._line(c) for c in adding if self._ran(c)), key=self._when, default=None)

    def cell_of_row(self, position: int, separator: str | None, name: str | None) -> int | None:
        """Return the statement that computed a field of the rows that were written or collected."""
        for node in self._calls_that_ran():
            fields = _fields(node.args[0], separator) if node.args else None
            if fields is not None and position < len(fields):
                return self._origin(fields[position])
        return self._column_assignment(name) if name is not None else None

    def cell_of_matrix(self, variable: str, position: int) -> int | None:
        """Return the statement that computed a column of a matrix."""
        value = self._assigned(variable)
        if value is None:
            return None
        parts = _stacked(value)
        start = 0
        for part in parts or []:
            width = self._width(part)
            if width is None:
                return self._line(value)
            if start <= position < start + width:
                return self._origin(part)
            start += width
        return self._line(value)

    def label(self, variable: str) -> int | None:
        """Return the statement that decided a label: the last append that ran, else the assignment."""
        for node in self._calls_that_ran():
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            if isinstance(owner, ast.Name) and owner.id == variable:
                return self._line(node)
        value = self._assigned(variable)
        return None if value is None else self._line(value)

    def _calls_that_ran(self) -> list[ast.Call]:
        calls = [
            node
            for node in ast.walk(self._tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _ADDING
            and self._ran(node)
        ]
        return sorted(calls, key=lambda node: self._when(node.lineno), reverse=True)

    def _turned_away(self, node: ast.If) -> bool:
        if isinstance(node.body[-1], (ast.Continue, ast.Break)):
            return self._ran(node.body[-1])
        return not self._ran(node.body[0]) and not node.orelse

    def _origin(self, expression: ast.expr) -> int | None:
        """Return the last assignment of the variable an expression is made of, else its own line."""
        root = expression
        while isinstance(root, (ast.Attribute, ast.Subscript, ast.Call)):
            root = root.func if isinstance(root, ast.Call) else root.value
        own_work = isinstance(expression, ast.Call) and not _only_reshapes(expression)
        if isinstance(root, ast.Name) and not own_work:
            value = self._assigned(root.id)
            if value is not None:
                return self._line(value)
        return self._line(expression)

    def _assigned(self, name: str) -> ast.expr | None:
        """Return the value of the assignment to a variable that ran last."""
        found: list[ast.expr] = []
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Assign):
                targets = node.targets
            elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
                targets = [node.target]
            else:
                continue
            if node.value is not None and any(_binds(target, name) for target in targets):
                found.append(node.value)
        ran = [value for value in found if self._ran(value)]
        return max(ran, key=lambda value: self._when(value.lineno), default=None)

    def _column_assignment(self, column: str) -> int | None:
        """Return the last ``frame["column"] = ...`` that ran."""
        lines = [
            self._line(node)
            for node in ast.walk(self._tree)
            if isinstance(node, ast.Assign)
            and any(
                isinstance(t, ast.Subscript)
                and isinstance(t.slice, ast.Constant)
                and t.slice.value == column
                for t in node.targets
            )
            and self._ran(node)
        ]
        return max(lines, key=self._when, default=None)

    def _width(self, part: ast.expr) -> int | None:
        if isinstance(part, ast.Name):
            return self._widths.get(part.id)
        text = ast.unparse(part)
        if text.endswith((".reshape(-1, 1)", "[:, None]", "[:, np.newaxis]")):
            return 1
        return None

    def _ran(self, node: ast.AST) -> bool:
        first = getattr(node, "lineno", 0)
        last = getattr(node, "end_lineno", first) or first
        return any(line in self._order for line in range(first, last + 1))

    def _when(self, line: int) -> int:
        return self._order.get(line, -1)

    def _line(self, node: ast.AST) -> int:
        return int(getattr(node, "lineno", 0))


def _binds(target: ast.expr, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(target))


def _only_reshapes(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in (
        "reshape",
        "astype",
        "toarray",
    )


def _stacked(value: ast.expr) -> list[ast.expr] | None:
    """Return the parts of ``np.hstack([...])`` and its relatives."""
    if (
        isinstance(value, ast.Subscript)
        and isinstance(value.value, ast.Attribute)
        and value.value.attr in _STACKING
    ):
        return list(value.slice.elts) if isinstance(value.slice, ast.Tuple) else None
    if (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr in _STACKING
    ):
        first = value.args[0] if value.args else None
        return list(first.elts) if isinstance(first, (ast.List, ast.Tuple)) else None
    return None


def _fields(argument: ast.expr, separator: str | None) -> list[ast.expr] | None:
    """Return the expressions of the fields of a row that is written or collected."""
    if isinstance(argument, (ast.Tuple, ast.List)):
        return list(argument.elts)
    if isinstance(argument, ast.Dict):
        return list(argument.values)
    if isinstance(argument, ast.BinOp):
        return _fields(argument.left, separator)
    if (
        isinstance(argument, ast.Call)
        and isinstance(argument.func, ast.Attribute)
        and argument.func.attr == "join"
    ):
        return _fields(argument.args[0], separator) if argument.args else None
    if isinstance(argument, ast.JoinedStr) and separator is not None:
        return _formatted(argument, separator)
    return None


def _formatted(text: ast.JoinedStr, separator: str) -> list[ast.expr]:
    """Return what stands between the separators of an f-string."""
    fields: list[ast.expr] = []
    start = True
    for part in text.values:
        if isinstance(part, ast.Constant):
            start = start or separator in str(part.value)
        elif isinstance(part, ast.FormattedValue):
            if start:
                fields.append(part.value)
            start = False
    return fields
