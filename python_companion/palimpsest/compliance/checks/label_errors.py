"""Labels that are probably wrong, by confident learning (cleanlab)."""

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
from palimpsest.compliance.view import RunView

FEWEST = 20
"""Rows of a class without which nothing can be said of it."""


def look(view: RunView, settings: Settings) -> Finding:
    """Ask of held-out rows only: of rows that it was trained on a model has learnt the errors."""
    if kind_of(view.estimator) != "classifier" or view.labels.ndim > 1:
        return not_applicable("The model does not predict one class a row.")
    if not hasattr(view.estimator, "predict_proba"):
        return not_applicable(f"{view.model.label} gives no probabilities.")
    places = np.flatnonzero(view.held_out)
    classes = np.asarray(view.estimator.classes_)
    known = np.isin(view.labels[places], classes)
    places = places[known]
    codes = np.searchsorted(classes, view.labels[places])
    counts = np.bincount(codes, minlength=len(classes))
    if len(classes) < 2 or (counts < FEWEST).any():
        return not_applicable(f"There are fewer than {FEWEST} held-out rows of a class.")
    issues = _issues(codes, view.predict(view.rows[places], "predict_proba"))
    share = len(issues) / len(places)
    given = [(int((codes[issues] == k).sum()), int(counts[k])) for k in range(len(classes))]
    table = evidence(
        "Held-out rows whose label is probably wrong, worst first",
        [("label", "text"), ("probably wrong", "count"), ("rows", "count")],
        [
            (
                (str(classes[k]), wrong, count),
                to_rows("training", view.rows[places[issues[codes[issues] == k]]]),
            )
            for k, (wrong, count) in enumerate(given)
        ],
    )
    return Finding(
        graded(share, settings.number("warn"), settings.number("fail")),
        f"{len(issues):,} of {len(places):,} held-out labels are probably wrong ({share:.1%}).",
        [table],
        share,
    )


def _issues(
    codes: npt.NDArray[np.int64], probabilities: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Return positions of rows whose label is probably wrong, the least likely first."""
    from cleanlab.filter import find_label_issues

    found = find_label_issues(
        codes,
        probabilities,
        return_indices_ranked_by="self_confidence",
        n_jobs=1,
    )
    return np.asarray(found, dtype=np.int64)


CHECK = Check(
    "label-errors",
    "Wrong labels",
    "quality",
    "Which held-out labels are probably wrong?",
    look,
    (
        Threshold("warn", "Warn when more than this share is probably wrong", 0.05),
        Threshold("fail", "Fail when more than this share is probably wrong", 0.2),
    ),
    "share of held-out labels that are probably wrong",
    quick=False,
    packages={"cleanlab": "cleanlab"},
    extra="compliance",
)
