"""Whether a feature is made of what the label is made of."""

from __future__ import annotations

from palimpsest.compliance.check import Check, Finding, Settings, not_applicable
from palimpsest.compliance.evidence import evidence, to_rows
from palimpsest.compliance.view import RunView
from palimpsest.pipeline.execution import LABEL
from palimpsest.tracking.lineage import ColumnDeps, SourceColumn, cell_lineage


def look(view: RunView, settings: Settings) -> Finding:
    """Compare the source columns of each feature with those of the label."""
    cells = cell_lineage(view.plan, view.plan.output)
    if LABEL not in cells:
        return not_applicable(
            "extract_label() returned plain values, so what the label is made of is not known."
        )
    label = cells[LABEL].value
    if not label:
        return not_applicable("The label is computed from no source column.")
    lines = []
    for part in view.encoding.slices:
        of = ColumnDeps()
        for column in part.columns:
            of |= cells.get(column, ColumnDeps())
        for how, shared in (("value", of.value & label), ("control", of.control & label)):
            if shared and not (how == "control" and of.value & label):
                first = view.encoding.feature_names[part.start]
                lines.append(
                    (
                        (
                            part.transformer,
                            f"{part.start}:{part.stop}",
                            ", ".join(part.columns),
                            how,
                            _named(shared),
                        ),
                        to_rows("matrix", column=first),
                    )
                )
    by_value = [line for line in lines if line[0][3] == "value"]
    table = evidence(
        "Features that depend on source columns of the label",
        [
            ("transformer", "text"),
            ("matrix columns", "text"),
            ("training columns", "text"),
            ("depends by", "text"),
            ("source columns", "text"),
        ],
        sorted(lines, key=lambda line: line[0][3] != "value"),
    )
    status = "fail" if by_value else "warn" if lines else "pass"
    return Finding(
        status,  # type: ignore[arg-type]
        f"The label is computed from {_named(label)}; {len(by_value)} groups of features are computed "
        f"from the same columns, {len(lines) - len(by_value)} are decided by them.",
        [table],
        float(len(by_value)),
    )


def _named(columns: frozenset[SourceColumn]) -> str:
    return ", ".join(f"{source}.{column}" for source, column in sorted(columns))


CHECK = Check(
    "target-leakage",
    "Target leakage",
    "leakage",
    "Is a feature computed from, or decided by, the source columns of the label?",
    look,
    measured="groups of features computed from columns of the label",
)
