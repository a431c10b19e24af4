"""Whether rows kept for testing are made of records that training rows are made of, too."""

from __future__ import annotations

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

Marks = npt.NDArray[np.bool_]


def look(view: RunView, settings: Settings) -> Finding:
    """Compare the records behind training and held-out rows, source by source."""
    held_out, trained = view.held_out, view.trained
    if not held_out.any() or not trained.any():
        return not_applicable("There are no labelled rows that the model was not trained on.")
    copies = same_records(view)
    lines, worst = [], 0.0
    seen, reached = (
        view.carried_back(trained.astype(float)),
        view.carried_back(np.ones(len(trained))),
    )
    for source, behind in seen.items():
        marks = view.carried_forward({source: behind > 0}, np.logical_or, False)
        shared = held_out & marks
        share = float(shared.sum() / held_out.sum())
        fan = float(reached[source].sum() / max(1, (reached[source] > 0).sum()))
        lookup = fan > settings.number("lookup")
        worst = max(worst, 0.0 if lookup else share)
        lines.append(
            (
                (source, share, int(shared.sum()), fan, "look-up table" if lookup else "records"),
                to_rows("training", view.rows[shared]),
            )
        )
    lines.sort(key=lambda line: (line[0][4], -line[0][1]))
    status = "fail" if copies.any() else "warn" if worst > settings.number("warn") else "pass"
    table = evidence(
        "Held-out rows that share a record with a training row",
        [
            ("source", "text"),
            ("share of held-out rows", "share"),
            ("held-out rows", "count"),
            ("rows a record", "number"),
            ("taken for", "text"),
        ],
        lines,
    )
    return Finding(
        status,  # type: ignore[arg-type]
        f"{int(copies.sum()):,} held-out rows are made of just the records of a training row; "
        f"{worst:.1%} share a record with one, look-up tables aside.",
        [table, _copies(view, copies)],
        worst,
    )


def same_records(view: RunView) -> Marks:
    """Return which held-out rows are made of the same records as a training row, each as often.

    Records have random numbers, of which rows have the sum: different records give the same one by a chance of
    2**-64 a pair of rows.
    """
    draws = np.random.default_rng(0)
    numbers = {
        source: draws.integers(1, 2**64, len(view.records(source)), dtype=np.uint64)
        for source in view.sources
    }
    keys = view.carried_forward(numbers, np.add, 0)
    made = keys != 0  # a row of no record is equal to nothing
    found: Marks = view.held_out & made & np.isin(keys, keys[view.trained & made])
    return found


def _copies(view: RunView, copies: Marks) -> EvidenceTable:
    return evidence(
        "Held-out rows made of just the records of a training row",
        [("rows", "count")],
        [((int(copies.sum()),), to_rows("training", view.rows[copies]))] if copies.any() else [],
    )


CHECK = Check(
    "shared-records",
    "Records on both sides of the split",
    "leakage",
    "Are held-out rows made of source records that training rows are made of, too?",
    look,
    (
        Threshold("warn", "Warn when more than this share of held-out rows shares a record", 0.0),
        Threshold(
            "lookup",
            "A source is a look-up table when its records are in more rows each than",
            100.0,
            "number",
        ),
    ),
    "share of held-out rows that share a record with a training row",
)
