"""Join two frames on equal keys: ``merge``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas

from ..arrays import BoolArray, IntArray
from ..errors import DuplicateColumns
from ..evaluate import MapEvaluator
from ..plan import Node
from ..table import ErasedMasks, Table, any_erased
from .base import Dependencies, Family, Keys, Operation, Output, Reads, argument

_LEFT, _RIGHT, _ERASED = "\0left", "\0right", "\0erased"
"""Helper columns: positions in the inputs, and a key part by which erased keys match nothing."""


_KEEPING: dict[str, tuple[int, ...]] = {
    "inner": (0,),
    "left": (0,),
    "right": (1,),
    "outer": (0, 1),
    "cross": (0,),
    "left_anti": (0,),
    "right_anti": (1,),
}
"""The sides whose rows stay even when they match nothing, or the left one; their keys are kept."""

_LEAVING_ALONE: dict[str, tuple[int, ...]] = {
    "inner": (0, 1),
    "left": (0,),
    "right": (1,),
    "cross": (0, 1),
}
"""The sides of which a row that goes takes along its own pairs only."""


class Merge(Operation):
    """Join; arguments `how`, `left_on`, `right_on` (lists, none for a cross join), `suffixes`, `sort`, `indicator`.

    Key columns of equal name on both sides become one.
    """

    name = "merge"
    edges = "a row of each side, or of one"
    family = Family.KEYED

    def makers(self, node: Node) -> int:
        """Rows are made of a row of each input, or of one."""
        return 2

    def run(self, node: Node, tables: Sequence[Table], map_values: MapEvaluator) -> Output:
        """Let pandas join, with positions carried along."""
        left, right = tables
        on = _sides(node)
        erased = [any_erased(table.erased, names) for table, names in zip(tables, on, strict=True)]
        frames = [left.frame.copy(deep=False), right.frame.copy(deep=False)]
        frames[0][_LEFT] = np.arange(len(left), dtype=np.int32)
        frames[1][_RIGHT] = np.arange(len(right), dtype=np.int32)
        keywords: dict[str, Any] = {"how": argument(node, "how"), "sort": argument(node, "sort")}
        if erased[0] is not None or erased[1] is not None:
            _set_apart(frames, erased)
            on = [[*names, _ERASED] for names in on]
        keywords |= {
            "suffixes": argument(node, "suffixes"),
            "indicator": argument(node, "indicator", False),
        }
        if argument(node, "how") != "cross":
            keywords |= {"left_on": on[0], "right_on": on[1]}
        merged = _join(node, frames, keywords)
        origins = (_positions(merged.pop(_LEFT)), _positions(merged.pop(_RIGHT)))
        if _ERASED in merged:
            merged = merged.drop(columns=_ERASED)
        if left.frame.columns.dtype != object:
            merged.columns = merged.columns.infer_objects()
        repeated = merged.columns[merged.columns.duplicated()]
        if len(repeated):
            raise DuplicateColumns(list(repeated), "merge")
        masks: ErasedMasks = {}
        if left.erased or right.erased:
            columns = merged_columns(node, left.frame.columns, right.frame.columns)
            masks = _masks(columns, tables, origins)
        return Output(Table(merged, masks), origins)

    def dependencies(self, node: Node, inputs: Sequence[Node]) -> Dependencies:
        """Depend on both sides' columns by value, on the keys by control."""
        columns = merged_columns(node, inputs[0].columns, inputs[1].columns)
        keys = frozenset((k, name) for k, names in enumerate(_sides(node)) for name in names)
        return Dependencies(
            {name: Reads(value=frozenset(sources)) for name, sources in columns.items()},
            Reads(control=keys),
        )

    def key_columns(self, node: Node, k: int) -> list[Any] | None:
        """Name the columns that are compared."""
        return _sides(node)[k]

    def drivers(self, node: Node) -> tuple[int, ...]:
        """Return the sides for each of whose rows there is output."""
        return _KEEPING[argument(node, "how")]

    def keys(self, node: Node, k: int, table: Table, hash_key: str) -> Keys:
        """Give all rows the same key in a cross join."""
        if argument(node, "how") == "cross":
            return np.zeros(len(table), dtype=np.uint64), None
        return super().keys(node, k, table, hash_key)

    def mates(self, node: Node) -> bool:
        """Only in an outer join is a row's output decided by both sides."""
        return bool(argument(node, "how") == "outer")

    def pairs_equal_keys(self, node: Node) -> bool:
        """Say yes: that is what a join is."""
        return True

    def leave_alone(self, node: Node) -> tuple[int, ...]:
        """Return the sides on which other rows do not depend."""
        return _LEAVING_ALONE.get(argument(node, "how"), ())

    def padded(self, node: Node, inputs: Sequence[Node]) -> dict[str, set[int]]:
        """Columns whose dtype changes when rows without match are padded, each with the sides it is from."""
        how = argument(node, "how")
        sides = {"left": (1,), "right": (0,), "outer": (0, 1)}.get(how, ())
        columns = merged_columns(node, inputs[0].columns, inputs[1].columns)
        found = {
            name: {k for k, c in sources if k in sides and _has_no_missing(inputs[k].dtypes[c])}
            for name, sources in columns.items()
        }
        return {name: origins for name, origins in found.items() if origins}

    def order(self, node: Node) -> tuple[int, ...] | None:
        """Rows come in the order of the left side (or the right one), unless pandas sorts by key."""
        if argument(node, "sort"):
            return None
        return None if argument(node, "how") == "outer" else (0, 1) if self._leads(node) else (1, 0)

    def _leads(self, node: Node) -> bool:
        return argument(node, "how") not in ("right", "right_anti")


