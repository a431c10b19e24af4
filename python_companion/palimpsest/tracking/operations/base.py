"""What an operation is: how it runs, which rows and columns its result is made of, what it groups by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar

import numpy as np
import pandas

from ..arrays import BoolArray, IntArray
from ..elementwise import ELEMENTWISE
from ..evaluate import Evaluation, MapEvaluator
from ..expressions import Call, Column, Expr, Literal
from ..keycodes import Hashes, hash_keys
from ..plan import Node
from ..table import Table, any_erased

Keys = tuple[Hashes, BoolArray | None]
"""Hash of the key of each row, and which keys are erased."""

ColumnOf = tuple[int, str]
"""A column of input number ..."""


class Family(Enum):
    """How far a change reaches; see docs/ARCHITECTURE.md, Maintenance."""

    ROWS = "row-wise"
    KEYED = "keyed"
    GLOBAL = "global"
    OPAQUE = "untracked"


@dataclass
class Output:
    """Result of running an operation.

    Attributes
    ----------
    table : Table
    origins : tuple of ndarray of int32
        For each row-making input the position of the row that each row of the result is made of,
        -1 for none.
    ordinal : ndarray of int32 or None
        Tells rows apart that are made of the same input rows.
    members : ndarray of int32 or None
        For group-by instead of `origins`: the row of the result that each input row belongs to, or -1.
    """

    table: Table
    origins: tuple[IntArray, ...] = ()
    ordinal: IntArray | None = None
    members: IntArray | None = None


@dataclass(frozen=True)
class Reads:
    """Input columns that something depends on."""

    value: frozenset[ColumnOf] = frozenset()
    control: frozenset[ColumnOf] = frozenset()

    def __or__(self, other: Reads) -> Reads:
        return Reads(self.value | other.value, self.control | other.control)

    def as_control(self) -> Reads:
        """Return the same columns as control dependencies."""
        return Reads(control=self.value | self.control)


@dataclass(frozen=True)
class Dependencies:
    """What the columns of a result, and the presence of its rows, depend on."""

    columns: Mapping[str, Reads]
    rows: Reads = field(default_factory=Reads)


class Operation:
    """One operation of the plan. Subclasses are registered in `palimpsest.tracking.operations`.

    Attributes
    ----------
    name : str
    family : Family
    keeps_rows : bool
        Whether the rows of the result are those of input 0 (no new space).
    groups_rows : bool
        Whether each row of the result is made of many rows of input 0.
    edges : str
        What a row of the result is made of, for people.
    """

    name: ClassVar[str]
    edges: ClassVar[str] = "one row"
    family: ClassVar[Family] = Family.ROWS
    keeps_rows: ClassVar[bool] = False
    groups_rows: ClassVar[bool] = False

    def makers(self, node: Node) -> int:
        """Return how many inputs, from the first, rows are made of; the others only give columns to input 0."""
        return 1

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Run on tables of the inputs, with real pandas."""
        raise NotImplementedError

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Say which input columns the result depends on."""
        raise NotImplementedError

    def inferred(self, node: Node, inputs: Sequence[Node]) -> Iterable[str]:
        """Name the columns whose dtype depends on which rows there are."""
        return ()

    def padded(self, node: Node, inputs: Sequence[Node]) -> Mapping[str, set[int]]:
        """Name columns whose dtype depends on whether some row has no origin in certain inputs."""
        return {}

    # keyed operations ------------------------------------------------------------------------

    def key_columns(self, node: Node, k: int) -> list[Any] | None:
        """Name the columns of input `k` that are its key; None for all."""
        raise NotImplementedError

    def keys(self, node: Node, k: int, table: Table, hash_key: str) -> Keys:
        """Hash the keys of rows of input `k`, and say which are erased."""
        names = self.key_columns(node, k) or list(table.frame.columns)
        if not names:  # rows without cells, none of which pandas calls a duplicate
            return np.arange(len(table), dtype=np.uint64), None
        hashes = hash_keys([table.frame[name] for name in names], hash_key)
        return hashes, any_erased(table.erased, names)

    def drivers(self, node: Node) -> tuple[int, ...]:
        """Return the inputs for each of whose rows there is output on its own account."""
        return (0,)

    def mates(self, node: Node) -> bool:
        """Say whether a row's output depends on rows of the same input with the same key."""
        return True

    def pairs_equal_keys(self, node: Node) -> bool:
        """Say whether rows of both inputs that a row of the result is made of have equal keys."""
        return False

    def leave_alone(self, node: Node) -> tuple[int, ...]:
        """Return the inputs of which a row that goes takes along the rows made of it and changes nothing else."""
        return ()

    # order -----------------------------------------------------------------------------------

    def needs_order(self, node: Node) -> bool:
        """Say whether the result's values depend on the order of the input rows."""
        return False

    def needs_values(self) -> bool:
        """Say whether which rows there are depends on values at all, or only on places."""
        return True

    def ties_undecided(self, node: Node, table: Table) -> bool:
        """Say whether, when ordered by values, rows of `table` come in no certain order."""
        return False

    def order(self, node: Node) -> tuple[int, ...] | None:
        """Return the inputs by whose order the result is ordered, most significant first; None when by values."""
        return (0,)

    def orders_by_run(self) -> bool:
        """Say whether running the operation on some rows puts them in the order they have among all."""
        return False

    def passes_rows(self) -> bool:
        """Say whether each row of the result equals the row of input 0 it is made of."""
        return False


def evaluation_of(node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Evaluation:
    """Make the evaluation of a node's expressions over tables of its inputs."""
    return Evaluation(dict(zip(node.inputs, tables, strict=True)), map_values)


def reads_of(expression: Expr, inputs: Sequence[int]) -> Reads:
    """Columns that an expression depends on, as columns of the inputs."""
    if isinstance(expression, Column):
        return Reads(value=frozenset({(inputs.index(expression.node), expression.name)}))
    if isinstance(expression, Literal):
        return Reads()
    if isinstance(expression, Call):
        control = ELEMENTWISE[expression.function].control
        parts = [*expression.operands, *(value for _, value in expression.keywords)]
        result = Reads()
        for position, part in enumerate(parts):
            reads = reads_of(part, inputs)
            result |= reads.as_control() if position in control else reads
        return result
    return reads_of(expression.operand, inputs)


def label_key(level: int) -> str:
    """Name under which dependencies keep a level of an index that holds data."""
    return f"\0label{level}"


def labels_of(node: Node) -> dict[str, Reads]:
    """Dependencies of the index levels of a node that keeps the index of input 0."""
    levels = range(len(node.labels or ()))
    return {label_key(level): Reads(frozenset({(0, label_key(level))})) for level in levels}


def same_columns(
    node: Node, inputs: Sequence[Node], reads: Iterable[ColumnOf] = ()
) -> Dependencies:
    """Dependencies of a result whose columns are those of input 0, its rows decided by `reads`."""
    columns = {name: Reads(value=frozenset({(0, name)})) for name in inputs[0].columns}
    return Dependencies({**columns, **labels_of(node)}, Reads(control=frozenset(reads)))


def column_index(names: Sequence[Any], like: pandas.Index[Any]) -> pandas.Index[Any]:
    """Make the column index of a result, of the dtype that the index `like` has when all names are text."""
    same = all(isinstance(name, str) for name in names)
    return pandas.Index(list(names), dtype=like.dtype if same else None)


def argument(node: Node, name: str, default: Any = None) -> Any:
    """Read an argument of a node."""
    return node.arguments.get(name, default)
