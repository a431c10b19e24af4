"""Pages of a run's tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.errors import InvalidArgumentError, PalimpsestError
from palimpsest.pipeline.graph import table_of, training_node
from palimpsest.pipeline.nodetable import NODE_PREFIX, NodeTable
from palimpsest.pipeline.predictions import PredictionTable
from palimpsest.pipeline.shown import ComputedTable, ShownTable, StoredTable
from palimpsest.pipeline.state import (
    MATRIX,
    PREDICTIONS,
    TRAINING,
    StoredRun,
    source_table_name,
)
from palimpsest.protocol.messages import ColumnInfo, PageRequest
from palimpsest.store.tables import Masks, TablePart

Rows = npt.NDArray[np.int32]


@dataclass(frozen=True)
class TablePage:
    """Rows of a table.

    Attributes
    ----------
    rows : (n,) int32
        Their ids.
    frame : DataFrame
    erased : dict of column to (n,) bool
    total : int
        How many rows there are in all pages.
    columns : list of ColumnInfo
    """

    rows: Rows
    frame: pd.DataFrame
    erased: Masks
    total: int
    columns: list[ColumnInfo]


class MatrixTable(ComputedTable):
    """The feature matrix, by the names of its columns."""

    def __init__(self, stored: StoredRun) -> None:
        super().__init__(stored, MATRIX)

    @property
    def rows(self) -> Rows:
        """Ids of all rows, ascending."""
        return self.stored.training_rows

    def read(self, rows: Rows, columns: Sequence[str] | None = None) -> TablePart:
        """Return rows by id, in the order asked for."""
        encoding, raw = self.stored.encoding, self.stored.matrix.take(rows)
        places = _places(list(encoding.feature_names), columns)
        names = [encoding.feature_names[place] for place in places]
        frame = pd.DataFrame(encoding.materialise(raw)[:, places], columns=names)
        units = encoding.coordinates.unit[places]
        marks = {name: raw.erased[:, unit] for name, unit in zip(names, units, strict=True)}
        return TablePart(rows, frame, {name: mask for name, mask in marks.items() if mask.any()})


def read_page(stored: StoredRun, request: PageRequest) -> TablePage:
    """Return the page of a table that a request asks for."""
    table = shown_table(stored, request.table)
    rows = table.order(request.filter, request.sort)
    if request.rows is not None:
        rows = rows[np.isin(rows, np.asarray(request.rows, dtype=np.int64))]
    part = table.read(rows[request.offset : request.offset + request.limit], request.columns)
    columns = [ColumnInfo(name=name, dtype=table.dtype(name, part)) for name in part.frame.columns]
    return TablePage(part.rows, part.frame, part.erased, len(rows), columns)


def shown_table(stored: StoredRun, name: str) -> ShownTable:
    """Find a table by the name that the protocol gives it."""
    if name == MATRIX:
        return MatrixTable(stored)
    if name == PREDICTIONS:
        return PredictionTable(stored)
    if name.startswith(NODE_PREFIX):
        return _node_table(stored, name.removeprefix(NODE_PREFIX))
    if name == TRAINING:
        return StoredTable(stored, stored.training, stored.plan[stored.plan.output].space)
    for source in stored.sources:
        if name == source_table_name(source):
            return _source_table(stored, source)
    known = [*map(source_table_name, stored.sources), TRAINING, MATRIX, PREDICTIONS]
    raise _no_table(f"This run keeps no table '{name}'.", hint=f"It keeps: {', '.join(known)}.")


def _source_table(stored: StoredRun, source: str) -> StoredTable:
    spaces = [
        node.space
        for node in stored.plan.nodes
        if node.operation == "scan" and node.arguments["source"] == source
    ]
    return StoredTable(stored, stored.source(source), spaces[0])


def _node_table(stored: StoredRun, number: str) -> ShownTable:
    plan = stored.plan
    if not (number.isascii() and number.isdecimal() and int(number) < len(plan.nodes)):
        raise _no_table(
            f"The plan of this run has no node '{number}'.",
            hint=f"Its nodes are 0 to {len(plan.nodes) - 1}.",
        )
    node = plan[int(number)]
    name = table_of(node, training_node(plan))
    return NodeTable(stored, node) if name.startswith(NODE_PREFIX) else shown_table(stored, name)


def _no_table(message: str, hint: str) -> PalimpsestError:
    return PalimpsestError("not-found", message, hint=hint)


def _places(names: list[str], wanted: Sequence[str] | None) -> list[int]:
    if wanted is None:
        return list(range(len(names)))
    position = {name: place for place, name in enumerate(names)}
    unknown = [name for name in wanted if name not in position]
    if unknown:
        raise InvalidArgumentError(
            f"The feature matrix has no column {', '.join(map(repr, unknown[:3]))}."
        )
    return [position[name] for name in wanted]
