"""Pages of a run's tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.errors import InvalidArgumentError, PalimpsestError
from palimpsest.pipeline.graph import NODE_PREFIX, table_of, training_node
from palimpsest.pipeline.nodetable import NodeTable
from palimpsest.pipeline.state import TRAINING, StoredRun, source_table_name
from palimpsest.protocol.messages import ColumnInfo, PageRequest
from palimpsest.store.tables import Masks, RowTable


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

    rows: npt.NDArray[np.int32]
    frame: pd.DataFrame
    erased: Masks
    total: int
    columns: list[ColumnInfo]


def read_page(stored: StoredRun, request: PageRequest) -> TablePage:
    """Return the page of a table that a request asks for."""
    if request.table == "matrix":
        return _matrix_page(stored, request)
    if request.table.startswith(NODE_PREFIX):
        return _node_page(stored, request)
    known = [*map(source_table_name, stored.sources), TRAINING]
    table = stored.table(request.table) if request.table in known else None
    if table is None:
        raise _no_table(
            f"This run keeps no table '{request.table}'.",
            hint=f"It keeps: {', '.join([*known, 'matrix'])}.",
        )
    return _table_page(table, request)


def _no_table(message: str, hint: str) -> PalimpsestError:
    return PalimpsestError("not-found", message, hint=hint)


def _node_page(stored: StoredRun, request: PageRequest) -> TablePage:
    plan, number = stored.plan, request.table.removeprefix(NODE_PREFIX)
    if not (number.isascii() and number.isdecimal() and int(number) < len(plan.nodes)):
        raise _no_table(
            f"The plan of this run has no node '{number}'.",
            hint=f"Its nodes are 0 to {len(plan.nodes) - 1}.",
        )
    node = plan[int(number)]
    name = table_of(node, training_node(plan))
    if not name.startswith(NODE_PREFIX):
        return read_page(stored, request.model_copy(update={"table": name}))
    table = NodeTable(stored, node)
    rows = table.select(request.filter)
    if request.rows is not None:
        rows = rows[np.isin(rows, np.asarray(request.rows, dtype=np.int64))]
    part = table.read(rows[request.offset : request.offset + request.limit], request.columns)
    columns = [
        ColumnInfo(name=name, dtype=str(dtype))
        for name, dtype in zip(part.frame.columns, part.frame.dtypes, strict=True)
    ]
    return TablePage(part.rows, part.frame, part.erased, len(rows), columns)


def _table_page(table: RowTable, request: PageRequest) -> TablePage:
    part, total = table.page(
        request.offset, request.limit, request.columns, request.filter, request.rows
    )
    columns = [ColumnInfo(name=name, dtype=table.codecs[name].dtype) for name in part.frame.columns]
    return TablePage(part.rows, part.frame, part.erased, total, columns)


def _matrix_page(stored: StoredRun, request: PageRequest) -> TablePage:
    if request.filter:
        raise InvalidArgumentError(
            "The feature matrix cannot be filtered.",
            hint="Filter the training table, then ask for these rows of the matrix.",
        )
    rows = stored.training_rows
    if request.rows is not None:
        rows = rows[np.isin(rows, np.asarray(request.rows, dtype=np.int64))]
    chosen = rows[request.offset : request.offset + request.limit]
    encoding = stored.encoding
    raw = stored.matrix.take(chosen)
    places = _places(list(encoding.feature_names), request.columns)
    names = [encoding.feature_names[place] for place in places]
    frame = pd.DataFrame(encoding.materialise(raw)[:, places], columns=names)
    units = encoding.coordinates.unit[places]
    marks = {name: raw.erased[:, unit] for name, unit in zip(names, units, strict=True)}
    erased = {name: mask for name, mask in marks.items() if mask.any()}
    columns = [ColumnInfo(name=name, dtype="float64") for name in names]
    return TablePage(chosen, frame, erased, len(rows), columns)


def _places(names: list[str], wanted: list[str] | None) -> list[int]:
    if wanted is None:
        return list(range(len(names)))
    position = {name: place for place, name in enumerate(names)}
    unknown = [name for name in wanted if name not in position]
    if unknown:
        raise InvalidArgumentError(
            f"The feature matrix has no column {', '.join(map(repr, unknown[:3]))}."
        )
    return [position[name] for name in wanted]
