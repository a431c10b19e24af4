"""Live nodes: what a tracked frame remembers of how it came about.

Steps refer to the steps before them, so that a step lives exactly as long as something made from it.
`palimpsest.tracking.capture` turns those that lead to a result into a `Plan`.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas

from .arrays import IntArray
from .errors import DuplicateColumns
from .expressions import Column, Expr
from .functions import UserFunction
from .location import caller
from .operations import OPERATIONS
from .operations.base import Family, Output
from .plan import Node
from .table import ErasedMasks, Table, schema_of

_NUMBERS = itertools.count()


@dataclass
class LiveCall:
    """Results of one call of a user function while it is live.

    Attributes
    ----------
    function : callable
    digests : list of bytes
        Keyed digests of the distinct arguments.
    results : list
        Their results.
    codes : ndarray of int32
        For each row the position of its argument, -1 for none.
    """

    function: UserFunction
    digests: Sequence[Any]
    results: list[Any]
    codes: IntArray


@dataclass
class ScanOf:
    """What a scan read; `records` are positions at first read where they are not those in the frame."""

    source: str
    frame: pandas.DataFrame
    erased: ErasedMasks
    options: Mapping[str, Any]
    records: IntArray | None = None


@dataclass
class Step:
    """A node with the arrays that belong to it; all numbers in it are unique in the process."""

    node: Node
    inputs: tuple[Step, ...]
    space: Step | None
    output: Output | None = None
    keyed: tuple[Table, ...] = ()
    calls: dict[int, LiveCall] = field(default_factory=dict)
    scan: ScanOf | None = None
    kept: npt.NDArray[np.uint64] | None = None

    @property
    def rows_of(self) -> Step:
        """The step that made the rows."""
        return self if self.space is None else self.space


def next_number() -> int:
    """Make a number that no other step or call of this process has."""
    return next(_NUMBERS)


def refuse_duplicates(columns: pandas.Index[Any], operation: str) -> None:
    """Raise `DuplicateColumns` when a name occurs twice."""
    if len(set(columns.tolist())) < len(columns):
        raise DuplicateColumns(list(columns[columns.duplicated()].unique()), operation)


def draft(
    operation: str,
    arguments: Mapping[str, Any],
    inputs: Sequence[Step],
    expressions: Mapping[str, Expr] | None = None,
) -> Node:
    """Make the node of a step that is about to run."""
    number = next_number()
    keeps = OPERATIONS[operation].keeps_rows
    return Node(
        id=number,
        operation=operation,
        arguments=dict(arguments),
        expressions=dict(expressions or {}),
        inputs=tuple(step.node.id for step in inputs),
        space=inputs[0].rows_of.node.id if keeps else number,
        location=caller(),
    )


def finish(
    node: Node,
    inputs: Sequence[Step],
    output: Output,
    calls: Mapping[int, LiveCall],
    *,
    label: str,
    started: float,
    labels: tuple[str | None, ...] | None = None,
    tables: Sequence[Table] = (),
) -> Step:
    """Complete a step after its operation has run.

    Parameters
    ----------
    node : Node
        As `draft` made it.
    inputs : sequence of Step
    output : Output
    calls : mapping of call number to LiveCall
        Calls of user functions in the node's expressions.
    label : str
    started : float
        `time.perf_counter` before the operation ran.
    labels : tuple, optional
        Names of index levels that hold data.
    tables : sequence of Table
        The inputs' tables, for keyed operations.
    """
    operation = OPERATIONS[node.operation]
    frame = output.table.frame
    refuse_duplicates(frame.columns, node.operation)
    complete = replace(
        node,
        schema=schema_of(frame),
        labels=labels,
        label=label,
        rows=len(frame),
        seconds=time.perf_counter() - started,
    )
    space = inputs[0].rows_of if operation.keeps_rows else None
    # Not even a slice of no rows: it would keep the whole frame in memory.
    edges_only = replace(output, table=Table(pandas.DataFrame()))
    kept = None if operation.keeps_rows else edges_only
    keyed = tuple(tables[: operation.makers(node)]) if operation.family is Family.KEYED else ()
    parts = tuple(
        table.only(operation.key_columns(node, k) or list(table.frame.columns))
        for k, table in enumerate(keyed)
    )
    return Step(complete, tuple(inputs), space, kept, parts, dict(calls))


def scan_step(scan: ScanOf, label: str, started: float) -> Step:
    """Make the step of a scan."""
    node = draft("scan", {"source": scan.source}, ())
    refuse_duplicates(scan.frame.columns, "read")
    complete = replace(
        node,
        schema=schema_of(scan.frame),
        label=label,
        rows=len(scan.frame),
        seconds=time.perf_counter() - started,
    )
    return Step(complete, (), None, scan=scan)


def pass_through(step: Step) -> dict[Any, Expr]:
    """Expressions that keep every column of a step."""
    return {name: Column(step.node.id, name) for name in step.node.columns}


def positions(length: int) -> IntArray:
    """All positions of a table."""
    return np.arange(length, dtype=np.int32)
