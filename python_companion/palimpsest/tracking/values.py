"""New values of any rows of any node: from the delta, or recomputed from the source rows along the edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from .arrays import BoolArray, IntArray
from .change import SourceChange, read_changed
from .delta import NO_ROWS, Delta, Numbers, SourceReader, fold, places
from .draws import draws, stored_keys
from .errors import FullRerun
from .evaluate import MapEvaluator
from .expressions import MapCall
from .literals import dtype_from_json
from .memoised import MemoisedCalls
from .operations import OPERATIONS
from .operations.base import Family, Output
from .operations.draw import Draw, seed_of
from .operations.filter import Filter
from .plan import Node, NodeId, Plan
from .rows import RowState
from .soundness import refuse_when_sensitive
from .table import (
    Table,
    Widened,
    concat_tables,
    conform_marked,
    empty_frame,
    with_columns,
)

Positions = npt.NDArray[np.int64]

_NO_CHANGE = SourceChange()


class Values:
    """Recomputes rows of a plan over its changed sources.

    Parameters
    ----------
    plan : Plan
    state : RowState
    reader : SourceReader
        Reads source rows as they are stored; the changes are laid over them.
    changes : mapping of source to SourceChange
    calls : MemoisedCalls
    keep_rows : bool, default False
        Whether rows stay that passed a filter whose predicate becomes erased.
    """

    def __init__(
        self,
        plan: Plan,
        state: RowState,
        reader: SourceReader,
        changes: Mapping[str, SourceChange],
        calls: MemoisedCalls,
        *,
        keep_rows: bool = False,
    ) -> None:
        self.keep_rows = keep_rows
        self.newly_kept: dict[NodeId, int] = {}
        self._plan = plan
        self.state = state
        self._reader = reader
        self._changes = changes
        self._calls = calls
        self._empty: dict[NodeId, Table] = {}
        self._wholes: dict[NodeId, Table] = {}
        self.deltas: dict[NodeId, Delta] = {}
        self.lost_keys: dict[NodeId, list[IntArray]] = {}

    def space(self, node: NodeId) -> NodeId:
        """Space of a node."""
        return self._plan[node].space

    def node(self, node: NodeId) -> Node:
        """Look a node up."""
        return self._plan[node]

    def rows(self, node: NodeId, ids: IntArray) -> Table:
        """Values of rows `ids` of a node, in that order, under a positional index."""
        if not len(ids):
            return self._no_rows(self._plan[node])
        distinct, inverse = np.unique(ids, return_inverse=True)
        delta = self.deltas.get(node)
        if delta is None or not len(delta.table):
            table = self._pull(self._plan[node], distinct)
        else:
            found = places(distinct, delta.present)
            known = delta.table.take(found[found >= 0])
            if (found >= 0).all():
                table = known
            else:
                pulled = self._pull(self._plan[node], distinct[found < 0])
                order = np.argsort(
                    np.concatenate([np.flatnonzero(found >= 0), np.flatnonzero(found < 0)])
                )
                table = concat_tables([known, pulled]).take(order)
        if len(inverse) != len(distinct) or (inverse != np.arange(len(inverse))).any():
            table = table.take(inverse)
        return table.plain_index() if self._plan[node].labels is None else table

    def _pull(self, node: Node, ids: IntArray) -> Table:
        operation = OPERATIONS[node.operation]
        if operation.family is Family.OPAQUE:
            raise FullRerun(f"{node.label} (line {_line(node)}) is not tracked.")
        if node.operation == "scan":
            return self.fit(node, self._read(node, ids))
        if operation.keeps_rows and operation.family is Family.KEYED:
            return self._pull_keyed(node, ids)
        if operation.keeps_rows and operation.family is Family.GLOBAL:
            return self.whole(node).take(np.searchsorted(self.state.rows(node.space), ids))
        if operation.keeps_rows:
            tables = [self.rows(before, ids) for before in node.inputs]
            return self.run(node, tables, [ids] * len(tables), NO_ROWS).table
        if operation.passes_rows():
            return self.rows(node.inputs[0], self.state.origin(node.id, 0).take(ids))
        output, found = self._rerun(node, ids)
        return output.table.take(found)

    def _pull_keyed(self, node: Node, ids: IntArray) -> Table:
        """Values that a keyed operation gives rows of input 0, from the rows with their keys."""
        codes = self.state.key(node.id, 0).take(ids)
        parents = [ids]
        for k in range(1, len(node.inputs)):
            found = self.state.inverted(f"key/{node.id}/{k}").find(codes)
            parents.append(self.state.only_alive(self.space(node.inputs[k]), np.unique(found)))
        if OPERATIONS[node.operation].mates(node):
            found = self.state.inverted(f"key/{node.id}/0").find(codes)
            parents[0] = self.state.only_alive(node.space, np.union1d(found, ids))
        table = self.for_rows(node, parents)
        return table if parents[0] is ids else table.take(np.searchsorted(parents[0], ids))

    def for_rows(self, node: Node, parents: Sequence[IntArray]) -> Table:
        """Run an operation that has a value for each row of input 0, in their order; see `needs_order`."""
        ordered = list(parents)
        if OPERATIONS[node.operation].needs_order(node):
            ordered[0] = self.in_order(node.inputs[0], parents[0])
        tables = [self.rows(k, ids) for k, ids in zip(node.inputs, ordered, strict=True)]
        table = self.run(node, tables, ordered, NO_ROWS).table
        if ordered[0] is parents[0]:
            return table
        back = np.argsort(ordered[0])
        return table.take(back[np.searchsorted(ordered[0], parents[0], sorter=back)])

    def whole(self, node: Node) -> Table:
        """Run an operation of whole columns on all rows, by row id."""
        if node.id not in self._wholes:
            everything = self.state.rows(node.space)
            self._wholes[node.id] = self.for_rows(node, [everything] * len(node.inputs))
        return self._wholes[node.id]

    def _rerun(
        self, node: Node, ids: IntArray, *, ordered: bool = False
    ) -> tuple[Output, Positions]:
        """Run an operation on the rows that `ids` are made of; say where in the result each of them is."""
        operation = OPERATIONS[node.operation]
        if operation.groups_rows:
            members = self.state.inverted(f"member/{node.id}").find(ids)
            parents = [self.state.only_alive(self.space(node.inputs[0]), np.unique(members))]
        else:
            identity = self.identity(node, ids)
            made_of = identity[: operation.makers(node)]
            parents = [np.unique(origin[origin >= 0]) for origin in made_of]
        if ordered or operation.needs_order(node):
            parents = [self.in_order(k, p) for k, p in zip(node.inputs, parents, strict=False)]
        tables = [self.rows(k, p) for k, p in zip(node.inputs, parents, strict=False)]
        if ordered and operation.ties_undecided(node, tables[0]):
            raise FullRerun(
                f"{node.label} (line {_line(node)}) leaves rows with equal keys in an order that "
                "depends on all rows; pass kind='stable'."
            )
        output = self.run(node, tables, parents, NO_ROWS)
        if operation.groups_rows:
            return output, _found(ids, self.owners(node, output, parents[0]))
        made = self.made_of(node, output, parents)
        folded = fold([np.concatenate(pair) for pair in zip(identity, made, strict=True)])
        return output, _found(folded[: len(ids)], folded[len(ids) :])

    def owners(self, node: Node, output: Output, members: IntArray) -> IntArray:
        """Find the stored group of each row of a group-by's result, taken from one of its members."""
        assert output.members is not None
        grouped = np.flatnonzero(output.members >= 0)
        owners = np.full(len(output.table), -1, dtype=np.int32)
        owners[output.members[grouped]] = self.state.member(node.id).take(members[grouped])
        return owners

    def in_order(self, node: NodeId, ids: IntArray) -> IntArray:
        """Rows in the order that the node's frame has."""
        return ids[np.argsort(self.ranks(node, ids), kind="stable")]

    def identity(self, node: Node, ids: IntArray) -> list[IntArray]:
        """Look up what stored rows are made of: an array an input, and the ordinal if there is one."""
        makers = OPERATIONS[node.operation].makers(node)
        parts = [self.state.origin(node.id, k).take(ids) for k in range(makers)]
        ordinal = self.state.ordinal(node.id)
        return [*parts, ordinal.take(ids)] if len(ordinal) else parts

    def made_of(self, node: Node, output: Output, parents: Sequence[IntArray]) -> list[IntArray]:
        """Find what rows of a result are made of, in ids, in the form of `identity`."""
        parts = [
            np.append(ids, np.int32(-1))[origin]
            for ids, origin in zip(parents, output.origins, strict=True)
        ]
        return parts if output.ordinal is None else [*parts, output.ordinal]

    def run(
        self,
        node: Node,
        tables: Sequence[Table],
        ids: Sequence[IntArray],
        fresh: IntArray,
    ) -> Output:
        """Run an operation on tables of rows `ids`, of which `fresh` (of input 0) have new values."""

        def map_values(call: MapCall, operand: Any) -> Any:
            return self._calls.evaluate(call, ids[0], np.isin(ids[0], fresh), operand)

        if not any(map(len, tables)):
            return self._nothing(node)
        evaluator: MapEvaluator = map_values
        operation = OPERATIONS[node.operation]
        try:
            if isinstance(operation, Draw):
                keys = stored_keys(self._plan, self.state, node.inputs[0], ids[0])
                output = operation.drawn(tables[0], draws(keys, seed_of(node)))
            elif isinstance(operation, Filter):
                keeps = partial(self._keeps, node, ids[0])
                output = operation.filtered(node, tables, evaluator, keeps)
            else:
                output = operation.run(node, tables, evaluator)
        except Widened as error:
            raise FullRerun(
                f"{node.label} (line {_line(node)}) gives values of another dtype ({error})."
            ) from error
        output.table = self.fit(node, output.table)
        return output

    def _keeps(self, node: Node, ids: IntArray, undecided: Positions) -> BoolArray:
        """Say which rows a filter keeps though their predicate is erased; see `keeping`."""
        known = self.state.kept(node.id)
        if not self.keep_rows and not len(known):
            return np.zeros(len(undecided), dtype=bool)
        rows = ids[undecided]
        keys = stored_keys(self._plan, self.state, node.inputs[0], rows)
        kept: BoolArray = np.isin(keys, known.all())
        if self.keep_rows:
            children = self.state.children(node.id, node.space, 0, rows)
            passed = np.isin(rows, self.state.origin(node.id, 0).take(children))
            known.append(keys[passed & ~kept])
            self.newly_kept[node.id] = int((passed & ~kept).sum())
            kept |= passed
        return kept

    def _nothing(self, node: Node) -> Output:
        """Make the result on no rows at all, on which pandas may stumble."""
        makers = OPERATIONS[node.operation].makers(node)
        ordinal = NO_ROWS if len(self.state.ordinal(node.id)) else None
        return Output(self._no_rows(node), (NO_ROWS,) * makers, ordinal, members=NO_ROWS)

    def _no_rows(self, node: Node) -> Table:
        if node.id not in self._empty:
            self._empty[node.id] = Table(empty_frame(node.schema))
        return self._empty[node.id]

    def fit(self, node: Node, table: Table) -> Table:
        """Give a table the dtypes that the node had when it was captured, where values allow it."""
        changed = {}
        for (name, dtype), has in zip(node.schema, table.frame.dtypes.array, strict=True):
            if dtype_from_json(dtype) != has:
                try:
                    changed[name] = conform_marked(*table.column(name), dtype)
                except Widened:
                    refuse_when_sensitive(self._plan, node, name)
        return Table(with_columns(table.frame, changed), table.erased)

    def _read(self, node: Node, ids: IntArray) -> Table:
        source = node.arguments["source"]
        change = self._changes.get(source, _NO_CHANGE)
        frame, erased = read_changed(change, ids, lambda rows: self._reader.read(source, rows))
        return Table(frame, erased).only(node.columns)

    # order -----------------------------------------------------------------------------------

    def ranks(self, node: NodeId, ids: IntArray) -> Positions:
        """Rank of rows in the order that the node's frame has."""
        at = self._plan[node]
        operation = OPERATIONS[at.operation]
        if at.operation == "scan":
            return ids.astype(np.int64)
        if operation.keeps_rows:
            return self.ranks(at.inputs[0], ids)
        if operation.orders_by_run():
            return self._rerun(at, ids, ordered=True)[1]
        origins = [self.state.origin(node, k).take(ids) for k in range(operation.makers(at))]
        before = []
        for k, origin in enumerate(origins):
            ranked = np.full(len(origin), -1, dtype=np.int64)
            there = origin >= 0
            ranked[there] = self.ranks(at.inputs[k], origin[there])
            before.append(ranked)
        significance = operation.order(at)
        if significance is None:
            raise FullRerun(f"The order of rows after {at.label} (line {_line(at)}) is not kept.")
        keys = [before[k] for k in significance]
        ordinal = self.state.ordinal(node)
        if len(ordinal):
            keys.append(ordinal.take(ids).astype(np.int64))
        result = np.empty(len(ids), dtype=np.int64)
        result[np.lexsort(keys[::-1])] = np.arange(len(ids))
        return result


def _found(wanted: Numbers, given: Numbers) -> Positions:
    """Position in `given` of each of `wanted`, all of which occur."""
    order = np.argsort(given, kind="stable")
    positions: Positions = order[np.searchsorted(given[order], wanted)]
    return positions


def _line(node: Node) -> str:
    return str(node.location.line) if node.location else "unknown"
