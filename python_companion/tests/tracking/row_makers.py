"""Makers of random instructions that combine, order and group rows."""

from __future__ import annotations

from typing import Any

import pandas
from hypothesis import strategies as st

from .columns import Draw
from .makers import Instruction, any_column, any_frame, maker, select
from .tables import kind_of


@maker
def drop_duplicates(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    subset = draw(st.one_of(st.none(), st.just([any_column(draw, frames[place])])))
    keep = draw(st.sampled_from(["first", "last", False]))
    return (
        f"f{place}.drop_duplicates({subset}, keep={keep})",
        lambda pd, f: f[place].drop_duplicates(subset, keep=keep),
    )


@maker
def merge(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    return _merge(draw, frames, draw(st.sampled_from(["left", "left", "right", "outer"])))


@maker
def inner_merge(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    return _merge(draw, frames, "inner")


def _converted(left: pandas.DataFrame, right: pandas.DataFrame, keys: dict[str, Any]) -> bool:
    """Say whether a categorical would be compared with numbers, which is left to pandas."""
    names = [keys.get("left_on", keys.get("on")), keys.get("right_on", keys.get("on"))]
    listed = [name if isinstance(name, list) else [name] for name in names]
    pairs = zip(left[listed[0]].dtypes, right[listed[1]].dtypes, strict=True)
    return any(
        (isinstance(one, pandas.CategoricalDtype) != isinstance(other, pandas.CategoricalDtype))
        and (pandas.api.types.is_numeric_dtype(one) or pandas.api.types.is_numeric_dtype(other))
        for one, other in pairs
    )


def _merge(draw: Draw, frames: list[pandas.DataFrame], how: str) -> Instruction:
    left, right = any_frame(draw, frames), draw(st.integers(0, len(frames) - 1))
    columns = [list(frames[place].columns) for place in (left, right)]
    shared = [name for name in columns[0] if name in columns[1]]
    if shared and draw(st.booleans()):
        keys: dict[str, Any] = {"on": draw(st.sampled_from(shared))}
        if len(shared) > 1 and draw(st.booleans()):
            keys = {"on": shared[:2]}
    else:
        keys = {
            "left_on": any_column(draw, frames[left]),
            "right_on": any_column(draw, frames[right]),
        }
    if len(frames[left]) * len(frames[right]) > 150 or _converted(
        frames[left], frames[right], keys
    ):
        return select(draw, frames)
    return (
        f"f{left}.merge(f{right}, {how}, {keys})",
        lambda pd, f: f[left].merge(f[right], how=how, **keys, suffixes=("_l", "_r")),
    )


@maker
def concat(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    first, second = any_frame(draw, frames), draw(st.integers(0, len(frames) - 1))
    options = {
        "ignore_index": draw(st.booleans()),
        "join": draw(st.sampled_from(["outer", "inner"])),
    }
    if not set(frames[first].columns) & set(frames[second].columns):
        second = first
    return (
        f"concat(f{first}, f{second}, {options})",
        lambda pd, f: pd.concat([f[first], f[second]], **options),
    )


@maker
def explode(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    name = any_column(draw, frames[place])
    kind = kind_of(frames[place][name])
    if kind == "lists":
        again = draw(st.booleans())
        return (
            f"f{place}.explode({name}, ignore_index={again})",
            lambda pd, f: f[place].explode(name, ignore_index=again),
        )
    if kind != "text":
        return select(draw, frames)

    def run(pd: Any, f: list[Any]) -> Any:
        return f[place].assign(items=f[place][name].str.split(" ")).explode("items")

    return f"f{place}.explode of {name}", run


@maker
def sort_values(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    by = [any_column(draw, frames[place])]
    if draw(st.booleans()):
        by = list(dict.fromkeys([*by, any_column(draw, frames[place])]))
    options = {
        "ascending": draw(st.booleans()),
        "kind": draw(st.sampled_from(["quicksort", "stable", "stable"])),
        "na_position": draw(st.sampled_from(["first", "last"])),
        "ignore_index": draw(st.booleans()),
    }
    return (
        f"f{place}.sort_values({by}, {options})",
        lambda pd, f: f[place].sort_values(by, **options),
    )


@maker
def head(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    n = draw(st.integers(-2, 4))
    method = draw(st.sampled_from(["head", "tail", "slice"]))
    if method == "slice":
        return f"f{place}.iloc[{n}:3]", lambda pd, f: f[place].iloc[n:3]
    return f"f{place}.{method}({n})", lambda pd, f: getattr(f[place], method)(n)


@maker
def reset_index(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    return f"f{place}.reset_index(drop)", lambda pd, f: f[place].reset_index(drop=True)


@maker
def dropna(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    name = any_column(draw, frames[place])
    options = draw(
        st.sampled_from([{}, {"subset": [name]}, {"how": "all"}, {"subset": name, "how": "all"}])
    )
    return f"f{place}.dropna({options})", lambda pd, f: f[place].dropna(**options)


@maker
def aggregate(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    by = [any_column(draw, frames[place])]
    if draw(st.booleans()):
        by = list(dict.fromkeys([*by, any_column(draw, frames[place])]))
    rest = [name for name in frames[place].columns if name not in by]
    options = {"sort": draw(st.booleans()), "dropna": draw(st.booleans())}
    if not rest or not draw(st.integers(0, 3)):
        return (
            f"f{place}.groupby({by}, {options}).size().reset_index(name='n1')",
            lambda pd, f: f[place].groupby(by, **options).size().reset_index(name="n1"),
        )
    name = draw(st.sampled_from(rest))
    functions = ["count", "nunique", "first", "last"]
    if kind_of(frames[place][name]) == "number":
        functions += ["sum", "mean", "max", "min"]
    function = draw(st.sampled_from(functions))
    style = draw(st.sampled_from(["named", "flat", "series"]))

    def run(pd: Any, f: list[Any]) -> Any:
        if style == "named":
            return f[place].groupby(by, **options).agg(n1=(name, function)).reset_index()
        if style == "flat":
            return f[place].groupby(by, as_index=False, **options).agg({name: function})
        return getattr(f[place].groupby(by, **options)[name], function)().reset_index()

    return f"f{place}.groupby({by}, {options})[{name}].{function} {style}", run


@maker
def semi_join(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    left, right = any_frame(draw, frames), draw(st.integers(0, len(frames) - 1))
    one, other = any_column(draw, frames[left]), any_column(draw, frames[right])
    if draw(st.booleans()):
        return (
            f"f{left}[{one}.isin(f{right}.{other})]",
            lambda pd, f: f[left][f[left][one].isin(f[right][other])],
        )
    return (
        f"f{left}.assign(n2=~{one}.isin(f{right}.{other}))",
        lambda pd, f: f[left].assign(n2=~f[left][one].isin(f[right][other])),
    )


@maker
def cross_merge(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    left, right = any_frame(draw, frames), draw(st.integers(0, len(frames) - 1))
    if len(frames[left]) * len(frames[right]) > 40:
        return select(draw, frames)
    return (
        f"f{left}.merge(f{right}, cross)",
        lambda pd, f: f[left].merge(f[right], how="cross", suffixes=("_l", "_r")),
    )


@maker
def anti_join(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    left, right = any_frame(draw, frames), draw(st.integers(0, len(frames) - 1))
    one, other = any_column(draw, frames[left]), any_column(draw, frames[right])
    how = draw(st.sampled_from(["left", "left_anti", "right_anti"]))
    if how != "left" and pandas.__version__ < "3":
        how = "left"
    if len(frames[left]) * len(frames[right]) > 150 or _converted(
        frames[left], frames[right], {"left_on": one, "right_on": other}
    ):
        return select(draw, frames)

    def run(pd: Any, f: list[Any]) -> Any:
        keys: dict[str, Any] = {"left_on": one, "right_on": other, "suffixes": ("_l", "_r")}
        joined = f[left].merge(f[right], how=how, indicator=how == "left", **keys)
        return joined[joined["_merge"] == "left_only"] if how == "left" else joined

    return f"f{left} {how} of f{right} on {one}, {other}", run


@maker
def look_up(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    left, right = any_frame(draw, frames), draw(st.integers(0, len(frames) - 1))
    one, other = any_column(draw, frames[left]), any_column(draw, frames[right])
    rest = [name for name in frames[right].columns if name != other]
    if not rest:
        return select(draw, frames)
    value = draw(st.sampled_from(rest))

    def run(pd: Any, f: list[Any]) -> Any:
        known = f[right].dropna(subset=[other]).drop_duplicates(other).set_index(other)[value]
        return f[left].assign(n3=f[left][one].map(known))

    return f"f{left}.assign(n3={one}.map(f{right} {other} -> {value}))", run


@maker
def set_index(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    name, other = any_column(draw, frames[place]), any_column(draw, frames[place])
    keys = list(dict.fromkeys([name, other])) if draw(st.booleans()) else name
    if len(frames[place].columns) <= 2:
        return select(draw, frames)

    def run(pd: Any, f: list[Any]) -> Any:
        indexed = f[place].set_index(keys)
        return indexed[indexed[indexed.columns[0]].notna()].reset_index()

    return f"f{place}.set_index({keys}), filtered, reset_index()", run


@maker
def largest(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    frame = frames[place]
    numbers = [name for name in frame.columns if kind_of(frame[name]) == "number"]
    if not numbers:
        return select(draw, frames)
    by = draw(st.permutations(numbers))[: draw(st.integers(1, 2))]
    method = draw(st.sampled_from(["nlargest", "nsmallest"]))
    keep = draw(st.sampled_from(["first", "last", "all"]))
    n = draw(st.integers(1, 4))
    return (
        f"f{place}.{method}({n}, {by}, keep={keep})",
        lambda pd, f: getattr(f[place], method)(n, by, keep=keep),
    )


@maker
def duplicated(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    name = any_column(draw, frames[place])
    keep = draw(st.sampled_from(["first", "last", False]))
    return (
        f"f{place}[~f{place}.duplicated({name}, keep={keep})]",
        lambda pd, f: f[place][~f[place].duplicated(name, keep=keep)],
    )


def _grouping(draw: Draw, frame: pandas.DataFrame) -> tuple[list[Any], list[Any], dict[str, Any]]:
    by = [any_column(draw, frame)]
    if draw(st.booleans()):
        by = list(dict.fromkeys([*by, any_column(draw, frame)]))
    rest = [name for name in frame.columns if name not in by]
    return by, rest, {"dropna": draw(st.booleans())}


@maker
def transform(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    by, rest, options = _grouping(draw, frames[place])
    if not rest:
        return select(draw, frames)
    name = draw(st.sampled_from(rest))
    functions = ["first", "last", "count", "nunique", "size", "shift", "bfill"]
    if kind_of(frames[place][name]) == "number":
        functions += ["sum", "mean", "max", "cumsum", "rank", "diff", "cummax"]
    function = draw(st.sampled_from(functions))

    def run(pd: Any, f: list[Any]) -> Any:
        groups = f[place].groupby(by, **options)[name]
        if function in ("shift", "bfill", "cumsum", "rank", "diff", "cummax"):
            return f[place].assign(n2=getattr(groups, function)())
        return f[place].assign(n2=groups.transform(function))

    return f"f{place}.groupby({by}, {options})[{name}].transform({function})", run


@maker
def count_in_groups(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    by, _, options = _grouping(draw, frames[place])
    ascending, rows = draw(st.booleans()), draw(st.integers(0, 2))
    if draw(st.booleans()):
        return (
            f"f{place}.groupby({by}, {options}).head({rows})",
            lambda pd, f: f[place].groupby(by, **options).head(rows),
        )
    return (
        f"f{place}.groupby({by}, {options}).cumcount({ascending})",
        lambda pd, f: f[place].assign(
            n2=f[place].groupby(by, **options).cumcount(ascending=ascending)
        ),
    )


@maker
def stack_series(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    first, second = any_frame(draw, frames), draw(st.integers(0, len(frames) - 1))
    one, other = any_column(draw, frames[first]), any_column(draw, frames[second])
    return (
        f"concat(f{first}.{one}, f{second}.{other}) as one column",
        lambda pd, f: pd.concat(
            [f[first][one].rename("k"), f[second][other].rename("k")], ignore_index=True
        ).to_frame(),
    )


@maker
def sort_by_key(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    name = any_column(draw, frames[place])
    return (
        f"f{place}.sort_values({name}, key=missing first)",
        lambda pd, f: f[place].sort_values(name, key=lambda s: s.notna(), kind="stable"),
    )


@maker
def sample(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    options: dict[str, Any] = draw(st.sampled_from([{"frac": 0.5}, {"n": 2}, {"frac": 1}]))
    if len(frames[place]) < 2:
        return select(draw, frames)
    return (
        f"f{place}.sample({options})",
        lambda pd, f: f[place].sample(**options, random_state=3),
    )
