"""Maintained encodings equal encodings made afresh, whatever rows leave, change or come."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    StandardScaler,
)

from palimpsest.encoding import Encoding, NeedsTable, NoRowsLeft, RawRows, Table, encode

WORDS = ["refund", "card", "fee", "transfer", "account", "late", "wrong"]
COLUMNS = ["title", "country", "amount", "age"]


def lengths(frame):
    return frame.apply(lambda column: column.str.len()).to_numpy(dtype=float)


def embed(frame):
    return np.array([[len(t), t.count("e"), t.count(" "), 0.5] for t in frame.iloc[:, 0]])


def mails(n, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "title": [" ".join(rng.choice(WORDS, rng.integers(1, 6))) for _ in range(n)],
            "country": rng.choice(["UK", "DE", "FR", "IT"], n, p=[0.5, 0.3, 0.15, 0.05]),
            "amount": rng.normal(1e8, 3.0, n),
            "age": rng.integers(18, 90, n).astype(float),
        }
    )


def maintained():
    return ColumnTransformer(
        [
            ("embedding", FunctionTransformer(embed), ["title"]),
            ("length", Pipeline([("n", FunctionTransformer(lengths)), ("z", StandardScaler())]),
             ["title"]),
            ("country", OneHotEncoder(handle_unknown="ignore"), ["country"]),
            ("z", StandardScaler(), ["amount", "age"]),
            ("range", MinMaxScaler((-1, 2)), ["age", "amount"]),
            ("size", MaxAbsScaler(), ["age"]),
            ("filled", SimpleImputer(strategy="constant", fill_value=7.0,
                                     keep_empty_features=True), ["age"]),
        ],
        transformer_weights={"size": 0.5},
    )  # fmt: skip


def refitted():
    return ColumnTransformer(
        [
            ("words", CountVectorizer(), "title"),
            ("plane", Pipeline([("z", StandardScaler()), ("pca", PCA(1))]), ["amount", "age"]),
            ("mean", SimpleImputer(), ["age"]),
        ]
    )


@dataclass
class World:
    """A training table that changes, and the encoding that follows it."""

    frame: pd.DataFrame
    erased: dict[str, Any]
    fit: np.ndarray
    encoding: Encoding
    raw: RawRows

    @classmethod
    def of(cls, transformer, n, seed=0):
        frame = mails(n, seed)
        erased = {column: np.zeros(n, bool) for column in COLUMNS}
        fit = np.random.default_rng(seed).random(n) < 0.8
        fit[0] = True
        return cls(frame, erased, fit, *encode(transformer, frame, erased, fit))

    def whole(self):
        return self.frame, self.erased, self.fit

    def changed(self, gone, marks, flipped=None):
        """Delete the rows `gone` and erase `marks`; return the delta and move on."""
        touched = np.zeros(len(self.frame), bool)
        for column, mask in marks.items():
            touched |= mask & ~self.erased[column]
        after = {column: self.erased[column] | marks.get(column, False) for column in COLUMNS}
        fit = self.fit if flipped is None else self.fit ^ flipped
        moved = touched | (fit != self.fit)
        stays = ~gone
        again = moved & stays
        frame = self.frame.copy()
        for column, mask in after.items():
            frame.loc[mask, column] = None
        encoding, fresh = self.encoding.transform_rows(
            frame[again],
            {column: mask[again] for column, mask in after.items()},
            previous=self.raw.take(again),
            changed={
                column: (mask & ~self.erased[column])[again] for column, mask in after.items()
            },
        )
        values, erased = self.raw.values.copy(), self.raw.erased.copy()
        values[again], erased[again] = fresh.values, fresh.erased
        left = gone | again
        next_raw = RawRows(values, erased).take(stays)
        self.frame = frame[stays].reset_index(drop=True)
        self.erased = {column: mask[stays] for column, mask in after.items()}
        delta = encoding.update(
            self.raw.take(left), self.fit[left], fresh, fit[again],
            remaining=lambda: iter([(next_raw, fit[stays])]),
            table=lambda: Table(self.frame, self.erased, fit[stays]),
        )  # fmt: skip
        self.fit = fit[stays]
        self.encoding = delta.encoding
        self.raw = spliced(next_raw, delta.replaced)
        return delta


def spliced(raw, replaced):
    values = raw.values
    for part in sorted(replaced, key=lambda part: -part.start):
        values = np.hstack([values[:, : part.start], part.values, values[:, part.stop :]])
    return replace(raw, values=values)


def statistics(encoding):
    return encoding.coordinates.shift, encoding.coordinates.scale


def assert_as_fresh(world, transformer):
    fresh, raw = encode(transformer, world.frame, world.erased, world.fit, like=world.encoding)
    assert world.encoding.feature_names == fresh.feature_names
    for ours, theirs in zip(statistics(world.encoding), statistics(fresh), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
    ours, theirs = world.encoding.materialise(world.raw), fresh.materialise(raw)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
    assert world.encoding.fitted_rows == fresh.fitted_rows
    starts = [part.start for part in world.encoding.slices]
    assert starts == [part.start for part in fresh.slices]


@st.composite
def requests(draw, n):
    rows = st.lists(st.integers(0, n - 1), max_size=8)
    gone = np.zeros(n, bool)
    gone[draw(rows)] = True
    marks = {}
    for column in draw(st.sets(st.sampled_from(COLUMNS))):
        marks[column] = np.zeros(n, bool)
        marks[column][draw(rows)] = True
    flipped = np.zeros(n, bool)
    flipped[draw(st.lists(st.integers(0, n - 1), max_size=2))] = True
    return gone, marks, flipped


@given(data=st.data(), seed=st.integers(0, 5), rounds=st.integers(1, 3))
def test_any_changes_equal_a_fresh_encoding(data, seed, rounds):
    world = World.of(maintained(), 40, seed)
    for _ in range(rounds):
        gone, marks, flipped = data.draw(requests(len(world.frame)))
        if not ((world.fit ^ flipped) & ~gone).any():
            return
        world.changed(gone, marks, flipped)
        assert_as_fresh(world, maintained())


@given(data=st.data())
def test_refitted_steps_equal_a_fresh_encoding(data):
    world = World.of(refitted(), 40)
    gone, marks, _ = data.draw(requests(40))
    gone[:3], world.fit[:3] = False, True
    for mask in marks.values():
        mask[:3] = False
    world = replace(world, encoding=encode(refitted(), *world.whole())[0])
    world.changed(gone, marks)
    fresh, raw = encode(refitted(), world.frame, world.erased, world.fit)
    assert world.encoding.feature_names == fresh.feature_names
    ours, theirs = world.encoding.materialise(world.raw), fresh.materialise(raw)
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), rtol=1e-7, atol=1e-9)


def test_a_thousand_requests_lose_no_digit():
    world = World.of(maintained(), 1300)
    rng = np.random.default_rng(3)
    for _ in range(1000):
        gone = np.zeros(len(world.frame), bool)
        gone[rng.integers(len(gone))] = True
        marks = {"age": np.zeros(len(gone), bool)}
        marks["age"][rng.integers(len(gone))] = True
        if (world.fit & ~gone).any():
            world.changed(gone, marks)
    assert len(world.frame) == 300
    assert_as_fresh(world, maintained())


def test_a_category_disappears_with_its_last_row_and_comes_back():
    world = World.of(maintained(), 40, seed=1)
    italian = (world.frame["country"] == "IT").to_numpy()
    assert italian.any()
    kept_outside = np.flatnonzero(italian)[:1]
    flipped = italian & world.fit
    before = world.raw.values.copy()
    delta = world.changed(np.zeros(40, bool), {}, flipped)
    assert delta.columns_removed == ("country__country_IT",)
    assert "The feature column country__country_IT disappears." in delta.consequences
    assert_as_fresh(world, maintained())
    np.testing.assert_array_equal(world.raw.values, before)
    flipped = np.zeros(40, bool)
    flipped[kept_outside] = True
    delta = world.changed(np.zeros(40, bool), {}, flipped)
    assert delta.columns_added == ("country__country_IT",)
    assert_as_fresh(world, maintained())


def test_deleting_and_erasing_never_call_the_users_functions():
    calls = []

    def watched(frame):
        calls.append(len(frame))
        return embed(frame)

    transformer = ColumnTransformer([("embedding", FunctionTransformer(watched), ["title"])])
    world = World.of(transformer, 30)
    calls.clear()
    gone, erased = np.zeros(30, bool), np.zeros(30, bool)
    gone[:4], erased[10:14] = True, True
    world.changed(gone, {"title": erased, "age": erased})
    assert calls == []
    matrix = world.encoding.materialise(world.raw)
    assert (matrix[6:10] == 0.0).all()
    assert (matrix[:6] != 0.0).any(axis=1).all()


def test_a_moved_mean_is_reported_and_touches_no_row():
    world = World.of(maintained(), 40)
    before = world.raw.values[1:].copy()
    gone = np.zeros(40, bool)
    gone[0] = True
    delta = world.changed(gone, {})
    assert "z__age" in delta.rescaled
    assert "embedding_0" not in delta.rescaled
    np.testing.assert_array_equal(world.raw.values, before)


def test_a_smallest_value_that_leaves_needs_the_remaining_rows():
    world = World.of(maintained(), 40)
    smallest = world.frame["age"][world.fit].idxmin()
    left = np.arange(40) == smallest
    nothing = world.raw.take(np.zeros(40, bool))
    with pytest.raises(NeedsTable, match="range"):
        world.encoding.update(world.raw.take(left), world.fit[left], nothing, np.zeros(0, bool))


def test_the_last_training_row_cannot_go():
    world = World.of(maintained(), 10)
    with pytest.raises(NoRowsLeft):
        world.changed(world.fit.copy(), {})


def test_a_change_without_rows_changes_nothing():
    world = World.of(refitted(), 20)
    delta = world.changed(np.zeros(20, bool), {})
    assert delta.replaced == ()
    assert delta.encoding.steps == world.encoding.steps
