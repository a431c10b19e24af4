"""Arrays, overlays, inverted indexes and key codes against plain lists."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from palimpsest.tracking.arrays import MemoryArray, Overlay
from palimpsest.tracking.keycodes import codes_of, encode_keys, forget_codes, hash_cells
from palimpsest.tracking.rows import RowState

KEY = "0123456789abcdef"
NUMBERS = st.lists(st.integers(-1, 6), max_size=6)


class OverlayIsLikeAList(RuleBasedStateMachine):
    """An overlay shows its changes, the array below none, until they are committed."""

    def __init__(self) -> None:
        super().__init__()
        self.base = MemoryArray(np.int32, [1, 2, 3])
        self.committed = [1, 2, 3]
        self.model = [1, 2, 3]
        self.overlay = Overlay(self.base)

    @rule(values=NUMBERS)
    def append(self, values: list[int]) -> None:
        ids = self.overlay.append(values)
        assert ids.tolist() == list(range(len(self.model), len(self.model) + len(values)))
        self.model += values

    @rule(data=st.data(), value=st.integers(0, 9))
    def put(self, data: Any, value: int) -> None:
        ids = data.draw(st.lists(st.integers(0, len(self.model) - 1), max_size=4))
        self.overlay.put(ids, value)
        for place in ids:
            self.model[place] = value

    @rule()
    def commit(self) -> None:
        self.overlay.commit()
        self.committed = list(self.model)

    @invariant()
    def shows_its_changes(self) -> None:
        assert self.overlay.all().tolist() == self.model
        assert self.overlay.take(range(len(self.model))).tolist() == self.model
        assert len(self.overlay) == len(self.model)
        assert self.base.all().tolist() == self.committed


TestOverlay = OverlayIsLikeAList.TestCase


@given(NUMBERS, NUMBERS, st.dictionaries(st.integers(0, 5), st.integers(-1, 6)), NUMBERS)
def test_an_inverted_index_finds_what_a_scan_finds(
    first: list[int], later: list[int], rewritten: dict[int, int], sought: list[int]
) -> None:
    state = RowState()
    values = state.array("key/1/0")
    values.append(first)
    index = state.inverted("key/1/0")
    index.build()
    index.note(values.append(later))
    model = first + later
    for place, value in rewritten.items():
        if place < len(model):
            values.put([place], [value])
            index.note([place])
            model[place] = value
    expected = [i for i, value in enumerate(model) if value >= 0 and value in sought]
    assert sorted(index.find(np.array(sought, dtype=np.int32)).tolist()) == expected


@given(st.lists(st.integers(0, 20)), st.lists(st.integers(0, 30)), st.lists(st.integers(0, 40)))
def test_key_codes_are_equal_for_equal_keys_old_and_new(
    first: list[int], second: list[int], third: list[int]
) -> None:
    state = RowState()
    hashed = [
        hash_cells(pandas.Series(keys, dtype="int64"), KEY) for keys in (first, second, third)
    ]
    codes, hashes = encode_keys([(hashed[0], None)])
    state.keyhash(7).append(hashes)
    given_codes = list(codes[0])
    given_codes += list(codes_of(state, 7, hashed[1], None))
    given_codes += list(codes_of(state, 7, hashed[2], np.zeros(len(third), dtype=bool)))
    keys = first + second + third
    by_key = dict(zip(keys, given_codes, strict=True))
    assert [by_key[key] for key in keys] == given_codes
    assert len(set(by_key.values())) == len(by_key)


@given(st.lists(st.integers(0, 40), min_size=1, unique=True), st.data())
def test_wiped_keys_are_gone_and_the_others_found(keys: list[int], data: st.DataObject) -> None:
    state = RowState()
    hashed = hash_cells(pandas.Series(keys, dtype="int64"), KEY)
    state.keyhash(7).append(hashed)
    codes_of(state, 7, hash_cells(pandas.Series([50, 60]), KEY), None)
    wiped = data.draw(st.lists(st.sampled_from(range(len(keys))), unique=True))
    forget_codes(state, 7, np.array(wiped, dtype=np.int32))
    stored = set(state.keyhash(7).all().tolist())
    assert stored.isdisjoint(hashed[wiped].tolist())
    found = codes_of(state, 7, hashed, None)
    assert all((code == i) == (i not in wiped) for i, code in enumerate(found.tolist()))


def test_cells_that_match_as_keys_hash_alike() -> None:
    groups: list[list[Any]] = [
        [
            pandas.Series([1]),
            pandas.Series([1.0]),
            pandas.Series([True]),
            pandas.Series([1], dtype=object),
        ],
        [pandas.Series([-0.0]), pandas.Series([0])],
        [
            pandas.Series(["a"]),
            pandas.Series(["a"], dtype=object),
            pandas.Series(["a"], dtype="category"),
        ],
        [pandas.Series([None], dtype=object), pandas.Series([np.nan]), pandas.Series([pandas.NaT])],
        [
            pandas.Series(pandas.to_datetime(["2024-01-01"])).astype("datetime64[s]"),
            pandas.Series(pandas.to_datetime(["2024-01-01"])).astype("datetime64[ns]"),
        ],
    ]
    hashes = [{int(hash_cells(cell, KEY)[0]) for cell in group} for group in groups]
    assert [len(group) for group in hashes] == [1, 1, 1, 1, 1]
    assert len(set().union(*hashes)) == 5


def test_the_key_of_the_hashes_counts() -> None:
    for values in (pandas.Series(["a", "b"]), pandas.Series([1, 2]), pandas.Series([1.5, 2])):
        assert (hash_cells(values, KEY) != hash_cells(values, KEY[::-1])).all()


def test_an_array_that_was_put_in_is_never_written_to() -> None:
    given = np.array([1, 2, 3], dtype=np.int32)
    array = MemoryArray(np.int32)
    array.append(given)
    array.put([0], [9])
    array.append([4])
    assert given.tolist() == [1, 2, 3]
    assert array.all().tolist() == [9, 2, 3, 4]
