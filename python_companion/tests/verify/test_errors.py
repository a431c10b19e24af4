"""What is said when both versions stop: equal errors, other kinds of them, and other errors."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from palimpsest.verify.errors import likeness
from palimpsest.verify.inputs.sources import Record, Source, Sources
from palimpsest.verify.judge import Judgement
from palimpsest.verify.locate.faults import met_in_another_order
from palimpsest.verify.sandbox.jobs import Failure, Report
from palimpsest.verify.sandbox.process import Outcome
from tests.verify.conftest import Project


def failure(error: BaseException) -> Failure:
    bases = [base.__name__ for base in type(error).__mro__]
    return Failure("raised", f"{type(error).__name__}: {error}", type(error).__name__, bases)


class OwnError(ValueError):
    """What a notebook raises itself."""


MISSING = TypeError("float() argument must be a string or a real number, not 'NoneType'")
NOT_DECODED = UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")


@pytest.mark.parametrize(
    ("original", "rewritten", "expected"),
    [
        (KeyError("a"), KeyError("b"), "equal"),
        (ValueError("x"), pd.errors.ParserError("y"), "equal"),
        (ValueError("x"), OwnError("y"), "equal"),
        (OwnError("x"), ValueError("y"), "akin"),
        (ValueError("x"), NOT_DECODED, "equal"),
        (NOT_DECODED, ValueError("x"), "akin"),
        (ValueError("x"), KeyError("y"), "akin"),
        (KeyError("x"), IndexError("y"), "akin"),
        (TypeError("x"), AttributeError("y"), "akin"),
        (ZeroDivisionError("x"), OverflowError("y"), "akin"),
        (MISSING, ValueError("cannot convert float NaN to integer"), "akin"),
        (MISSING, ValueError("could not convert string to float: ''"), "akin"),
        (MISSING, ValueError("could not convert string to float: 'x'"), "other"),
        (TypeError("x"), pd.errors.ParserError("y"), "akin"),
        (json.JSONDecodeError("x", "", 0), TypeError("y"), "akin"),
        (ValueError("x"), TypeError("y"), "other"),
        (ValueError("x"), NameError("y"), "other"),
        (ZeroDivisionError("x"), KeyError("y"), "other"),
        (AssertionError("x"), ValueError("y"), "other"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else value,
)
def test_errors_are_as_alike_as_code_around_could_tell(
    original: BaseException, rewritten: BaseException, expected: str
) -> None:
    assert likeness(failure(original), failure(rewritten)) == expected


def test_crashes_and_limits_are_alike_only_among_themselves() -> None:
    crashed, limit = Failure("crashed", "x"), Failure("limit", "y")

    assert likeness(crashed, crashed) == "equal"
    assert likeness(crashed, limit) == "other"
    assert likeness(failure(ValueError()), crashed) == "other"


ORIGINAL = """
codes = {"a": 1, "b": 2, "c": 3}
rows = []
for line in open("a.csv"):
    name, n = line.rstrip("\\n").split(",")
    if name not in codes:
        raise WHAT
    rows.append((codes[name], int(n)))
"""

REWRITTEN = """
import pandas as pd

def prepare(a="a.csv"):
    codes = {"a": 1, "b": 2, "c": 3}
    raw = pd.read_csv(a, names=["name", "n"], dtype=str, quoting=3, keep_default_na=False)
    if not raw["name"].isin(codes).all():
        raise WHAT
    return pd.DataFrame({"code": raw["name"].map(codes), "n": raw["n"].map(int)})
