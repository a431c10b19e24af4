from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palimpsest.errors import PalimpsestError, StoreError
from palimpsest.store.arrays import ArrayStore
from palimpsest.store.runfile import RunFile


def test_an_array_of_rows_reads_back_after_reopening(file: RunFile) -> None:
    values = np.random.default_rng(0).normal(size=(700, 37))
    with file.transaction() as connection:
        ArrayStore(connection).create("matrix", values)
    with RunFile.open(file.path) as reader, reader.snapshot() as connection:
        array = ArrayStore(connection)["matrix"]
        np.testing.assert_array_equal(array.all(), values)
        rows = np.array([699, 0, 3, 3])
        np.testing.assert_array_equal(array.take(rows), values[rows])
        assert array.shape == (700, 37)


def test_an_array_that_was_never_written_is_empty_and_leaves_nothing(file: RunFile) -> None:
    with file.transaction() as connection:
        store = ArrayStore(connection)
        assert len(store.open("late", np.int32)) == 0
        store.flush()
        assert store.names() == []
        store.open("late", np.int32).append([4, 5])
        store.flush()
    with file.snapshot() as connection:
        np.testing.assert_array_equal(ArrayStore(connection)["late"].all(), [4, 5])


def test_borrowed_blocks_are_not_read_again_and_never_changed(file: RunFile) -> None:
    values = np.arange(5000, dtype=np.int32)
    with file.transaction() as connection:
        ArrayStore(connection).create("edges", values)
    with RunFile.open(file.path) as reader, reader.snapshot() as connection:
        lender = ArrayStore(connection)
        lender["edges"].take([0, 4321])
        lent = lender.lent()
    with file.transaction() as connection:
        borrower = ArrayStore(connection)
        borrower.borrow(lent)
        array = borrower["edges"]
        asked: list[str] = []
        connection.set_trace_callback(asked.append)
        assert array.take([1, 4322]).tolist() == [1, 4322]
        connection.set_trace_callback(None)
        assert asked == []
        array.put([1], [-1])
        borrower.flush()
    assert lender["edges"].take([1]).tolist() == [1]
    with file.snapshot() as connection:
        assert ArrayStore(connection)["edges"].take([1, 4322]).tolist() == [-1, 4322]


@given(
    kind=st.sampled_from(["int32", "bool"]),
    start=st.integers(0, 2500),
    steps=st.lists(
        st.tuples(st.sampled_from(["put", "append", "flush", "reload"]), st.integers(0, 2**31)),
        max_size=8,
    ),
)
def test_any_sequence_of_changes_equals_numpy(
    tmp_path_factory: pytest.TempPathFactory, kind: str, start: int, steps: list[tuple[str, int]]
) -> None:
    file = RunFile.create(tmp_path_factory.mktemp("arrays"))
    scale = 1 if kind == "int32" else 60  # so that there are several blocks of bits
    expected: np.ndarray[Any, Any] = (np.arange(start * scale) % 3).astype(kind)
    store = ArrayStore(file.connection)
    store.create("a", expected)
    for step, seed in steps:
        rng = np.random.default_rng(seed)
        if step == "put" and len(expected):
            ids = np.unique(rng.integers(0, len(expected), size=rng.integers(1, 300)))
            new = rng.integers(0, 2, size=len(ids)).astype(kind)
            expected = expected.copy()
            expected[ids] = new
            store["a"].put(ids, new)
        elif step == "append":
            new = rng.integers(0, 2, size=scale * rng.integers(0, 1500)).astype(kind)
            added = store["a"].append(new)
            np.testing.assert_array_equal(added, np.arange(len(new)) + len(expected))
            expected = np.concatenate([expected, new])
        elif step == "flush":
            store.flush()
        else:
            store.flush()
            store.forget_cached()
        np.testing.assert_array_equal(store["a"].all(), expected)
        if len(expected):
            ids = rng.integers(0, len(expected), size=50)
            np.testing.assert_array_equal(store["a"].take(ids), expected[ids])
    file.discard()


def test_what_is_put_and_was_there_is_not_written(file: RunFile) -> None:
    with file.transaction() as connection:
        store = ArrayStore(connection)
        store.create("zeros", np.array([0.0, -0.0]))
        store.create("marks", np.zeros((9, 2), dtype=bool))
        store["marks"].put([3], [[False, False]])
        store["zeros"].put([0], [0.0])
        assert not store["marks"].is_changed
        assert not store["zeros"].is_changed
        store["zeros"].put([1], [0.0])  # equal, but not to the last bit
        assert store["zeros"].is_changed


