"""From a selector to the records it means."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from palimpsest.errors import InvalidArgumentError, PalimpsestError
from palimpsest.protocol.messages import Filter, ForgetRequest, Keys, RowIds, Selector
from palimpsest.store.filters import parse_value
from palimpsest.store.tables import RowTable

Rows = npt.NDArray[np.int32]


def select_records(table: RowTable, selector: Selector, source: str) -> Rows:
    """Return the ids of the records that a selector means, ascending.

    Raises
    ------
    PalimpsestError
        ``empty-selection`` when there is none.
    """
    rows = find_records(table, selector)
    if not len(rows):
        raise PalimpsestError(
            "empty-selection",
            f"No record of source '{source}' matches {_words(selector)}.",
            hint="It may be forgotten already; look at the records of the source.",
        )
    return rows


def check_request(request: ForgetRequest, table: RowTable) -> None:
    """Refuse a request whose parts do not make sense together."""
    has = f"Source '{request.source}' has: {', '.join(table.columns)}."
    if request.action == "delete" and request.columns:
        raise InvalidArgumentError(
            "A delete takes whole records, but the request names columns "
            f"({', '.join(request.columns)}).",
            hint="Leave out the columns, or use the action 'erase'.",
        )
    if request.action == "erase" and not request.columns:
        raise InvalidArgumentError("An erase needs the columns to erase.", hint=has)
    if request.action == "rectify" and not request.values:
        raise InvalidArgumentError("A rectify needs the right values, by column.", hint=has)
    _check_parts(request)
    named = [*request.columns, *request.values]
    unknown = [column for column in named if column not in table.columns]
    if unknown:
        raise InvalidArgumentError(
            f"Source '{request.source}' has no column {', '.join(map(repr, unknown))}.",
            hint=f"It has: {', '.join(table.columns)}.",
        )


def _check_parts(request: ForgetRequest) -> None:
    for part, action in (("columns", "erase"), ("values", "rectify"), ("records", "insert")):
        if getattr(request, part) and action != request.action:
            raise InvalidArgumentError(
                f"'{part}' belongs to the action '{action}', not to '{request.action}'."
            )
    if (request.selector is None) != (request.action == "insert"):
        raise InvalidArgumentError(
            "An insert selects no records."
            if request.action == "insert"
            else f"The action '{request.action}' needs a selector: which records?"
        )
    if request.everywhere and request.keep_rows:
        raise InvalidArgumentError(
            "'everywhere' and 'keep_rows' do not go together: which rows can be kept is another "
            "question in every run.",
            hint="Ask each run by a request of its own.",
        )
    if request.everywhere and request.action == "insert":
        raise InvalidArgumentError(
            "'everywhere' is about records that other runs hold; new ones they do not.",
            hint="Insert the records into each run.",
        )
    if request.keep_rows and request.action != "erase":
        raise InvalidArgumentError(
            f"'keep_rows' belongs to the action 'erase', not to '{request.action}'."
        )


def cells_to_erase(table: RowTable, rows: Rows, request: ForgetRequest) -> dict[str, Rows]:
    """Return for each column the records whose cell is not erased yet.

    Raises
    ------
    PalimpsestError
        ``empty-selection`` when all of them are.
    """
    part = table.read(rows, request.columns)
    cells = {}
    for column in dict.fromkeys(request.columns):
        mask = part.erased.get(column)
        fresh = rows if mask is None else rows[~mask]
        if len(fresh):
            cells[column] = fresh
    if not cells:
        raise PalimpsestError(
            "empty-selection",
            f"{', '.join(request.columns)} of all {len(rows)} selected records of source "
            f"'{request.source}' are erased already.",
        )
    return cells


def find_records(table: RowTable, selector: Selector) -> Rows:
    """Return the ids of the records that a selector means, ascending, maybe none."""
    if isinstance(selector, RowIds):
        return table.existing(selector.rows)
    if isinstance(selector, Filter):
        return table.select(selector.conditions)
    codec = table.codecs.get(selector.column)
    if codec is None:
        return table.select_in(selector.column, [])  # which names the columns there are
    values = [parse_value(value, codec, selector.column) for value in selector.values]
    return table.select_in(
        selector.column, [value for value in values if isinstance(value, str | float | int)]
    )


def _words(selector: Selector) -> str:
    # Says what was asked without repeating values, which a log may keep.
    if isinstance(selector, RowIds):
        return f"the {len(selector.rows)} given row ids"
    if isinstance(selector, Keys):
        return f"the {len(selector.values)} given values of '{selector.column}'"
    columns = ", ".join(f"'{condition.column}'" for condition in selector.conditions)
    return f"the filter on {columns}"
