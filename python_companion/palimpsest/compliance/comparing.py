"""What is different between two runs: plan, parameters, metrics, records, features."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from difflib import SequenceMatcher
from typing import Any

import numpy as np
import numpy.typing as npt

from palimpsest.compliance.scoring import kind_of, metric_of, score_on
from palimpsest.compliance.view import RunView
from palimpsest.pipeline.nodetable import shown_label
from palimpsest.pipeline.run import Run
from palimpsest.pipeline.state import StoredRun, identity_array
from palimpsest.pipeline.tracing import plain
from palimpsest.protocol.messages import CellValue
from palimpsest.protocol.runmessages import Compared, PlanChange, RunComparison, SourceChange
from palimpsest.store.identity import Identities
from palimpsest.store.secret import IDENTITY_BYTES
from palimpsest.tracking.plan import Plan

MOST_TEXT = 200
"""Longer values of parameters are cut."""


def compare_runs(run: Run, other: Run) -> RunComparison:
    """Compare two runs of a folder."""
    views = RunView(run), RunView(other)
    with ExitStack() as stack:
        here, there = (stack.enter_context(view.reading()) for view in views)
        plan = list(plan_changes(here.plan, there.plan))
        parameters = _compared(_parameters(here), _parameters(there))
        data = [_records(here, there, name) for name in _both(here.sources, there.sources)]
        names = set(here.encoding.feature_names), set(there.encoding.feature_names)
    return RunComparison(
        run=run.summary,
        other=other.summary,
        plan=plan,
        parameters=parameters,
        metrics=_compared(*(_metrics(view) for view in views)),
        data=data,
        features_only_here=sorted(names[0] - names[1]),
        features_only_there=sorted(names[1] - names[0]),
    )


# plan --------------------------------------------------------------------------------------------


def plan_changes(plan: Plan, other: Plan) -> Iterator[PlanChange]:
    """Tell which operations two plans do not share, in their order."""
    here, there = signatures(plan), signatures(other)
    matcher = SequenceMatcher(None, here, there, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            continue
        left, right = list(range(a, b)), list(range(c, d))
        for node in left:
            operation = plan[node].operation
            twin = next((k for k in right if other[k].operation == operation), None)
            if twin is not None:
                right.remove(twin)
            yield _change(plan, other, node, twin)
        for node in right:
            yield _change(plan, other, None, node)


def signatures(plan: Plan) -> list[str]:
    """Return for each node what it does, as text in which nodes are called by their place among the inputs."""
    found = []
    for node, encoded in zip(plan.nodes, plan.to_json()["nodes"], strict=True):
        place = {name: k for k, name in enumerate(node.inputs)}
        what = [encoded["operation"], encoded["arguments"], encoded["expressions"]]
        found.append(json.dumps(_placed(what, place), sort_keys=True))
    return found


def _placed(value: Any, place: Mapping[int, int]) -> Any:
    if isinstance(value, list):
        return [_placed(part, place) for part in value]
    if isinstance(value, dict):
        return {
            key: place.get(part, part) if key == "node" else _placed(part, place)
            for key, part in value.items()
        }
    return value


def _change(plan: Plan, other: Plan, node: int | None, twin: int | None) -> PlanChange:
    kinds = {(True, True): "changed", (True, False): "only-here", (False, True): "only-there"}
    return PlanChange.model_validate(
        {
            "kind": kinds[node is not None, twin is not None],
            "node": node,
            "other_node": twin,
            "label": None if node is None else shown_label(plan[node]),
            "other_label": None if twin is None else shown_label(other[twin]),
        }
    )


# parameters, metrics -----------------------------------------------------------------------------


def _parameters(stored: StoredRun) -> dict[str, CellValue]:
    model = stored.model
    found = {"model": model.label, **_flat("model", (model.description or {}).get("params", {}))}
    found |= _flat("split", stored.details["split"])
    found["encoders are fitted on"] = stored.details["fit_encoders_on"]
    for step in stored.encoding.describe()["steps"]:
        found |= _flat(f"encode.{step['name']}", {k: v for k, v in step.items() if k != "name"})
    return found


def _flat(name: str, value: Any) -> dict[str, CellValue]:
    """Return nested JSON as names with dots and plain values."""
    if isinstance(value, dict) and value:
        parts = [_flat(f"{name}.{key}", part) for key, part in value.items()]
        return {key: inner for part in parts for key, inner in part.items()}
    if isinstance(value, list | dict):
        text = json.dumps(value)
        return {name: text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}..."}
    return {name: plain(value)}


def _metrics(view: RunView) -> dict[str, CellValue]:
    found: dict[str, CellValue] = {
        "training rows": int(view.trained.sum()),
        "held-out rows": int(view.held_out.sum()),
    }
    for stage, took in view.details["seconds"].items():
        found[f"seconds for {stage}"] = float(took)
    kind = kind_of(view.estimator)
    if kind is not None:
        found[f"{metric_of(kind)} on training rows"] = score_on(view, view.trained)
        found[f"{metric_of(kind)} on held-out rows"] = score_on(view, view.held_out)
    return found


def _compared(here: Mapping[str, CellValue], there: Mapping[str, CellValue]) -> list[Compared]:
    return [
        Compared(
            name=name,
            value=here.get(name),
            other=there.get(name),
            equal=name in here and name in there and here[name] == there[name],
        )
        for name in _both(here, there)
    ]


def _both(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys([*one, *other]))


# records -----------------------------------------------------------------------------------------


def _records(here: StoredRun, there: StoredRun, name: str) -> SourceChange:
    mine, theirs = _identities(here, name), _identities(there, name)
    both = only_here = only_there = None
    if _comparable(here, there, name):
        both = int(np.isin(mine, theirs).sum())
        only_here, only_there = len(mine) - both, len(theirs) - both
    return SourceChange(
        source=name,
        records=len(mine),
        other_records=len(theirs),
        both=both,
        only_here=only_here,
        only_there=only_there,
    )


def _comparable(here: StoredRun, there: StoredRun, name: str) -> bool:
    mine, theirs = here.sources.get(name), there.sources.get(name)
    return mine is not None and theirs is not None and mine.scheme == theirs.scheme


def _identities(stored: StoredRun, name: str) -> npt.NDArray[np.void]:
    """Return the identities of the records that a source still has."""
    if name not in stored.sources:
        return np.empty(0, dtype=f"V{IDENTITY_BYTES}")
    rows = stored.source(name).rows()
    found: Identities = stored.arrays[identity_array(name)].take(rows)
    return np.ascontiguousarray(found).view(f"V{IDENTITY_BYTES}").ravel()
