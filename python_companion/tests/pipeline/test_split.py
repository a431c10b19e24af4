from __future__ import annotations

import numpy as np
import pandas as pd

from palimpsest.pipeline.split import SplitRule, content_hashes, row_keys


def test_a_side_depends_on_the_records_not_on_the_order() -> None:
    frame = pd.DataFrame({"a": range(1000), "b": [f"t{n}" for n in range(1000)]})
    hashes = {"s": content_hashes(frame)}
    rows = np.arange(1000)
    rule = SplitRule(tested=0.25, seed=3)
    sides = rule.draw(1000, [("s", rows, rows)], hashes)
    assert 0.7 < sides.mean() < 0.8
    order = np.random.default_rng(0).permutation(1000)
    shuffled = {"s": content_hashes(frame.iloc[order].reset_index(drop=True))}
    np.testing.assert_array_equal(rule.draw(1000, [("s", rows, rows)], shuffled), sides[order])
    other = SplitRule(tested=0.25, seed=4).draw(1000, [("s", rows, rows)], hashes)
    assert 0.5 < (sides == other).mean() < 0.75


def test_a_key_is_of_the_set_of_records() -> None:
    contents = {"s": content_hashes(pd.DataFrame({"a": range(5)}))}
    rows = np.array([0, 0, 1, 1, 2])
    one = row_keys(3, [("s", rows, np.array([0, 1, 1, 0, 0]))], contents)
    assert one[0] == one[1] != one[2]


def test_records_with_lists_have_a_hash() -> None:
    hashes = content_hashes(pd.DataFrame({"a": [[1], [2], None, [1]]}))
    assert hashes[0] == hashes[3] != hashes[1]
