"""Pages of the tables between sources and training table, of which no row is stored.

The rows of a page are recomputed from the records they are made of, with real pandas and with the
results that user functions gave. So a page costs what its rows cost, however long the table is;
a filter or an order has to look at all rows, in portions, once for each state of the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property

import pandas as pd

from palimpsest.errors import InvalidArgumentError, PalimpsestError
from palimpsest.pipeline.execution import LABEL, SPLIT
from palimpsest.pipeline.shown import ComputedTable, Rows
from palimpsest.pipeline.state import StoredRun
from palimpsest.store.tables import Masks, TablePart
from palimpsest.tracking.errors import FullRerun, NeedsFunction
from palimpsest.tracking.plan import Node
from palimpsest.tracking.recompute import Intermediate

NODE_PREFIX = "node:"
"""Begins the names of tables whose rows are recomputed."""

_SHOWN = {LABEL: "label", SPLIT: "split"}


def shown_name(node: Node, name: object) -> str:
    """Name a column as people see it: label and split of the pipeline without underscores."""
    shown = _SHOWN.get(str(name), str(name))
    return str(name) if shown in node.columns else shown


def shown_label(node: Node) -> str:
    """Describe a node in one line for people."""
    return node.label.replace(LABEL, _SHOWN[LABEL]).replace(SPLIT, _SHOWN[SPLIT])


class StoredSources:
    """Reads records from the run file, for the tracking."""

    def __init__(self, stored: StoredRun) -> None:
        self._stored = stored

    def read(self, source: str, rows: Rows) -> tuple[pd.DataFrame, Masks]:
        """Return records in the order asked for, with their marks."""
        part = self._stored.source(source).read(rows)
        return part.frame, part.erased


class NodeTable(ComputedTable):
    """The table of a node of the plan.

    Parameters
    ----------
    stored : StoredRun
    node : Node

    Raises
    ------
    PalimpsestError
        When its rows cannot be recomputed; the message says why.
    """

    def __init__(self, stored: StoredRun, node: Node) -> None:
        super().__init__(stored, f"{NODE_PREFIX}{node.id}")
        self._node = node
        with self._told():
            self._table = Intermediate(
                stored.plan, node.id, stored.rows, StoredSources(stored), stored.memo
            )

    @cached_property
    def rows(self) -> Rows:
        """Ids of all rows, ascending."""
        return self.stored.rows.rows(self._node.space)

    def read(self, rows: Rows, columns: Sequence[str] | None = None) -> TablePart:
        """Return rows by id, in the order asked for; the levels of an index that holds data come first."""
        with self._told():
            table = self._table.take(rows)
        names = _level_names(self._node)
        levels = {name: table.frame.index.get_level_values(k) for k, name in enumerate(names)}
        frame = table.frame.set_axis([shown_name(self._node, name) for name in table.frame], axis=1)
        if levels:
            frame = pd.concat([pd.DataFrame(levels, index=frame.index), frame], axis=1)
        erased = {shown_name(self._node, name): mask for name, mask in table.erased.items()}
        for name in columns or ():
            self._check(name, list(frame.columns))
        chosen = list(frame.columns) if columns is None else list(columns)
        return TablePart(
            rows,
            frame[chosen].reset_index(drop=True),
            {name: erased[name] for name in chosen if name in erased},
        )

    def _check(self, name: str, columns: Sequence[str]) -> None:
        if name not in columns:
            raise InvalidArgumentError(
                f"The table of '{shown_label(self._node)}' has no column '{name}'.",
                hint=f"It has: {', '.join(columns)}.",
            )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what keeps rows from being recomputed into an error for people."""
        label = shown_label(self._node)
        try:
            yield
        except FullRerun as error:
            raise PalimpsestError(
                "not-found",
                f"The rows of '{label}' are not kept and cannot be recomputed: {error.reason}",
                hint="The tables before it and the training table can be shown.",
            ) from error
        except NeedsFunction as error:
            raise PalimpsestError(
                "not-found",
                f"The rows of '{label}' are not kept and cannot be recomputed: "
                f"{error.function}() gives results that the run file cannot keep.",
                hint="Let the function return text, numbers, truth values, or lists of them.",
            ) from error


def _level_names(node: Node) -> list[str]:
    """Name the levels of an index that holds data, unlike any column."""
    taken = {shown_name(node, name) for name in node.columns}
    names: list[str] = []
    for level, name in enumerate(node.labels or ()):
        wanted = f"index {level}" if name is None else str(name)
        while wanted in taken:
            wanted += " (index)"
        taken.add(wanted)
        names.append(wanted)
    return names
