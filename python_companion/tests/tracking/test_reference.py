"""The guide to operations, and the rewriter's list of what is not tracked, say what the surface does."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pandas
import pytest

from palimpsest.tracking import TrackingWarning
from palimpsest.tracking.operations import OPERATIONS
from palimpsest.tracking.operations.whole import REDUCING
from palimpsest.tracking.reference import TABLES, Example, captured, written_into
from palimpsest.tracking.surface import tracked_names

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "operations.md"
LIST = ROOT / "src" / "rewrite" / "operations.ts"

EXAMPLES = [example for table in TABLES.values() for example in table]

ALSO_OF_OTHERS = frozenset(
    ["array", "at", "dot", "item", "items", "keys", "list", "select", "struct", "update", "values"]
)
"""Names that in a cell may well belong to a dict, to NumPy or to a text."""

NO_VALUES = frozenset(
    [
        *("attrs", "axes", "dtype", "dtypes", "flags", "memory_usage", "nbytes", "ndim"),
        *("set_flags", "style", "dt", "str", "sparse"),
        *("from_arrow", "from_dict", "from_records", "isetitem"),
    ]
)
"""Names that read no values, only lead to methods, or make new tables."""

PARTLY = frozenset({"iloc"})
"""Tracked in a way that is not worth teaching."""


@pytest.mark.skipif(not PAGE.exists(), reason="the guide is not installed with the package")
def test_the_guide_is_up_to_date() -> None:
    text = PAGE.read_text("utf-8")
    assert written_into(text) == text, f"run python -m palimpsest.tracking.reference {PAGE}"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.written)
def test_an_operation_of_the_guide_is_tracked(example: Example) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", TrackingWarning)
        if example.written == "any other method":
            with pytest.raises(TrackingWarning, match="not tracked"):
                captured(example)
        else:
            assert captured(example).escapes == ()


def test_every_operation_of_the_registry_is_in_the_guide() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TrackingWarning)
        shown = {node.operation for one in EXAMPLES for node in captured(one).plan.nodes}
    alike = {
        *REDUCING,
        "astype",
        "bfill",
        "cummax",
        "cummin",
        "cumprod",
        "cumsum",
        "diff",
        "ffill",
        "pct_change",
    }
    assert set(OPERATIONS) - shown - alike <= {"construct", "tail", "nsmallest"}


def _untracked() -> set[str]:
    names = {
        name
        for kind in (pandas.DataFrame, pandas.Series)
        for name in dir(kind)
        if not name.startswith("_")
    }
    return names - tracked_names() - ALSO_OF_OTHERS - NO_VALUES


@pytest.mark.skipif(not LIST.exists(), reason="the extension is not installed with the package")
def test_the_rewriter_knows_what_is_not_tracked() -> None:
    text = LIST.read_text("utf-8")
    block = text.partition("UNTRACKED_METHODS")[2].partition("};")[0]
    listed = set(re.findall(r"^  (\w+):", block, re.MULTILINE))
    assert listed
    assert listed & tracked_names() <= PARTLY, "the companion tracks these"
    newer = {
        name
        for name in listed
        if not any(hasattr(k, name) for k in (pandas.DataFrame, pandas.Series))
    }
    assert _untracked() - listed == set(), "the companion does not track these"
    assert newer <= {"applymap", "to_iceberg", "case_when"}, "pandas has no such methods"
