"""What looks like personal data in a column: e-mail addresses, phone numbers, IBANs, cards, names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

PACKAGES = {"stdnum": "python-stdnum", "phonenumbers": "phonenumbers"}
EXTRA = "compliance"

MOST_VALUES = 20_000
"""Distinct values of a column that are looked at; more are sampled, evenly spread."""

EMAIL = re.compile(
    r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9](?:[\w-]*\.)+[A-Za-z]{2,24}(?![\w-])"
)
_DIGITS = re.compile(r"(?<![\w])\+?\(?\d[\d\s().\-/]{5,24}\d(?!\w)")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)")
_CARD = re.compile(r"(?<!\w)(?<!\d[ -])(?:\d[ -]?){12,18}\d(?!\w)")
_NAME = re.compile(r"[^\W\d_][^\W\d_'\u2019.-]*(?:[ '\u2019-][^\W\d_][^\W\d_'\u2019.-]*){0,4}\.?")
_NAMED = re.compile(
    r"(?:^|[_\s.-])(?:(?:first|last|given|family|full|sur|fore|middle|maiden)[_\s-]?name|vorname|nachname|"
    r"apellidos?|prenom|nom|person|customer[_\s-]?name|author|employee[_\s-]?name|patient)(?:$|[_\s.-])",
    re.IGNORECASE,
)
_PHONE_NAMED = re.compile(r"phone|mobile|telefon|(?:^|_)(?:tel|fax|cell)(?:$|_)", re.IGNORECASE)

_ISSUERS = (
    (re.compile(r"4"), (13, 16, 19)),
    (re.compile(r"3[47]"), (15,)),
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),
    (re.compile(r"6011|65"), (16, 17, 18, 19)),
)
"""How card numbers of an issuer begin, and how long they are."""


@dataclass(frozen=True)
class PersonalColumn:
    """A kind of personal data in a column.

    Attributes
    ----------
    kind : str
    records : (n,) bool
        For each row of the column whether its cell holds it; cells that were not sampled count as not.
    whole : bool
        Whether it is most of what cells hold; else it stands within free text.
    share : float
        Of the values that are there and were looked at.
    """

    kind: str
    records: npt.NDArray[np.bool_]
    whole: bool
    share: float


def personal_kinds(values: pd.Series, name: str, share: float) -> Iterator[PersonalColumn]:
    """Find kinds of personal data in a column.

    Parameters
    ----------
    values : Series of any dtype
    name : str
        Of the column: names of people, and numbers that may be phone numbers, are told by it.
    share : float
        A number that only looks like a card or a phone number counts when at least this share of values does.
    """
    codes, texts = _texts(values)
    if not len(texts):
        return
    looked = _spread(len(texts))
    sample = texts[looked]
    for kind, detector in _DETECTORS.items():
        found = np.zeros(len(texts), dtype=bool)
        whole = np.zeros(len(texts), dtype=bool)
        for place, text in zip(looked.tolist(), sample, strict=True):
            lengths = detector(text, name)
            found[place] = lengths > 0
            whole[place] = lengths >= 0.8 * len(text.strip())
        part = float(found.sum() / len(looked))
        if not found.any() or (kind in _UNSURE and _is_number(values) and part < share):
            continue
        records = np.zeros(len(values), dtype=bool)
        there = codes >= 0
        records[there] = found[codes[there]]
        yield PersonalColumn(kind, records, bool(whole.sum() >= 0.5 * found.sum()), part)
    yield from _names(codes, texts, sample, looked, name)


def _texts(values: pd.Series) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.object_]]:
    """Return distinct values as text, and for each cell which one it holds; -1 for none, or no text."""
    if _is_number(values):
        whole = pd.to_numeric(values, errors="coerce")
        fits = whole.notna() & (whole == np.floor(whole)) & (whole.abs() >= 1e6)
        texts = whole.where(fits).astype("Int64").astype("string")
    elif pd.api.types.is_datetime64_any_dtype(values.dtype) or pd.api.types.is_bool_dtype(values):
        return np.full(len(values), -1), np.empty(0, dtype=object)
    else:
        texts = values.map(lambda cell: cell if isinstance(cell, str) else None)
    codes, distinct = pd.factorize(texts)
    return codes.astype(np.int64), np.asarray(distinct, dtype=object)


def _spread(count: int) -> npt.NDArray[np.int64]:
    if count <= MOST_VALUES:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, MOST_VALUES).astype(np.int64))


def _is_number(values: pd.Series) -> bool:
    kinds = pd.api.types
    return bool(kinds.is_numeric_dtype(values.dtype) and not kinds.is_bool_dtype(values.dtype))


# detectors: how many characters of a text are of a kind --------------------------------------------


def _emails(text: str, name: str) -> int:
    return sum(len(found.group()) for found in EMAIL.finditer(text)) if "@" in text else 0


def _ibans(text: str, name: str) -> int:
    from stdnum import iban

    return sum(len(match) for match in _matches(_IBAN, text.upper()) if iban.is_valid(match))


def _cards(text: str, name: str) -> int:
    return sum(len(match) for match in _matches(_CARD, text) if is_card(match))


def is_card(text: str) -> bool:
    """Tell whether text is a card number: length, issuer and check digit.

    Examples
    --------
    >>> is_card("4111 1111 1111 1111"), is_card("4111 1111 1111 1112")
    (True, False)
    """
    from stdnum import luhn

    digits = re.sub(r"[ -]", "", text)
    return (
        any(begin.match(digits) and len(digits) in lengths for begin, lengths in _ISSUERS)
        and len(set(digits)) > 1
        and luhn.is_valid(digits)
    )


def _phones(text: str, name: str) -> int:
    import phonenumbers

    found = 0
    for match in _matches(_DIGITS, text):
        if is_card(match.strip()):
            continue
        if not match.startswith("+"):
            digits = sum(sign.isdigit() for sign in match)
            found += len(match) if _PHONE_NAMED.search(name) and 7 <= digits <= 15 else 0
            continue
        try:
            number = phonenumbers.parse(match, None)
        except phonenumbers.NumberParseException:
            continue
        found += len(match) if phonenumbers.is_valid_number(number) else 0
    return found


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    for match in pattern.finditer(text):
        yield match.group()


_DETECTORS: Mapping[str, Callable[[str, str], int]] = {
    "e-mail address": _emails,
    "IBAN": _ibans,
    "card number": _cards,
    "phone number": _phones,
}

_UNSURE = frozenset({"card number", "phone number"})
"""A number without punctuation may be one by chance."""


def _names(
    codes: npt.NDArray[np.int64],
    texts: npt.NDArray[np.object_],
    sample: npt.NDArray[np.object_],
    looked: npt.NDArray[np.int64],
    name: str,
) -> Iterator[PersonalColumn]:
    """Find names of people: the column is named so, and its values look like names."""
    if not _NAMED.search(name):
        return
    found = np.zeros(len(texts), dtype=bool)
    found[looked] = [bool(_NAME.fullmatch(text.strip())) for text in sample]
    share = float(found.sum() / len(looked))
    if share >= 0.5:
        records = np.zeros(len(codes), dtype=bool)
        records[codes >= 0] = found[codes[codes >= 0]]
        yield PersonalColumn("name", records, True, share)
