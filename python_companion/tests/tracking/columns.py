"""Random element-wise expressions over the columns of a frame, written once for pandas and for us."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas
from hypothesis import strategies as st

from .tables import kind_of

Draw = Callable[[st.SearchStrategy[Any]], Any]
Compute = Callable[[Any, Any], Any]
"""Takes the pandas module and the frame."""

Choice = tuple[str, Callable[[Any], Any]]


def shout(value: Any) -> Any:
    """User function: text to text, anything else to its type's name."""
    return value.upper() if isinstance(value, str) else type(value).__name__


def size(value: Any) -> Any:
    """User function: to a whole number."""
    return len(str(value))


def is_b(value: Any) -> Any:
    """User function: to a truth value."""
    return isinstance(value, str) and "b" in value.lower()


def sometimes(value: Any) -> Any:
    """User function: to a number or nothing."""
    if isinstance(value, (list, np.ndarray)):
        return None
    return None if value in ("a", 1, True) else 2.5


FUNCTIONS = {"shout": shout, "size": size, "is_b": is_b, "sometimes": sometimes}

ANY: list[Choice] = [
    ("s", lambda s: s),
    ("s.isna()", lambda s: s.isna()),
    ("s.notnull()", lambda s: s.notnull()),
    ("s.astype(object)", lambda s: s.astype(object)),
    ("s.where(s.notna())", lambda s: s.where(s.notna())),
    ("s.mask(s.isna())", lambda s: s.mask(s.isna())),
    *((f"s.map({name})", lambda s, one=one: s.map(one)) for name, one in FUNCTIONS.items()),
    ("s.map(shout, na_action='ignore')", lambda s: s.map(shout, na_action="ignore")),
]

HASHABLE: list[Choice] = [
    ("s.isin(['a', 1])", lambda s: s.isin(["a", 1])),
    ("s.fillna(s)", lambda s: s.fillna(s)),
    ("s.duplicated()", lambda s: s.duplicated()),
    ("s.duplicated(keep=False)", lambda s: s.duplicated(keep=False)),
]

_TEXT_METHODS: list[tuple[str, tuple[Any, ...]]] = [
    ("capitalize", ()),
    ("casefold", ()),
    ("center", (4,)),
    ("contains", ("b",)),
    ("count", ("b",)),
    ("endswith", ("b",)),
    ("find", ("b",)),
    ("findall", ("[ab]",)),
    ("fullmatch", ("[ab]+",)),
    ("get", (0,)),
    ("isalnum", ()),
    ("isalpha", ()),
    ("isdecimal", ()),
    ("isdigit", ()),
    ("islower", ()),
    ("isspace", ()),
    ("isupper", ()),
    ("len", ()),
    ("ljust", (3, ".")),
    ("lower", ()),
    ("lstrip", ("a",)),
    ("match", ("[ab]",)),
    ("pad", (3,)),
    ("removeprefix", ("a",)),
    ("removesuffix", ("b",)),
    ("repeat", (2,)),
    ("replace", ("b", "c")),
    ("rfind", ("b",)),
    ("rstrip", ()),
    ("slice", (0, 1)),
    ("slice_replace", (0, 1, "_")),
    ("split", (" ",)),
    ("startswith", (("a", "b"),)),
    ("strip", ()),
    ("swapcase", ()),
    ("title", ()),
    ("upper", ()),
    ("zfill", (3,)),
]

TEXT: list[Choice] = [
    *(
        (f"s.str.{name}{args}", lambda s, name=name, args=args: getattr(s.str, name)(*args))
        for name, args in _TEXT_METHODS
    ),
    ("s.str[:1]", lambda s: s.str[:1]),
    ("s.str.rstrip() + '!'", lambda s: s.str.rstrip() + "!"),
    ("s.str.split(' ').str[0]", lambda s: s.str.split(" ").str[0]),
    ("s.str.cat(s, sep='-')", lambda s: s.str.cat(s.str.upper(), sep="-")),
    ("s.str.extract('(b)(c)?')[0]", lambda s: s.str.extract("(b)(c)?")[0]),
    ("s == 'a'", lambda s: s == "a"),
    ("s.map({'a': 1, 'b': 2})", lambda s: s.map({"a": 1, "b": 2})),
    ("s.map({'a': 'x'}).fillna('?')", lambda s: s.map({"a": "x"}).fillna("?")),
    ("s.replace({'a': 'z'})", lambda s: s.replace({"a": "z"})),
    ("s.str.len().astype(str)", lambda s: s.str.len().astype(str)),
    ("s.astype('string')", lambda s: s.astype("string")),
]

