"""Assertions hold of the table they were found in, on real data, and break where data breaks."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palimpsest.compliance.assertions import candidates, schema

from .realdata import run_of


def test_of_mortgages(tmp_path: Path) -> None:
    with run_of("mortgages", tmp_path) as run:
        found = {(one.column, one.kind): one for one in run.assertions()}
        frame = run.frame
    for one in found.values():
        assert not one.failing(frame[one.column]).any()
        assert one.false_failures <= 0.05
    assert found["deny", "domain"].value == ("no", "yes")
    assert found["deny", "domain"].because is None
    # The preparation keeps rows of which this ratio is below one.
    assert found["pirat", "range"].value == (float("-inf"), 1.0)
    assert "pirat" in str(found["pirat", "range"].because)


def test_as_a_pandera_schema(tmp_path: Path) -> None:
    errors = pytest.importorskip("pandera.errors")
    with run_of("mortgages", tmp_path) as run:
        found, frame = run.assertions(), run.frame
    checked = schema(found)
    assert checked.validate(frame).equals(frame)
    for one in found:
        broken = frame.astype({one.column: object})
        broken.loc[broken.index[3], one.column] = None if one.kind == "not-null" else 1e9
        assert one.failing(broken[one.column]).tolist().index(True) == 3
        with pytest.raises((errors.SchemaError, errors.SchemaErrors)):
            checked.validate(broken)


@given(
    st.lists(
        st.one_of(st.none(), st.integers(-1000, 1000), st.floats(-1e6, 1e6)),
        min_size=1,
        max_size=40,
    )
)
def test_candidates_hold_of_what_they_are_made_of(cells: list[float | None]) -> None:
    values = pd.Series(cells, dtype=float, name="column")
    for one in candidates("column", values):
        assert not one.failing(values).any()


def test_no_value_of_a_few_is_named() -> None:
    values = pd.Series(["a"] * 30 + ["b"] * 4)
    assert {one.kind for one in candidates("column", values)} == {"not-null"}
