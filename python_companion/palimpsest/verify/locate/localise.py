"""From a difference to a report: source rows, statement, smallest input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from palimpsest.verify.checks import Mismatch
from palimpsest.verify.inputs.mutations import Mutation
from palimpsest.verify.inputs.sources import Sources
from palimpsest.verify.judge import Judge
from palimpsest.verify.locate.blame import Blame
from palimpsest.verify.locate.guess import guess_cause
from palimpsest.verify.locate.shrink import Shrinker
from palimpsest.verify.locate.statement import statement_for
from palimpsest.verify.sandbox.jobs import SideName
from palimpsest.verify.values import Cell, Parts, Table, show_row

_MOST_ROWS = 50
"""More source rows than these explain nothing."""

_SHOWN_ROWS = 3
_SHOWN_LINES = 20


@dataclass
class Cause:
    """Why a difference shows.

    Attributes
    ----------
    source_rows
        Rows of the real files, 0-based, by path; empty when they could not be told.
    line, rewritten_line
        1-based line of the original's cell and of the rewrite's, or None.
    smallest
        The smallest input found, for people; empty when none was found.
    source_lines
        The rows of the smallest input, by path, a text a row.
    told
        The likely cause in plain words, or None.
    seen
        The difference as it shows on the smallest input.
    """

    source_rows: dict[str, list[int]] = field(default_factory=dict)
    line: int | None = None
    rewritten_line: int | None = None
    smallest: str = ""
    source_lines: dict[str, list[str]] = field(default_factory=dict)
    told: str | None = None
    seen: Mismatch | None = None


def localise(
    judge: Judge,
    mismatch: Mismatch,
    sources: Sources,
    mutation: Mutation | None,
    cells: Mapping[SideName, list[str]],
) -> Cause:
    """Find the source rows and the statements behind a difference, and say what it is likely to be.

    An order, a type and a model depend on all rows: for these no rows are looked for.

    Parameters
    ----------
    judge
        Runs the two versions.
    mismatch
        The difference.
    sources
        The input on which it shows.
    mutation
        What that input is; None for the real one.
    cells
        The code of both versions.
    """

    def differs(candidate: Sources) -> bool:
        return mismatch.alike(judge.try_input(candidate).mismatch)

    whole = mismatch.kind in ("order", "type") or "train" in (judge.role, mismatch.stage)
    smallest = None
    if not whole and sources:
        judge.settle_order()
        clues = mismatch.cells or _prepared_row(judge, mismatch, sources if mutation else None)
        smallest = Shrinker(differs).shrink(sources, clues)
    seen = _seen_on(judge, smallest, mismatch)
    name = mutation.name if mutation is not None else None
    guess = guess_cause(seen, smallest, name, cells, differs)
    cause = Cause(told=guess.told, seen=seen)
    if not whole:
        inputs = smallest or (sources if mutation else None)
        cause.line = _line(judge, mismatch, inputs, cells["original"][-1])
    original, rewritten = cells["original"][-1], cells["rewritten"][-1]
    cause.line = cause.line or statement_for(original, seen.column, guess)
    cause.rewritten_line = statement_for(rewritten, seen.column, guess)
    if smallest is not None:
        _describe(cause, smallest)
    return cause


def _seen_on(judge: Judge, smallest: Sources | None, mismatch: Mismatch) -> Mismatch:
    """Return the difference as it shows on the smallest input."""
    if smallest is None:
        return mismatch
    return judge.try_input(smallest).mismatch or mismatch


def _describe(cause: Cause, smallest: Sources) -> None:
    rows = {
        path: sorted({record.origin for record in source.records if record.origin is not None})
        for path, source in smallest.items()
    }
    if sum(map(len, rows.values())) > _MOST_ROWS:
        return
    cause.source_rows = {path: numbers for path, numbers in rows.items() if numbers}
    cause.smallest = _told(smallest)
    cause.source_lines = {
        path: [source.separator.join(source.texts(r)) for r in source.records[:_SHOWN_LINES]]
        for path, source in smallest.items()
        if source.records
    }


def _prepared_row(judge: Judge, mismatch: Mismatch, sources: Sources | None) -> list[Cell]:
    """Return the prepared row that a row of a matrix or a label belongs to, if it can be told."""
    if mismatch.row is None or judge.role not in ("encode", "label"):
        return []
    outcome = judge.sides.rewritten(sources, with_rows=True)
    rows = outcome.observed.parts.get("rows") if isinstance(outcome.observed, Parts) else None
    if not isinstance(rows, Table) or mismatch.row >= len(rows.rows):
        return []
    return rows.rows[mismatch.row]


def _line(judge: Judge, mismatch: Mismatch, sources: Sources | None, cell: str) -> int | None:
    outcome = judge.sides.original(sources, trace=True)
    if outcome.failure is not None:
        failure = outcome.failure
        return failure.line if failure.cell is not None and mismatch.kind == "error" else None
    blame = Blame(cell, outcome.report.lines, outcome.report.widths)
    role = mismatch.stage or judge.role
    observation = judge.sides.observation_of(role) if role is not None else {}
    if mismatch.kind == "row":
        return blame.dropped_row() if mismatch.original == "no such row" else blame.produced_row()
    if mismatch.kind != "cell" or mismatch.position is None:
        return None
    if role == "prepare":
        return blame.cell_of_row(mismatch.position, observation.get("separator"), mismatch.column)
    if role == "encode":
        return blame.cell_of_matrix(observation["name"], mismatch.position)
    return blame.label(observation["name"]) if role == "label" else None


def _told(sources: Sources) -> str:
    shown = []
    for path, source in sources.items():
        rows = [
            show_row(list(source.texts(record)), 120) for record in source.records[:_SHOWN_ROWS]
        ]
        more = (
            f" and {len(source.records) - _SHOWN_ROWS} more"
            if len(source.records) > _SHOWN_ROWS
            else ""
        )
        shown.append(f"{path}: {' | '.join(rows) or 'no rows'}{more}")
    return "; ".join(shown)
