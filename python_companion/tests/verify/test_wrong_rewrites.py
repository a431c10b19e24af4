"""Every subtly wrong rewrite is caught, and traced to where it comes from."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from palimpsest.protocol.messages import Verdict
from tests.verify.conftest import (
    LABEL,
    ORIGINAL,
    PREPARE,
    REWRITTEN_ENCODE,
    REWRITTEN_LABEL,
    REWRITTEN_PREPARE,
    Project,
    swap,
)


@dataclass(frozen=True)
class Wrong:
    """One way to get a rewrite wrong.

    Attributes
    ----------
    cell
        Which cell.
    pairs
        What is exchanged in the right rewrite.
    column
        The column in which the difference shows; None for a row, the order or an error.
    statement
        Text of the original's line that is responsible; None when it cannot be told.
    real
        Whether the real inputs already show it.
    """

    cell: int
    pairs: tuple[tuple[str, str], ...]
    column: str | None
    statement: str | None
    real: bool


TITLE = "title = subject.lower()"
WRITE = "out.write("
DEDUPLICATE = '    customers = customers.drop_duplicates("email", keep="last")\n'

PREPARES = {
    "lost strip": Wrong(
        1, (('customers["level"].str.rstrip()', 'customers["level"]'),), "premium", "bank, country, premium", True
    ),
    "first wins": Wrong(1, (('keep="last"', 'keep="first"'),), "bank", "bank, country, premium", False),
    "dropped no duplicates": Wrong(
        1, (('drop_duplicates("email", keep="last")', "copy()"),), None, None, False
    ),
    "duplicates before the filter": Wrong(
        1,
        (
            (DEDUPLICATE, ""),
            (
                '    customers = customers[customers["country"]',
                DEDUPLICATE + '    customers = customers[customers["country"]',
            ),
        ),
        None,
        WRITE,
        False,
    ),
    "off by one year": Wrong(1, ((">= 2022", "> 2022"),), None, WRITE, True),
    "lost year filter": Wrong(1, ((">= 2022", ">= 0"),), None, "int(date[:4])", True),
    "lost relevance": Wrong(
        1, (('mails["text"].map(is_relevant)', 'mails["text"].notna()'),), None, "not is_relevant", True
    ),
    "relevance of the subject": Wrong(
        1, (('mails["text"].map(is_relevant)', 'mails["subject"].map(is_relevant)'),), None, WRITE, True
    ),
    "kept case": Wrong(1, (('rows["subject"].str.lower()', 'rows["subject"]'),), "title", TITLE, True),
    "stripped title": Wrong(
        1, (('rows["subject"].str.lower()', 'rows["subject"].str.lower().str.strip()'),), "title", TITLE, False
    ),
    "left join": Wrong(1, (('on="email")\n', 'on="email", how="left")\n'),), None, "int(date[:4])", True),
    "dropped duplicates": Wrong(
        1, (('on="email")\n', 'on="email").drop_duplicates()\n'),), None, WRITE, False
    ),
    "missing words": Wrong(1, ((", keep_default_na=False", ""),), None, None, False),
    "quotes": Wrong(1, ((", quoting=3", ""),), None, None, False),
    "mood of the subject": Wrong(1, (('rows["text"].map(mood)', 'rows["subject"].map(mood)'),), "mood", WRITE, True),
    "mood in lower case": Wrong(
        1, (('rows["text"].map(mood)', 'rows["text"].str.lower().map(mood)'),), "mood", WRITE, False
    ),
    "premium as a number": Wrong(
        1, (('"premium": rows["premium"]', '"premium": rows["premium"].astype(int)'),),
        "premium", "bank, country, premium", True,
    ),
    "swapped columns": Wrong(
        1, (('"bank": rows["bank"]', '"bank": rows["country"]'),), "bank", "bank, country, premium", True
    ),
    "another country": Wrong(1, (("isin(TARGETS)", 'isin([*TARGETS, "ES"])'),), None, None, True),
    "case-blind level": Wrong(
        1, (('customers["level"] == "premium"', 'customers["level"].str.lower() == "premium"'),),
        "premium", "bank, country, premium", False,
    ),
    "lost column": Wrong(1, (('        "bank": rows["bank"],\n', ""),), None, None, True),
}  # fmt: skip

ENCODES = {
    "sample deviation": Wrong(
        2,
        (("StandardScaler()", "FunctionTransformer(lambda f: (f - f.mean()) / f.std())"),),
        "column 0", "lengths = (lengths", True,
    ),
    "words for characters": Wrong(
        2, (("frame.map(len)", "frame.map(lambda t: len(t.split()))"),), "column 0", "lengths = (lengths", True
    ),
    "unscaled": Wrong(
        2, (("make_pipeline(FunctionTransformer(characters), StandardScaler())", "FunctionTransformer(characters)"),),
        "column 0", "lengths = (lengths", True,
    ),
    "sorted categories": Wrong(2, (('categories=[["UK", "DE"]], ', ""),), "column 1", "onehot[i", True),
    "swapped parts": Wrong(
        2,
        (
            ('("length", make_pipeline(FunctionTransformer(characters), StandardScaler()), ["title"]),', ""),
            (
                '["country"]),',
                '["country"]), ("length", make_pipeline(FunctionTransformer(characters), StandardScaler()), ["title"]),',
            ),
        ),
        None, "lengths = (lengths", True,
    ),
    "dropped category": Wrong(
        2, (("OneHotEncoder(", 'OneHotEncoder(drop="first", '),), None, None, True
    ),
}  # fmt: skip

LABELS = {
    "constant": Wrong(3, (('.astype(int)', '.astype(int) * 0'),), "value", "y.append(1)", True),
    "or for and": Wrong(3, ((' & frame["premium"]', ' | frame["premium"]'),), "value", "y.append(0)", True),
    "reversed rows": Wrong(3, (('.astype(int)', '.astype(int)[::-1]'),), None, None, True),
    "truth values": Wrong(3, ((".astype(int)", ""),), None, None, True),
    "texts": Wrong(3, ((".astype(int)", ".astype(int).astype(str)"),), None, None, True),
    "only the mood": Wrong(3, ((' & frame["premium"]', ""),), "value", "y.append(0)", True),
}  # fmt: skip

EVERY = {**PREPARES, **ENCODES, **LABELS}
RIGHT = {1: REWRITTEN_PREPARE, 2: REWRITTEN_ENCODE, 3: REWRITTEN_LABEL}


@pytest.mark.parametrize("name", EVERY)
def test_a_wrong_rewrite_is_caught_and_localised(project: Project, name: str) -> None:
    wrong = EVERY[name]

    verdict = project.verify_cell(wrong.cell, swap(RIGHT[wrong.cell], *wrong.pairs))

    assert verdict.status == "different", verdict
    difference = verdict.difference
    assert difference is not None
    assert (difference.input == "real") is wrong.real
    if wrong.column is not None:
        assert difference.column == wrong.column
    if wrong.statement is not None:
        assert wrong.statement in statement(verdict, ORIGINAL[wrong.cell])
    assert difference.original != difference.rewritten
    assert difference.source_rows or _is_about_the_whole(verdict)


def statement(verdict: Verdict, source: str) -> str:
    """Return the line of the original that the verdict names."""
    assert verdict.difference is not None
    line = verdict.difference.line
    return "" if line is None else source.splitlines()[line - 1]


def _is_about_the_whole(verdict: Verdict) -> bool:
    """Tell whether a difference is not one of some rows."""
    whole = ("number of columns", "columns differ", "different types", "another order")
    return any(words in verdict.summary for words in whole)


def test_source_rows_are_those_of_the_real_files(project: Project) -> None:
    wrong = PREPARES["lost strip"]

    verdict = project.verify_cell(1, swap(REWRITTEN_PREPARE, *wrong.pairs))

    assert verdict.difference is not None
    rows = verdict.difference.source_rows
    assert rows["customers.csv"] == [16]
    assert len(rows["mails.csv"]) == 1
    mail = (project.folder / "mails.csv").read_text(encoding="utf-8").splitlines()
    assert "c16@x.org" in mail[rows["mails.csv"][0]]


def test_a_stale_variable_is_not_mended_quietly(project: Project) -> None:
    stale = swap(LABEL, ("if m ==", "if feeling =="), ('p == "True"', 'premium == "True"'))
    original = [*ORIGINAL[:3], stale]

    mended = project.verify_cell(3, original=original)
    faithful = project.verify_cell(
        3,
        "def extract_label(frame):\n    return [0] * len(frame)\n",
        original=original,
        mutations=0,
    )

    assert mended.status == "different"
    assert faithful.status == "equivalent"


def test_a_wrong_order_of_a_list_is_caught(project: Project) -> None:
    before = swap(
        PREPARE,
        ('out = open("train.tsv", "w")', "rows = []"),
        ("out.close()", ""),
        (
            'out.write(f"{date}\\t{title}\\t{bank}\\t{country}\\t{mood(text)}\\t{premium}\\n")',
            "rows.append((date, title, bank, country, mood(text), premium))",
        ),
    )
    after = swap(REWRITTEN_PREPARE, ('on="email")\n', 'on="email").sort_values("subject")\n'))

    verdict = project.verify(
        [ORIGINAL[0], before], [ORIGINAL[0], after], [None, "prepare"],
        {"kind": "variable", "name": "rows"},
    )  # fmt: skip

    assert verdict.status == "different"
    assert "another order" in verdict.summary


@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("class", "return RidgeClassifier()"),
        ("parameter", "return LogisticRegression(C=1.0)"),
        ("value", "return LogisticRegression(C=2.0, fit_intercept=False)"),
    ],
)
def test_another_model_is_caught(project: Project, name: str, after: str) -> None:
    source = "from sklearn.linear_model import LogisticRegression, RidgeClassifier\n"

    verdict = project.verify_cell(4, f"{source}\ndef make_model(n_features):\n    {after}\n")

    assert verdict.status == "different", (name, verdict)
