"""Features that say nothing, say the same twice, or drown the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from palimpsest.compliance.check import (
    Check,
    Finding,
    Settings,
    Threshold,
    not_applicable,
)
from palimpsest.compliance.evidence import evidence, to_rows
from palimpsest.compliance.view import RunView
from palimpsest.protocol.checkmessages import EvidenceTable

Floats = npt.NDArray[np.float64]

UNSCALED_IS_FINE = (
    "Tree",
    "Forest",
    "Boosting",
    "NB",
    "LinearRegression",
    "LinearDiscriminantAnalysis",
    "QuadraticDiscriminantAnalysis",
    "Dummy",
)
"""Parts of names of models whose predictions do not depend on the scale of features."""


@dataclass(frozen=True)
class ColumnFacts:
    """What is known of each column of the matrix, over the training rows.

    Attributes
    ----------
    least, most, deviation : (d,) float64
    marks : (d, 2) float64
        Two random sums of a column; equal columns have equal ones.
    """

    least: Floats
    most: Floats
    deviation: Floats
    marks: Floats


def look(view: RunView, settings: Settings) -> Finding:
    """Pass once over the training rows of the matrix."""
    rows = view.rows[view.trained]
    if not len(rows):
        return not_applicable("The model is trained on no row.")
    names = view.encoding.feature_names
    facts = column_facts(view, rows)
    constant = np.flatnonzero(facts.least == facts.most)
    groups = duplicated(view, rows, facts)
    ratio, small, large = _spread(facts)
    matters = not any(part in view.model.label for part in UNSCALED_IS_FINE)
    unscaled = matters and ratio > settings.number("ratio")
    found = [
        _listed("Constant features", [[name] for name in constant.tolist()], names),
        _listed("Features that are equal in all training rows", groups, names),
        _listed(
            "Features on very different scales (largest and smallest deviation)",
            [[large, small]] if unscaled else [],
            names,
        ),
    ]
    count = len(constant) + sum(len(group) - 1 for group in groups)
    scale = f", and deviations differ by a factor of {ratio:,.0f}" if unscaled else ""
    return Finding(
        "warn" if count or unscaled else "pass",
        f"Of {len(names):,} features {len(constant):,} are constant and "
        f"{sum(len(group) - 1 for group in groups):,} equal another one{scale}.",
        found,
        float(count),
    )


def column_facts(view: RunView, rows: npt.NDArray[np.int32]) -> ColumnFacts:
    """Pass over rows of the matrix; missing values are left out."""
    width = view.encoding.width
    least, most = np.full(width, np.inf), np.full(width, -np.inf)
    counts, sums, squares = np.zeros(width), np.zeros(width), np.zeros(width)
    marks = np.zeros((width, 2))
    pivot: Floats | None = None
    draws = np.random.default_rng(0)
    for _, X in view.matrix(rows):
        there = np.isfinite(X)
        least = np.minimum(least, np.where(there, X, np.inf).min(axis=0))
        most = np.maximum(most, np.where(there, X, -np.inf).max(axis=0))
        filled = np.where(there, X, 0.0)
        if pivot is None:
            pivot = filled[0].copy()
        moved = np.where(there, X - pivot, 0.0)
        counts += there.sum(axis=0)
        sums += moved.sum(axis=0)
        squares += (moved**2).sum(axis=0)
        marks += (filled + ~there).T @ draws.standard_normal((len(X), 2))
    known = np.maximum(counts, 1)
    variance = np.maximum(squares / known - (sums / known) ** 2, 0.0)
    none = counts == 0
    least[none], most[none] = 0.0, 0.0
    return ColumnFacts(least, most, np.sqrt(variance), marks)


def duplicated(view: RunView, rows: npt.NDArray[np.int32], facts: ColumnFacts) -> list[list[int]]:
    """Return groups of columns that are equal in all rows, constant ones left out."""
    varying = np.flatnonzero(facts.least != facts.most)
    scale = np.maximum(np.abs(facts.marks).max(axis=1), 1.0)
    keys = np.round(facts.marks / scale[:, None], 9)
    groups: dict[tuple[float, ...], list[int]] = {}
    for column in varying.tolist():
        key = (*keys[column], float(facts.least[column]), float(facts.most[column]))
        groups.setdefault(key, []).append(column)
    candidates = [group for group in groups.values() if len(group) > 1]
    for _, X in view.matrix(rows) if candidates else ():
        candidates = [part for group in candidates for part in _still_equal(X, group)]
    return candidates


def _still_equal(X: Floats, group: list[int]) -> list[list[int]]:
    parts: list[list[int]] = []
    for column in group:
        for part in parts:
            if np.array_equal(X[:, part[0]], X[:, column], equal_nan=True):
                part.append(column)
                break
        else:
            parts.append([column])
    return [part for part in parts if len(part) > 1]


def _spread(facts: ColumnFacts) -> tuple[float, int, int]:
    """Return how many times the largest deviation is the smallest, and which columns have them."""
    varying = np.flatnonzero(facts.deviation > 0.0)
    if not len(varying):
        return 1.0, 0, 0
    small = int(varying[facts.deviation[varying].argmin()])
    large = int(varying[facts.deviation[varying].argmax()])
    return float(facts.deviation[large] / facts.deviation[small]), small, large


def _listed(title: str, groups: Sequence[Sequence[int]], names: Sequence[str]) -> EvidenceTable:
    return evidence(
        title,
        [("feature", "text"), ("others", "text")],
        [
            (
                (names[group[0]], ", ".join(names[column] for column in group[1:])),
                to_rows("matrix", column=names[group[0]]),
            )
            for group in groups
        ],
    )


CHECK = Check(
    "features",
    "Constant, equal and unscaled features",
    "quality",
    "Which features say nothing, say the same as another, or drown the others by their scale?",
    look,
    (
        Threshold(
            "ratio",
            "Warn when deviations of features differ by a factor of more than",
            1000.0,
            "number",
            1.0,
        ),
    ),
    "constant features and features that equal another",
    quick=False,
)
