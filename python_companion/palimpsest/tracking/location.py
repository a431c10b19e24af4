"""Places in user code."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import pandas

_PACKAGE = str(Path(__file__).resolve().parents[1])
_PANDAS = str(Path(pandas.__file__).parent)
_TRACKING = __name__.rpartition(".")[0]


@dataclass(frozen=True)
class Location:
    """A line of a file or of a notebook cell; `line` is 1-based."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def caller() -> Location | None:
    """Find the innermost line of code outside this package and pandas."""
    frame = user_frame()
    return None if frame is None else Location(_known_as(frame.f_code.co_filename), frame.f_lineno)


def _known_as(file: str) -> str:
    """Return what a user calls a file: a notebook cell by its prompt, as tracebacks do."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    name = None if shell is None else shell.compile.format_code_name(file)
    return file if name is None else " ".join(name)


def user_frame() -> FrameType | None:
    """Find the innermost call outside this package and pandas."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith(_PACKAGE) and not file.startswith(_PANDAS):
            return frame
        frame = frame.f_back
    return None


def sklearn_split() -> dict[str, Any] | None:
    """Return the variables of scikit-learn's `train_test_split` when it is splitting tracked tables, else None."""
    frame = user_frame()
    while frame is not None and f"{os.sep}sklearn{os.sep}" in frame.f_code.co_filename:
        if frame.f_code.co_name == "train_test_split":
            variables = dict(frame.f_locals)
            tracked = all(type(one).__module__.startswith(_TRACKING) for one in variables["arrays"])
            return variables if tracked else None
        frame = frame.f_back
    return None
