"""The user guide says what the registries do."""

from pathlib import Path

import pytest

from palimpsest.encoding.reference import table, written_into

PAGE = Path(__file__).parents[3] / "docs" / "features.md"


@pytest.mark.skipif(not PAGE.exists(), reason="the user guide is not installed with the package")
def test_the_table_in_the_guide_is_up_to_date():
    text = PAGE.read_text("utf-8")
    assert written_into(text) == text, f"run python -m palimpsest.encoding.reference {PAGE}"


def test_every_row_has_four_cells():
    assert {line.count("|") for line in table().splitlines()} == {5}
