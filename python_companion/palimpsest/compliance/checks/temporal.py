"""Whether the model was trained on what comes after the rows it is tested on, or knows the future."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.compliance.check import (
    Check,
    ChosenColumns,
    Finding,
    Settings,
    Threshold,
    graded,
    not_applicable,
)
from palimpsest.compliance.evidence import evidence, to_rows
from palimpsest.compliance.groups import check_column
from palimpsest.compliance.view import RunView
from palimpsest.protocol.checkmessages import EvidenceTable

Times = npt.NDArray[np.float64]

READABLE = 0.95
"""Share of values that must be times for a column to be taken for one."""


def look(view: RunView, settings: Settings) -> Finding:
    """Compare times across the split, and between the sources of a row."""
    chosen = settings.columns("times")
    if not chosen:
        return not_applicable(
            "No time column is declared: choose when a row happened first, then when other records were known."
        )
    times: list[tuple[str, Times]] = []
    for source, column in chosen:
        check_column(view, source, column)
        read = latest_times(view, source, column)
        if read is None:
            return not_applicable(f"{source}.{column} does not hold times or numbers.")
        times.append((f"{source}.{column}", read))
    (name, happened), others = times[0], times[1:]
    late, table = _split(view, name, happened, int(view.held_out.sum()))
    early = [_future(view, name, happened, other, known) for other, known in others]
    share = max([late, *(share for share, _ in early)])
    return Finding(
        graded(share, settings.number("warn"), settings.number("fail")),
        f"{late:.1%} of held-out rows happened before a training row did"
        + "".join(
            f"; {part:.1%} of rows are made of a record of {other} that is later than they are"
            for (part, _), (other, _) in zip(early, others, strict=True)
        )
        + ".",
        [table, *(found for _, found in early)],
        share,
    )


def latest_times(view: RunView, source: str, column: str) -> Times | None:
    """Return for each row of the training table the latest time among its records, NaN where there is none."""
    part = view.source(source)
    values = part.frame[column]
    if column in part.erased:
        values = values.mask(part.erased[column])
    there = values.notna()
    if pd.api.types.is_numeric_dtype(values.dtype):
        numbers = values.astype(float)
    else:
        read = pd.to_datetime(values, errors="coerce", utc=True, format="mixed")
        if there.any() and read[there].notna().mean() < READABLE:
            return None
        numbers = (read - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1)
    known = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    # fmax takes the number of two of which one is missing.
    return view.carried_forward({source: known}, np.fmax, np.nan)


def _split(view: RunView, name: str, times: Times, held_out: int) -> tuple[float, EvidenceTable]:
    trained = times[view.trained]
    last = np.nanmax(trained) if np.isfinite(trained).any() else -np.inf
    before = view.held_out & (times < last)
    return (
        float(before.sum() / held_out) if held_out else 0.0,
        evidence(
            f"Held-out rows that happened before the last training row, by {name}",
            [("held-out rows", "count"), ("before a training row", "count")],
            [((held_out, int(before.sum())), to_rows("training", view.rows[before]))],
        ),
    )


def _future(
    view: RunView, name: str, happened: Times, other: str, known: Times
) -> tuple[float, EvidenceTable]:
    later = known > happened
    compared = int((np.isfinite(known) & np.isfinite(happened)).sum())
    return (
        float(later.sum() / compared) if compared else 0.0,
        evidence(
            f"Rows made of records of {other} later than {name}",
            [("rows with both times", "count"), ("made of a later record", "count")],
            [((compared, int(later.sum())), to_rows("training", view.rows[later]))],
        ),
    )


CHECK = Check(
    "temporal-leakage",
    "Temporal leakage",
    "leakage",
    "Did training rows happen after held-out ones, or are rows made of records from their future?",
    look,
    (
        ChosenColumns("times", "Time columns: when a row happened, then others to compare with it"),
        Threshold("warn", "Warn when more than this share is too late", 0.0),
        Threshold("fail", "Fail when more than this share is too late", 0.01),
    ),
    "share of rows that know the future",
)
