"""Tell whether two cells are equal."""

from __future__ import annotations

import math
import re

from palimpsest.verify.values import Cell

TOLERANCE = 1e-9
"""Absolute and relative tolerance for numbers."""

_MISSING_WORDS = frozenset({"nan", "None", "NaN", "NaT", "<NA>"})
_PLAIN_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_MIDNIGHT = " 00:00:00"


def close(first: float, second: float, tolerance: float = TOLERANCE) -> bool:
    """Tell whether two numbers are equal within tolerance; NaN equals NaN."""
    if math.isnan(first) or math.isnan(second):
        return math.isnan(first) and math.isnan(second)
    return first == second or math.isclose(first, second, rel_tol=tolerance, abs_tol=tolerance)


def same(original: Cell, rewritten: Cell, text: bool) -> bool:
    """Tell whether two cells are equal.

    Parameters
    ----------
    original, rewritten
        The cells.
    text
        Whether the original is what was written to a text file: then the other cell is equal when
        it would have been written that way. Numbers are compared by value, but ``007`` is no 7.

    Notes
    -----
    Whole and floating numbers are one family; truth values, texts and times are others. Missing
    values (None, NaN, NaT, NA) are equal to each other, and not to an empty text.
    """
    if text and isinstance(original, str) and not isinstance(rewritten, str):
        return _written(original, rewritten)
    if isinstance(original, bool) or isinstance(rewritten, bool):
        return type(original) is type(rewritten) and original == rewritten
    if isinstance(original, (int, float)) and isinstance(rewritten, (int, float)):
        if isinstance(original, int) and isinstance(rewritten, int):
            return original == rewritten
        return close(float(original), float(rewritten))
    if _is_time(original) and _is_time(rewritten):
        return _time_text(original) == _time_text(rewritten)
    return type(original) is type(rewritten) and original == rewritten


def _written(text: str, value: Cell) -> bool:
    if value is None:
        return text in _MISSING_WORDS
    if isinstance(value, bool):
        return text == str(value)
    if isinstance(value, (int, float)):
        if text == str(value):
            return True
        return bool(_PLAIN_NUMBER.fullmatch(text)) and close(float(text), float(value))
    if isinstance(value, dict):
        return text == value["text"] or (
            _is_time(value) and _time_text(value) == text.replace("T", " ")
        )
    return text == value


def _is_time(value: Cell) -> bool:
    return isinstance(value, dict) and (value["type"] == "time" or value["type"] == "Timestamp")


def _time_text(value: Cell) -> str:
    assert isinstance(value, dict)
    return value["text"].replace("T", " ").removesuffix(_MIDNIGHT)


def grouping_key(value: Cell, text: bool) -> str:
    """Return a key that equal cells share; numbers share one, since they are compared by value."""
    if value is None or (text and isinstance(value, str) and value in _MISSING_WORDS):
        return "missing"
    if isinstance(value, bool):
        return f"t{value}"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, dict):
        return f"t{_time_text(value)}" if _is_time(value) else f"t{value['text']}"
    return f"t{value}"


def number(value: Cell) -> float | None:
    """Return the number in a cell or in its text, or None."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and _PLAIN_NUMBER.fullmatch(value):
        return float(value)
    return None
