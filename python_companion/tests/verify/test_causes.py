"""A verdict says what a difference is likely to come from, and where."""

from __future__ import annotations

import pytest

from tests.verify.pipelines import PIPELINES
from tests.verify.test_scripts_wrong import Workshop

CAUSES = {
    "orders: first wins": ("duplicate key", "keeps the last, this keeps the first", ""),
    "orders: left join": ("rows without a match", "the original drops them", 'how="left"'),
    "orders: after 2020": ("is 2020, exactly a limit", "> or >=", "> 2020"),
    "orders: no strip": ("spaces around the text", "the original strips", 'both["city"]'),
    "orders: blind to case": ("upper and lower case", "'GOLD'", ".lower()"),
    "orders: sorted by the key": ("another order", "", "sort_values"),
    "patients: sample deviation": ("ddof", "", ""),
    "patients: other regularisation": ("another parameter", "", "C=1.0"),
    "letters: characters for words": ("counts words", "this counts characters", ""),
    "claims: status of the policy": ("column 'status' of policies.csv", "", "status_policy"),
    "tickets: null is the default": ("missing value", "user.country", 'or "??"'),
    "shops: inner join": ("rows without a match", "this drops them", 'how="inner"'),
}


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("causes"))


@pytest.mark.parametrize("name", CAUSES)
def test_the_likely_cause_is_told_in_plain_words(workshop: Workshop, name: str) -> None:
    cause, more, statement = CAUSES[name]
    called, wrong = name.split(": ")
    pipeline = next(each for each in PIPELINES if each.name == called)
    code = pipeline.wronged(wrong)

    difference = workshop.verify(pipeline, code, localise=True).difference

    assert difference is not None
    assert cause in (difference.cause or "")
    assert more in (difference.cause or "")
    assert difference.stage is not None
    if statement:
        assert difference.rewritten_line is not None
        assert statement in code.splitlines()[difference.rewritten_line - 1]


def test_the_first_difference_is_a_table_with_the_source_rows(workshop: Workshop) -> None:
    pipeline = next(each for each in PIPELINES if each.name == "orders")

    difference = workshop.verify(pipeline, pipeline.wronged("no strip"), localise=True).difference

    assert difference is not None
    assert difference.table is not None
    assert difference.table.columns == pipeline.columns
    place = difference.table.columns.index("city")
    assert difference.table.expected is not None
    assert difference.table.got is not None
    assert difference.table.got[place] == difference.table.expected[place][:-1] + " '"
    assert any(line.endswith(" ") for line in difference.source_lines["customers.csv"])
