"""Random programs over random small tables, for property tests.

A program is a list of instructions; each is run by the same code on plain pandas and on
`palimpsest.pandas`, so that one is the oracle of the other.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas
from hypothesis import strategies as st

from . import row_makers
from .columns import FUNCTIONS
from .makers import MAKERS, Instruction
from .tables import TEXTS, tables

__all__ = ["BY_CHANCE", "FUNCTIONS", "LIKE_PANDAS", "TEXTS", "Program", "programs"]

BY_CHANCE = (row_makers.sample.__name__,)
"""Operations that draw other rows than pandas does: by what the rows are made of."""

LIKE_PANDAS = tuple(name for name in sorted(MAKERS) if name not in BY_CHANCE)
"""Operations that give exactly what pandas gives."""

REFUSED = (
    TypeError,
    ValueError,
    KeyError,
    AttributeError,
    NotImplementedError,
    IndexError,
    ZeroDivisionError,
    OverflowError,
    AssertionError,
    pandas.errors.InvalidIndexError,
)
"""What pandas answers to an instruction that does not fit."""


@dataclass
class Program:
    """Sources and instructions; the result is the last frame."""

    sources: dict[str, pandas.DataFrame]
    instructions: list[Instruction] = field(default_factory=list)

    def run(self, pd: Any, sources: dict[str, Any]) -> Any:
        """Run on the module `pd`."""
        frames = list(sources.values())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            warnings.simplefilter("ignore", pandas.errors.SettingWithCopyWarning) if hasattr(
                pandas.errors, "SettingWithCopyWarning"
            ) else None
            for _, step in self.instructions:
                frames.append(step(pd, frames))
        return frames[-1]

    def prepare(self, pd: Any) -> Callable[..., Any]:
        """Make the preparing function of a pipeline."""
        return lambda **sources: self.run(pd, sources)

    def __repr__(self) -> str:
        tables_ = [
            f"{name}=\n{frame!r}\n{dict(frame.dtypes)}" for name, frame in self.sources.items()
        ]
        return "\n".join([*tables_, *(text for text, _ in self.instructions)])


@st.composite
def programs(
    draw: st.DrawFn, most: int = 6, only: tuple[str, ...] | None = None, rows: int = 8
) -> Program:
    """Draw a program whose instructions all run on plain pandas."""
    program = Program({"one": draw(tables(rows)), "two": draw(tables(rows, "u_"))})
    frames = list(program.sources.values())
    makers = [MAKERS[name] for name in only or sorted(MAKERS)]
    for _ in range(draw(st.integers(1, most))):
        instruction = draw(st.sampled_from(makers))(draw, frames)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                result = instruction[1](pandas, frames)
            except REFUSED:
                continue
        if not result.columns.is_unique or len(result) > 200 or not len(result.columns):
            continue
        program.instructions.append(instruction)
        frames.append(result)
    return program
