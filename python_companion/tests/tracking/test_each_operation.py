"""Every operation of the guide, one after the other: equal to pandas, and maintained through every kind of change."""

from __future__ import annotations

import warnings
from typing import Any

import pandas
import pytest

from palimpsest.tracking import Cells, FullRerun, Records, SourceChange, capture
from palimpsest.tracking.reference import LEFT, RIGHT, TABLES, Example

from .oracle import Maintained, assert_equals_rerun

EXAMPLES = [
    example
    for table in TABLES.values()
    for example in table
    if example.written != "any other method"
]
BY_CHANCE = ("df.sample", "train_test_split")

NEW = pandas.DataFrame(
    {
        "k": [2, 5],
        "t": ["b", "z"],
        "x": [9.5, None],
        "n": [2, 7],
        "day": ["2019-06-30", "2020-02-29"],
        "items": [["b"], ["d", "e"]],
    }
)


def corrected(frame: pandas.DataFrame, column: str, row: int, value: Any) -> dict[str, Cells]:
    return {column: Cells([row], pandas.Series([value], dtype=frame[column].dtype))}


CHANGES: dict[str, dict[str, SourceChange]] = {
    **{f"delete {row}": {"df": SourceChange(deleted=[row])} for row in range(len(LEFT))},
    "delete all": {"df": SourceChange(deleted=range(len(LEFT)))},
    "delete other": {"other": SourceChange(deleted=[1])},
    **{f"erase {name}": {"df": SourceChange(erased={name: [1, 3]})} for name in LEFT.columns},
    "erase other": {"other": SourceChange(erased={"k": [0], "y": [1]})},
    "rectify key": {"df": SourceChange(rectified=corrected(LEFT, "k", 0, 2))},
    "rectify value": {
        "df": SourceChange(rectified=corrected(LEFT, "x", 3, 7.0) | corrected(LEFT, "n", 1, 9))
    },
    "rectify other": {"other": SourceChange(rectified=corrected(RIGHT, "k", 2, 3))},
    "insert": {"df": SourceChange(inserted=Records([4, 5], NEW))},
    "all at once": {
        "df": SourceChange([2], {"x": [0]}, corrected(LEFT, "n", 3, 5), Records([4, 5], NEW)),
        "other": SourceChange([0]),
    },
}

RERUN = {
    ("column.map(other.set_index(k)[v])", "erase other"),
    ("df.join(other.set_index(k), on=)", "erase other"),
    ("df.set_index(keys)", "erase k"),
    ("df.set_index(keys).reset_index()", "erase k"),
}
"""What an index cannot say: its cells carry no erased marks."""


IMPOSSIBLE = {
    (written, "delete all")
    for written in (
        "df.sample(n, random_state=)",
        "train_test_split(df, random_state=)",
        "pd.cut(column, number)",
        "pd.qcut(column, q)",
    )
}
"""What pandas and scikit-learn refuse to do without rows; the maintained table has none."""


def prepared(example: Example) -> Any:
    def prepare(df: Any, other: Any) -> Any:
        return example.prepare(df, other)

    return prepare


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.written)
def test_an_operation_gives_what_pandas_gives(example: Example) -> None:
    if example.written.startswith(BY_CHANCE):
        pytest.skip("drawn by identity: see test_chance.py")
    captured = capture(prepared(example), {"df": LEFT, "other": RIGHT})
    expected = example.prepare(LEFT.copy(), RIGHT.copy())
    pandas.testing.assert_frame_equal(captured.frame, expected)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.written)
def test_an_operation_is_maintained(example: Example, change: str) -> None:
    table = Maintained(capture(prepared(example), {"df": LEFT, "other": RIGHT}))
    changes = {n: one for n, one in CHANGES[change].items() if n in table.sources.frames}
    if (example.written, change) in RERUN:
        with pytest.raises(FullRerun):
            table.apply(changes)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        table.apply(changes)
        try:
            rerun = capture(prepared(example), table.sources.inputs({"df": LEFT, "other": RIGHT}))
        except ValueError:
            assert (example.written, change) in IMPOSSIBLE
            return
    assert_equals_rerun(table, rerun)
