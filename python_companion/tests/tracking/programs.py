"""Random small tables and random programs over them, for property tests.

A program is a list of instructions; each is run by the same code on plain pandas and on
`palimpsest.pandas`, so that one is the oracle of the other.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas
from hypothesis import strategies as st

TEXTS = ["a", "b", "Bb ", "x1", "", "ab c"]


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
    return None if value in ("a", 1, True) else 2.5


FUNCTIONS = {"shout": shout, "size": size, "is_b": is_b, "sometimes": sometimes}

CELLS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "text": ("object", st.sampled_from([*TEXTS, None])),
    "full": ("object", st.sampled_from(TEXTS)),
    "float": ("float64", st.sampled_from([0.0, 1.0, 2.5, -1.0, np.nan])),
    "int": ("int64", st.integers(-2, 3)),
    "bool": ("bool", st.booleans()),
}


@st.composite
def tables(draw: st.DrawFn, most: int = 8, prefix: str = "") -> pandas.DataFrame:
    """Draw a table: keys `k` and `t`, and one column of each kind; rows may be none."""
    rows = draw(st.integers(0, most))
    kinds = {"k": draw(st.sampled_from(["int", "text", "float"])), "t": "full"}
    kinds |= {f"{prefix}{kind}": kind for kind in draw(st.permutations(list(CELLS)))[:3]}
    columns = {}
    for name, kind in kinds.items():
        dtype, cells = CELLS[kind]
        values = draw(st.lists(cells, min_size=rows, max_size=rows))
        column = pandas.Series(values, dtype=dtype)
        columns[name] = pandas.Series(values, dtype="str") if _strings(kind) else column
    return pandas.DataFrame(columns)


def _strings(kind: str) -> bool:
    return kind == "full" and pandas.__version__ >= "3"


Instruction = tuple[str, Callable[[Any, list[Any]], Any]]
"""Text for people, and what computes the next frame from the module and the frames so far."""


@dataclass
class Program:
    """Sources and instructions; the result is the last frame."""

    sources: dict[str, pandas.DataFrame]
    instructions: list[Instruction] = field(default_factory=list)

    def run(self, pd: Any, sources: dict[str, Any]) -> Any:
        """Run on the module `pd`."""
        frames = list(sources.values())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            warnings.simplefilter("ignore", pandas.errors.SettingWithCopyWarning) if hasattr(
                pandas.errors, "SettingWithCopyWarning"
            ) else None
            for _, step in self.instructions:
                frames.append(step(pd, frames))
        return frames[-1]

    def prepare(self, pd: Any) -> Callable[..., Any]:
        """Make the preparing function of a pipeline."""
        return lambda **sources: self.run(pd, sources)

    def __repr__(self) -> str:
        tables_ = [
            f"{name}=\n{frame!r}\n{dict(frame.dtypes)}" for name, frame in self.sources.items()
        ]
        return "\n".join([*tables_, *(text for text, _ in self.instructions)])


Draw = Callable[[st.SearchStrategy[Any]], Any]
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


def kind_of(frame: pandas.DataFrame, name: Any) -> str:
    """Kind of a column, as far as the makers tell kinds apart."""
    dtype = frame[name].dtype
    if pandas.api.types.is_bool_dtype(dtype):
        return "bool"
    if pandas.api.types.is_numeric_dtype(dtype):
        return "number"
    values = frame[name]
    if isinstance(dtype, pandas.StringDtype) or pandas.api.types.infer_dtype(values) in (
        "string",
        "empty",
    ):
        return "text"
    return "mixed"


def _mapping(name: Any, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda frame: frame[name].map(function)


def expression(draw: Draw, frame: pandas.DataFrame, name: Any) -> tuple[str, Callable[[Any], Any]]:
    """Draw an element-wise expression over one column; the function takes the frame."""
    choices: list[tuple[str, Callable[[Any], Any]]] = [
        ("s", lambda f: f[name]),
        ("s.isna()", lambda f: f[name].isna()),
        ("s.astype(object)", lambda f: f[name].astype(object)),
        ("s.isin(['a', 1])", lambda f: f[name].isin(["a", 1])),
        ("s.fillna(f[name])", lambda f: f[name].fillna(f[name])),
        ("s.where(s.notna())", lambda f: f[name].where(f[name].notna())),
    ]
    choices += [(f"s.map({key})", _mapping(name, one)) for key, one in FUNCTIONS.items()]
    kind = kind_of(frame, name)
    if kind == "text":
        choices += [
            ("s.str.lower()", lambda f: f[name].str.lower()),
            ("s.str[:1]", lambda f: f[name].str[:1]),
            ("s.str.rstrip() + '!'", lambda f: f[name].str.rstrip() + "!"),
            ("s.str.len()", lambda f: f[name].str.len()),
            ("s.str.contains('b')", lambda f: f[name].str.contains("b")),
            ("s.str.split(' ').str[0]", lambda f: f[name].str.split(" ").str[0]),
            ("s.str.replace('b', 'c')", lambda f: f[name].str.replace("b", "c")),
            ("s == 'a'", lambda f: f[name] == "a"),
            ("s.map({'a': 1, 'b': 2})", lambda f: f[name].map({"a": 1, "b": 2})),
            ("s.str.len().astype(str)", lambda f: f[name].str.len().astype(str)),
        ]
    if kind == "number":
        choices += [
            ("s + 1", lambda f: f[name] + 1),
            ("2 - s", lambda f: 2 - f[name]),
            ("s * s", lambda f: f[name] * f[name]),
            ("s / 2", lambda f: f[name] / 2),
            ("-s", lambda f: -f[name]),
            ("s > 0", lambda f: f[name] > 0),
            ("s.between(0, 2)", lambda f: f[name].between(0, 2)),
            ("s.astype(str)", lambda f: f[name].astype(str)),
            ("s.fillna(0)", lambda f: f[name].fillna(0)),
            ("s.where(s > 0, 9)", lambda f: f[name].where(f[name] > 0, 9)),
        ]
    if kind == "bool":
        choices += [("~s", lambda f: ~f[name]), ("s & True", lambda f: f[name] & True)]
    return draw(st.sampled_from(choices))


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
    kind = kind_of(frames[place], name)
    tests: list[tuple[str, Callable[[Any], Any]]] = [
        ("s.notna()", lambda s: s.notna()),
        ("s.isin(['a', 'b', 1, 2, True])", lambda s: s.isin(["a", "b", 1, 2, True])),
        ("s.map(is_b)", lambda s: s.map(is_b)),
        ("~s.isna()", lambda s: ~s.isna()),
    ]
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
        lambda pd, f: f[place].assign(**{new: compute(f[place])}),
    )


@maker
def set_item(draw: Draw, frames: list[pandas.DataFrame]) -> Instruction:
    place = any_frame(draw, frames)
    name = any_column(draw, frames[place])
    text, compute = expression(draw, frames[place], name)
    new = draw(st.sampled_from(["n1", "n3", name]))

    def run(pd: Any, f: list[Any]) -> Any:
        copied = f[place].copy()
        copied[new] = compute(copied)
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
        lambda pd, f: pd.DataFrame({"k": f[place][first], "t": compute(f[place]), "c": 1}),
    )


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
    if len(frames[left]) * len(frames[right]) > 150:
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
    if kind_of(frames[place], name) != "text":
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
    method = draw(st.sampled_from(["head", "tail"]))
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
    if kind_of(frames[place], name) == "number":
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


@st.composite
def programs(
    draw: st.DrawFn, most: int = 6, only: tuple[str, ...] | None = None, rows: int = 8
) -> Program:
    """Draw a program whose instructions all run on plain pandas."""
    program = Program({"one": draw(tables(rows)), "two": draw(tables(rows, "u_"))})
    frames = list(program.sources.values())
    makers = [MAKERS[name] for name in only or sorted(MAKERS)]
    for _ in range(draw(st.integers(1, most))):
        instruction = draw(st.sampled_from(makers))(draw, frames)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                result = instruction[1](pandas, frames)
            except (TypeError, ValueError, KeyError, AttributeError):
                continue
        if not result.columns.is_unique or len(result) > 200 or not len(result.columns):
            continue
        program.instructions.append(instruction)
        frames.append(result)
    return program
