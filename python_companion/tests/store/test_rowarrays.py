"""Arrays whose values lie in the rows of a table."""

from __future__ import annotations

import sqlite3
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palimpsest.errors import StoreError
from palimpsest.store.arrays import ArrayStore
from palimpsest.store.checks import row_seals
from palimpsest.store.integrity import find_damage
from palimpsest.store.rowarrays import MOST_BYTES, RowArray
from palimpsest.store.runfile import RunFile
from palimpsest.store.tables import RowTable

STEPS = ["put", "append", "update", "blank", "widen", "flush", "reload", "lend"]


def frame(count: int, value: float = 0.0) -> pd.DataFrame:
    return pd.DataFrame({"n": np.full(count, value)})


def make(connection: sqlite3.Connection, **values: np.ndarray[Any, Any]) -> RowTable:
    """Make a table with arrays in its rows."""
    store = ArrayStore(connection)
    carried = [one for name in values for one in store.create_in_rows(name, values[name])]
    rows = len(next(iter(values.values())))
    return RowTable.create(connection, "t", frame(rows), carried=carried)


def loaded(connection: sqlite3.Connection) -> RowTable:
    table = RowTable.load(connection, "t")
    assert table is not None
    return table


@given(
    kind=st.sampled_from(["float64", "int32", "bool"]),
    tail=st.sampled_from([(), (3,), (0,), (2, 2)]),
    start=st.integers(0, 60),
    steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 2**31)), max_size=12),
)
def test_any_change_of_table_and_array_equals_numpy(
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    tail: tuple[int, ...],
    start: int,
    steps: list[tuple[str, int]],
) -> None:
    file = RunFile.create(tmp_path_factory.mktemp("rows"))
    connection = file.connection

    def values(rng: np.random.Generator, count: int) -> np.ndarray[Any, Any]:
        return rng.integers(0, 3, size=(count, *tail)).astype(kind)

    expected = values(np.random.default_rng(start), start)
    other = np.arange(start, dtype=np.int64)
    table = make(connection, a=expected, other=other)
    alive = np.ones(start, dtype=bool)
    store = ArrayStore(connection)
    for step, seed in steps:
        rng = np.random.default_rng(seed)
        there = np.flatnonzero(alive).astype(np.int32)
        ids = rng.permutation(there)[: rng.integers(0, 40)]
        if step == "put":
            expected[ids] = values(rng, len(ids))
            store["a"].put(ids, expected[ids])
        elif step == "append":
            new = values(rng, int(rng.integers(0, 30)))
            added = np.arange(len(expected), len(expected) + len(new), dtype=np.int32)
            table.append(added, frame(len(new)))
            np.testing.assert_array_equal(store["a"].append(new), added)
            store["other"].append(added)
            expected = np.concatenate([expected, new])
            alive = np.concatenate([alive, np.ones(len(new), dtype=bool)])
        elif step == "update":
            table.update(ids, frame(len(ids), float(rng.integers(9))))
        elif step == "blank":
            for name in ("a", "other"):
                store[name].blank(ids)
            table.blank(ids)
            expected[ids] = 0
            alive[ids] = False
        elif step == "widen" and len(ids):
            store.flush()
            table.update(ids, pd.DataFrame({"n": ["text"] * len(ids)}))
        elif step == "flush":
            store.flush()
        else:
            store.flush()
            lent = store.lent() if step == "lend" else {}
            store = ArrayStore(connection)
            store.borrow(lent)
            table = loaded(connection)
        np.testing.assert_array_equal(store["a"].all(), expected)
        present = np.flatnonzero(alive)
        chosen = rng.choice(present, size=20) if len(present) else present
        np.testing.assert_array_equal(store["a"].take(chosen), expected[chosen])
        np.testing.assert_array_equal(store["other"].take(chosen), chosen)
        assert len(store["a"]) == len(expected)
    store.flush()
    assert find_damage(connection) == []
    file.discard()


