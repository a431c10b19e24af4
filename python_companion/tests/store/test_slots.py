"""Rows of a table: found by id, whether they lie where they were first written or have moved."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palimpsest.protocol.messages import Condition
from palimpsest.store.runfile import RunFile
from palimpsest.store.tables import RowTable

CHANGES = st.lists(
    st.tuples(st.sampled_from(["blank", "update", "append", "erase"]), st.integers(0, 30)),
    max_size=12,
)


def rows_of(table: RowTable) -> dict[int, Any]:
    part = table.read()
    return dict(zip(part.rows.tolist(), part.frame["n"].tolist(), strict=True))


@given(changes=CHANGES, offset=st.integers(0, 5), limit=st.integers(1, 20))
def test_a_table_is_what_a_dictionary_would_be(
    tmp_path_factory: pytest.TempPathFactory,
    changes: list[tuple[str, int]],
    offset: int,
    limit: int,
) -> None:
    file = RunFile.create(tmp_path_factory.mktemp("slots"))
    expected: dict[int, Any] = {row: float(row) for row in range(20)}
    table = RowTable.create(file.connection, "t", pd.DataFrame({"n": list(expected.values())}))
    following = 20
    for number, (change, chosen) in enumerate(changes):
        value = 100.0 + number
        there = sorted(expected)
        ids = np.array([there[chosen % len(there)]] if there else [], dtype=np.int32)
        if change == "append":
            table.append(np.array([following], dtype=np.int32), pd.DataFrame({"n": [value]}))
            expected[following] = value
            following += 1 + chosen % 3
        elif change == "blank":
            table.blank(ids)
            expected = {row: kept for row, kept in expected.items() if row not in ids}
        elif change == "update":
            table.update(ids, pd.DataFrame({"n": [value] * len(ids)}))
            expected.update(dict.fromkeys(ids.tolist(), value))
        elif len(ids):
            table.erase({"n": ids})
            expected.update(dict.fromkeys(ids.tolist(), np.nan))
    np.testing.assert_equal(rows_of(table), dict(sorted(expected.items())))
    assert len(table) == len(expected)
    assert table.existing(range(following)).tolist() == sorted(expected)
    rows, values, erased = table.column("n")
    assert rows.tolist() == sorted(expected)
    np.testing.assert_equal(values.tolist(), [expected[row] for row in sorted(expected)])
    assert rows[erased].tolist() == [row for row in sorted(expected) if np.isnan(expected[row])]
    backwards = sorted(expected, reverse=True)
    np.testing.assert_equal(
        table.read(backwards).frame["n"].tolist(), [expected[row] for row in backwards]
    )
    high = Condition(column="n", comparison=">=", value=100)
    assert table.select([high]).tolist() == [r for r in sorted(expected) if expected[r] >= 100]
    table.verify()
    file.discard()


def test_rows_that_stay_where_they_are_need_no_index(file: RunFile) -> None:
    with file.transaction() as connection:
        table = RowTable.create(connection, "t", pd.DataFrame({"n": range(5000)}))
        table.blank([1, 2])
        table.update(np.array([7], dtype=np.int32), pd.DataFrame({"n": [0]}))
    query = "SELECT count(*) FROM rows_1 WHERE row <> slot"
    assert file.connection.execute(query).fetchone() == (1,)
    asked: list[str] = []
    file.connection.set_trace_callback(asked.append)
    part = table.read()
    file.connection.set_trace_callback(None)
    assert part.rows.tolist() == [0, *range(3, 5000)]
    plans = [str(file.connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()) for sql in asked]
    (merged,) = [plan for plan in plans if "MERGE (UNION ALL)" in plan]
    assert "TEMP B-TREE" not in merged
