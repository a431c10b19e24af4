"""Matrices that are mostly zero are kept as CSR, and are otherwise like any other."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer

from palimpsest.errors import StoreError
from palimpsest.protocol.messages import ForgetRequest, RowIds
from palimpsest.store.arrays import ArrayStore
from palimpsest.store.runfile import RunFile
from palimpsest.store.sparse import CsrArray

from ..pipeline.complaints import make_pipeline_of, tables, write


def sparse(rng: np.random.Generator, rows: int, width: int, share: float = 0.02) -> Any:
    values = rng.normal(size=(rows, width))
    values[rng.random((rows, width)) >= share] = 0.0
    return values


def size_of(path: Path) -> int:
    return path.stat().st_size


def test_it_reads_back_and_is_small(tmp_path: Path) -> None:
    values = sparse(np.random.default_rng(0), 2000, 400)
    values[5, 7], values[6, 8], values[7, 9] = -0.0, np.nan, np.inf
    building = RunFile.create(tmp_path)
    ArrayStore(building.connection).create("matrix", values)
    path = building.publish(lambda number: tmp_path / f"run-{number}.palimpsest")
    assert size_of(path) < values.nbytes / 10
    with RunFile.open(path) as file, file.snapshot() as connection:
        array = ArrayStore(connection)["matrix"]
        assert isinstance(array, CsrArray)
        assert array.all().tobytes() == values.tobytes()
        rows = np.array([1999, 5, 5, 0, 700])
        assert array.take(rows).tobytes() == values[rows].tobytes()


@pytest.mark.parametrize(
    "values",
    [
        np.ones((100, 40)),
        sparse(np.random.default_rng(1), 100, 8),
        sparse(np.random.default_rng(1), 100, 40).astype(np.float32),
        np.zeros(500),
    ],
)
def test_others_stay_dense(file: RunFile, values: Any) -> None:
    with file.transaction() as connection:
        array = ArrayStore(connection).create("matrix", values)
        assert not isinstance(array, CsrArray)
        np.testing.assert_array_equal(array.all(), values)


@given(
    rows=st.integers(0, 300),
    width=st.integers(16, 900),
    steps=st.lists(
        st.tuples(
            st.sampled_from(["put", "fill", "blank", "append", "flush", "reload", "replace"]),
            st.integers(0, 2**31),
        ),
        max_size=8,
    ),
)
def test_any_sequence_of_changes_equals_numpy(
    tmp_path_factory: pytest.TempPathFactory, rows: int, width: int, steps: list[tuple[str, int]]
) -> None:
    building = RunFile.create(tmp_path_factory.mktemp("sparse"))
    expected = sparse(np.random.default_rng(rows), rows, width)
    store = ArrayStore(building.connection)
    store.create("a", expected)
    for step, seed in steps:
        rng = np.random.default_rng(seed)
        ids = np.unique(rng.integers(0, max(1, len(expected)), size=rng.integers(1, 60)))
        if step in ("put", "fill", "blank") and len(expected):
            share = {"put": 0.05, "fill": 1.0, "blank": 0.0}[step]  # "fill" outgrows its block
            new = sparse(rng, len(ids), width, share)
            expected = expected.copy()
            expected[ids] = new
            store["a"].put(ids, new)
        elif step == "append":
            new = sparse(rng, int(rng.integers(0, 200)), width, 0.1)
            store["a"].append(new)
            expected = np.concatenate([expected, new])
        elif step == "replace":
            expected = sparse(rng, len(expected), width, 0.2)
            store.replace("a", expected)
        else:
            store.flush()
            if step == "reload":
                store.forget_cached()
        np.testing.assert_array_equal(store["a"].all(), expected)
    store.flush()
    store.forget_cached()
    np.testing.assert_array_equal(store["a"].all(), expected)
    building.discard()


def number(row: int, version: int) -> float:
    return 1234567.0 + row * 1000.0 + version + 0.8125


def test_no_byte_stays(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    count, width = 600, 120
    values = np.zeros((count, width))
    version = np.zeros(count, dtype=int)

    def row_of(row: int) -> Any:
        made = np.zeros(width)
        made[rng.choice(width, size=rng.integers(1, 30), replace=False)] = number(row, version[row])
        return made

    for row in range(count):
        values[row] = row_of(row)
    building = RunFile.create(tmp_path)
    ArrayStore(building.connection).create("matrix", values)
    path = building.publish(lambda n: tmp_path / f"run-{n}.palimpsest")
    gone: set[float] = set()
    with RunFile.open(path, writable=True) as file:
        for _ in range(12):
            with file.transaction() as connection:
                store = ArrayStore(connection)
                chosen = rng.choice(count, size=40, replace=False)
                gone |= {number(row, version[row]) for row in chosen}
                version[chosen] += 1
                store["matrix"].put(chosen[:20], 0.0)
                version[chosen[:20]] += 100
                for row in chosen[20:]:
                    store["matrix"].put([row], row_of(row)[None, :])
                store.flush()
            file.checkpoint()
        data = b"".join(one.read_bytes() for one in tmp_path.iterdir())
        left = [value for value in gone if struct.pack("<d", value) in data]
        assert left == []
        with file.snapshot() as connection:
            array = ArrayStore(connection)["matrix"]
            assert isinstance(array, CsrArray)
            assert array.all().any()


def test_damage_is_found_not_used(file: RunFile) -> None:
    with file.transaction() as connection:
        ArrayStore(connection).create("a", sparse(np.random.default_rng(0), 50, 60))
        (data,) = connection.execute("SELECT data FROM array_1 WHERE block = 0").fetchone()
        wrong = bytearray(data)
        wrong[40] ^= 1
        connection.execute("UPDATE array_1 SET data = ? WHERE block = 0", (bytes(wrong),))
    with file.snapshot() as connection, pytest.raises(StoreError, match="damaged"):
        ArrayStore(connection)["a"].all()


def test_a_run_of_words(tmp_path: Path) -> None:
    """A vocabulary makes a wide matrix that is mostly zero."""

    def encode_features() -> Any:
        return ColumnTransformer([("words", CountVectorizer(), "title")])

    pipeline = make_pipeline_of(tmp_path / "runs", encode_features=encode_features)
    with pipeline.run(**write(tmp_path, tables(3, mails=300))) as run:
        with run.reading() as stored:
            assert isinstance(stored.arrays["matrix"], CsrArray)
        for rows in ([0, 5], [17, 60, 61, 200]):
            asked = ForgetRequest(
                run=run.id, source="mails", selector=RowIds(rows=rows), action="delete"
            )
            run.apply(run.preview(asked).token)
        assert run.prove().equal
        assert run.X.shape == (len(run.frame), len(run.features))
