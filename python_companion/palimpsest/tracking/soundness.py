"""When values of unchanged rows could change too: dtypes that pandas infers from all rows.

One missing value makes a column of whole numbers a column of floats; take it away and 5.0 is 5 again. As numbers both are
equal, but not as text. So where the dtype of a column depends on its rows, and something downstream tells
equal numbers apart, the plan cannot be maintained locally. `fragile` finds this from the plan alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .arrays import IntArray
from .elementwise import ELEMENTWISE
from .errors import FullRerun
from .expressions import Call, Column, Expr, MapCall, operands, walk, with_results
from .literals import Json
from .operations import OPERATIONS
from .plan import Node, NodeId, Plan, once_per_plan
from .rows import RowState

Place = tuple[int, str]
"""Column of a node."""

_WIDE = frozenset({"float64", "float32", "object", "Float64"})
_NEUTRAL = frozenset({"isna", "notna", "eq", "ne", "lt", "le", "gt", "ge", "between"})


def check(plan: Plan) -> None:
    """Raise `FullRerun` when the plan cannot be maintained locally, whatever changes."""
    for escape in plan.escapes:
        raise FullRerun(f"{escape.message} ({escape.location}), which may have steered the code.")
    _check_nodes(plan, {node.id for node in plan.nodes})


def check_recomputable(plan: Plan, node: NodeId) -> None:
    """Raise `FullRerun` when rows of a node cannot be recomputed from the records they are made of."""
    _check_nodes(plan, _ancestry(plan, node))


def _check_nodes(plan: Plan, chosen: set[NodeId]) -> None:
    for node, reason in _obstacles(plan):
        if node in chosen:
            raise FullRerun(reason)


@once_per_plan
def _obstacles(plan: Plan) -> list[tuple[NodeId, str]]:
    """Return the nodes that cannot be recomputed from the rows that theirs are made of, and why."""
    found = [
        (node.id, f"{node.label} ({node.location}) is not tracked.")
        for node in plan.nodes
        if node.operation == "untracked"
    ]
    found += [
        (
            node.id,
            (
                f"In {node.label!r} ({node.location}) the result of {consumer} depends on a dtype that "
                "pandas infers from all rows; convert that column with astype() first."
            ),
        )
        for node, consumer in _sensitive_uses(plan, _infer_places(plan))
    ]
    return found


def _ancestry(plan: Plan, node: NodeId) -> set[NodeId]:
    """Return a node and all that it is made of."""
    found: set[NodeId] = set()
    waiting = [node]
    while waiting:
        at = waiting.pop()
        if at not in found:
            found.add(at)
            waiting += [*plan[at].inputs, plan[at].space]
    return found


def refuse_when_sensitive(plan: Plan, node: Node, column: str) -> None:
    """Raise `FullRerun` when something downstream can tell that a column's dtype has changed."""
    for user, consumer in _sensitive_uses(plan, {(node.id, column)}):
        raise FullRerun(
            f"The column {column!r} of {node.label!r} ({node.location}) changes its dtype, which {consumer} "
            f"in {user.label!r} depends on."
        )


def refuse_when_unpadded(plan: Plan, state: RowState, node: Node, removed: IntArray) -> None:
    """Raise `FullRerun` when the last padded row is gone and something downstream can tell.

    Without padded rows pandas gives whole numbers and truth values their own dtype back.
    """
    inputs = [plan[k] for k in node.inputs]
    for name, sides in OPERATIONS[node.operation].padded(node, inputs).items():
        if not _wide(dict(node.schema)[name]):
            continue
        for k in sides:
            origin = state.origin(node.id, k)
            if (origin.take(removed) >= 0).all():
                continue
            if not (state.alive(node.space).all() & (origin.all() < 0)).any():
                refuse_when_sensitive(plan, node, name)


_NUMBERS = frozenset({"int", "float", "missing"})


def refuse_new_results(plan: Plan, call: int, kinds: set[str]) -> None:
    """Raise `FullRerun` when a function's new results could give its whole column another dtype.

    Parameters
    ----------
    plan : Plan
    call : int
    kinds : set of str
        Kinds of the new results; see `functions.kind_of`.
    """
    found = next(one for node in plan.nodes for one in node.calls() if one.call == call)
    known = set(found.results.split("|"))
    new = kinds - known
    if not new:
        return
    if new != {"missing"} and not (known | new) <= _NUMBERS:
        raise FullRerun(
            f"The function {found.function.name!r} gives a kind of result ({', '.join(sorted(new))}) "
            "that it has not given before."
        )
    results = "|".join(sorted(known | new))
    nodes = tuple(
        replace(
            node,
            expressions={
                name: with_results(expression, call, results)
                for name, expression in node.expressions.items()
            },
        )
        for node in plan.nodes
    )
    check(replace(plan, nodes=nodes))


def _infer_places(plan: Plan) -> set[Place]:
    """Columns whose captured dtype might be another one with fewer rows."""
    found: set[Place] = set()
    for node in plan.nodes:
        for name in OPERATIONS[node.operation].inferred(node, [plan[k] for k in node.inputs]):
            if _wide(dict(node.schema)[name]):
                found.add((node.id, name))
        for name, expression in node.expressions.items():
            if _inferred(expression):
                found.add((node.id, name))
    return found


def _wide(dtype: Json) -> bool:
    return isinstance(dtype, str) and dtype in _WIDE


def _inferred(expression: Expr) -> bool:
    """Whether the dtype of an expression, as captured, might be another one with fewer rows."""
    if isinstance(expression, MapCall):
        return "|" in expression.results
    if isinstance(expression, Call):
        if ELEMENTWISE[expression.function].inferred:
            return _wide(expression.dtype)
        if expression.function in _NEUTRAL or expression.function == "astype":
            return False
        return any(_inferred(part) for part in operands(expression))
    return False


def _sensitive_uses(plan: Plan, tainted: set[Place]) -> Iterator[tuple[Node, str]]:
    """Find uses of `tainted` columns, or of inferred parts of expressions, that tell equal numbers apart."""
    places = set(tainted)
    for node in plan.nodes:
        for expression in node.expressions.values():
            for part in walk(expression):
                sensitive = isinstance(part, MapCall) or (
                    isinstance(part, Call) and ELEMENTWISE[part.function].sensitive
                )
                if sensitive and any(_tainted(operand, places) for operand in operands(part)):
                    yield node, str(part)
        places.update(_passed_on(plan, node, places))


def _tainted(expression: Expr, places: set[Place]) -> bool:
    if isinstance(expression, Column):
        return (expression.node, expression.name) in places
    if isinstance(expression, Call) and expression.function in _NEUTRAL:
        return False
    return _inferred(expression) or any(_tainted(part, places) for part in operands(expression))


def _passed_on(plan: Plan, node: Node, places: set[Place]) -> Iterator[Place]:
    if node.expressions and OPERATIONS[node.operation].keeps_rows:
        for name, expression in node.expressions.items():
            if _tainted(expression, places):
                yield node.id, name
        return
    inputs = [plan[k] for k in node.inputs]
    for name, reads in OPERATIONS[node.operation].dependencies(node, inputs).columns.items():
        if any((node.inputs[k], column) in places for k, column in reads.value):
            yield node.id, name
