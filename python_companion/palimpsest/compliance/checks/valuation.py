"""What source records are worth, judged by nearest neighbours."""

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
from palimpsest.compliance.evidence import evidence, to_rows
from palimpsest.compliance.scoring import kind_of
from palimpsest.compliance.valuation import neighbour_shapley
from palimpsest.compliance.view import RunView
from palimpsest.protocol.checkmessages import EvidenceTable

MOST_TRAINED, MOST_TESTED = 5000, 500
"""More rows are sampled, evenly spread."""

MOST_CELLS = 50_000_000
SHOWN = 20


def look(view: RunView, settings: Settings) -> Finding:
    """Add the values of the rows that are made of each record."""
    if kind_of(view.estimator) != "classifier" or view.labels.ndim > 1:
        return not_applicable("The model does not predict one class a row.")
    most = max(1, MOST_CELLS // max(1, view.encoding.width))
    trained = _spread_over(np.flatnonzero(view.trained), min(MOST_TRAINED, most))
    tested = _spread_over(np.flatnonzero(view.held_out), min(MOST_TESTED, most))
    k = int(settings.number("neighbours"))
    if len(trained) <= k or not len(tested):
        return not_applicable(
            "There are too few training rows, or no labelled rows that the model was not trained on."
        )
    X, tests = _matrix(view, trained), _matrix(view, tested)
    values = neighbour_shapley(X, view.labels[trained], tests, view.labels[tested], k)
    negative = float((values < 0).mean())
    worth, rows = np.zeros(len(view.rows)), np.zeros(len(view.rows))
    worth[trained], rows[trained] = values, 1.0
    sums, counts = view.carried_back(worth), view.carried_back(rows)
    tables = [_records(view, source, sums[source], counts[source]) for source in sums]
    sampled = (
        f" (a sample of {len(trained):,} training and {len(tested):,} held-out rows)"
        if len(trained) < view.trained.sum() or len(tested) < view.held_out.sum()
        else ""
    )
    return Finding(
        graded(negative, settings.number("warn"), 1.0),
        f"{negative:.1%} of training rows make predictions from {k} neighbours worse{sampled}.",
        [table for table in tables if table.rows],
        negative,
    )


def _spread_over(places: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.int64]:
    if len(places) <= most:
        return places
    return places[np.unique(np.linspace(0, len(places) - 1, most).astype(np.int64))]


def _matrix(view: RunView, places: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return rows of X, a missing value as the mean of its column."""
    X = np.concatenate([part for _, part in view.matrix(view.rows[places])])
    there = np.isfinite(X)
    if not there.all():
        means = np.where(there, X, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
        X = np.where(there, X, means)
    return X


def _records(
    view: RunView,
    source: str,
    sums: npt.NDArray[np.float64],
    counts: npt.NDArray[np.float64],
) -> EvidenceTable:
    ids, used = view.records(source), np.flatnonzero(counts)
    order = used[np.argsort(sums[used], kind="stable")]
    shown = np.unique(np.concatenate([np.arange(SHOWN), len(order) - 1 - np.arange(SHOWN)]))
    places = order[shown[(shown >= 0) & (shown < len(order))]]
    return evidence(
        f"Records of {source} that are worth the least and the most",
        [("record", "count"), ("value of its rows", "number"), ("training rows", "count")],
        [
            (
                (int(ids[place]), float(sums[place]), int(counts[place])),
                to_rows(f"source:{source}", [ids[place]]),
            )
            for place in places
        ],
    )


CHECK = Check(
    "valuation",
    "Value of records",
    "quality",
    "Which source records help a nearest-neighbour classifier, and which harm it (Shapley values)?",
    look,
    (
        Threshold("neighbours", "Number of neighbours", 5.0, "number", 1.0),
        Threshold("warn", "Warn when more than this share of training rows does harm", 0.5),
    ),
    "share of training rows of negative value",
    quick=False,
)
