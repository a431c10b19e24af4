"""Makers of random instructions that keep rows or choose some: each fits the frames so far."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas
from hypothesis import strategies as st

from .columns import Draw, expression, is_b, shout
from .tables import kind_of

Instruction = tuple[str, Callable[[Any, list[Any]], Any]]
"""Text for people, and what computes the next frame from the module and the frames so far."""


Maker = Callable[[Draw, list[pandas.DataFrame]], Instruction]

MAKERS: dict[str, Maker] = {}
"""Operation -> makes a random instruction that fits the frames so far."""


def maker(function: Maker) -> Maker:
    """Register a maker by its name."""
    MAKERS[function.__name__] = function
    return function


def any_frame(draw: Draw, frames: list[pandas.DataFrame]) -> int:
    """Draw a frame, by preference the last."""
    if draw(st.integers(0, 3)):
        return len(frames) - 1
    return draw(st.integers(0, len(frames) - 1))


def any_column(draw: Draw, frame: pandas.DataFrame) -> Any:
    """Draw a column."""
    return draw(st.sampled_from(list(frame.columns)))


@maker
def select(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    names = draw(st.permutations(list(frames[place].columns)))
    names = names[: draw(st.integers(1, len(names)))]
    return f"f{place}[{names}]", lambda pd, f: f[place][names]


@maker
def filter_rows(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    name = any_column(draw, frames[place])
    kind = kind_of(frames[place][name])
    tests: list[tuple[str, Callable[[Any], Any]]] = [
        ("s.notna()", lambda s: s.notna()),
        ("s.isin(['a', 'b', 1, 2, True])", lambda s: s.isin(["a", "b", 1, 2, True])),
        ("s.map(is_b)", lambda s: s.map(is_b)),
        ("~s.isna()", lambda s: ~s.isna()),
    ]
    if kind == "lists":
        tests = [("s.notna()", lambda s: s.notna())]
    if kind in ("when", "zoned"):
        tests = [("s.dt.year == 2020", lambda s: s.dt.year == 2020)]
    if kind == "number":
        tests += [
            ("s >= 1", lambda s: s >= 1),
            ("(s > 0) | s.isna()", lambda s: (s > 0) | s.isna()),
        ]
    if kind == "text":
        tests += [("s != 'a'", lambda s: s != "a")]
    text, test = draw(st.sampled_from(tests))
    return f"f{place}[{text}], s={name}", lambda pd, f: f[place][test(f[place][name])]


@maker
def assign(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    name = any_column(draw, frames[place])
    text, compute = expression(draw, frames[place], name)
    new = draw(st.sampled_from(["n1", "n2", name]))
    return (
        f"f{place}.assign({new}={text}), s={name}",
        lambda pd, f: f[place].assign(**{new: compute(pd, f[place])}),
    )


@maker
def set_item(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    name = any_column(draw, frames[place])
    text, compute = expression(draw, frames[place], name)
    new = draw(st.sampled_from(["n1", "n3", name]))

    def run(pd: Any, f: list[Any]) -> Any:
        copied = f[place].copy()
        copied[new] = compute(pd, copied)
        return copied

    return f"copy of f{place}; [{new}] = {text}, s={name}", run


@maker
def rename(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    name = any_column(draw, frames[place])
    new = draw(st.sampled_from(["r1", "r2", "r3"]))
    if new in frames[place].columns:
        new = name
    return (
        f"f{place}.rename({name}->{new})",
        lambda pd, f: f[place].rename(columns={name: new}),
    )


@maker
def drop(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    if len(frames[place].columns) < 2:
        return select(draw, frames)
    name = any_column(draw, frames[place])
    return f"f{place}.drop({name})", lambda pd, f: f[place].drop(columns=[name])


@maker
def construct(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    first, second = any_column(draw, frames[place]), any_column(draw, frames[place])
    text, compute = expression(draw, frames[place], second)
    return (
        f"DataFrame(k=f{place}[{first}], t={text}, c=1), s={second}",
        lambda pd, f: pd.DataFrame({"k": f[place][first], "t": compute(pd, f[place]), "c": 1}),
    )


@maker
def query(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    name = any_column(draw, frames[place])
    limit = draw(st.integers(-1, 2))
    kind = kind_of(frames[place][name])
    texts = [f"{name}.notna()"]
    if kind == "number":
        texts += [f"{name} > @limit", f"-1 < {name} <= 2", f"not {name} == 1 or {name} + 1 > 3"]
    if kind == "text":
        texts += [
            f"{name} == 'a'",
            f"{name} in ['a', 'b']",
            f"{name} not in ('a',) & {name} != 'b'",
        ]
    text = draw(st.sampled_from(texts))
    return (
        f"f{place}.query({text!r}), limit={limit}",
        lambda pd, f: f[place].query(text, local_dict={"limit": limit}),
    )


@maker
def loc(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    name, other = any_column(draw, frames[place]), any_column(draw, frames[place])
    return (
        f"f{place}.loc[{name}.notna(), [{other}]]",
        lambda pd, f: f[place].loc[lambda one: one[name].notna(), [other]],
    )


@maker
def loc_assign(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    name, other = any_column(draw, frames[place]), any_column(draw, frames[place])
    if kind_of(frames[place][name]) == "lists":
        return select(draw, frames)

    def run(pd: Any, f: list[Any]) -> Any:
        changed = f[place].copy()
        changed.loc[changed[other].isna(), name] = changed[name].shift()
        return changed

    return f"copy of f{place}; loc[{other}.isna(), {name}] = {name}.shift()", run


@maker
def whole_frame(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    numbers = [n for n in frames[place].columns if kind_of(frames[place][n]) == "number"]
    name = any_column(draw, frames[place])
    choices: list[tuple[str, Callable[[Any], Any]]] = [
        ("isna()", lambda f: f.isna()),
        ("filter(like='t')", lambda f: f.filter(like="t")),
        ("select_dtypes('number')", lambda f: f.select_dtypes("number")),
        ("add_prefix('p_')", lambda f: f.add_prefix("p_")),
        ("astype({name: object})", lambda f: f.astype({name: object})),
        ("where(f.notna())", lambda f: f.where(f.notna())),
        ("fillna({name: 'a'})", lambda f: f.fillna({name: "a"})),
    ]
    if numbers:
        choices += [
            ("numbers + 1", lambda f: f[numbers] + 1),
            ("numbers - numbers", lambda f: f[numbers] - f[numbers]),
            ("numbers.round(1)", lambda f: f[numbers].round(1)),
            ("numbers.clip(0, 2)", lambda f: f[numbers].clip(0, 2)),
            ("n1=numbers.sum(axis=1)", lambda f: f.assign(n1=f[numbers].sum(axis=1))),
            ("n1=numbers.max(axis=1)", lambda f: f.assign(n1=f[numbers].max(axis=1))),
            ("n1=isna().any(axis=1)", lambda f: f.assign(n1=f[numbers].isna().any(axis=1))),
        ]
    text, compute = draw(st.sampled_from(choices))
    return f"f{place}.{text}, numbers={numbers}, name={name}", lambda pd, f: compute(f[place])


@maker
def conditional(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    name, other = any_column(draw, frames[place]), any_column(draw, frames[place])
    if "lists" in (kind_of(frames[place][name]), kind_of(frames[place][other])):
        return select(draw, frames)
    return (
        f"f{place}.assign(n1={name}.where({other}.notna(), {other}), n2=np.where)",
        lambda pd, f: f[place].assign(
            n1=f[place][name].where(f[place][other].notna(), f[place][other]),
            n2=np.where(f[place][other].isna(), 1.5, 0.0),
        ),
    )


@maker
def apply(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    if not len(frames[place]):
        return select(draw, frames)
    first, second = any_column(draw, frames[place]), any_column(draw, frames[place])

    def both(row: Any) -> Any:
        return f"{shout(row[first])} {row[second]}"

    return (
        f"f{place}.assign(n1=apply of {first}, {second})",
        lambda pd, f: f[place].assign(n1=f[place].apply(both, axis=1)),
    )
