"""Conditions of the protocol as parameterised SQL.

A missing or erased cell satisfies no comparison except ``is-missing`` and ``is-erased``: a filter
shows what is there. Column names never become SQL; a column is found by name and is called by its
position.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from palimpsest.errors import InvalidArgumentError
from palimpsest.store.cells import FALSE_BLOB, MISSING_BLOBS, TRUE_BLOB, SqlValue
from palimpsest.store.dtypes import CategoryCodec, Codec, InstantCodec, TextCodec

if TYPE_CHECKING:
    from palimpsest.protocol.messages import Condition

_OPERATORS = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_MISSING_LIST = ", ".join(f"x'{blob.hex()}'" for blob in MISSING_BLOBS)
_FALSE_WORDS, _TRUE_WORDS = ("false", "0", "no"), ("true", "1", "yes")


@dataclass(frozen=True)
class Clause:
    """A piece of a WHERE clause with its parameters."""

    sql: str
    parameters: tuple[SqlValue, ...] = ()


def conjunction(clauses: Sequence[Clause]) -> Clause:
    """All of the clauses hold; no clause always holds."""
    if not clauses:
        return Clause("1")
    return Clause(
        " AND ".join(f"({clause.sql})" for clause in clauses),
        tuple(parameter for clause in clauses for parameter in clause.parameters),
    )


def clause_for(condition: Condition, sql: str, erased_sql: str, codec: Codec) -> Clause:
    """Write one condition on a column as SQL.

    Parameters
    ----------
    condition : Condition
    sql, erased_sql : str
        The column, and an expression that says whether its cell is erased.
    codec : Codec
        How the column is kept.

    Raises
    ------
    PalimpsestError
        When the value does not fit the column.
    """
    comparison = condition.comparison
    if comparison == "is-erased":
        return Clause(erased_sql)
    if comparison == "is-missing":
        return Clause(f"{sql} IS NULL OR {sql} IN ({_MISSING_LIST})")
    if condition.value is None:
        raise InvalidArgumentError(
            f"The condition '{comparison}' on '{condition.column}' needs a value.",
            hint="To find missing values, use 'is-missing'.",
        )
    if comparison in ("contains", "starts-with"):
        return _text_clause(condition, sql, codec)
    value = parse_value(condition.value, codec, condition.column)
    present = f"{sql} NOT IN ({_MISSING_LIST}) AND " if _may_be_tagged(codec) else ""
    if _may_be_tagged(codec) and comparison not in ("==", "!="):
        # SQLite orders every text after every number; compare within one kind only.
        return Clause(
            f"typeof({sql}) IN {_kinds(value)} AND {sql} {_OPERATORS[comparison]} ?", (value,)
        )
    return Clause(f"{present}{sql} {_OPERATORS[comparison]} ?", (value,))


def parse_value(value: str | float | bool, codec: Codec, column: str) -> SqlValue:
    """Return the SQLite value that a filter's value means for a column.

    Examples
    --------
    >>> import numpy as np
    >>> from palimpsest.store.dtypes import NumberCodec
    >>> parse_value("17", NumberCodec(np.dtype("int64")), "age")
    17
    """
    if isinstance(codec, CategoryCodec):
        codec = codec.inner
    if isinstance(codec, TextCodec):
        return value if isinstance(value, str) else _number_text(value)
    if isinstance(codec, InstantCodec):
        return _parse_instant(value, codec, column)
    if codec.kind in ("number", "masked"):
        return _parse_number(value, codec, column)
    if isinstance(value, bool):
        return TRUE_BLOB if value else FALSE_BLOB
    return value


def _text_clause(condition: Condition, sql: str, codec: Codec) -> Clause:
    if isinstance(codec, InstantCodec):
        raise InvalidArgumentError(
            f"'{condition.comparison}' compares text, but '{condition.column}' holds "
            f"{codec.dtype}.",
            hint="Use a comparison such as '>=' with a date.",
        )
    text = condition.value if isinstance(condition.value, str) else _number_text(condition.value)
    shown = f"CAST({sql} AS TEXT)" if codec.kind in ("number", "masked") else sql
    typed = f"typeof({sql}) <> 'blob' AND "
    if condition.comparison == "contains":
        return Clause(f"{typed}instr({shown}, ?) > 0", (text,))
    return Clause(f"{typed}substr({shown}, 1, length(?)) = ?", (text, text))


def _may_be_tagged(codec: Codec) -> bool:
    inner = codec.inner if isinstance(codec, CategoryCodec) else codec
    return inner.kind == "object"


def _kinds(value: SqlValue) -> str:
    return "('text')" if isinstance(value, str) else "('integer', 'real')"


def _number_text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _parse_number(value: str | float | bool, codec: Codec, column: str) -> SqlValue:
    boolean = codec.dtype in ("bool", "boolean")
    if isinstance(value, str):
        text = value.strip()
        if boolean and text.lower() in _TRUE_WORDS + _FALSE_WORDS:
            return int(text.lower() in _TRUE_WORDS)
        for parse in (int, float):
            try:
                number = parse(text)
            except ValueError:
                continue
            return number if abs(number) < 2**63 else float(number)
        expected = "true or false" if boolean else "a number"
        raise InvalidArgumentError(
            f"The column '{column}' holds {codec.dtype}; expected {expected}, got '{value}'."
        )
    if isinstance(value, bool):
        return int(value)
    return value


def _parse_instant(value: str | float | bool, codec: InstantCodec, column: str) -> SqlValue:
    if not isinstance(value, str):
        return int(value)
    try:
        if codec.is_duration:
            return int(pd.Timedelta(value).as_unit(codec.unit).asm8.astype(np.int64))
        stamp = pd.Timestamp(value)
    except ValueError as error:
        raise InvalidArgumentError(
            f"The column '{column}' holds {codec.dtype}; '{value}' is none.",
            hint="Write it like 2024-12-31 or 2024-12-31T08:00.",
        ) from error
    if codec.zone is not None:
        stamp = stamp.tz_localize(codec.zone) if stamp.tzinfo is None else stamp
        stamp = stamp.tz_convert("UTC").tz_localize(None)
    elif stamp.tzinfo is not None:
        stamp = stamp.tz_convert("UTC").tz_localize(None)
    return int(stamp.as_unit(codec.unit).asm8.astype(np.int64))
