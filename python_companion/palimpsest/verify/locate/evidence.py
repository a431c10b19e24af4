"""A difference with what is known about it, and what is guessed from that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from palimpsest.verify.checks import Mismatch
from palimpsest.verify.inputs.sources import Column, Record, Sources, columns_of
from palimpsest.verify.inputs.uses import Uses
from palimpsest.verify.values import Cell

Differs = Callable[[Sources], bool]


@dataclass(frozen=True)
class Guess:
    """What a difference probably is.

    Attributes
    ----------
    kind
        A word for what kind of statement is responsible.
    told
        One sentence, or None.
    constants
        Constants of the statement.
    """

    kind: str = "unknown"
    told: str | None = None
    constants: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """A difference with what is known about it."""

    mismatch: Mismatch
    smallest: Sources | None
    mutation: str | None
    uses: Uses
    differs: Differs

    def vanishes(self, path: str, records: list[Record]) -> bool:
        """Tell whether the difference is gone when a source of the smallest input has other rows."""
        if self.smallest is None:
            return False
        source = self.smallest[path].with_records(records)
        return not self.differs({**self.smallest, path: source})

    def vanishes_with(self, column: Column, record: Record, text: str) -> bool:
        """Tell whether the difference is gone when one field has another text."""
        if self.smallest is None:
            return False
        source = self.smallest[column.source]
        other = source.put(record, column.index, text)
        return self.vanishes(column.source, [other if r is record else r for r in source.records])

    def columns(self) -> list[Column]:
        """Return the columns of the smallest input, with what the code does with them."""
        return [] if self.smallest is None else columns_of(self.smallest, self.uses)

    def fields(self, column: Column) -> list[tuple[Record, str]]:
        """Return the rows of the smallest input that have a column, with its text."""
        if self.smallest is None:
            return []
        source = self.smallest[column.source]
        texts = [(record, source.text(record, column.index)) for record in source.records]
        return [(record, text) for record, text in texts if text is not None]

    @property
    def pair(self) -> tuple[Cell, Cell] | None:
        """The two cells that differ."""
        mismatch = self.mismatch
        if mismatch.kind != "cell" or mismatch.expected is None or mismatch.got is None:
            return None
        name = (mismatch.column or "").rpartition(": ")[2]
        place = mismatch.columns.index(name) if name in mismatch.columns else 0
        if place >= len(mismatch.expected) or place >= len(mismatch.got):
            return None
        return mismatch.expected[place], mismatch.got[place]
