"""Look values up in another table: ``series.isin(other)``, ``series.map(other)``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas

from ..errors import FullRerun
from ..evaluate import MapEvaluator
from ..plan import Node
from ..table import ErasedMasks, Table, blank, spread
from .base import Dependencies, Family, Operation, Output, Reads


class IsIn(Operation):
    """One column of truth values, for the one column of input 0; input 1 is where it looks.

    An erased value is in nothing, and nothing is an erased value.
    """

    name = "isin"
    family = Family.KEYED
    keeps_rows = True

    def makers(self, node: Node) -> int:
        """Both inputs have keys."""
        return 2

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Let pandas look the values up."""
        sought, place = (table.frame.columns[0] for table in tables)
        values, erased = tables[0].column(sought)
        among, gone = tables[1].column(place)
        if gone is not None:
            among = among[~gone]
        masks: ErasedMasks = {}
        if erased is None:
            found = values.isin(among)
        else:
            found = spread(values[~erased].isin(among), ~erased, values.index)
            masks[sought] = erased
        return Output(Table(pandas.DataFrame({sought: found}), masks))

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Depend on the sought values, and by control on those they are sought among."""
        sought, place = (one.columns[0] for one in inputs)
        return Dependencies({sought: Reads(frozenset({(0, sought)}), frozenset({(1, place)}))})

    def key_columns(self, node: Node, k: int) -> list[Any] | None:
        """Name all columns: there is one."""
        return None

    def mates(self, node: Node) -> bool:
        """Look at each row for itself."""
        return False


class LookUp(Operation):
    """One column of the values that another table has for the one column of input 0.

    Input 1 has two columns, keys (each once) and values. An erased value is not looked up, an erased key not found, and
    what is found is erased where the value is.
    """

    name = "look_up"
    family = Family.KEYED
    keeps_rows = True

    def makers(self, node: Node) -> int:
        """Both inputs have keys."""
        return 2

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Let pandas look the values up."""
        sought = tables[0].frame.columns[0]
        values, erased = tables[0].column(sought)
        known, gone = _known(tables[1])
        present = values if erased is None else values[~erased]
        if node.schema and finds_missing(present, known):  # not being captured
            raise FullRerun(f"{node.label} ({node.location}) looks up missing values.")
        local_none = bool(node.schema) and not len(known)  # where pandas stumbles over some dtypes
        found = pandas.Series(np.nan, present.index) if local_none else present.map(known)
        lost = np.zeros(len(values), dtype=bool) if erased is None else erased.copy()
        if gone is not None:
            lost[~lost] = present.map(gone).fillna(False).to_numpy(dtype=bool)
        if erased is not None:
            found = spread(found, ~erased, values.index)
        masks: ErasedMasks = {sought: lost} if lost.any() else {}
        frame = blank(found, lost).to_frame(sought)
        frame.columns = tables[0].frame.columns
        return Output(Table(frame, masks))

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Depend on the found values, and by control on the keys of both sides."""
        sought = inputs[0].columns[0]
        key, value = inputs[1].columns
        keys = frozenset({(0, sought), (1, key)})
        return Dependencies({sought: Reads(frozenset({(1, value)}), keys)})

    def inferred(self, node: Node, inputs: Sequence[Node]) -> list[str]:
        """Name the column: what is not found is missing."""
        return [inputs[0].columns[0]]

    def key_columns(self, node: Node, k: int) -> list[Any] | None:
        """Name the columns that are compared."""
        return None if k == 0 else [dict(node.arguments)["key"]]

    def mates(self, node: Node) -> bool:
        """Look at each row for itself."""
        return False


def finds_missing(values: pandas.Series[Any], known: pandas.Series[Any]) -> bool:
    """Say whether a missing value may be found among objects, where pandas decides by what else there is."""
    objects = any(dtype == object for dtype in (values.dtype, known.index.dtype))
    return bool(objects and known.index.hasnans)


def _known(table: Table) -> tuple[pandas.Series[Any], pandas.Series[Any] | None]:
    """Values by key, and which of them are erased."""
    key, value = table.frame.columns
    keys, gone = table.column(key)
    values, erased = table.column(value)
    kept = np.ones(len(table), dtype=bool) if gone is None else ~gone
    index = pandas.Index(keys[kept], dtype=keys.dtype)
    known = values[kept].set_axis(index)
    return known, None if erased is None else pandas.Series(erased[kept], index=index)
