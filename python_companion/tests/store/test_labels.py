import sqlite3
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palimpsest.store.arrays import ArrayStore
from palimpsest.store.labels import LabelColumn
from palimpsest.store.runfile import RunFile
from palimpsest.store.tables import RowTable


@given(
    kind=st.sampled_from(["text", "int", "float", "bool"]),
    start=st.lists(st.integers(0, 4), min_size=1, max_size=20),
    changes=st.lists(st.lists(st.tuples(st.integers(0, 25), st.integers(0, 6))), max_size=3),
    seed=st.integers(0, 2**31),
)
def test_labels_under_any_change(
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    start: list[int],
    changes: list[list[tuple[int, int]]],
    seed: int,
) -> None:
    file = RunFile.create(tmp_path_factory.mktemp("labels"))
    arrays = ArrayStore(file.connection)
    rng = np.random.default_rng(seed)
    expected = of_kind(kind, start)
    erased = rng.random(len(start)) < 0.3
    labels, table = make(file.connection, arrays, expected, erased)
    for change in changes:
        pairs = dict(change)
        old = np.array([row for row in pairs if row < len(expected)], dtype=np.int32)
        rows = np.concatenate([old, len(expected) + np.arange(len(pairs) - len(old))])
        values = of_kind(kind, list(pairs.values()))
        gone = rng.random(len(rows)) < 0.3
        added = rows[len(old) :].astype(np.int32)
        table.append(added, pd.DataFrame({"x": added}))
        labels.write(rows.astype(np.int32), values, gone)
        both = np.concatenate([expected, values[len(old) :]])
        both[old] = values[: len(old)]
        expected = both
        marks = np.concatenate([erased, gone[len(old) :]])
        marks[old] = gone[: len(old)]
        erased = marks
        arrays.flush()
        arrays.forget_cached()
        labels = LabelColumn(file.connection, arrays)
        read, marks = labels.read()
        np.testing.assert_array_equal(marks, erased)
        np.testing.assert_array_equal(read[~erased], expected[~erased])
    file.discard()


def make(
    connection: sqlite3.Connection, arrays: ArrayStore, values: np.ndarray, erased: np.ndarray
) -> tuple[LabelColumn, RowTable]:
    """Make labels and the table in whose rows they lie."""
    carried = LabelColumn.create(connection, arrays, values, erased)
    frame = pd.DataFrame({"x": np.arange(len(values), dtype=np.int32)})
    table = RowTable.create(connection, "training", frame, carried=carried)
    return LabelColumn(connection, arrays), table


def of_kind(kind: str, values: Sequence[int]) -> np.ndarray:
    if kind == "text":
        return np.array([f"class {value}" for value in values], dtype=object)
    return np.array(values, dtype={"int": int, "float": float, "bool": bool}[kind])


def test_a_class_goes_with_its_last_row(file: RunFile) -> None:
    with file.transaction() as connection:
        arrays = ArrayStore(connection)
        values = np.array(["SENTINEL-CLASS", "other", "other"], dtype=object)
        labels, table = make(connection, arrays, values, np.zeros(3, dtype=bool))
        labels.blank(np.array([0], dtype=np.int32))
        table.blank([0])
        arrays.flush()
    file.checkpoint()
    assert b"SENTINEL" not in file.path.read_bytes()
    assert b"other" in file.path.read_bytes()
