"""Whether the model treats groups alike."""

from __future__ import annotations

import math

from palimpsest.compliance.check import (
    Check,
    Finding,
    Settings,
    Threshold,
    graded,
    not_applicable,
)
from palimpsest.compliance.evidence import evidence, to_column
from palimpsest.compliance.fairness import (
    DEMOGRAPHIC_PARITY,
    EQUAL_OPPORTUNITY,
    EQUALISED_ODDS,
    EXTRA,
    PACKAGES,
    GroupFairness,
    fairness,
    favourable_label,
)
from palimpsest.compliance.groups import GROUPS, SMALLEST, group_columns
from palimpsest.compliance.view import RunView
from palimpsest.errors import PalimpsestError
from palimpsest.protocol.checkmessages import EvidenceTable


def look(view: RunView, settings: Settings) -> Finding:
    """Compare the groups of each column."""
    try:
        good = favourable_label(view)
    except PalimpsestError as error:
        return not_applicable(error.message)
    smallest = int(settings.number("smallest"))
    groupings = group_columns(view, settings.columns("groups"))
    found = [
        fairness(view, of.source, of.column, favourable=good, smallest=smallest) for of in groupings
    ]
    told = [(gap, name, one) for one in found for name, gap in _known(one)]
    if not told:
        return not_applicable(
            f"No column has two groups of at least {smallest} rows that can be compared."
        )
    gap, name, worst = max(told, key=lambda one: one[0])
    return Finding(
        graded(gap, settings.number("warn"), settings.number("fail")),
        f"The largest difference is an {name} of {gap:.3f} between groups of "
        f"{worst.source}.{worst.column}, on {worst.on} rows.",
        [_overview(found), *(_groups(one) for one in found if len(one.compared) > 1)],
        gap,
    )


def _known(one: GroupFairness) -> list[tuple[str, float]]:
    return [(name, gap) for name, gap in one.differences().items() if not math.isnan(gap)]


def _overview(found: list[GroupFairness]) -> EvidenceTable:
    names = [EQUAL_OPPORTUNITY, DEMOGRAPHIC_PARITY, EQUALISED_ODDS]
    lines = [
        (
            (f"{one.source}.{one.column}", *(one.differences()[name] for name in names)),
            to_column(one.source, one.column),
        )
        for one in found
    ]
    return evidence(
        "Differences between groups, by column",
        [("groups by", "text"), *((name, "number") for name in names)],
        sorted(lines, key=lambda line: -max(_or_zero(gap) for gap in line[0][1:])),
    )


def _or_zero(gap: object) -> float:
    return gap if isinstance(gap, float) and not math.isnan(gap) else 0.0


def _groups(one: GroupFairness) -> EvidenceTable:
    rates = [("selection rate", "share"), ("true positive rate", "share")]
    rates += [("false positive rate", "share"), ("accuracy", "share")]
    return evidence(
        f"Groups of {one.source}.{one.column}",
        [("group", "text"), ("rows", "count"), *rates],  # type: ignore[list-item]
        [
            ((name, int(line["rows"]), *(line[rate] for rate, _ in rates)), None)
            for name, line in one.groups.iterrows()
        ],
    )


CHECK = Check(
    "fairness",
    "Group fairness",
    "fairness",
    "Does the model treat groups alike: equal opportunity, demographic parity, equalised odds?",
    look,
    (
        GROUPS,
        Threshold("warn", "Warn when a difference is more than", 0.1),
        Threshold("fail", "Fail when a difference is more than", 0.2),
        SMALLEST,
    ),
    "largest difference between groups",
    quick=False,
    packages=PACKAGES,
    extra=EXTRA,
)
