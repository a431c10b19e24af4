"""Whether statistics that features are made with were computed on held-out rows, too."""

from __future__ import annotations

from palimpsest.compliance.check import Check, Finding, Settings, not_applicable
from palimpsest.compliance.evidence import evidence, to_node, to_rows
from palimpsest.compliance.flow import columns_reached
from palimpsest.compliance.view import RunView
from palimpsest.encoding.handlers.identity import Identity
from palimpsest.pipeline.graph import table_of
from palimpsest.pipeline.nodetable import shown_label
from palimpsest.tracking.operations import OPERATIONS
from palimpsest.tracking.operations.base import Family
from palimpsest.tracking.operations.whole import ORDERED
from palimpsest.tracking.plan import Node

NO_STATISTIC = frozenset({"astype", "duplicated", "isin", "look_up", "to_datetime"})
"""Operations over several rows that hand on values, or compare them, but compute nothing of several."""


ALL_ROWS = "all rows"


def look(view: RunView, settings: Settings) -> Finding:
    """Find encoders fitted on all rows, and statistics that preparation computed before the split."""
    if not view.held_out.any():
        return not_applicable("There are no labelled rows that the model was not trained on.")
    encoders = _encoders(view)
    prepared = _prepared(view)
    steps = evidence(
        "Encoders fitted on held-out rows, too",
        [("transformer", "text"), ("training columns", "text")],
        [((name, columns), to_rows("matrix", column=first)) for name, columns, first in encoders],
    )
    nodes = evidence(
        "Statistics over rows of both sides that reach features",
        [("operation", "text"), ("over", "text"), ("reaches training columns", "text")],
        [
            (
                (shown_label(node), _over(node), ", ".join(columns)),
                to_node(node.id, table_of(node, view.training_node)),
            )
            for node, columns in prepared
        ],
    )
    whole = [node for node, _ in prepared if _over(node) == ALL_ROWS]
    status = "fail" if encoders or whole else "warn" if prepared else "pass"
    return Finding(
        status,  # type: ignore[arg-type]
        f"{len(encoders)} encoders are fitted on held-out rows, and {len(prepared)} statistics over "
        "rows of both sides reach features.",
        [steps, nodes],
        float(len(encoders) + len(prepared)),
    )


def _encoders(view: RunView) -> list[tuple[str, str, str]]:
    if view.details["fit_encoders_on"] != "all":
        return []
    found: dict[str, tuple[str, str, str]] = {}
    stateless = {step.name for step in view.encoding.steps if isinstance(step.statistic, Identity)}
    for part in view.encoding.slices:
        if part.transformer not in stateless:
            first = view.encoding.feature_names[part.start]
            found.setdefault(part.transformer, (part.transformer, ", ".join(part.columns), first))
    return list(found.values())


def _prepared(view: RunView) -> list[tuple[Node, list[str]]]:
    """Return operations by which rows decide over values of others, and the features' columns they reach."""
    plan = view.plan
    features = {column for part in view.encoding.slices for column in part.columns}
    found = []
    for node in plan.nodes:
        if not _is_statistic(node):
            continue
        reached = columns_reached(plan, {node.id: _made(node)}, plan.output)
        if reached & features:
            found.append((node, sorted(reached & features)))
    return found


def _is_statistic(node: Node) -> bool:
    operation = OPERATIONS[node.operation]
    if node.operation in NO_STATISTIC or _has_given_bins(node):
        return False
    spreads = operation.keeps_rows and operation.family in (Family.KEYED, Family.GLOBAL)
    return spreads or operation.groups_rows


def _has_given_bins(node: Node) -> bool:
    given = [*node.arguments.get("arguments", ()), node.arguments.get("keywords", {}).get("bins")]
    return node.operation == "cut" and isinstance(given[0], list | tuple)


def _made(node: Node) -> frozenset[str]:
    return frozenset(node.columns) - frozenset(map(str, node.arguments.get("by") or ()))


def _over(node: Node) -> str:
    if node.operation in ORDERED:
        return "rows before or after"
    whole = OPERATIONS[node.operation].family is Family.GLOBAL
    return ALL_ROWS if whole else "groups of rows"


CHECK = Check(
    "fitted-on-test",
    "Statistics fitted on test rows",
    "leakage",
    "Were encoders, or statistics that features are made with, computed on held-out rows, too?",
    look,
    measured="encoders and statistics that have seen held-out rows",
)