def _join(
    node: Node, frames: list[pandas.DataFrame], keywords: Mapping[str, Any]
) -> pandas.DataFrame:
    """Join with pandas, which refuses keys of mixed kinds when it sees only some of their rows."""
    try:
        return pandas.merge(*frames, **keywords)
    except ValueError:
        if not node.schema:  # being captured: these are all the rows
            raise
        for frame, names in zip(frames, (keywords["left_on"], keywords["right_on"]), strict=True):
            for name in names:
                frame[name] = frame[name].astype(object)
        return pandas.merge(*frames, **keywords)


def _has_no_missing(dtype: str) -> bool:
    return dtype == "bool" or dtype.startswith(("int", "uint"))


def _sides(node: Node) -> list[list[str]]:
    return [list(argument(node, "left_on")), list(argument(node, "right_on"))]


def _set_apart(frames: list[pandas.DataFrame], erased: Sequence[BoolArray | None]) -> None:
    """Add a key column that differs wherever a key is erased."""
    for k, frame in enumerate(frames):
        part = np.zeros(len(frame), dtype=np.int64)
        mask = erased[k]
        if mask is not None:
            part[mask] = (2 * np.arange(1, mask.sum() + 1) + k) * -1
        frame[_ERASED] = part


def _positions(helper: pandas.Series[Any]) -> IntArray:
    """Positions in an input, -1 for none."""
    values = helper.to_numpy()
    if values.dtype == np.int32:
        whole: IntArray = values
        return whole
    positions = np.full(len(values), -1, dtype=np.int32)
    np.copyto(positions, values, casting="unsafe", where=~np.isnan(values))
    return positions


def merged_columns(
    node: Node, left: Sequence[str], right: Sequence[str]
) -> dict[str, list[tuple[int, str]]]:
    """Columns of the joined frame, each with the input columns it is taken from."""
    left_on, right_on = _sides(node)
    coalesced = {name for name, other in zip(left_on, right_on, strict=True) if name == other}
    keyed = _KEEPING[argument(node, "how")]
    shared = (set(left) & set(right)) - coalesced
    suffixes = argument(node, "suffixes")
    columns: dict[str, list[tuple[int, str]]] = {}
    for k, names in ((0, left), (1, right)):
        for name in names:
            if name in coalesced:
                columns.setdefault(name, [(side, name) for side in keyed])
            else:
                suffix = suffixes[k] if name in shared else None
                columns[name if suffix is None else f"{name}{suffix}"] = [(k, name)]
    indicator = argument(node, "indicator", False)
    if indicator:
        columns["_merge" if indicator is True else indicator] = []
    return columns


def _masks(
    columns: dict[str, list[tuple[int, str]]],
    tables: Sequence[Table],
    origins: tuple[IntArray, IntArray],
) -> ErasedMasks:
    masks: ErasedMasks = {}
    for name, sources in columns.items():
        for k, column in sources:
            mask = tables[k].erased.get(column)
            if mask is not None:
                taken = np.append(mask, False)[origins[k]]  # origin -1 takes the last
                masks[name] = masks.get(name, False) | taken
    return {name: mask for name, mask in masks.items() if mask.any()}
