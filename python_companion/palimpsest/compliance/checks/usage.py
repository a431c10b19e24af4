"""Which source records trained the model."""

from __future__ import annotations

from palimpsest.compliance.check import Check, Finding, Settings, Threshold, graded
from palimpsest.compliance.evidence import evidence, to_rows
from palimpsest.compliance.usage import REACHED, TRAINED, UNUSED, used_records
from palimpsest.compliance.view import RunView


def look(view: RunView, settings: Settings) -> Finding:
    """Count what was collected and never used."""
    used = used_records(view)
    untraced = [one.source for one in used if not one.traced]
    if untraced:
        return Finding(
            "not-applicable",
            "Which records trained the model cannot be told: values were read out of the tracking.",
        )
    lines = [
        (
            (
                one.source,
                len(one.ids),
                one.count(TRAINED),
                one.count(REACHED),
                one.count(UNUSED),
                "; ".join(one.indirect),
            ),
            to_rows(f"source:{one.source}", one.ids[one.kinds == UNUSED]),
        )
        for one in used
    ]
    table = evidence(
        "What became of the records",
        [
            ("source", "text"),
            ("records", "count"),
            ("trained the model", "count"),
            ("held out or unlabelled", "count"),
            ("in no row", "count"),
            ("also decides through", "text"),
        ],
        lines,
    )
    records = sum(len(one.ids) for one in used)
    unused = sum(one.count(UNUSED) for one in used if not one.indirect)
    share = unused / records if records else 0.0
    trained = sum(one.count(TRAINED) for one in used)
    return Finding(
        graded(share, settings.number("unused"), 1.0),
        f"{trained:,} of {records:,} records trained the model; {unused:,} reached no row and decide "
        "nothing else.",
        [table],
        share,
    )


CHECK = Check(
    "usage",
    "Used records",
    "usage",
    "Which source records trained the model, and which were collected for nothing?",
    look,
    (Threshold("unused", "Warn when more than this share of all records is not used", 0.5),),
    "share of records that are not used",
)
