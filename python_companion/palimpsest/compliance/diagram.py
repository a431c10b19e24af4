"""The recorded plan as a drawing: sources on the left, the model on the right."""

from __future__ import annotations

from html import escape

from palimpsest.protocol.messages import PlanGraph, PlanNode

WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN = 170, 44, 46, 18, 10
MOST_LETTERS = 24

_FILLS = {
    "source": "#e3eefb",
    "prepare": "#f4f4f4",
    "label": "#fdf1dc",
    "encode": "#e6f5e9",
    "model": "#f3e6f8",
}


def lineage_diagram(graph: PlanGraph) -> str:
    """Draw the plan as SVG; it has the same content as the outline of operations inside it."""
    ranks = ranks_of(graph)
    places: dict[int, tuple[int, int]] = {}
    filled: dict[int, int] = {}
    for node in graph.nodes:
        rank = ranks[node.id]
        line = filled.get(rank, 0)
        filled[rank] = line + 1
        places[node.id] = (
            MARGIN + rank * (WIDTH + GAP_X),
            MARGIN + line * (HEIGHT + GAP_Y),
        )
    width = 2 * MARGIN + (max(ranks.values(), default=0) + 1) * (WIDTH + GAP_X) - GAP_X
    height = 2 * MARGIN + max(filled.values(), default=1) * (HEIGHT + GAP_Y) - GAP_Y
    edges = [
        _edge(places[source], places[node.id]) for node in graph.nodes for source in node.inputs
    ]
    boxes = [_box(node, *places[node.id]) for node in graph.nodes]
    return (
        f'<svg role="img" aria-label="Operations of the run" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" xmlns="http://www.w3.org/2000/svg">'
        + "".join(edges + boxes)
        + "</svg>"
    )


def ranks_of(graph: PlanGraph) -> dict[int, int]:
    """Return for each node how many operations lie before it on the longest way."""
    ranks: dict[int, int] = {}
    for node in graph.nodes:  # inputs come before
        ranks[node.id] = max((ranks[source] + 1 for source in node.inputs), default=0)
    return ranks


def _edge(start: tuple[int, int], end: tuple[int, int]) -> str:
    x, y = start[0] + WIDTH, start[1] + HEIGHT // 2
    u, v = end[0], end[1] + HEIGHT // 2
    bend = max(GAP_X // 2, (u - x) // 2)
    return f'<path d="M{x} {y}C{x + bend} {y} {u - bend} {v} {u} {v}" fill="none" stroke="#777"/>'


def _box(node: PlanNode, x: int, y: int) -> str:
    label = node.label or node.operation
    short = label if len(label) <= MOST_LETTERS else f"{label[: MOST_LETTERS - 1]}…"
    return (
        f"<g><title>{escape(label)}</title>"
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="4" '
        f'fill="{_FILLS[node.stage]}" stroke="#777"/>'
        f'<text x="{x + 8}" y="{y + 18}" font-size="12">{escape(short)}</text>'
        f'<text x="{x + 8}" y="{y + 35}" font-size="11" fill="#444">{node.rows:,} rows</text></g>'
    )
