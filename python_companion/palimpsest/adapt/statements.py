"""What an adaptation may not do to a script: lose statements, hide errors, tell secrets."""

from __future__ import annotations

import ast
import re
from collections import Counter

_SECRET = re.compile(r"(api[_-]?key|token|password|secret)\s*=\s*['\"][^'\"]+['\"]", re.IGNORECASE)
_ABSOLUTE = re.compile(r"['\"](/(?:home|root|Users|tmp|work|mnt|var)/|[A-Za-z]:\\\\)")
_DISABLED = re.compile(
    r"mode\s*=\s*['\"]disabled['\"]|WANDB_DISABLED|WANDB_MODE['\"\]]*\s*[:=]\s*['\"]disabled"
)


def lost_statements(original: str, adapted: str) -> list[str]:
    """Return statements of the original that the adapted script lacks.

    A value that was shown may have got a name first: then the statement that shows the name, and
    the one that makes it, stand for the original one.
    """
    kept = _statements(adapted)
    named = _statements(_inlined(adapted))
    lost = []
    for text, count in _statements(original).items():
        if max(kept[text], named[text]) < count:
            lost.append(text)
    return lost


def objections(original: str, adapted: str) -> list[str]:
    """Return what an adaptation added that no adaptation may add."""
    found = []
    for what, pattern in (
        ("a credential", _SECRET),
        ("an absolute path", _ABSOLUTE),
        ("a disabled tool", _DISABLED),
    ):
        if len(pattern.findall(adapted)) > len(pattern.findall(original)):
            found.append(what)
    if _silent_handlers(adapted) > _silent_handlers(original):
        found.append("a swallowed error")
    return found


def _statements(source: str) -> Counter[str]:
    """Count the statements of a script, compound ones by their headers."""
    found: Counter[str] = Counter()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt):
            found[_header(node)] += 1
    return found


def _header(node: ast.stmt) -> str:
    if hasattr(node, "body"):
        text = ast.unparse(node).split("\n")
        return next(line for line in text if not line.startswith("@"))
    return ast.unparse(node)


def _inlined(source: str) -> str:
    """Put values back where they were shown: ``name = value`` just before a print of the name."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for block in (getattr(node, "body", None), getattr(node, "orelse", None)):
            if isinstance(block, list):
                _inline(block)
    return ast.unparse(tree)


def _inline(block: list[ast.stmt]) -> None:
    values: dict[str, ast.expr] = {}
    for statement in block:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                values[name] = value
            case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
                _Inliner(values).visit(statement)
            case _:
                values = {}


class _Inliner(ast.NodeTransformer):
    def __init__(self, values: dict[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._values.get(node.id, node)


def _silent_handlers(source: str) -> int:
    return sum(
        isinstance(node, ast.ExceptHandler) and all(isinstance(one, ast.Pass) for one in node.body)
        for node in ast.walk(ast.parse(source))
    )
