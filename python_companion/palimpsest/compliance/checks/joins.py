"""What joins lose and what they multiply."""

from __future__ import annotations

import numpy as np

from palimpsest.compliance.check import (
    Check,
    Finding,
    Settings,
    Threshold,
    graded,
    not_applicable,
)
from palimpsest.compliance.evidence import evidence, to_node
from palimpsest.compliance.view import RunView
from palimpsest.pipeline.graph import table_of
from palimpsest.pipeline.nodetable import shown_label
from palimpsest.protocol.checkmessages import Target
from palimpsest.tracking.plan import Node

COLUMNS = (
    ("join", "text"),
    ("side", "text"),
    ("rows", "count"),
    ("without match", "count"),
    ("share without match", "share"),
    ("most rows made of one", "count"),
    ("rows made", "count"),
)


def look(view: RunView, settings: Settings) -> Finding:
    """Count, for each side of each join, rows without a match and rows that are multiplied."""
    joins = [node for node in view.plan.nodes if node.operation == "merge"]
    if not joins:
        return not_applicable("The plan has no join.")
    lines = [line for node in joins for line in _sides(view, node)]
    lines.sort(key=lambda line: -float(line[0][4]))
    most = max((float(cells[4]) for cells, _ in lines), default=0.0)
    both = _multiplied(lines)
    grade = graded(most, settings.number("warn"), 1.0)
    table = evidence("Both sides of each join", COLUMNS, lines)  # type: ignore[arg-type]
    told = (
        f" {len(both)} joins match several rows of one side with several of the other: {both[0]}."
        if both
        else ""
    )
    return Finding(
        "warn" if both and grade == "pass" else grade,
        f"Of the rows of a side of a join, at most {most:.1%} have no match.{told}",
        [table],
        most,
    )


Line = tuple[tuple[str | int | float, ...], Target | None]


def _sides(view: RunView, node: Node) -> list[Line]:
    with view.reading() as stored:
        alive = stored.rows.rows(node.space)
        origins = [stored.rows.origin(node.id, k).take(alive) for k in range(2)]
        inputs = [stored.rows.rows(view.plan[k].space) for k in node.inputs]
    matched = (origins[0] >= 0) & (origins[1] >= 0)
    lines: list[Line] = []
    for k, side in enumerate(("left", "right")):
        used = origins[k][matched]
        without = np.setdiff1d(inputs[k], used)
        counts = np.bincount(used) if len(used) else np.zeros(1, dtype=np.int64)
        share = len(without) / len(inputs[k]) if len(inputs[k]) else 0.0
        table = table_of(view.plan[node.inputs[k]], view.training_node)
        lines.append(
            (
                (
                    shown_label(node),
                    side,
                    len(inputs[k]),
                    len(without),
                    share,
                    int(counts.max()),
                    len(alive),
                ),
                to_node(node.id, table, without),
            )
        )
    return lines


def _multiplied(lines: list[Line]) -> list[str]:
    """Name the joins that multiply rows of both sides."""
    most: dict[int, list[int]] = {}
    names: dict[int, str] = {}
    for cells, target in lines:
        assert target is not None
        assert target.node is not None
        most.setdefault(target.node, []).append(int(cells[5]))
        names[target.node] = str(cells[0])
    return [names[node] for node, sides in most.items() if min(sides) > 1]


CHECK = Check(
    "joins",
    "Unmatched keys and multiplied rows",
    "quality",
    "How many rows does each join lose, and how many does it make of one?",
    look,
    (Threshold("warn", "Warn when more than this share of a side has no match", 0.2),),
    "largest share of a side without match",
)
