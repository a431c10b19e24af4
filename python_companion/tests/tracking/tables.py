"""Random small tables: nulls, duplicate and unmatched keys, no rows at all, and the dtypes that pandas treats in its own way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas
from hypothesis import strategies as st

TEXTS = ["a", "b", "Bb ", "x1", "", "ab c"]

INSTANTS = [pandas.Timestamp(day) for day in ("2020-01-31", "2020-02-29 13:30", "2021-12-31")]
LISTS: list[Any] = [["a"], [], ["b", "a"], ["a", "a"], None]

CELLS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "text": ("object", st.sampled_from([*TEXTS, None])),
    "full": ("object", st.sampled_from(TEXTS)),
    "float": ("float64", st.sampled_from([0.0, 1.0, 2.5, -1.0, np.nan])),
    "int": ("int64", st.integers(-2, 3)),
    "bool": ("bool", st.booleans()),
    "Int": ("Int64", st.sampled_from([0, 1, 2, -1, None])),
    "boolean": ("boolean", st.sampled_from([True, False, None])),
    "string": ("string", st.sampled_from([*TEXTS, None])),
    "category": (pandas.CategoricalDtype(["b", "a", "never"]), st.sampled_from(["a", "b", None])),
    "when": ("datetime64[ns]", st.sampled_from([*INSTANTS, None])),
    "zoned": (
        "datetime64[ns, Europe/Berlin]",
        st.sampled_from([*(day.tz_localize("Europe/Berlin") for day in INSTANTS), None]),
    ),
    "lists": ("object", st.sampled_from(LISTS)),
}
"""Kind of column -> its dtype and its cells."""

COMMON = ("text", "full", "float", "int", "bool")


@st.composite
def tables(draw: st.DrawFn, most: int = 8, prefix: str = "") -> pandas.DataFrame:
    """Draw a table: keys `k` and `t`, common kinds of columns, and sometimes a special one; rows may be none."""
    rows = draw(st.integers(0, most))
    kinds = {"k": draw(st.sampled_from(["int", "text", "float", "Int", "category"])), "t": "full"}
    kinds |= {f"{prefix}{kind}": kind for kind in draw(st.permutations(COMMON))[:3]}
    special = draw(st.sampled_from([None, *(kind for kind in CELLS if kind not in COMMON)]))
    if special is not None:
        kinds[f"{prefix}{special}"] = special
    return pandas.DataFrame({name: draw(columns(kind, rows)) for name, kind in kinds.items()})


@st.composite
def columns(draw: st.DrawFn, kind: str, rows: int) -> pandas.Series:
    """Draw a column."""
    dtype, cells = CELLS[kind]
    values = draw(st.lists(cells, min_size=rows, max_size=rows))
    strings = kind == "full" and pandas.__version__ >= "3"
    return pandas.Series(values, dtype="str" if strings else dtype)


def kind_of(column: pandas.Series) -> str:
    """Kind of a column, as far as programs tell kinds apart."""
    dtype = column.dtype
    if isinstance(dtype, pandas.CategoricalDtype):
        return "category"
    if isinstance(dtype, pandas.DatetimeTZDtype):
        return "zoned"
    if pandas.api.types.is_datetime64_dtype(dtype):
        return "when"
    if pandas.api.types.is_bool_dtype(dtype):
        return "bool"
    if pandas.api.types.is_numeric_dtype(dtype):
        return "number"
    inferred = pandas.api.types.infer_dtype(column)
    if isinstance(dtype, pandas.StringDtype) or inferred in ("string", "empty"):
        return "text"
    if dtype == object and len(column) and column.map(lambda one: isinstance(one, list)).any():
        return "lists"
    return "mixed"


def values_of(column: pandas.Series) -> st.SearchStrategy[Any]:
    """Values that fit a column, some of which no row of it had."""
    dtype = column.dtype
    kind = kind_of(column)
    if kind == "bool":
        return st.booleans() if dtype == bool else CELLS["boolean"][1]
    if kind == "number":
        if pandas.api.types.is_float_dtype(dtype):
            return st.sampled_from([0.0, 1.0, 3.5, -1.0, np.nan])
        return st.integers(-3, 4) if isinstance(dtype, np.dtype) else CELLS["Int"][1]
    if kind in ("when", "zoned", "category", "lists"):
        return CELLS[kind][1]
    missing = [] if isinstance(dtype, pandas.StringDtype) else [None]
    return st.sampled_from([*TEXTS, "new b", *missing])
