"""Every transformer, whatever is deleted, erased, corrected or inserted, equals one fitted afresh."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OrdinalEncoder

from palimpsest.encoding import UnknownCategory, encode

from .worlds import (
    COLUMNS,
    KINDS,
    SUPERVISED,
    World,
    assert_as_fresh,
    maintained,
    requests,
    some_rows,
)


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=settings().max_examples // 8)
@given(data=st.data(), seed=st.integers(0, 20), rounds=st.integers(1, 3))
def test_any_requests_equal_a_fresh_fit(name, data, seed, rounds):
    world = World.of(name, 40, seed)
    for _ in range(rounds):
        world.change(*data.draw(requests(len(world.frame))))
        world.stored_and_loaded()
        assert_as_fresh(world, name)


def test_what_is_maintained():
    assert set(KINDS) - set(maintained()) == {
        "bins-quantile", "bins-kmeans", "bins-filled", "quantiles",
        "quantiles-normal", "power", "power-filled", "splines-quantile", "bent",
        "plane", "topics", *SUPERVISED,
    }  # fmt: skip


def test_grouping_that_stays_leaves_models_alone_and_one_that_moves_does_not():
    world = World.of("rare", 60, 0)
    nothing = some_rows(0, np.random.default_rng(0)), np.zeros(0, bool)
    counts = world.frame["country"][world.fit].value_counts()
    rarest = counts[counts >= 4].index[-1]
    holders = np.flatnonzero((world.frame["country"] == rarest).to_numpy() & world.fit)
    common = np.flatnonzero((world.frame["country"] == counts.index[0]).to_numpy() & world.fit)
    marks = {column: np.zeros(60, bool) for column in COLUMNS}
    still = np.zeros(60, bool)
    delta = world.change(np.arange(60) == common[-1], marks, still, nothing)
    assert not delta.rewritten
    gone = np.isin(np.arange(59), holders - (holders > common[-1]))
    gone[np.flatnonzero(gone)[:3]] = False
    marks = {column: np.zeros(59, bool) for column in COLUMNS}
    delta = world.change(gone, marks, np.zeros(59, bool), nothing)
    assert delta.rewritten
    assert any("grouped" in sentence for sentence in delta.consequences)
    assert_as_fresh(world, "rare")


def test_a_new_word_makes_room_for_itself():
    world = World.of("words", 30, 0)
    fresh = some_rows(2, np.random.default_rng(1)).assign(title=["zebra fee", "card"])
    marks, still = {column: np.zeros(30, bool) for column in COLUMNS}, np.zeros(30, bool)
    delta = world.change(still, marks, still, (fresh, np.array([True, True])))
    assert delta.rewritten
    assert "step__zebra" in delta.columns_added
    assert_as_fresh(world, "words")


@pytest.mark.parametrize("name", ["words", "tfidf-normed", "few-words", "common-words"])
def test_forgotten_words_leave_the_stored_arrays(name):
    world = World.of(name, 30, 0)
    fresh = some_rows(1, np.random.default_rng(1)).assign(title=["secretword fee"])
    marks, still = {column: np.zeros(30, bool) for column in COLUMNS}, np.zeros(30, bool)
    world.change(still, marks, still, (fresh, np.array([True])))
    stored = b"".join(array.tobytes() for array in world.encoding.to_arrays().values())
    assert b"secretword" in stored
    gone = np.arange(31) == 30
    marks = {column: np.zeros(31, bool) for column in COLUMNS}
    nothing = some_rows(0, np.random.default_rng(1)), np.zeros(0, bool)
    world.change(gone, marks, np.zeros(31, bool), nothing)
    stored = b"".join(array.tobytes() for array in world.encoding.to_arrays().values())
    assert b"secretword" not in stored
    assert_as_fresh(world, name)


def test_an_unknown_category_is_refused_by_an_ordinal_encoder():
    frame = pd.DataFrame({"c": ["a", "b", "c"]})
    transformer = ColumnTransformer([("step", OrdinalEncoder(), ["c"])])
    with pytest.raises(UnknownCategory):
        encode(transformer, frame, {}, np.array([True, True, False]))