def test_booleans_take_a_bit_each(file: RunFile) -> None:
    with file.transaction() as connection:
        ArrayStore(connection).create("marks", np.ones((40_000, 3), dtype=bool))
        blocks = connection.execute("SELECT count(*), max(length(data)) FROM array_1").fetchone()
    assert blocks[0] == 4
    assert blocks[1] <= 4096


def test_scattered_bits_are_listed_until_the_list_is_full(file: RunFile) -> None:
    expected = np.ones((200_000, 2), dtype=bool)
    rng = np.random.default_rng(0)
    with file.transaction() as connection:
        ArrayStore(connection).create("marks", expected)
    written = []
    for _ in range(20):
        rows = rng.integers(0, len(expected), size=80)
        values = rng.random((80, 2)) < 0.5
        with file.transaction() as connection:
            store = ArrayStore(connection)
            before = connection.total_changes
            for row, value in zip(rows, values, strict=True):
                expected[row] = value
                store["marks"].put([row], [value])
            store.flush()
            written.append(connection.total_changes - before)
        with file.snapshot() as connection:
            array = ArrayStore(connection)["marks"]
            np.testing.assert_array_equal(array.take(rows), expected[rows])
            np.testing.assert_array_equal(array.all(), expected)
    assert written[:8] == [1] * 8
    assert max(written) == 14  # all thirteen blocks, and the list that is empty then


def test_a_damaged_list_of_bits_is_found(file: RunFile) -> None:
    with file.transaction() as connection:
        store = ArrayStore(connection)
        store.create("marks", np.ones(200_000, dtype=bool)).put([7, 150_000], False)
        store.flush()
        connection.execute("UPDATE array_1 SET data = zeroblob(length(data)) WHERE block < 0")
    with file.snapshot() as connection, pytest.raises(StoreError, match="list of changes"):
        ArrayStore(connection)["marks"].take([3])


def test_replace_writes_what_differs(file: RunFile) -> None:
    values = np.zeros((500, 4))
    large = np.arange(300_000, dtype=float)
    with file.transaction() as connection:
        store = ArrayStore(connection)
        store.replace("w", values)
        store.replace("large", large)
        before = connection.total_changes
        store.replace("w", values)
        assert connection.total_changes == before
        values[123, 2] = 1.0
        store.replace("w", values)
        store.replace("large", large + 1)
        store.forget_cached()
        np.testing.assert_array_equal(store["w"].all(), values)
        np.testing.assert_array_equal(store["large"].all(), large + 1)
        np.testing.assert_array_equal(store["large"].take([7, 299_999]), [8.0, 300_000.0])
        store.replace("w", values[:10].astype(np.float32))
        np.testing.assert_array_equal(store["w"].all(), values[:10])


@pytest.mark.parametrize("added", [1, 40, 4000])
def test_replace_writes_rows_that_were_added_before(file: RunFile, added: int) -> None:
    values = np.arange(3000.0).reshape(-1, 3)
    with file.transaction() as connection:
        ArrayStore(connection).create("matrix", values)
    whole = np.concatenate([values, np.full((added, 3), 7.0)]) + 1.0
    with file.transaction() as connection:
        store = ArrayStore(connection)
        store["matrix"].append(np.zeros((added, 3)))
        store.replace("matrix", whole)
        np.testing.assert_array_equal(store["matrix"].all(), whole)
        store.flush()
    with file.transaction() as connection:
        np.testing.assert_array_equal(ArrayStore(connection)["matrix"].all(), whole)


def test_damage_is_found_not_used(file: RunFile) -> None:
    with file.transaction() as connection:
        ArrayStore(connection).create("a", np.arange(10))
        (table,) = connection.execute(
            "SELECT name FROM sqlite_master WHERE name LIKE 'array\\_%' ESCAPE '\\'"
        ).fetchone()
        data = bytearray(connection.execute(f"SELECT data FROM {table}").fetchone()[0])
        data[3] ^= 1
        connection.execute(f"UPDATE {table} SET data = ?", (bytes(data),))
    with file.snapshot() as connection, pytest.raises(StoreError, match="damaged"):
        ArrayStore(connection)["a"].all()


def test_objects_are_refused(file: RunFile) -> None:
    with file.transaction() as connection, pytest.raises(PalimpsestError, match="'labels'"):
        ArrayStore(connection).create("labels", np.array(["a", None], dtype=object))


def test_rows_out_of_range_are_refused(file: RunFile) -> None:
    with file.transaction() as connection:
        array = ArrayStore(connection).create("a", np.arange(3))
        with pytest.raises(IndexError):
            array.take([3])
        with pytest.raises(IndexError):
            array.put([-1], 0)
