"""What can be said before anything runs: does it parse, are its names defined."""

from __future__ import annotations

import ast
import builtins
import re
import symtable
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_MAGIC = re.compile(r"^(\s*)[%!?]")
_NOTEBOOK_NAMES = frozenset({"display", "__name__", "__file__", "__builtins__"})


@dataclass(frozen=True)
class StaticError:
    """Why cells cannot run.

    Attributes
    ----------
    message
        For people.
    cell, line
        Where; cells counted from 0, lines from 1.
    """

    message: str
    cell: int
    line: int | None


def without_magics(source: str) -> tuple[str, bool]:
    """Return a cell without lines for IPython only, keeping line numbers, and whether it had any."""
    if source.lstrip().startswith("%%"):
        return "\n" * source.count("\n"), True
    lines = source.split("\n")
    try:
        ast.parse(source)
    except SyntaxError:
        kept = [
            f"{match.group(1)}pass" if (match := _MAGIC.match(line)) else line for line in lines
        ]
        return "\n".join(kept), kept != lines
    return source, False


def syntax_error(cells: Sequence[str]) -> StaticError | None:
    """Return the first syntax error."""
    for index, source in enumerate(cells):
        try:
            compile(source, f"<cell {index}>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            line = error.lineno if isinstance(error, SyntaxError) else None
            text = error.msg if isinstance(error, SyntaxError) else str(error)
            return StaticError(f"SyntaxError: {text}", index, line)
    return None


def undefined_name(cells: Sequence[str]) -> StaticError | None:
    """Return the first global name the last cell uses that no cell defines.

    A star import may define anything, so nothing is said after one.
    """
    defined = set(dir(builtins)) | _NOTEBOOK_NAMES
    for source in cells:
        if any(
            isinstance(node, ast.alias) and node.name == "*" for node in ast.walk(ast.parse(source))
        ):
            return None
        defined |= global_bindings(source)
    source = cells[-1]
    unknown = _global_uses(symtable.symtable(source, "<cell>", "exec")) - defined
    if not unknown:
        return None
    uses = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name) and n.id in unknown]
    first = min(uses, key=lambda node: (node.lineno, node.col_offset), default=None)
    name = first.id if first is not None else min(unknown)
    line = first.lineno if first is not None else None
    return StaticError(f"NameError: name '{name}' is not defined", len(cells) - 1, line)


def global_bindings(source: str) -> set[str]:
    """Return the names that a cell binds globally."""
    table = symtable.symtable(source, "<cell>", "exec")
    bound = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_assigned() or symbol.is_imported()
    }
    for scope in _scopes(table):
        bound |= {
            s.get_name() for s in scope.get_symbols() if s.is_declared_global() and s.is_assigned()
        }
    return bound | {child.get_name() for child in table.get_children()}


def _global_uses(table: symtable.SymbolTable) -> set[str]:
    uses = {s.get_name() for s in table.get_symbols() if s.is_referenced()}
    for scope in _scopes(table):
        uses |= {s.get_name() for s in scope.get_symbols() if s.is_referenced() and s.is_global()}
    return uses


def _scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in table.get_children():
        yield child
        yield from _scopes(child)


def imported_modules(cells: Sequence[str]) -> list[str]:
    """Return the modules that cells import, in order."""
    found: dict[str, None] = {}
    for source in cells:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                found.update(dict.fromkeys(alias.name for alias in node.names))
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found[node.module] = None
    return list(found)
