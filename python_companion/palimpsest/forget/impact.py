"""What a forget did, or would do, to each artifact: counts, strategies, guarantees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from palimpsest.encoding import Drift, Encoding
from palimpsest.forget.change import TableChange
from palimpsest.forget.matrixchange import MatrixChange
from palimpsest.forget.modelling import ModelChange
from palimpsest.pipeline.state import StoredRun
from palimpsest.protocol.messages import ArtifactImpact

_EXACT = "exact: equals a re-run on the changed sources"


@dataclass(frozen=True)
class Impact:
    """Counts and artifacts, as previews and receipts show them.

    Attributes
    ----------
    removed, changed, added : int
        Training rows.
    cells : int
        Matrix cells.
    artifacts : list of ArtifactImpact
    training_rows, feature_columns : int
        Afterwards.
    """

    removed: int
    changed: int
    added: int
    cells: int
    artifacts: list[ArtifactImpact]
    training_rows: int
    feature_columns: int


def impact_of(
    stored: StoredRun, change: TableChange, matrix: MatrixChange, model: ModelChange
) -> Impact:
    """Describe a forget that has been maintained."""
    delta, encoding = change.delta, matrix.encoding.encoding
    removed, changed, added = len(delta.removed), len(delta.updated), len(delta.added)
    cells = matrix_cells(stored.encoding, change)
    touched = removed + changed + added
    refitted = encoding.refitted_steps if matrix.encoding.replaced else ()
    artifacts = [
        table_impact(touched, table_cells(change)),
        matrix_impact(touched, cells),
        statistics_impact(touched, refitted, encoding.drift),
        ArtifactImpact(
            artifact="model",
            strategy=model.strategy,
            guarantee=model.guarantee.text,
            rows=model.rows,
            cells=0,
            seconds=0.0,
        ),
    ]
    return Impact(
        removed,
        changed,
        added,
        cells,
        artifacts,
        stored.row_count - removed + added,
        encoding.width,
    )


def table_impact(rows: int, cells: int) -> ArtifactImpact:
    """Describe what happens to the training table."""
    return ArtifactImpact(
        artifact="training table",
        strategy="maintained along the plan",
        guarantee=_EXACT,
        rows=rows,
        cells=cells,
        seconds=0.0,
    )


def matrix_impact(rows: int, cells: int) -> ArtifactImpact:
    """Describe what happens to the feature matrix."""
    return ArtifactImpact(
        artifact="feature matrix",
        strategy="rows rewritten",
        guarantee=_EXACT,
        rows=rows,
        cells=cells,
        seconds=0.0,
    )


def statistics_impact(
    rows: int, refitted: tuple[str, ...], drift: Drift | None = None
) -> ArtifactImpact:
    """Describe what happens to the statistics of the encoders."""
    strategy = "sums updated" if not refitted else f"fitted again: {', '.join(refitted)}"
    guarantee = _EXACT if drift is None else f"frozen: off the remaining rows by {drift}"
    return ArtifactImpact(
        artifact="encoder statistics",
        strategy=strategy if drift is None else "frozen",
        guarantee=guarantee,
        rows=rows,
        cells=0,
        seconds=0.0,
    )


def table_cells(change: TableChange) -> int:
    """Count the cells of the training table that change."""
    delta = change.delta
    columns = len(change.after.frame.columns)
    names = set(change.after.frame.columns)
    changed = sum(int(mask.sum()) for name, mask in delta.changed.items() if name in names)
    return (len(delta.removed) + len(delta.added)) * columns + changed


def matrix_cells(encoding: Encoding, change: TableChange) -> int:
    """Count the cells of the matrix whose raw value may change."""
    delta = change.delta
    cells = (len(delta.removed) + len(delta.added)) * encoding.width
    for part in encoding.slices:
        rows = np.zeros(len(delta.updated), dtype=bool)
        for column in part.columns:
            mask = delta.changed.get(column)
            if mask is not None:
                rows |= mask
        cells += int(rows.sum()) * (part.stop - part.start)
    return cells
