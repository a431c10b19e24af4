"""The recorded plan of a run as the panels draw it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from palimpsest.encoding import Encoding
from palimpsest.pipeline.execution import LABEL, SPLIT
from palimpsest.pipeline.nodetable import NODE_PREFIX, shown_label, shown_name
from palimpsest.pipeline.state import PREDICTIONS, TRAINING, StoredRun, source_table_name
from palimpsest.protocol import messages as m
from palimpsest.tracking.lineage import ColumnDeps, column_lineage
from palimpsest.tracking.plan import Node, Plan

Stage = Literal["source", "prepare", "encode", "label", "model"]


def plan_graph(stored: StoredRun) -> m.PlanGraph:
    """Describe the plan, with the rows that each step has now."""
    plan = stored.plan
    deps = column_lineage(plan, plan.output)
    training = training_node(plan)
    nodes = [_plan_node(stored, node, training) for node in plan.nodes]
    nodes += _later_nodes(stored, training)
    return m.PlanGraph(
        run=stored.run,
        nodes=nodes,
        columns=[
            m.ColumnLineage(column=name, value=_refs(of.value), control=_refs(of.control))
            for name, of in deps.items()
            if name not in (LABEL, SPLIT)
        ],
        features=feature_slices(stored.encoding, deps),
        warnings=list(stored.details["warnings"]),
    )


def training_node(plan: Plan) -> int:
    """Return the node of the training table, before label and split are put behind it."""
    node = plan[plan.output]
    while {LABEL, SPLIT} & set(node.columns):
        node = plan[node.inputs[0]]
    return node.id


def table_of(node: Node, training: int) -> str:
    """Name the table that shows the rows of a node."""
    if node.operation == "scan":
        return source_table_name(str(node.arguments["source"]))
    return TRAINING if node.id == training else f"{NODE_PREFIX}{node.id}"


def feature_slices(encoding: Encoding, deps: Mapping[str, ColumnDeps]) -> list[m.FeatureSlice]:
    """Describe which source columns reach which columns of the matrix."""
    slices = []
    for part in encoding.slices:
        of = ColumnDeps()
        for column in part.columns:
            of |= deps.get(column, ColumnDeps())
        slices.append(
            m.FeatureSlice(
                transformer=part.transformer,
                start=part.start,
                stop=part.stop,
                columns=list(part.columns),
                value=_refs(of.value),
                control=_refs(of.control),
                maintenance=part.maintenance,
            )
        )
    return slices


def _plan_node(stored: StoredRun, node: Node, training: int) -> m.PlanNode:
    stage: Stage = "prepare"
    if node.operation == "scan":
        stage = "source"
    elif {LABEL, SPLIT} & set(node.columns):
        stage = "label"
    return m.PlanNode(
        id=node.id,
        operation=node.operation,
        label=shown_label(node),
        stage=stage,
        inputs=list(node.inputs),
        rows=int(stored.rows.alive(node.space).all().sum()),
        columns=[
            m.ColumnInfo(name=shown_name(node, name), dtype=dtype)
            for name, dtype in node.dtypes.items()
        ],
        table=table_of(node, training),
        location=_location(node),
        seconds=node.seconds,
        warnings=list(node.warnings),
    )


def _later_nodes(stored: StoredRun, training: int) -> list[m.PlanNode]:
    """Describe encoding and model, which are no operations of the plan."""
    encoding, model = stored.encoding, stored.model
    seconds: Mapping[str, Any] = stored.details["seconds"]
    rows = len(stored.training_rows)
    first = len(stored.plan.nodes)
    encode = m.PlanNode(
        id=first,
        operation="encode",
        label=f"{encoding.width} features",
        stage="encode",
        inputs=[training],
        rows=rows,
        columns=[
            m.ColumnInfo(name=part.transformer, dtype=f"float64 x {part.stop - part.start}")
            for part in encoding.slices
        ],
        table="matrix",
        location=None,
        seconds=float(seconds.get("encode", 0.0)),
        warnings=[],
    )
    train = m.PlanNode(
        id=first + 1,
        operation="train",
        label=model.label,
        stage="model",
        inputs=[first, stored.plan.output],
        rows=model.rows,
        columns=[],
        table=PREDICTIONS,
        location=None,
        seconds=float(seconds.get("train", 0.0)),
        warnings=[],
    )
    return [encode, train]


def _location(node: Node) -> m.Location | None:
    if node.location is None:
        return None
    return m.Location(file=node.location.file, line=node.location.line)


def _refs(columns: frozenset[tuple[str, str]]) -> list[m.ColumnRef]:
    return [m.ColumnRef(source=source, column=column) for source, column in sorted(columns)]