def test_a_row_takes_its_values_along_when_it_goes(file: RunFile) -> None:
    with file.transaction() as connection:
        table = make(connection, a=np.arange(1000.0) + 0.8125)
    file.checkpoint()
    assert np.float64(500.8125).tobytes() in file.path.read_bytes()
    with file.transaction():
        table.blank([500])
    file.checkpoint()
    assert np.float64(500.8125).tobytes() not in file.path.read_bytes()
    with file.snapshot() as connection:
        array = ArrayStore(connection)["a"]
        assert array.all()[[499, 500, 501]].tolist() == [499.8125, 0.0, 501.8125]
        with pytest.raises(StoreError, match="'a' of the run file is damaged"):
            array.take([500])


def test_scattered_rows_are_one_page_each(file: RunFile) -> None:
    values = np.random.default_rng(0).normal(size=(20_000, 64))
    with file.transaction() as connection:
        table = make(connection, matrix=values, label=values[:, 0].copy())
    file.checkpoint()
    rows = np.arange(0, 20_000, 400)
    with file.transaction() as connection:
        store = ArrayStore(connection)
        for name in ("matrix", "label"):
            store[name].blank(rows)
        table.blank(rows)
        store.flush()
    log = file.path.with_name(file.path.name + "-wal").stat().st_size // (4096 + 24)
    assert log <= len(rows) + 2  # and the count of rows


def test_what_does_not_suit_is_kept_in_blocks(file: RunFile) -> None:
    with file.transaction() as connection:
        store = ArrayStore(connection)
        assert store.create_in_rows("wide", np.ones((5, MOST_BYTES // 8))) == []
        assert store.create_in_rows("mostly zero", np.eye(40)) == []
        assert [type(one) for one in store.create_in_rows("short", np.ones(5))] == [RowArray]


def test_other_values_replace_it_by_blocks_and_leave_nothing(file: RunFile) -> None:
    with file.transaction() as connection:
        table = make(connection, a=np.full((500, 2), 1234.8125))
        store = ArrayStore(connection)
        store.replace("a", np.zeros((500, 3)))
        assert not isinstance(store["a"], RowArray)
        assert store["a"].all().shape == (500, 3)
        table.append(np.array([500], dtype=np.int32), frame(1))
        assert find_damage(connection) == []
    file.checkpoint()
    assert np.float64(1234.8125).tobytes() not in file.path.read_bytes()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE rows_1 SET array_1 = zeroblob(length(array_1)) WHERE row = 7",
        "UPDATE rows_1 SET array_1 = (SELECT array_1 FROM rows_1 WHERE row = 8) WHERE row = 7",
        "UPDATE rows_1 SET array_1 = array_2, array_2 = array_1 WHERE row = 7",
        "UPDATE rows_1 SET array_1 = NULL WHERE row = 7",
        "UPDATE rows_1 SET array_1 = 'text' WHERE row = 7",
        "DELETE FROM rows_1 WHERE row = 7",
    ],
)
def test_damage_is_found(file: RunFile, statement: str) -> None:
    values = np.arange(100.0)
    with file.transaction() as connection:
        make(connection, a=values, b=values)
        connection.execute(statement)
    for read in (lambda array: array.take([7]), lambda array: array.all()):
        with file.snapshot() as connection, pytest.raises(StoreError, match="is damaged"):
            read(ArrayStore(connection)["a"])
    with file.snapshot() as connection:
        assert find_damage(connection)


@given(
    row=st.binary(min_size=1, max_size=40),
    bits=st.sets(st.integers(0, 319), min_size=1, max_size=3),
    place=st.integers(0, 2**31 - 1),
)
def test_any_flipped_bits_change_the_checksum(row: bytes, bits: set[int], place: int) -> None:
    data = np.frombuffer(row, dtype=np.uint8).reshape(1, -1)
    flipped = data.copy()
    for bit in {bit % (8 * len(row)) for bit in bits}:
        flipped[0, bit // 8] ^= 1 << (bit % 8)
    assert row_seals(data, 3, [place]) != row_seals(flipped, 3, [place])
    assert row_seals(data, 3, [place]) != row_seals(data, 4, [place])
    assert row_seals(data, 3, [place]) != row_seals(data, 3, [place + 1])
