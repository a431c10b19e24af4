"""From counted categories to matrix columns: infrequent ones together, some dropped, or numbered."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ...matrix import Ints
from ..statistic import Entries, Outputs

INFREQUENT = 1 << 30
"""Identities of the columns of infrequent categories start here, one an input column."""


@dataclass(frozen=True)
class Entry:
    """One category: its code and how many fitted rows, and rows at all, hold it."""

    code: int
    fitted: int = 0
    rows: int = 0


@dataclass(frozen=True)
class Rules:
    """What matrix columns categories make; the names are those of scikit-learn's parameters.

    Attributes
    ----------
    ordinal : bool
        One column of numbers, instead of one a category.
    drop : "first", "if_binary" or None
    min_frequency, max_categories : float or None
    unknown_is_infrequent : bool
        Whether a category that no fitted row holds counts as infrequent.
    unknown_value, missing_value : float
        Numbers of an OrdinalEncoder for these.
    """

    ordinal: bool
    drop: str | None = None
    min_frequency: int | float | None = None
    max_categories: float | None = None
    unknown_is_infrequent: bool = False
    unknown_value: float | None = None
    missing_value: float = math.nan

    @property
    def groups(self) -> bool:
        """Whether infrequent categories are grouped."""
        return self.min_frequency is not None or self.max_categories is not None

    @property
    def lenient(self) -> str:
        """What to write so that unknown categories are accepted."""
        if self.ordinal:
            return "handle_unknown='use_encoded_value' with an unknown_value"
        return "handle_unknown='ignore'"

    def to_json(self) -> dict[str, Any]:
        """Return the rules as JSON; what is not a number is left out."""
        return {
            name: value
            for name, value in asdict(self).items()
            if not (isinstance(value, float) and math.isnan(value))
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Rules:
        """Undo `to_json`."""
        return cls(**{"unknown_value": math.nan, **data})


@dataclass(frozen=True)
class Listed:
    """The categories of one input column.

    Attributes
    ----------
    values : list
        In order.
    entries : list of Entry
    unknown : list of float
        Codes of values that are no category.
    infrequent : list of bool
        Which categories are grouped.
    """

    values: list[Any]
    entries: list[Entry]
    unknown: list[float]
    infrequent: list[bool]


def group(rules: Rules, counts: Sequence[int]) -> list[bool]:
    """Tell which categories are infrequent, by the numbers of fitted rows that hold them."""
    if not rules.groups:
        return [False] * len(counts)
    numbers = np.array(counts, dtype=np.int64)
    rare = np.zeros(len(counts), dtype=bool)
    if isinstance(rules.min_frequency, int):
        rare = numbers < rules.min_frequency
    elif rules.min_frequency is not None:
        rare = numbers < int(numbers.sum()) * rules.min_frequency
    kept = len(counts) - int(rare.sum()) + 1
    if rules.max_categories is not None and rules.max_categories < kept:
        frequent = int(rules.max_categories) - 1
        if frequent == 0:
            rare[:] = True
        else:
            rare[np.argsort(numbers, kind="stable")[:-frequent]] = True
    infrequent: list[bool] = rare.tolist()
    return infrequent


def one_hot(rules: Rules, names: Sequence[str], columns: Sequence[Listed], places: Ints) -> Outputs:
    """Return one matrix column a category, as a OneHotEncoder makes them.

    Parameters
    ----------
    rules : Rules
    names : sequence of str
    columns : sequence of Listed
    places : (p,) int64
        Raw column of each input column.
    """
    source: list[int] = []
    ids: list[int] = []
    titles: list[str] = []
    entries: list[tuple[int, float]] = []
    for position, (place, listed) in enumerate(zip(places.tolist(), columns, strict=True)):
        made = [
            (entry.code, f"{names[position]}_{value}", [float(entry.code)])
            for value, entry, rare in zip(
                listed.values, listed.entries, listed.infrequent, strict=True
            )
            if not rare
        ]
        if any(listed.infrequent):
            pairs = zip(listed.entries, listed.infrequent, strict=True)
            codes = [float(entry.code) for entry, rare in pairs if rare]
            codes += listed.unknown if rules.unknown_is_infrequent else []
            made.append((INFREQUENT + place, f"{names[position]}_infrequent_sklearn", codes))
        if rules.drop == "first" or (rules.drop == "if_binary" and len(made) == 2):
            made = made[1:]
        for identity, title, codes in made:
            entries += [(len(source), code) for code in codes]
            source.append(place)
            ids.append(identity)
            titles.append(title)
    return Outputs.coded(
        np.array(source, dtype=np.int64),
        np.array(ids, dtype=np.int64),
        tuple(titles),
        Entries(
            np.array([column for column, _ in entries], dtype=np.int64),
            np.array([code for _, code in entries], dtype=np.float64),
            np.ones(len(entries)),
        ),
    )


def ordinal(rules: Rules, names: Sequence[str], columns: Sequence[Listed], places: Ints) -> Outputs:
    """Return one matrix column of numbers an input column, as an OrdinalEncoder makes them."""
    entries: list[tuple[int, float, float]] = []
    for position, listed in enumerate(columns):
        for number, (value, entry) in enumerate(zip(listed.values, listed.entries, strict=True)):
            missing = isinstance(value, float) and math.isnan(value)
            meant = rules.missing_value if missing else float(number)
            entries.append((position, float(entry.code), meant))
        if rules.unknown_value is not None:
            entries += [(position, code, rules.unknown_value) for code in listed.unknown]
    column, code, value = zip(*entries, strict=True) if entries else ((), (), ())
    listed_entries = Entries(
        np.array(column, dtype=np.int64), np.array(code, dtype=np.float64), np.array(value)
    )
    return Outputs.coded(places, places, tuple(names), listed_entries)
