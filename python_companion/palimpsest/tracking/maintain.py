"""Exact maintenance: carry a change of the sources through the plan to its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas

from .arrays import BoolArray, IntArray
from .change import SourceChange
from .consequences import consequences, rows_kept
from .delta import (
    NO_ROWS,
    NO_TABLE,
    Consequence,
    Delta,
    SourceReader,
    TableDelta,
    fold,
    only_removed,
    places,
    unique_ids,
    without,
)
from .evaluate import no_functions
from .functions import Memo, UserFunction
from .keyed import affected_rows, forget_keys, leave, maintain_groups, only_leave
from .memoised import MemoisedCalls
from .operations import OPERATIONS
from .operations.base import Family, Operation, Output, Reads
from .plan import Node, NodeId, Plan
from .rows import RowState
from .soundness import check, refuse_new_results, refuse_when_unpadded
from .table import Table, empty_frame
from .values import Values


def maintain(  # noqa: PLR0917
    plan: Plan,
    output: NodeId,
    rows: RowState,
    reader: SourceReader,
    memo: Memo,
    changes: Mapping[str, SourceChange],
    functions: Mapping[str, UserFunction] | None = None,
    dry_run: bool = False,
    keep_rows: bool = False,
) -> TableDelta:
    """Find what a change of the sources changes in the result, and update the row state.

    Parameters
    ----------
    plan : Plan
    output : int
        The node whose change is wanted.
    rows : RowState
        Updated unless `dry_run`.
    reader : SourceReader
        Reads the source rows as they are stored, before the change or after it.
    memo : Memo
        Updated unless `dry_run`.
    changes : mapping of source to SourceChange
    functions : mapping of str to callable, optional
        User functions by id or name, for values that the memo does not know.
    dry_run : bool, default False
        Change nothing.
    keep_rows : bool, default False
        Keep rows that passed a filter before, where its predicate can no longer be told because a value was
        erased. What a re-run has to be told to give the same is `keeping.kept_rows` of the row state.

    Returns
    -------
    TableDelta

    Raises
    ------
    FullRerun
        When the change cannot be carried through soundly.
    NeedsFunction
        When a user function has to be called and is not given.
    """
    check(plan)
    state = rows.overlay()
    calls = MemoisedCalls(state, memo, functions or {}, plan.hash_key)
    walk = _Walk(
        plan,
        state,
        Values(plan, state, reader, changes, calls, keep_rows=keep_rows),
        calls,
        changes,
    )
    for node in plan.nodes[: output + 1]:
        walk.visit(node)
    for number, lost in walk.values.lost_keys.items():
        forget_keys(plan[number], walk.values, np.concatenate(lost))
    for call, kinds in calls.new_kinds.items():
        refuse_new_results(plan, call, kinds)
    delta = _table_delta(walk, output)
    if not dry_run:
        calls.commit()
        state.commit()
    elif calls.idle:
        delta.pending = state
    return delta


class _Walk:
    """One pass over the plan."""

    def __init__(
        self,
        plan: Plan,
        state: RowState,
        values: Values,
        calls: MemoisedCalls,
        changes: Mapping[str, SourceChange],
    ) -> None:
        self.plan = plan
        self.state = state
        self.values = values
        self.calls = calls
        self.changes = changes
        self.consequences: list[Consequence] = []
        self.not_local: list[str] = []

    def visit(self, node: Node) -> None:
        """Find the delta of a node, those of its inputs being known."""
        operation = OPERATIONS[node.operation]
        before = [self.values.deltas[k] for k in node.inputs]
        if node.operation == "scan":
            delta = self._scan(node)
        elif all(one.empty for one in before):
            delta = Delta(NO_ROWS, NO_ROWS, NO_ROWS, NO_TABLE)
        elif operation.keeps_rows:
            delta = self._keep_rows(node, operation, before)
        else:
            delta = self._make_rows(node, operation, before)
        if not delta.empty or any(len(one.moved) for one in before):
            delta.moved = unique_ids(delta.moved, self._moved(node, operation, before))
        for call in {call.call: call for call in node.calls()}.values():
            if len(before[0].removed):
                self.calls.release(call, before[0].removed)
        self.values.deltas[node.id] = delta
        self.consequences += consequences(self.plan, node, delta, self.state)
        kept = self.values.newly_kept.get(node.id)
        if kept:
            self.consequences.append(rows_kept(node, kept))

    def _scan(self, node: Node) -> Delta:
        change = self.changes.get(node.arguments["source"])
        if change is None:
            return Delta(NO_ROWS, NO_ROWS, NO_ROWS, NO_TABLE)
        removed = self.state.only_alive(node.space, unique_ids(change.deleted))
        alive = self.state.alive(node.space)
        alive.put(removed, False)
        cells = {
            name: unique_ids(*ids) for name, ids in change.cells().items() if name in node.columns
        }
        updated = self.state.only_alive(node.space, unique_ids(*cells.values()))
        changed = {name: np.isin(updated, ids) for name, ids in cells.items()}
        added = NO_ROWS
        if change.inserted is not None:
            wanted = np.asarray(change.inserted.rows, dtype=np.int32)
            added = alive.append(np.ones(len(wanted), dtype=bool))
            if not np.array_equal(added, wanted):
                raise ValueError(f"inserted records have the ids {wanted}, the next are {added}")
        present = np.concatenate([updated, added])
        table = self.values.rows(node.id, present) if len(present) else NO_TABLE
        return Delta(removed, updated, added, table, changed)

    def _moved(self, node: Node, operation: Operation, before: Sequence[Delta]) -> IntArray:
        """Rows whose place may have changed because that of a row they are made of has."""
        moved = [one.moved for one in before]
        if not before or operation.groups_rows:
            return NO_ROWS
        if operation.keeps_rows:
            own = [m for m, k in zip(moved, node.inputs, strict=True) if self._shares(node, k)]
            return self.state.only_alive(node.space, unique_ids(*own))
        if operation.orders_by_run():
            inputs = [self.plan[k] for k in node.inputs]
            rows = operation.dependencies(node, inputs).rows
            keys = [before[0].changed.get(name) for _, name in rows.control]
            moved[0] = unique_ids(moved[0], *(before[0].updated[m] for m in keys if m is not None))
        makers = range(operation.makers(node))
        moved[0] = unique_ids(moved[0], *moved[len(makers) :])
        children = [self.state.children(node.id, node.space, k, moved[k]) for k in makers]
        return unique_ids(*children)

    def _shares(self, node: Node, other: NodeId) -> bool:
        return self.plan[other].space == node.space

    # rows kept -------------------------------------------------------------------------------

    def _keep_rows(self, node: Node, operation: Operation, before: Sequence[Delta]) -> Delta:
        if operation.family is Family.KEYED:
            return self._look_up(node, operation, before)
        if operation.family is Family.GLOBAL:
            return self._whole(node, operation, before)
        if only_removed(before):
            return Delta(before[0].removed, NO_ROWS, NO_ROWS, NO_TABLE)
        candidates = unique_ids(*(one.updated for one in before))
        inputs = [self.plan[k] for k in node.inputs]
        reads = operation.dependencies(node, inputs).columns
        origins = [candidates] * len(before)
        changed = self._changed(reads, before, origins)
        updated, changed = _only_changed(candidates, changed)
        added = before[0].added
        ids = np.concatenate([updated, added])
        tables = [self.values.rows(k, ids) for k in node.inputs]
        fresh = unique_ids(candidates, added)
        table = self.values.run(node, tables, [ids] * len(tables), fresh).table
        return Delta(before[0].removed, updated, added, table, changed)

    def _look_up(self, node: Node, operation: Operation, before: Sequence[Delta]) -> Delta:
        """Delta of a keyed operation with a value for each row of input 0."""
        affected = self._affected(node, operation, before)
        added = before[0].added
        updated = without(affected[0], added)
        affected[0] = np.concatenate([updated, added])
        table = self.values.for_rows(node, affected)
        changed = {name: np.ones(len(updated), dtype=bool) for name in node.columns}
        return Delta(before[0].removed, updated, added, table, changed)

    def _whole(self, node: Node, operation: Operation, before: Sequence[Delta]) -> Delta:
        """Delta of a function of whole columns: every row may have another value."""
        same = not any(len(one.removed) or len(one.added) or one.changed for one in before)
        if same and not (operation.needs_order(node) and any(len(one.moved) for one in before)):
            return Delta(NO_ROWS, NO_ROWS, NO_ROWS, NO_TABLE)
        self._not_local(node)
        everything, added = self.state.rows(node.space), before[0].added
        updated = without(everything, added)
        order = np.searchsorted(everything, np.concatenate([updated, added]))
        table = self.values.whole(node).take(order)
        changed = {name: np.ones(len(updated), dtype=bool) for name in node.columns}
        return Delta(before[0].removed, updated, added, table, changed)

    def _not_local(self, node: Node) -> None:
        line = node.location.line if node.location else "?"
        self.not_local.append(f"{node.label} (line {line}) looks at all rows.")

    def _changed(
        self,
        reads: Mapping[str, Reads],
        before: Sequence[Delta],
        origins: Sequence[IntArray],
    ) -> dict[str, BoolArray]:
        """For each column, the rows in which a cell that it reads has changed."""
        found = [places(origin, one.updated) for origin, one in zip(origins, before, strict=True)]
        changed: dict[str, BoolArray] = {}
        for name, columns in reads.items():
            mask = np.zeros(len(origins[0]), dtype=bool)
            for k, column in columns.value | columns.control:
                cells = before[k].changed.get(column)
                if cells is not None:
                    mask |= np.append(cells, False)[found[k]]
            if mask.any():
                changed[name] = mask
        return changed

    # rows made -------------------------------------------------------------------------------

    def _make_rows(self, node: Node, operation: Operation, before: Sequence[Delta]) -> Delta:
        makers = operation.makers(node)
        combined = list(before[:makers])
        combined[0] = _together([before[0], *before[makers:]])
        if self._decides_nothing(node, operation, before):
            return self._new_values(node, operation, before)
        if operation.groups_rows:
            return maintain_groups(node, operation, self.values, before[0], self.plan.hash_key)
        if operation.family is Family.KEYED and only_leave(node, operation, before):
            return self._gone(node, leave(node, self.values, before))
        if operation.family is Family.ROWS and only_removed(before):
            return self._gone(node, self._made_of(node, operation, combined))
        affected = self._affected(node, operation, combined)
        if operation.needs_order(node):
            pairs = zip(node.inputs, affected, strict=False)
            affected = [self.values.in_order(k, ids) for k, ids in pairs]
        result = self._run(node, operation, affected, unique_ids(combined[0].present))
        old = self._made_of(node, operation, combined, affected)
        return self._reconcile(node, operation, before, combined, affected, result, old)

    def _made_of(
        self,
        node: Node,
        operation: Operation,
        combined: Sequence[Delta],
        affected: Sequence[IntArray] | None = None,
    ) -> IntArray:
        """Rows that are made of a row that was removed, or of one that is affected."""
        found = []
        for k in operation.drivers(node):
            parents = combined[k].removed
            if affected is not None:
                parents = np.concatenate([affected[k], parents])
            found.append(self.state.children(node.id, node.space, k, parents))
        return unique_ids(*found)

    def _gone(self, node: Node, removed: IntArray) -> Delta:
        """Delta when rows go and all others stay as they are."""
        self.state.alive(node.space).put(removed, False)
        refuse_when_unpadded(self.plan, self.state, node, removed)
        return Delta(removed, NO_ROWS, NO_ROWS, NO_TABLE)

    def _run(
        self, node: Node, operation: Operation, affected: Sequence[IntArray], fresh: IntArray
    ) -> Output:
        if not operation.needs_values():
            places_only = Table(pandas.DataFrame(index=pandas.RangeIndex(len(affected[0]))))
            return operation.run(node, [places_only], no_functions)
        pairs = zip(node.inputs, affected, strict=False)
        tables = [self.values.rows(k, ids) for k, ids in pairs]
        tables += [self.values.rows(k, affected[0]) for k in node.inputs[len(affected) :]]
        return self.values.run(node, tables, affected, fresh)

    def _decides_nothing(self, node: Node, operation: Operation, before: Sequence[Delta]) -> bool:
        """Say whether only cells changed that do not decide which rows there are."""
        if operation.groups_rows or any(len(one.removed) or len(one.added) for one in before):
            return False
        if operation.needs_order(node) and any(len(one.moved) for one in before):
            return False
        inputs = [self.plan[k] for k in node.inputs]
        rows = operation.dependencies(node, inputs).rows
        return not any(name in before[k].changed for k, name in rows.value | rows.control)

    def _new_values(self, node: Node, operation: Operation, before: Sequence[Delta]) -> Delta:
        """Delta when the rows stay as they are and some of their cells change."""
        makers = operation.makers(node)
        kept = unique_ids(
            *(self.state.children(node.id, node.space, k, before[k].updated) for k in range(makers))
        )
        origins = self.values.identity(node, kept)[:makers]
        origins += [origins[0]] * (len(before) - makers)
        reads = operation.dependencies(node, [self.plan[k] for k in node.inputs]).columns
        updated, changed = _only_changed(kept, self._changed(reads, before, origins))
        table = self.values.rows(node.id, updated) if len(updated) else NO_TABLE
        return Delta(NO_ROWS, updated, NO_ROWS, table, changed)

    def _affected(
        self, node: Node, operation: Operation, before: Sequence[Delta]
    ) -> list[IntArray]:
        """Rows of each row-making input on which the operation has to run again."""
        if operation.family is Family.KEYED:
            return affected_rows(node, operation, self.values, before, self.plan.hash_key)
        if operation.family is Family.GLOBAL:
            self._not_local(node)
            return [self.state.rows(self.plan[k].space) for k in node.inputs[: len(before)]]
        return [unique_ids(one.updated, one.added) for one in before]

    def _reconcile(  # noqa: PLR0917
        self,
        node: Node,
        operation: Operation,
        before: Sequence[Delta],
        combined: Sequence[Delta],
        affected: Sequence[IntArray],
        result: Output,
        old: IntArray,
    ) -> Delta:
        """Match the rows of a result with the rows that were there, by what they are made of."""
        made = self.values.made_of(node, result, affected)
        stored = self.values.identity(node, old)
        if len(stored) < len(made):  # captured on no rows at all: ordinals begin now
            stored.append(NO_ROWS)
        folded = fold([np.concatenate(pair) for pair in zip(stored, made, strict=True)])
        was, now = folded[: len(old)], folded[len(old) :]
        order = np.argsort(now, kind="stable")
        found = places(was, now[order])
        removed = old[found < 0]
        kept, kept_at = old[found >= 0], order[found[found >= 0]]
        fresh_at = np.flatnonzero(~np.isin(now, was))
        inputs = [self.plan[k] for k in node.inputs]
        makers = len(combined)
        origins = [part[kept_at] for part in made[:makers]]
        origins += [origins[0]] * (len(before) - makers)
        reads = operation.dependencies(node, inputs).columns
        changed = self._changed(reads, before, origins)
        updated, changed = _only_changed(kept, changed)
        updated_at = kept_at[np.isin(kept, updated)]
        self.state.alive(node.space).put(removed, False)
        refuse_when_unpadded(self.plan, self.state, node, removed)
        added = self._append(node, [part[fresh_at] for part in made])
        at = np.concatenate([updated_at, fresh_at])
        if operation.passes_rows():
            table = self.values.rows(node.inputs[0], made[0][at])
        else:
            table = result.table.take(at)
        if node.labels is None:
            table = table.plain_index()
        return Delta(removed, updated, added, table, changed)

    def _append(self, node: Node, identity: Sequence[IntArray]) -> IntArray:
        """Give new rows their ids and edges."""
        added = self.state.alive(node.space).append(np.ones(len(identity[0]), dtype=bool))
        if not len(added):
            return added
        makers = OPERATIONS[node.operation].makers(node)
        for k, part in enumerate(identity):
            if k < makers:
                self.state.origin(node.id, k).append(part)
                self.state.inverted(f"origin/{node.id}/{k}").note(added)
            else:
                self.state.ordinal(node.id).append(part)
        return added


def _only_changed(
    ids: IntArray, changed: Mapping[str, BoolArray]
) -> tuple[IntArray, dict[str, BoolArray]]:
    """Keep the rows with a changed cell."""
    if not changed:
        return ids[:0], {}
    any_: BoolArray = np.logical_or.reduce(list(changed.values()))
    return ids[any_], {name: mask[any_] for name, mask in changed.items()}


def _together(deltas: Sequence[Delta]) -> Delta:
    """Delta of the rows that several nodes share."""
    first = deltas[0]
    if len(deltas) == 1:
        return first
    updated = unique_ids(*(one.updated for one in deltas))
    moved = unique_ids(*(one.moved for one in deltas))
    updated = without(updated, first.removed)
    return Delta(first.removed, updated, first.added, first.table, moved=moved)


def _table_delta(walk: _Walk, output: NodeId) -> TableDelta:
    delta = walk.values.deltas[output]
    node = walk.plan[output]
    table = delta.table
    if not len(table):
        table = Table(empty_frame(node.schema))
    split = len(delta.updated)
    updated = table.take(np.arange(split))
    added = table.take(np.arange(split, len(table)))
    return TableDelta(
        removed=delta.removed,
        updated=delta.updated,
        updated_frame=updated.frame,
        updated_erased=updated.erased,
        changed={name: mask for name, mask in delta.changed.items() if name in node.columns},
        added=delta.added,
        added_frame=added.frame,
        added_erased=added.erased,
        consequences=walk.consequences,
        not_local=walk.not_local,
    )
