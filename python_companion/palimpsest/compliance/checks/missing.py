"""Whether values are missing more often in some groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

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
from palimpsest.compliance.groups import GROUPS, SMALLEST, Codes, Grouping, group_columns, members
from palimpsest.compliance.view import RunView
from palimpsest.protocol.checkmessages import Target
from palimpsest.store.tables import TablePart

Line = tuple[tuple[Any, ...], Target]


def look(view: RunView, settings: Settings) -> Finding:
    """Compare the share of missing cells between groups, for each column of their source and of the training table."""
    fewest = int(settings.number("smallest"))
    lines: list[Line] = []
    for of in group_columns(view, settings.columns("groups")):
        source, member = view.source(of.source), members(view, of)
        records = np.arange(len(source.rows))
        name = f"source:{of.source}"
        others = source.frame.columns.drop(of.column)
        lines += _gaps(of, fewest, name, source, others, records, of.codes)
        rows, codes = member["row"].to_numpy(), member["group"].to_numpy()
        columns = view.training.frame.columns
        lines += _gaps(of, fewest, "training", view.training, columns, rows, codes)
    if not lines:
        return not_applicable("No cell is missing, or there are no groups to compare.")
    lines.sort(key=lambda line: -float(line[0][5]))
    cells, gap = lines[0][0], float(lines[0][0][5])
    found = evidence(
        "Share of missing cells, by group",
        [
            ("column", "text"),
            ("groups by", "text"),
            ("most missing in", "text"),
            ("share there", "share"),
            ("least share", "share"),
            ("gap", "share"),
        ],
        lines,
    )
    return Finding(
        graded(gap, settings.number("warn"), settings.number("fail")),
        f"{cells[0]} is missing in {cells[3]:.1%} of one group of {cells[1]} and in {cells[4]:.1%} of another.",
        [found],
        gap,
    )


def _gaps(  # noqa: PLR0917 - a table, whose rows belong to groups
    of: Grouping,
    fewest: int,
    table: str,
    part: TablePart,
    columns: Iterable[Any],
    rows: npt.NDArray[np.int64],
    codes: Codes,
) -> Iterator[Line]:
    """Compare the groups that have enough rows, column by column."""
    known = codes >= 0
    counts = np.bincount(codes[known], minlength=len(of.names))
    large = counts >= fewest
    if large.sum() < 2:
        return
    for name in columns:
        missing = part.frame[name].isna().to_numpy().copy()
        if name in part.erased:
            missing |= part.erased[name]
        if not missing.any():
            continue
        among = np.bincount(codes[known & missing[rows]], minlength=len(of.names))
        shares = np.where(large, among / np.maximum(counts, 1), np.nan)
        most, least = int(np.nanargmax(shares)), int(np.nanargmin(shares))
        gap = float(shares[most] - shares[least])
        cells = (f"{table}.{name}", of.title, of.names[most], shares[most], shares[least], gap)
        yield cells, to_rows(table, part.rows[missing], str(name))


CHECK = Check(
    "missing-by-group",
    "Missing values by group",
    "distribution",
    "Are values missing more often in some groups than in others?",
    look,
    (
        GROUPS,
        Threshold("warn", "Warn when shares differ by more than", 0.1),
        Threshold("fail", "Fail when shares differ by more than", 0.3),
        SMALLEST,
    ),
    "largest gap between groups",
    quick=False,
)
