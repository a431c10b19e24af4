"""Places in user code."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import pandas

_PACKAGE = str(Path(__file__).resolve().parents[1])
_PANDAS = str(Path(pandas.__file__).parent)


@dataclass(frozen=True)
class Location:
    """A line of a file or of a notebook cell; `line` is 1-based."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def caller() -> Location | None:
    """Find the innermost line of code outside this package and pandas."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith(_PACKAGE) and not file.startswith(_PANDAS):
            return Location(file, frame.f_lineno)
        frame = frame.f_back
    return None
