"""Model graphlets: a trainer with what fed it and what it led to, and the time that led to nothing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from palimpsest.compliance.comparing import signatures
from palimpsest.compliance.marks import read_mark
from palimpsest.pipeline.run import Run
from palimpsest.pipeline.state import StoredRun
from palimpsest.protocol.messages import RunSummary
from palimpsest.protocol.runmessages import Graphlet, Graphlets
from palimpsest.store.catalog import Catalog

PORTION = 4096
"""Rows of matrices that are compared at once."""


def graphlets(folder: Path) -> Graphlets:
    """Describe the trainers of all runs of a folder whose files are there, newest first."""
    if not folder.is_dir():
        return _summed([])
    with Catalog.open(folder) as catalog:
        catalog.reconcile()
        summaries = catalog.runs()
    found: list[Graphlet] = []
    earlier: dict[str, list[RunSummary]] = {}
    for summary in reversed(summaries):
        with Run.open_alone(Path(summary.path)) as run, run.reading() as stored:
            candidates = earlier.setdefault(digest_of(stored), [])
            same = next((one for one in candidates if _trains_alike(stored, one)), None)
            found.append(_graphlet(stored, summary, same))
        candidates.append(summary)
    return _summed(found[::-1])


def digest_of(stored: StoredRun) -> str:
    """Return a digest of what can be read quickly of all that a trainer is fed with."""
    model, plan = stored.model, stored.plan
    parts = [
        signatures(plan),
        [node.inputs for node in plan.nodes],
        stored.encoding.describe(),
        model.label,
        model.description,
        stored.row_count,
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _trains_alike(stored: StoredRun, earlier: RunSummary) -> bool:
    """Compare matrix, labels and split, which are all that a trainer sees."""
    with Run.open_alone(Path(earlier.path)) as run, run.reading() as other:
        rows, theirs = stored.training_rows, other.training_rows
        if len(rows) != len(theirs) or stored.encoding.width != other.encoding.width:
            return False
        labels, others = stored.labels.read(rows), other.labels.read(theirs)
        sides = stored.in_split.take(rows), other.in_split.take(theirs)
        if not all(np.array_equal(a, b) for a, b in [*zip(labels, others, strict=True), sides]):
            return False
        return all(
            np.array_equal(
                stored.encoding.materialise(stored.matrix.take(rows[start : start + PORTION])),
                other.encoding.materialise(other.matrix.take(theirs[start : start + PORTION])),
                equal_nan=True,
            )
            for start in range(0, len(rows), PORTION)
        )


def _graphlet(stored: StoredRun, summary: RunSummary, same: RunSummary | None) -> Graphlet:
    marked, note = read_mark(stored)
    skippable = None
    if same is not None and not marked and stored.model.description is not None:
        skippable = (
            f"It trained the same model on the same matrix, labels and split as "
            f"{Path(same.path).stem} before, and is not marked as used."
        )
    return Graphlet(
        run=summary.run,
        name=summary.name,
        created=summary.created,
        trainer=stored.model.label,
        sources=list(stored.sources),
        records=sum(len(stored.source(name)) for name in stored.sources),
        training_rows=stored.model.rows,
        features=stored.encoding.width,
        seconds=float(sum(stored.details["seconds"].values())),
        led_to=[note or "marked as used"] if marked else [],
        repeats=None if same is None else same.run,
        skippable=skippable,
    )


def _summed(found: list[Graphlet]) -> Graphlets:
    seconds = sum(one.seconds for one in found)
    without = sum(one.seconds for one in found if not one.led_to)
    return Graphlets(
        graphlets=found,
        seconds=seconds,
        seconds_without_outcome=without,
        share_without_outcome=without / seconds if seconds else 0.0,
        seconds_skippable=sum(one.seconds for one in found if one.skippable),
    )
