"""From a difference to a report: source rows, statement, smallest input."""

from __future__ import annotations

from dataclasses import dataclass

from palimpsest.verify.checks import Mismatch
from palimpsest.verify.inputs.sources import Sources
from palimpsest.verify.judge import Judge
from palimpsest.verify.locate.blame import Blame
from palimpsest.verify.locate.shrink import Shrinker
from palimpsest.verify.values import Cell, Parts, Table, show_row

_MOST_ROWS = 50
"""More source rows than these explain nothing."""

_SHOWN_ROWS = 3


@dataclass
class Cause:
    """Why a difference shows.

    Attributes
    ----------
    source_rows
        Rows of the real files, 0-based, by path; empty when they could not be told.
    line
        1-based line of the original's cell, or None.
    smallest
        The smallest input found, for people; empty when none was found.
    """

    source_rows: dict[str, list[int]]
    line: int | None
    smallest: str = ""


def localise(judge: Judge, mismatch: Mismatch, sources: Sources, mutated: bool, cell: str) -> Cause:
    """Find the source rows and the statement behind a difference.

    An order, a type and a model depend on all rows: for these no rows are looked for.

    Parameters
    ----------
    judge
        Runs the two versions.
    mismatch
        The difference.
    sources
        The input on which it shows.
    mutated
        Whether that input is a mutated one.
    cell
        The original's cell.
    """

    def differs(candidate: Sources) -> bool:
        return mismatch.alike(judge.try_input(candidate).mismatch)

    if judge.role == "train" or mismatch.kind in ("order", "type") or not sources:
        return Cause({}, None)
    judge.settle_order()
    clues = mismatch.cells or _prepared_row(judge, mismatch, sources if mutated else None)
    smallest = Shrinker(differs).shrink(sources, clues)
    line = _line(judge, mismatch, smallest or (sources if mutated else None), cell)
    if smallest is None:
        return Cause({}, line)
    rows = {
        path: sorted({record.origin for record in source.records if record.origin is not None})
        for path, source in smallest.items()
    }
    if sum(map(len, rows.values())) > _MOST_ROWS:
        return Cause({}, line)
    return Cause(
        {path: numbers for path, numbers in rows.items() if numbers}, line, _told(smallest)
    )


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
    observation = judge.sides.observation or {}
    role = judge.role
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
        rows = [show_row(list(record.fields), 120) for record in source.records[:_SHOWN_ROWS]]
        more = (
            f" and {len(source.records) - _SHOWN_ROWS} more"
            if len(source.records) > _SHOWN_ROWS
            else ""
        )
        shown.append(f"{path}: {' | '.join(rows) or 'no rows'}{more}")
    return "; ".join(shown)
