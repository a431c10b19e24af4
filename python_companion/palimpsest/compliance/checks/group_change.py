"""How filters and joins change the proportions of groups."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from palimpsest.compliance.check import (
    Check,
    Finding,
    Settings,
    Threshold,
    graded,
    not_applicable,
)
from palimpsest.compliance.evidence import evidence, to_node
from palimpsest.compliance.groups import GROUPS, Codes, Grouping, group_columns
from palimpsest.compliance.view import RunView
from palimpsest.pipeline.graph import table_of
from palimpsest.pipeline.nodetable import shown_label
from palimpsest.tracking.operations import OPERATIONS
from palimpsest.tracking.operations.base import Family
from palimpsest.tracking.plan import Node
from palimpsest.tracking.rows import RowState

Shares = npt.NDArray[np.float64]


def look(view: RunView, settings: Settings) -> Finding:
    """Follow each group through the plan and name the operator that changes its share the most."""
    groupings = group_columns(view, settings.columns("groups"))
    fewest = int(settings.number("fewest"))
    lines = []
    for of in groupings:
        for node, before, after in changes(view, of, fewest):
            change = after - before
            group = int(np.abs(change).argmax())
            lines.append(
                (
                    (
                        shown_label(node),
                        of.title,
                        of.names[group],
                        before[group],
                        after[group],
                        abs(float(change[group])),
                    ),
                    to_node(node.id, table_of(node, view.training_node)),
                )
            )
    if not lines:
        return not_applicable("No filter or join has rows that belong to groups.")
    lines.sort(key=lambda line: -float(line[0][5]))
    cells, worst = lines[0][0], float(lines[0][0][5])
    table = evidence(
        "The group whose share changed the most, by operation",
        [
            ("operation", "text"),
            ("groups by", "text"),
            ("group", "text"),
            ("share before", "share"),
            ("share after", "share"),
            ("change", "share"),
        ],
        lines,
    )
    return Finding(
        graded(worst, settings.number("warn"), settings.number("fail")),
        f"{cells[0]} changes the share of a group of {cells[1]} from {cells[3]:.1%} to {cells[4]:.1%}.",
        [table],
        worst,
    )


def changes(view: RunView, of: Grouping, fewest: int) -> list[tuple[Node, Shares, Shares]]:
    """Return the shares of groups before and after each operation that makes other rows.

    Parameters
    ----------
    view : RunView
    of : Grouping
    fewest : int
        Operations with fewer rows before or after are left out.
    """
    found = []
    codes: dict[int, Codes] = {}
    with view.reading() as stored:
        for node in view.plan.nodes:
            codes[node.id] = _codes(view, of, node, stored.rows, codes)
            if node.operation == "scan" or OPERATIONS[node.operation].keeps_rows:
                continue
            before, after = _counted(of, _first(node, codes)), _counted(of, codes[node.id])
            if min(before.sum(), after.sum()) >= fewest:
                found.append((node, before / before.sum(), after / after.sum()))
    return found


def _first(node: Node, codes: dict[int, Codes]) -> Codes:
    """Return the groups of an operation's input: that of the one that knows any."""
    known = [codes[k] for k in node.inputs if (codes[k] >= 0).any()]
    if node.operation == "concat" and known:
        return np.concatenate(known)
    return known[0] if known else np.empty(0, dtype=np.int64)


def _codes(
    view: RunView, of: Grouping, node: Node, rows: RowState, codes: dict[int, Codes]
) -> Codes:
    """Return for each row id of a node its group, -1 for none, for several, and for rows that are gone."""
    operation = OPERATIONS[node.operation]
    alive = rows.rows(node.space)
    found = np.full(len(rows.alive(node.space)), -1, dtype=np.int64)
    if node.operation == "scan":
        if node.arguments["source"] == of.source:
            found[view.source(of.source).rows] = of.codes
        return found
    if operation.family is Family.OPAQUE:
        return found
    if operation.keeps_rows:
        return codes[node.inputs[0]]
    if operation.groups_rows:
        return _common(rows.member(node.id).all(), codes[node.inputs[0]], found)
    for k in range(operation.makers(node)):
        origin = rows.origin(node.id, k).take(alive)
        there = origin >= 0
        taken = codes[node.inputs[k]][origin[there]]
        free = found[alive[there]] < 0
        found[alive[there][free]] = taken[free]
    return found


def _common(members: npt.NDArray[np.int32], codes: Codes, found: Codes) -> Codes:
    """Give a group-by's rows the group that all their members have."""
    known = (members >= 0) & (codes >= 0)
    least = np.full(len(found), np.iinfo(np.int64).max)
    most = np.full(len(found), -1, dtype=np.int64)
    np.minimum.at(least, members[known], codes[known])
    np.maximum.at(most, members[known], codes[known])
    return np.where(least == most, most, -1)


def _counted(of: Grouping, codes: Codes) -> npt.NDArray[np.int64]:
    return np.bincount(codes[codes >= 0], minlength=len(of.names))


CHECK = Check(
    "group-change",
    "Groups through filters and joins",
    "distribution",
    "Which filter or join changes the proportions of groups, and by how much?",
    look,
    (
        GROUPS,
        Threshold("warn", "Warn when the share of a group changes by more than", 0.1),
        Threshold("fail", "Fail when the share of a group changes by more than", 0.3),
        Threshold("fewest", "Leave out operations with fewer rows than", 30.0, "number"),
    ),
    "largest change of a group's share",
    quick=False,
)
