"""Whether training and held-out rows, or this run and the one before, are of one distribution."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from palimpsest.compliance.check import (
    Check,
    Finding,
    Settings,
    Threshold,
    graded,
    not_applicable,
)
from palimpsest.compliance.distances import distance
from palimpsest.compliance.evidence import evidence, to_rows
from palimpsest.compliance.view import RunView
from palimpsest.pipeline.run import Run
from palimpsest.protocol.messages import RunSummary
from palimpsest.store.kept import kept_catalog

Columns = Mapping[str, pd.Series]

LABEL = "(label)"


def across_split(view: RunView, settings: Settings) -> Finding:
    """Compare training rows with held-out ones."""
    if not view.held_out.any() or not view.trained.any():
        return not_applicable("There are no labelled rows that the model was not trained on.")
    columns = feature_columns(view)
    return _compared(
        {name: values[view.trained] for name, values in columns.items()},
        {name: values[view.held_out] for name, values in columns.items()},
        settings,
        "training and held-out rows",
    )


def since_last(view: RunView, settings: Settings) -> Finding:
    """Compare the training rows with those of the last run of the pipeline before this one."""
    before = previous_run(view)
    if before is None:
        return not_applicable("There is no earlier run of this pipeline to compare with.")
    with Run.open_alone(Path(before.path)) as run:
        other = RunView(run)
        theirs = {name: part[other.trained] for name, part in feature_columns(other).items()}
    ours = {name: values[view.trained] for name, values in feature_columns(view).items()}
    return _compared(ours, theirs, settings, f"training rows of this run and of {before.created}")


def previous_run(view: RunView) -> RunSummary | None:
    """Find the last run of the same pipeline that was made before."""
    mine = view.run.summary
    with kept_catalog(view.run.path.parent) as catalog:
        earlier = [
            one for one in catalog.runs() if one.name == mine.name and one.created < mine.created
        ]
    return earlier[0] if earlier else None


def feature_columns(view: RunView) -> dict[str, pd.Series]:
    """Return the columns of the training table that features are made of, and the label; erased cells are missing."""
    used = {column for part in view.encoding.slices for column in part.columns}
    part = view.training
    found = {
        str(name): part.frame[name].mask(part.erased[name])
        if name in part.erased
        else part.frame[name]
        for name in part.frame.columns
        if name in used
    }
    if view.labels.ndim == 1:
        found[LABEL] = pd.Series(view.labels).where(view.labelled)
    return found


def _compared(one: Columns, other: Columns, settings: Settings, what: str) -> Finding:
    lines = []
    for name in one.keys() & other.keys():
        found = distance(one[name], other[name])
        if found is not None:
            column = None if name == LABEL else name
            lines.append(
                (
                    (name, found.measure, found.size, found.chance, found.sure),
                    to_rows("training", column=column),
                )
            )
    lines.sort(key=lambda line: (-line[0][4], -line[0][2], line[0][0]))
    if not lines:
        return not_applicable(f"There are no columns to compare between {what}.")
    worst = lines[0][0][4]
    table = evidence(
        f"Distances between {what}",
        [("column", "text"), ("distance", "text"), ("size", "number"), ("chance", "number")],
        [(cells[:4], target) for cells, target in lines],
    )
    return Finding(
        graded(worst, settings.number("warn"), settings.number("fail")),
        f"The largest distance between {what} that chance does not explain is {worst:.3f}"
        + (f", in {lines[0][0][0]}." if worst else "."),
        [table],
        worst,
    )


_THRESHOLDS = (
    Threshold("warn", "Warn when a distance is more than", 0.1),
    Threshold("fail", "Fail when a distance is more than", 0.3),
)

CHECK = Check(
    "shift",
    "Shift between training and test",
    "distribution",
    "Are features and label distributed alike in training and held-out rows?",
    across_split,
    _THRESHOLDS,
    "largest distance that chance does not explain",
)

SINCE_LAST = Check(
    "drift",
    "Shift since the last run",
    "distribution",
    "Are features and label distributed as in the last run of the pipeline?",
    since_last,
    _THRESHOLDS,
    "largest distance that chance does not explain",
)
