"""The guide lists the checks that there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from palimpsest.compliance.reference import written_into

PAGE = Path(__file__).parents[3] / "docs" / "compliance.md"


@pytest.mark.skipif(not PAGE.exists(), reason="the guide is not installed with the package")
def test_the_guide_is_up_to_date() -> None:
    text = PAGE.read_text("utf-8")
    assert written_into(text) == text, f"run python -m palimpsest.compliance.reference {PAGE}"
