"""Running a notebook's code cells in this process, so that its functions are there."""

from __future__ import annotations

import json
import linecache
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from palimpsest.verify.static import without_magics


class NotebookError(Exception):
    """A notebook cannot be read, or one of its cells failed."""


def run_notebook(path: Path) -> ModuleType:
    """Run the code cells of a notebook, in order, as the module ``__main__``.

    Parameters
    ----------
    path
        An nbformat 4 file.

    Returns
    -------
    ModuleType
        The module whose namespace the cells share.

    Raises
    ------
    NotebookError
        Names the cell, counted from 1 among all cells, and the line.
    """
    module = ModuleType("__main__")
    sys.modules["__main__"] = module
    for number, source in _code_cells(path):
        _run_cell(module, source, f"{path.name}, cell {number}")
    return module


def _code_cells(path: Path) -> list[tuple[int, str]]:
    try:
        notebook: Any = json.loads(path.read_text(encoding="utf-8"))
        cells = [
            (number, cell["cell_type"], cell["source"])
            for number, cell in enumerate(notebook["cells"], start=1)
        ]
    except OSError as error:
        raise NotebookError(f"The notebook '{path}' cannot be read: {error.strerror}.") from error
    except (ValueError, LookupError, TypeError) as error:
        raise NotebookError(f"'{path}' is not a notebook of format 4: {error}.") from error
    return [
        (number, source if isinstance(source, str) else "".join(source))
        for number, kind, source in cells
        if kind == "code"
    ]


def _run_cell(module: ModuleType, source: str, name: str) -> None:
    source, left_out = without_magics(source)
    if left_out:
        print(f"{name}: lines for IPython only (magics) were left out", file=sys.stderr)
    # So that inspect finds the source of the functions, as it does in IPython.
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    try:
        exec(compile(source, name, "exec"), module.__dict__)  # noqa: S102 - what was asked for
    except SyntaxError as error:
        raise NotebookError(f"{name}, line {error.lineno}: {error.msg}.") from error
    except Exception as error:
        raise NotebookError(
            f"{name}, line {_line(error, name)}: {type(error).__name__}: {error}"
        ) from error


def _line(error: Exception, name: str) -> int | None:
    """Return the last line of the cell that was being worked on."""
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == name:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
