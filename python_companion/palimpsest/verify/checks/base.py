"""What a check is, and what comparing gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from palimpsest.verify.values import Cell, Observed


@dataclass(frozen=True)
class Mismatch:
    """The first difference between two results.

    Attributes
    ----------
    kind
        What differs: a cell, a row one side lacks, the order, the shape or type as a whole, or
        that one side raised an error.
    original, rewritten
        Either side's value, as a person would read it.
    row
        0-based row of the original's result (of the rewrite's, for a row the original lacks).
    column
        Name of the column; `position` is its place in the original's result.
    detail
        A remark on the extent of the difference.
    cells
        The cells of the rows concerned, on both sides, as clues to their source rows.
    stage
        The stage of a script in which it shows.
    columns, expected, got
        The first difference as a small table: the original's row and the rewrite's.
    """

    kind: Literal["cell", "row", "order", "shape", "type", "error"]
    original: str
    rewritten: str
    row: int | None = None
    column: str | None = None
    position: int | None = None
    detail: str = ""
    cells: list[Cell] = field(default_factory=list)
    stage: str | None = None
    columns: list[str] = field(default_factory=list)
    expected: list[Cell] | None = None
    got: list[Cell] | None = None

    def alike(self, other: Mismatch | None) -> bool:
        """Tell whether another difference shows in the same way and place."""
        return other is not None and self._place() == other._place()

    def _place(self) -> tuple[str | None, ...]:
        return self.kind, self.column, self.stage


@dataclass
class Comparison:
    """The outcome of comparing two results: equal when there is no mismatch.

    `reordered` tells that rows are equal and come in another order, where that is allowed.
    """

    mismatch: Mismatch | None = None
    notes: list[str] = field(default_factory=list)
    reordered: bool = False


@dataclass
class Mask:
    """What is left out because the original's own two runs differ in it.

    Attributes
    ----------
    columns
        Positions of columns, by part of the result (one part has the name ``""``).
    order
        Whether the order of rows is left out.
    names
        The same for people.
    stages
        For a script, what is left out of each stage; of some everything, for the reason given.
    """

    columns: dict[str, set[int]] = field(default_factory=dict)
    order: bool = False
    names: list[str] = field(default_factory=list)
    stages: dict[str, Mask | str] = field(default_factory=dict)

    def of(self, part: str) -> set[int]:
        """Return the masked columns of a part."""
        return self.columns.get(part, set())

    def __bool__(self) -> bool:
        return self.order or any(self.columns.values()) or bool(self.stages)


class Contract(Protocol):
    """The functions of the pipeline contract, run on the rewritten side.

    Attributes
    ----------
    namespace
        The globals that the cells left.
    output
        The variable that holds the original's result; None when that is a file or not known.
    source
        The rewritten cell.
    """

    namespace: dict[str, Any]
    output: str | None
    source: str

    def function(self, name: str) -> Any:
        """Return a function of the contract."""

    def prepare(self) -> Any:
        """Return the training table."""

    def label(self) -> Any:
        """Return its labels."""

    def encode(self) -> Any:
        """Return its feature matrix as an array or a table."""


class Comparer(Protocol):
    """Compares the results of two versions.

    Attributes
    ----------
    mutates
        Whether mutated inputs can tell more than the real ones.
    """

    mutates: bool

    def unstable(self, first: Observed, second: Observed) -> Mask | str:
        """Return what differs between two runs of the original, or why they cannot be compared."""

    def compare(
        self, original: Observed, rewritten: Observed, mask: Mask, mutated: bool
    ) -> Comparison:
        """Compare a result of the original with the rewrite's."""


class Check(Comparer, Protocol):
    """Observes and compares the results of one role.

    Attributes
    ----------
    role
        The role.
    contract
        The function of the contract that a rewritten cell of this role defines.
    """

    role: str
    contract: str

    def observe_original(
        self, value: Any, namespace: dict[str, Any], source: str, name: str
    ) -> Observed:
        """Return the original's result, found in the variable `name` of the cell `source`."""

    def observe_rewritten(self, contract: Contract) -> Observed:
        """Return the rewrite's result."""
