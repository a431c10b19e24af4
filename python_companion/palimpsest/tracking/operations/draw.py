"""Draw a number for each row: behind ``sample`` and scikit-learn's ``train_test_split``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from ..evaluate import MapEvaluator
from ..plan import Node
from ..table import Table
from .base import Dependencies, Operation, Output, Reads, argument, same_columns

DRAWN = "(drawn)"
"""Column of the numbers."""


class Draw(Operation):
    """The columns of the input and one of numbers in [0, 1); argument `seed`.

    The numbers come from what the rows are made of (see `palimpsest.tracking.draws`), which their values do not tell.
    """

    name = "draw"
    keeps_rows = True

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Refuse: who runs it knows the rows, and calls `drawn`."""
        raise AssertionError("a draw needs to know the rows, not their values")

    def drawn(self, table: Table, numbers: npt.NDArray[Any]) -> Output:
        """Add the numbers of the rows."""
        return Output(Table(table.frame.assign(**{DRAWN: numbers}), table.erased))

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Depend on which records a row is made of, on no cell of theirs."""
        kept = same_columns(node, inputs)
        return Dependencies({**kept.columns, DRAWN: Reads()})


def seed_of(node: Node) -> int:
    """Return the seed of a draw."""
    seed: int = argument(node, "seed")
    return seed