"""


@pytest.fixture
def letters(project: Project) -> Project:
    lines = [f"{'abc'[i % 3]},{i * 7 % 40}\n" for i in range(60)]
    (project.folder / "a.csv").write_text("".join(lines), encoding="utf-8")
    return project


def test_another_kind_of_error_is_stated_with_the_verdict(letters: Project) -> None:
    original = ORIGINAL.replace("WHAT", "ValueError(name)")

    same = letters.verify_code(original, REWRITTEN.replace("WHAT", "ValueError('name')"))
    other = letters.verify_code(original, REWRITTEN.replace("WHAT", "KeyError('name')"))

    assert same.status == other.status == "equivalent", (same, other)
    assert not any("another kind" in remark for remark in same.remarks)
    assert "with an error of another kind: KeyError where the original raises ValueError" in (
        other.summary
    )
    assert any("another kind" in remark for remark in other.remarks)
    assert other.mutated_inputs < same.mutated_inputs


def test_another_error_is_a_difference(letters: Project) -> None:
    original = ORIGINAL.replace("WHAT", "ValueError(name)")

    verdict = letters.verify_code(original, REWRITTEN.replace("WHAT", "NameError('name')"))

    assert verdict.status == "different", verdict
    assert verdict.difference is not None
    assert verdict.difference.original.startswith("raises ValueError")
    assert verdict.difference.rewritten.startswith("raises NameError")
    assert verdict.difference.cause == "both stop, with errors of different kinds"


class Versions:
    """A loop that meets the fault of the first row, and a library that of the first column."""

    def __init__(self, second_kind: type[Exception]) -> None:
        self._second_kind = second_kind
        self.sides = self

    def both(self, sources: Sources) -> tuple[Outcome, Outcome]:
        """Run both versions."""
        rows = [record.fields for record in sources["a.csv"].records]
        cells = [[(i, row[i]) for i in (0, 1)] for row in rows]
        by_row = [cell for row in cells for cell in row]
        by_column = [row[i] for i in (0, 1) for row in cells]
        return self._ended(by_row), self._ended(by_column, rewritten=True)

    def _ended(self, cells: list[tuple[int, str]], rewritten: bool = False) -> Outcome:
        kinds: list[type[Exception]] = [OSError, self._second_kind if rewritten else AssertionError]
        for column, text in cells:
            if text == "?":
                return Outcome(Report(failure(kinds[column]("?"))), None, 0.0)
        return Outcome(Report(), None, 0.0)

    def try_input(self, sources: Sources) -> Judgement:
        """Judge what both versions do."""
        first, second = (outcome.failure for outcome in self.both(sources))
        if first is None or second is None or likeness(first, second) != "other":
            return Judgement("equal")
        return Judgement("different", stops=(first, second))


@pytest.mark.parametrize(
    ("second_kind", "only_order"), [(AssertionError, True), (NameError, False)]
)
def test_faults_that_are_met_in_another_order_are_no_other_errors(
    second_kind: type[Exception], only_order: bool
) -> None:
    rows = [("a", "1"), ("b", "?"), ("c", "3"), ("?", "4"), ("e", "5")]
    records = tuple(Record(fields, i) for i, fields in enumerate(rows))
    sources = {"a.csv": Source("a.csv", records, None, ",", quoted=False)}
    judge: Any = Versions(second_kind)
    stops = judge.try_input(sources).stops
    assert stops is not None

    assert met_in_another_order(judge, sources, stops) is only_order


def test_a_rewrite_that_goes_on_where_the_original_stops_is_different(letters: Project) -> None:
    original = ORIGINAL.replace("WHAT", "ValueError(name)")
    silent = REWRITTEN.replace(
        '    if not raw["name"].isin(codes).all():\n        raise WHAT\n',
        '    raw = raw[raw["name"].isin(codes)]\n',
    )

    verdict = letters.verify_code(original, silent)

    assert verdict.status == "different", verdict


def test_labels_that_are_all_the_same_are_remarked(letters: Project) -> None:
    original = "y = []\nfor line in open('a.csv'):\n    y.append(int('x' in line))\n"
    rewritten = (
        "import pandas as pd\n\ndef prepare(a='a.csv'):\n"
        "    return pd.read_csv(a, names=['name', 'n'], dtype=str, keep_default_na=False)\n\n"
        "def extract_label(frame):\n    return frame['name'].str.contains('x').astype(int)\n"
    )

    verdict = letters.verify(
        [original], [rewritten], ["label"], {"kind": "variable", "name": "y"}, mutations=0
    )

    assert any("every label is the same (0)" in remark for remark in verdict.remarks), verdict
