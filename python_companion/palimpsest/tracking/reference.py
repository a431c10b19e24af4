"""The tables of operations in the user guide, found by capturing an example of each.

``python -m palimpsest.tracking.reference docs/operations.md`` writes them between their markers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas

from .capture import Captured, capture
from .lineage import column_lineage
from .operations import OPERATIONS
from .operations.base import Family
from .plan import Node
from .surface import MODULE_FUNCTIONS

pd: Any = SimpleNamespace(**MODULE_FUNCTIONS)
"""What the examples call of `palimpsest.pandas`."""

BEGIN, END = "<!-- {}: generated -->", "<!-- end of {} -->"

LEFT = pandas.DataFrame(
    {
        "k": [1, 2, 2, 3],
        "t": ["a b", "b", "b", "c"],
        "x": [1.5, None, 2.0, 0.5],
        "n": [3, 1, 2, 2],
        "day": ["2020-01-31", "2020-02-29", "2021-12-31", "2022-05-05"],
        "items": [["a"], [], ["b", "a"], ["c"]],
    }
)
RIGHT = pandas.DataFrame({"k": [1, 2, 4], "y": [10, 20, 30]})

Prepare = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Example:
    """A way to write an operation.

    Attributes
    ----------
    written : str
        As in user code.
    prepare : callable
        Takes two tracked frames, `df` and `other`.
    column : object
        The column of the result whose dependencies are told; the last one by default.
    """

    written: str
    prepare: Prepare
    column: Any = None


def _split(df: Any) -> Any:
    from sklearn.model_selection import train_test_split

    train, _ = train_test_split(df, test_size=0.25, random_state=0)
    return train


CHOOSING = [
    Example("df[columns]", lambda df, _: df[["k", "x"]]),
    Example("df[mask], df.loc[mask]", lambda df, _: df[df["n"] > 1], "x"),
    Example("df.query(text)", lambda df, _: df.query("n > 1"), "x"),
    Example("df.filter(like=, regex=)", lambda df, _: df.filter(like="x")),
    Example("df.select_dtypes(kind)", lambda df, _: df.select_dtypes("number"), "x"),
    Example("df.dropna(subset=, how=, thresh=)", lambda df, _: df.dropna(subset=["x"]), "k"),
    Example("df[column.isin(values)]", lambda df, _: df[df["n"].isin([1, 2])], "x"),
    Example("df[column.isin(other.column)]", lambda df, o: df[df["k"].isin(o["k"])], "x"),
    Example("df.drop_duplicates(subset, keep=)", lambda df, _: df.drop_duplicates("k"), "x"),
    Example("df.duplicated(subset, keep=)", lambda df, _: df.assign(o=df.duplicated("k"))),
    Example("df.head(n), df.tail(n)", lambda df, _: df.head(2), "x"),
    Example("df.iloc[start:stop]", lambda df, _: df.iloc[1:3], "x"),
    Example("df.nlargest(n, by), nsmallest", lambda df, _: df.nlargest(2, "n"), "x"),
    Example("df.sample(n, random_state=)", lambda df, _: df.sample(2, random_state=0), "x"),
    Example(
        "df.sample(frac=, random_state=)", lambda df, _: df.sample(frac=0.5, random_state=0), "x"
    ),
    Example("train_test_split(df, random_state=)", lambda df, _: _split(df), "x"),
]

COMPUTING = [
    Example("df.assign(o=...), df[o] = ...", lambda df, _: df.assign(o=df["x"] + df["n"])),
    Example("df.loc[mask, column] = value", lambda df, _: _put(df), "x"),
    Example("column.map(function)", lambda df, _: df.assign(o=df["t"].map(str.upper))),
    Example("column.map(dict)", lambda df, _: df.assign(o=df["t"].map({"b": 1}))),
    Example(
        "column.map(other.set_index(k)[v])",
        lambda df, o: df.assign(o=df["k"].map(o.set_index("k")["y"])),
    ),
    Example(
        "df.apply(function, axis=1)",
        lambda df, _: df.assign(o=df.apply(lambda row: row["k"] + row["n"], axis=1)),
    ),
    Example("column.str.method()", lambda df, _: df.assign(o=df["t"].str.upper())),
    Example("column.str.extract(pattern)", lambda df, _: df["t"].str.extract("(b)(c)?")),
    Example(
        "column.dt.part",
        lambda df, _: df.assign(o=pd.to_datetime(df["day"], format="%Y-%m-%d").dt.year),
    ),
    Example(
        "arithmetic, comparison, & | ~", lambda df, _: df.assign(o=(df["n"] > 1) & (df["k"] < 3))
    ),
    Example("np.log1p and other ufuncs", lambda df, _: df.assign(o=np.log1p(df["n"]))),
    Example(
        "column.where(cond, other), mask", lambda df, _: df.assign(o=df["x"].where(df["n"] > 1, 0))
    ),
    Example("np.where(cond, a, b)", lambda df, _: df.assign(o=np.where(df["n"] > 1, df["x"], 0))),
    Example(
        "np.select(conds, choices)",
        lambda df, _: df.assign(o=np.select([df["n"] > 2], [df["x"]], default=0.0)),
    ),
    Example("column.fillna(value)", lambda df, _: df.assign(o=df["x"].fillna(0))),
    Example(
        "df.astype, round, clip, replace, isna", lambda df, _: df[["n", "x"]].astype("float64")
    ),
    Example(
        "df.sum(axis=1), max, any, count", lambda df, _: df.assign(o=df[["n", "x"]].sum(axis=1))
    ),
    Example(
        "pd.to_numeric(column)", lambda df, _: df.assign(o=pd.to_numeric(df["t"], errors="coerce"))
    ),
    Example(
        "pd.to_datetime(column, format=)",
        lambda df, _: df.assign(o=pd.to_datetime(df["day"], format="%Y-%m-%d")),
    ),
    Example("pd.to_datetime(text)", lambda df, _: df.assign(o=pd.to_datetime(df["day"]))),
    Example("pd.cut(column, edges)", lambda df, _: df.assign(o=pd.cut(df["x"], [0, 1, 3]))),
    Example("pd.cut(column, number)", lambda df, _: df.assign(o=pd.cut(df["x"], 2))),
    Example("pd.qcut(column, q)", lambda df, _: df.assign(o=pd.qcut(df["x"], 2))),
    Example(
        "column.mean(), median, max, quantile, mode()[0]",
        lambda df, _: df.assign(o=df["x"].fillna(df["x"].mean())),
    ),
    Example("column.rank()", lambda df, _: df.assign(o=df["x"].rank())),
    Example("column.shift(), cumsum, diff, ffill", lambda df, _: df.assign(o=df["n"].shift())),
]

COMBINING = [
    Example("df.merge(other, on=)", lambda df, o: df.merge(o, on="k")),
    Example('df.merge(other, how="left", "right", "outer")', lambda df, o: df.merge(o, how="left")),
    Example('df.merge(other, how="cross")', lambda df, o: df.merge(o, how="cross")),
    Example(
        "df.merge(other, indicator=True)", lambda df, o: df.merge(o, how="left", indicator=True)
    ),
    Example("df.join(other.set_index(k), on=)", lambda df, o: df.join(o.set_index("k"), on="k")),
    Example("pd.concat([df, other])", lambda df, o: pd.concat([df[["k"]], o])),
    Example("df.explode(column)", lambda df, _: df.explode("items"), "x"),
]

GROUPING = [
    Example(
        "df.groupby(keys).agg(o=(column, function))",
        lambda df, _: df.groupby("k", as_index=False).agg(o=("x", "mean")),
    ),
    Example(
        "df.groupby(expression)[column].sum()",
        lambda df, _: df.groupby(df["t"].str[:1], as_index=False)["x"].sum(),
    ),
    Example("df.groupby(keys).size()", lambda df, _: df.groupby("k", as_index=False).size()),
    Example(
        "df.groupby(keys)[column].first(), last",
        lambda df, _: df.groupby("k", as_index=False)["x"].first(),
    ),
    Example(
        "df.groupby(keys)[column].transform(function)",
        lambda df, _: df.assign(o=df.groupby("k")["x"].transform("mean")),
    ),
    Example("df.groupby(keys).cumcount()", lambda df, _: df.assign(o=df.groupby("k").cumcount())),
    Example(
        "df.groupby(keys)[column].shift(), cumsum, rank",
        lambda df, _: df.assign(o=df.groupby("k")["x"].shift()),
    ),
    Example("df.groupby(keys).head(n), tail", lambda df, _: df.groupby("k").head(1), "x"),
]

ARRANGING = [
    Example("df.sort_values(by)", lambda df, _: df.sort_values("n"), "x"),
    Example("df.rename(columns=)", lambda df, _: df.rename(columns={"x": "o"}), "o"),
    Example("df.drop(columns=)", lambda df, _: df.drop(columns="t"), "x"),
    Example("df.set_index(keys)", lambda df, _: df.set_index("k"), "x"),
    Example("df.reset_index(drop=True)", lambda df, _: df.reset_index(drop=True), "x"),
    Example("df.set_index(keys).reset_index()", lambda df, _: df.set_index("k").reset_index(), "k"),
    Example("any other method", lambda df, _: df[["x"]].interpolate()),
]

TABLES: dict[str, Sequence[Example]] = {
    "choosing": CHOOSING,
    "computing": COMPUTING,
    "combining": COMBINING,
    "grouping": GROUPING,
    "arranging": ARRANGING,
}

_MAINTENANCE = {
    Family.ROWS: "local: rows made of changed rows",
    Family.KEYED: "local: keys that a changed row has or had",
    Family.GLOBAL: "all rows again; the preview says so",
    Family.OPAQUE: "the whole preparation again",
}


def _put(df: Any) -> Any:
    changed = df.copy()
    changed.loc[changed["n"] > 1, "x"] = 0.0
    return changed


def captured(example: Example) -> Captured:
    """Capture an example."""

    def prepare(df: Any, other: Any) -> Any:
        return example.prepare(df, other)

    return capture(prepare, {"df": LEFT, "other": RIGHT})


def _row(example: Example) -> tuple[str, ...]:
    found = captured(example)
    nodes = [node for node in found.plan.nodes if node.operation != "scan"]
    column = found.frame.columns[-1] if example.column is None else example.column
    deps = column_lineage(found.plan, found.output)[column]
    return (
        f"`{example.written}`".replace("|", "\\|"),
        _columns(deps.value),
        _columns(deps.control),
        _edges(nodes),
        _maintenance(nodes),
    )


def _columns(found: Iterable[tuple[str, str]]) -> str:
    names = sorted(name if source == "df" else f"{source}.{name}" for source, name in found)
    return ", ".join(f"`{name}`" for name in names) or "none"


def _edges(nodes: Sequence[Node]) -> str:
    making = [OPERATIONS[node.operation] for node in nodes]
    told = [operation.edges for operation in making if not operation.keeps_rows]
    special = [edges for edges in told if edges != "one row"]
    return (special or told or ["the same row"])[-1]


def _maintenance(nodes: Sequence[Node]) -> str:
    families = {OPERATIONS[node.operation].family for node in nodes}
    return _MAINTENANCE[max(families, key=list(_MAINTENANCE).index)]


def table(examples: Sequence[Example]) -> str:
    """Return one table as Markdown, with aligned columns."""
    head = ("written", "value from", "decided by", "a row is made of", "when a record changes")
    rows: list[tuple[str, ...]] = [head, *map(_row, examples)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join(
        "| " + " | ".join(map(str.ljust, row, widths)) + " |"  # as the formatter aligns them
        for row in rows
    )


def written_into(text: str) -> str:
    """Return a page with the tables between their markers brought up to date."""
    for name, examples in TABLES.items():
        begin, end = BEGIN.format(name), END.format(name)
        head, _, rest = text.partition(begin)
        _, _, tail = rest.partition(end)
        text = f"{head}{begin}\n\n{table(examples)}\n\n{end}{tail}"
    return text


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(written_into(page.read_text("utf-8")), "utf-8")
