"""The measuring itself: pairing rows, distances, the cache of states."""

from __future__ import annotations

import numpy as np
import pandas as pd

from palimpsest.encoding import RawRows
from palimpsest.forget.prove import match_rows
from palimpsest.forget.rowvalues import row_difference, row_values
from palimpsest.pipeline.cache import RAW, StateCache


def frame(numbers: list[float], texts: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"number": numbers, "text": texts})


def test_rows_pair_as_multisets() -> None:
    one = frame([1.0, 2.0, 2.0, np.nan], ["a", "b", "b", "c"])
    other = frame([np.nan, 2.0, 1.0, 5.0], ["c", "b", "a", "b"])
    pairs = match_rows((one, {}), (other, {}))
    assert pairs.tolist() == [[0, 2], [1, 1], [3, 0]]


def test_rounding_does_not_part_equal_numbers() -> None:
    base = 0.1234567890125
    one = frame([base, 7.0], ["a", "b"])
    other = frame([7.0, base * (1 + 3e-12)], ["b", "a"])
    assert row_difference((one, {}), (other, {})) == (1, 1)
    assert match_rows((one, {}), (other, {})).tolist() == [[0, 1], [1, 0]]
    far = frame([7.0, base * (1 + 1e-6)], ["b", "a"])
    assert match_rows((one, {}), (far, {})).tolist() == [[1, 0]]


def test_an_erased_cell_is_neither_missing_nor_its_value() -> None:
    missing = frame([np.nan], ["a"])
    erased = (missing, {"number": np.array([True])})
    assert len(match_rows((missing, {}), erased)) == 0
    assert len(match_rows(erased, erased)) == 1


def test_exact_values_tell_types_apart() -> None:
    values = pd.DataFrame({"v": np.array([1, 1.0, True, "1", None], dtype=object)})
    assert len(set(row_values(values, {}, digits=None))) == 5
    assert len(set(row_values(values, {}))) == 3


def raw(rows: int) -> RawRows:
    return RawRows.zeros(rows, 4, 1)


def test_the_cache_keeps_one_state_of_a_run() -> None:
    cache = StateCache()
    assert cache.get("a", 1, "plan", lambda: "first") == "first"
    assert cache.get("a", 1, "plan", lambda: "again") == "first"
    cache.put("a", 2, "plan", "second")
    assert cache.get("a", 1, "plan", lambda: "old") == "old"
    assert cache.get("a", 2, "plan", lambda: "again") == "second"
    cache.drop("a")
    assert cache.get("a", 2, "plan", lambda: "again") == "again"


def test_the_cache_gives_a_matrix_to_one_owner_and_bounds_their_size() -> None:
    cache = StateCache(raw_bytes=5 * 33 * 10)
    mine = raw(10)
    cache.put("a", 1, RAW, mine)
    assert cache.take("a", 2, RAW) is None
    assert cache.take("a", 1, RAW) is mine
    assert cache.take("a", 1, RAW) is None
    cache.put("a", 1, RAW, mine)
    cache.put("b", 1, RAW, raw(45))
    assert cache.take("a", 1, RAW) is None
    assert cache.take("b", 1, RAW) is not None
    cache.put("c", 1, RAW, raw(1000))
    assert cache.take("c", 1, RAW) is None