NUMBER: list[Choice] = [
    ("s + 1", lambda s: s + 1),
    ("2 - s", lambda s: 2 - s),
    ("s * s", lambda s: s * s),
    ("s / 2", lambda s: s / 2),
    ("s // 2", lambda s: s // 2),
    ("s % 2", lambda s: s % 2),
    ("-s", lambda s: -s),
    ("abs(s)", abs),
    ("s.radd(1)", lambda s: s.radd(1)),
    ("s.add(s, fill_value=0)", lambda s: s.add(s, fill_value=0)),
    ("s > 0", lambda s: s > 0),
    ("s.between(0, 2)", lambda s: s.between(0, 2)),
    ("s.clip(0, 2)", lambda s: s.clip(0, 2)),
    ("s.round(1)", lambda s: s.round(1)),
    ("s.astype(str)", lambda s: s.astype(str)),
    ("s.astype('float64')", lambda s: s.astype("float64")),
    ("s.fillna(0)", lambda s: s.fillna(0)),
    ("s.where(s > 0, 9)", lambda s: s.where(s > 0, 9)),
    ("np.sqrt(abs(s))", lambda s: np.sqrt(abs(s))),
    ("np.maximum(s, 1)", lambda s: np.maximum(s, 1)),
    ("s.rank()", lambda s: s.rank()),
    ("s.fillna(s.mean())", lambda s: s.fillna(s.mean())),
    ("(s - s.min()) / (s.max() - s.min())", lambda s: (s - s.min()) / (s.max() - s.min())),
    ("s > s.median() + s.std()", lambda s: s > s.median() + s.std()),
    ("s.clip(upper=s.quantile(0.5))", lambda s: s.clip(upper=s.quantile(0.5))),
    ("s.where(s == s.mode()[0], s.sum())", lambda s: s.where(s == s.mode()[0], s.sum())),
    ("s / s.count() - s.nunique()", lambda s: s / s.count() - s.nunique()),
    ("s.cumsum()", lambda s: s.cumsum()),
    ("s.shift()", lambda s: s.shift()),
]

INSTANT: list[Choice] = [
    *(
        (f"s.dt.{name}", lambda s, name=name: getattr(s.dt, name))
        for name in ("year", "month", "day", "dayofweek", "hour", "quarter", "date", "is_month_end")
    ),
    ("s.dt.day_name()", lambda s: s.dt.day_name()),
    ("s.dt.floor('D')", lambda s: s.dt.floor("D")),
    ("s.dt.strftime('%Y')", lambda s: s.dt.strftime("%Y")),
    ("s.dt.isocalendar()['week']", lambda s: s.dt.isocalendar()["week"]),
    ("(s - s).dt.days", lambda s: (s - s).dt.days),
]

WHEN: list[Choice] = [
    *INSTANT,
    ("s.dt.tz_localize('UTC')", lambda s: s.dt.tz_localize("UTC")),
    ("s > day", lambda s: s > pandas.Timestamp("2020-02-01")),
]

ZONED: list[Choice] = [
    *INSTANT,
    ("s.dt.tz_convert('UTC')", lambda s: s.dt.tz_convert("UTC")),
    ("s.dt.hour", lambda s: s.dt.hour),
]

OF_KIND: dict[str, list[Choice]] = {
    "text": [*HASHABLE, *TEXT],
    "number": [*HASHABLE, *NUMBER],
    "bool": [*HASHABLE, ("~s", lambda s: ~s), ("s & True", lambda s: s & True)],
    "when": [*HASHABLE, *WHEN],
    "zoned": [*HASHABLE, *ZONED],
    "category": [*HASHABLE, ("s == 'a'", lambda s: s == "a")],
    "lists": [("s.str.len()", lambda s: s.str.len()), ("s.str[0]", lambda s: s.str[0])],
    "mixed": HASHABLE,
}

OF_MODULE: dict[str, list[tuple[str, Callable[[Any, Any], Any]]]] = {
    "text": [
        ("to_numeric(s)", lambda pd, s: pd.to_numeric(s, errors="coerce")),
        ("to_datetime(s)", lambda pd, s: pd.to_datetime(s, errors="coerce", format="%Y")),
        ("where(s == 'a')", lambda pd, s: np.where(s == "a", "yes", "no")),
    ],
    "number": [
        ("cut(s, edges)", lambda pd, s: pd.cut(s, [-2, 0, 1, 3]).astype(str)),
        ("cut(s, labels)", lambda pd, s: pd.cut(s, [-3, 0, 3], labels=["low", "high"])),
        ("qcut(s, 2)", lambda pd, s: pd.qcut(s, 2, labels=False, duplicates="drop")),
        ("cut(s, 2)", lambda pd, s: pd.cut(s, 2, labels=False)),
        ("np.where(s > 0, s, 0)", lambda pd, s: np.where(s > 0, s, 0)),
        ("np.select", lambda pd, s: np.select([s > 1, s > 0], [2, 1], default=0)),
        ("to_timedelta(s)", lambda pd, s: pd.to_timedelta(s, unit="D")),
    ],
}


def expression(draw: Draw, frame: pandas.DataFrame, name: Any) -> tuple[str, Compute]:
    """Draw an element-wise expression over one column."""
    kind = kind_of(frame[name])
    if draw(st.integers(0, 4)) == 0 and kind in OF_MODULE:
        text, of_module = draw(st.sampled_from(OF_MODULE[kind]))
        return text, lambda pd, f: of_module(pd, f[name])
    text, compute = draw(st.sampled_from([*ANY, *OF_KIND[kind]]))
    return text, lambda pd, f: compute(f[name])
