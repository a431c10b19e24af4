"""What is taken for personal data, and what is not."""

from __future__ import annotations

import pandas as pd
import pytest

from palimpsest.compliance.personal import personal_kinds

pytest.importorskip("stdnum")
pytest.importorskip("phonenumbers")


def kinds(values: list[object], name: str = "column") -> dict[str, bool]:
    """Return the kinds found in a column: whether they are most of a cell."""
    return {one.kind: one.whole for one in personal_kinds(pd.Series(values), name, 0.9)}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("ada.lovelace+math@example.co.uk", "e-mail address"),
        ("DE89 3704 0044 0532 0130 00", "IBAN"),
        ("GB82WEST12345698765432", "IBAN"),
        ("4111 1111 1111 1111", "card number"),
        ("378282246310005", "card number"),
        ("+49 30 901820", "phone number"),
        ("+1 (202) 456-1111", "phone number"),
    ],
)
def test_a_value_is_found_alone_and_within_text(value: str, kind: str) -> None:
    assert kinds([value, "nothing"]) == {kind: True}
    assert kinds([f"Please write to {value}, or call my office in the afternoon."]) == {kind: False}


@pytest.mark.parametrize(
    "value",
    [
        "ada at example dot org",
        "@handle",
        "DE89 3704 0044 0532 0130 01",  # a wrong check digit
        "4111 1111 1111 1112",
        "0000 0000 0000 0000",
        "2024-01-31 12:00:59",
        "1.2.3.4",
        "order 12345678",
        "+999 123",
        "",
    ],
)
def test_what_only_looks_alike_is_none(value: str) -> None:
    assert kinds([value]) == {}


def test_numbers_are_cards_when_nearly_all_are() -> None:
    cards = [4111111111111111, 4012888888881881, 5555555555554444]
    assert kinds(list(cards)) == {"card number": True}
    assert kinds([*cards, *range(4000000000000000, 4000000000000050)]) == {}


def test_numbers_without_a_country_are_phones_when_the_column_says_so() -> None:
    assert kinds(["030 901820", "0171/5551234"], "mobile_phone") == {"phone number": True}
    assert kinds(["030 901820", "0171/5551234"], "part") == {}


def test_names_are_told_by_the_name_of_the_column() -> None:
    people = ["Ada Lovelace", "Émilie du Châtelet", "Tim O'Reilly"]
    assert kinds(list(people), "customer_name") == {"name": True}
    assert kinds(list(people), "name_of_ship") == {}
    assert kinds(["A1", "B2", "C3"], "last_name") == {}


def test_missing_cells_and_other_types_hold_nothing() -> None:
    assert kinds([None, float("nan"), "a@b.org"]) == {"e-mail address": True}
    assert kinds([True, False]) == {}
    assert kinds(list(pd.to_datetime(["2024-01-01"]))) == {}
