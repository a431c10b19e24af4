"""The report of a run: one HTML page that needs nothing else.

Everything that comes from data, from code or from people is escaped; the page has no script, loads nothing,
and a policy in its head keeps browsers from doing either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from palimpsest.compliance.checking import known_results
from palimpsest.compliance.configured import read_section, write_section
from palimpsest.compliance.diagram import lineage_diagram
from palimpsest.pipeline.run import Run
from palimpsest.protocol.checkmessages import (
    CheckResult,
    CheckResults,
    EvidenceTable,
    ModelCard,
)
from palimpsest.protocol.messages import CellValue, PlanGraph, ReceiptList

CARD = "card"

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1c1c1c; }
h1, h2, h3 { line-height: 1.2; } table { border-collapse: collapse; margin: .5rem 0 1rem; width: 100%; }
caption { text-align: left; font-weight: 600; } th, td { border: 1px solid #bbb; padding: .2rem .5rem; text-align: left; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; } .status { font-weight: 600; }
.pass { color: #14602c; } .warn { color: #7a4b00; } .fail { color: #9b1c1c; } .not-applicable { color: #555; }
svg { max-width: 100%; height: auto; } @media print { body { margin: 0; } table { break-inside: avoid; } }
"""

_CARD_FIELDS = {
    "purpose": "Purpose",
    "intended_use": "Intended use",
    "limitations": "Limitations",
    "legal_basis": "Legal basis",
    "responsible": "Responsible",
    "contact": "Contact",
}


def read_card(run: Run) -> ModelCard:
    """Return the model card of a run's pipeline."""
    return ModelCard.model_validate(read_section(run.path.parent, run.name, CARD))


def keep_card(run: Run, card: ModelCard) -> ModelCard:
    """Keep the model card for all runs of a pipeline."""
    write_section(run.path.parent, run.name, CARD, card.model_dump())
    return card


def html_report(run: Run, *, evidence: bool = True) -> str:
    """Write the report of a run, with the results of checks that this process has for its state.

    Parameters
    ----------
    run : Run
    evidence : bool
        Whether the tables of evidence are part of it; some of them name groups of records.
    """
    summary, graph, checks = run.summary, run.plan_graph(), known_results(run)
    title = f"Report of {summary.name}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        _pairs(
            "Run",
            [
                ("run", summary.run),
                ("made", summary.created),
                ("model", summary.model),
                ("training rows", summary.training_rows),
                ("feature columns", summary.feature_columns),
                ("forgets", summary.forgets),
            ],
        ),
        _card(read_card(run)),
        _sources(run),
        "<h2>Lineage</h2>",
        lineage_diagram(graph),
        _lineage(graph),
        _checks(checks, evidence),
        _receipts(run.receipts()),
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>"
        + "\n".join(parts)
        + "</body></html>\n"
    )


def _card(card: ModelCard) -> str:
    written = [(label, getattr(card, name)) for name, label in _CARD_FIELDS.items()]
    known = [(label, text) for label, text in written if text]
    if not known:
        return "<h2>Model card</h2><p>Nobody has written the purpose of this model down yet.</p>"
    return "<h2>Model card</h2>" + _pairs("What people say of it", known)


def _sources(run: Run) -> str:
    with run.reading() as stored:
        facts = list(stored.sources.values())
        rows = [
            (
                fact.name,
                fact.path or "a frame in memory",
                len(stored.source(fact.name)),
                ", ".join(fact.keys) if fact.keys else "its content",
                "yes" if fact.has_changed else "no",
            )
            for fact in facts
        ]
    columns = ("source", "read from", "records", "a record is known by", "changed since")
    return "<h2>Data sources</h2>" + _table("What the run was made of", columns, rows)


def _lineage(graph: PlanGraph) -> str:
    def listed(refs: Iterable[object]) -> str:
        return ", ".join(f"{ref.source}.{ref.column}" for ref in refs)  # type: ignore[attr-defined]

    columns = [(one.column, listed(one.value), listed(one.control)) for one in graph.columns]
    features = [
        (f"{one.transformer} [{one.start}:{one.stop}]", listed(one.value), listed(one.control))
        for one in graph.features
    ]
    named = ("column", "computed from", "decided by")
    warnings = "".join(f"<p>{escape(warning)}</p>" for warning in graph.warnings)
    return (
        _table("Columns of the training table", named, columns)
        + _table("Columns of the feature matrix", named, features)
        + warnings
    )


def _checks(checks: CheckResults, evidence: bool) -> str:
    parts = ["<h2>Checks</h2>"]
    if checks.missing:
        parts.append(
            f"<p>Not run in this state: {escape(', '.join(checks.missing))}. "
            "A check that was not run says nothing.</p>"
        )
    parts += [_check(result, evidence) for result in checks.results]
    return "\n".join(parts)


def _check(result: CheckResult, evidence: bool) -> str:
    used = "; ".join(f"{one.label}: {_words(one.value)}" for one in result.settings)
    tables = "".join(_evidence(table) for table in result.evidence) if evidence else ""
    return (
        f"<h3>{escape(result.title)}: "
        f'<span class="status {result.status}">{escape(result.status)}</span></h3>'
        f"<p>{escape(result.summary)}</p>"
        + (f"<p>Settings: {escape(used)}</p>" if used else "")
        + tables
    )


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(f"{ref.source}.{ref.column}" for ref in value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _evidence(table: EvidenceTable) -> str:
    shown = len(table.rows)
    title = table.title if shown == table.total else f"{table.title} ({shown} of {table.total})"
    return _table(title, [column.name for column in table.columns], table.rows)


def _receipts(receipts: ReceiptList) -> str:
    if not receipts.receipts:
        return "<h2>Receipts</h2><p>Nothing was forgotten in this run.</p>"
    rows = [
        (
            one.time,
            one.action,
            one.source,
            one.records,
            one.training_rows_removed,
            one.training_rows_changed,
            one.user,
            "; ".join(f"{part.artifact}: {part.guarantee}" for part in one.artifacts),
            "none" if one.proof is None else "equal" if one.proof.equal else "not equal",
            one.hash,
        )
        for one in receipts.receipts
    ]
    columns = (
        *("time", "action", "source", "records", "rows removed", "rows changed", "user"),
        *("guarantees", "proof", "hash"),
    )
    chain = "intact" if receipts.intact else "NOT intact: entries were changed or removed"
    return f"<h2>Receipts</h2><p>The audit chain is {chain}.</p>" + _table("Forgets", columns, rows)


def _pairs(title: str, pairs: Sequence[tuple[str, CellValue]]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{_cell(value)}</td></tr>'
        for name, value in pairs
    )
    return f"<table><caption>{escape(title)}</caption>{rows}</table>"


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[CellValue]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "".join("<tr>" + "".join(map(_data, row)) + "</tr>" for row in rows)
    return (
        f"<table><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _data(value: CellValue) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return f'<td class="number">{_cell(value)}</td>' if number else f"<td>{_cell(value)}</td>"


def _cell(value: CellValue) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return escape(f"{value:.6g}")
    return escape(str(value)).replace("\n", "<br>")
