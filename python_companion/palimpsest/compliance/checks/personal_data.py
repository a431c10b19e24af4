"""Which source columns hold personal data, and into which features it flows."""

from __future__ import annotations

from palimpsest.compliance.check import Check, Finding, Settings, Threshold
from palimpsest.compliance.evidence import evidence, to_column
from palimpsest.compliance.personal import EXTRA, PACKAGES, personal_kinds
from palimpsest.compliance.view import RunView
from palimpsest.pipeline.execution import LABEL, SPLIT
from palimpsest.tracking.lineage import ColumnDeps, cell_lineage


def look(view: RunView, settings: Settings) -> Finding:
    """Look at all cells of the sources, and follow the columns that hold personal data."""
    lines, into_model = [], 0
    for source in view.sources:
        part = view.source(source)
        for column in part.frame.columns:
            values = part.frame[column]
            if column in part.erased:
                values = values.mask(part.erased[column])
            for found in personal_kinds(values, str(column), settings.number("share")):
                training, features, decided = flows(view, source, str(column))
                into_model += bool(features)
                lines.append(
                    (
                        (
                            f"{source}.{column}",
                            found.kind if found.whole else f"{found.kind} within text",
                            int(found.records.sum()),
                            ", ".join(training),
                            ", ".join(features),
                            ", ".join(decided),
                        ),
                        to_column(source, str(column), part.rows[found.records]),
                    )
                )
    lines.sort(key=lambda line: (not line[0][4], not line[0][3], -int(line[0][2])))
    table = evidence(
        "Columns that hold personal data, and where it goes",
        [
            ("source column", "text"),
            ("looks like", "text"),
            ("records", "count"),
            ("computed from it in the training table", "text"),
            ("features computed from it", "text"),
            ("features it decides", "text"),
        ],
        lines,
    )
    return Finding(
        "fail" if into_model else "warn" if lines else "pass",
        f"{len(lines)} kinds of personal data were found in source columns; {into_model} of them reach "
        "features by value.",
        [table],
        float(into_model),
    )


def flows(view: RunView, source: str, column: str) -> tuple[list[str], list[str], list[str]]:
    """Follow a source column.

    Returns
    -------
    training : list of str
        Columns of the training table that are computed from it.
    features, decided : list of str
        Features that are computed from it, and those of which it only decides the cells, as ``step[start:stop]``.
    """
    cells = cell_lineage(view.plan, view.plan.output)
    wanted = (source, column)
    training = [
        name for name, of in cells.items() if wanted in of.value and name not in (LABEL, SPLIT)
    ]
    training = [name for name in training if not name.startswith("\0")]
    features, decided = [], []
    for part in view.encoding.slices:
        of = ColumnDeps()
        for name in part.columns:
            of |= cells.get(name, ColumnDeps())
        named = f"{part.transformer}[{part.start}:{part.stop}]"
        if wanted in of.value:
            features.append(named)
        elif wanted in of.control:
            decided.append(named)
    return training, features, decided


CHECK = Check(
    "personal-data",
    "Personal data",
    "personal-data",
    "Which source columns hold e-mail addresses, phone numbers, IBANs, cards or names, and where do they go?",
    look,
    (
        Threshold(
            "share",
            "Numbers count as cards or phone numbers when this share of a column looks so",
            0.9,
        ),
    ),
    "kinds of personal data that reach features",
    quick=False,
    packages=PACKAGES,
    extra=EXTRA,
)
