"""A plan is data: it survives JSON, and maintains without the code that made it."""

from __future__ import annotations

import json
from typing import Any

import pandas
import pytest
from hypothesis import given, settings

import palimpsest.pandas as pd
from palimpsest.tracking import Plan, RowState, SourceChange, capture, maintain
from palimpsest.tracking.literals import from_json, to_json

from .oracle import Maintained, cells
from .programs import Program, programs


@given(programs())
@settings(max_examples=2 * settings().max_examples)
def test_a_plan_survives_json(program: Program) -> None:
    plan = capture(program.prepare(pd), program.sources).plan
    encoded = json.loads(json.dumps(plan.to_json()))
    assert Plan.from_json(encoded).to_json() == encoded


def test_a_newer_plan_is_refused() -> None:
    with pytest.raises(ValueError, match="version 2"):
        Plan.from_json({"version": 2})


def test_a_stored_run_is_maintained_without_its_code() -> None:
    frame = pandas.DataFrame({"k": ["a", "a", "b"], "x": [1, 2, 3]})

    def prepare(source: Any) -> Any:
        kept = source.drop_duplicates("k", keep="last")
        return kept.assign(u=kept["k"].map(str.upper))

    captured = capture(prepare, {"source": frame})
    captured.rows.build()
    plan = Plan.from_json(json.loads(json.dumps(captured.plan.to_json())))
    state = RowState.from_arrays(captured.rows.to_arrays())
    table = Maintained(captured)
    delta = maintain(
        plan,
        plan.output,
        state,
        table.sources,
        captured.memo,
        {"source": SourceChange(deleted=[2])},
    )
    assert delta.removed.tolist() == [1]
    assert state.rows(plan[plan.output].space).tolist() == [0]


VALUES = [
    None, True, 3, 2.5, float("inf"), "text", b"bytes", (1, "a"), {1, 2}, {1: "a", "b": [2.0]},
    slice(None, 4), pandas.NA, pandas.NaT, pandas.Timestamp("2024-02-29 12:00", tz="Europe/Berlin"),
    pandas.Timedelta("1 day"), int, str, pandas.Series(dtype="category").dtype,
    pandas.CategoricalDtype(["a", "b"], ordered=True), pandas.Int64Dtype(),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES)
def test_a_literal_survives_json(value: Any) -> None:
    back = from_json(json.loads(json.dumps(to_json(value))))
    assert type(back) is type(value)
    assert back is value or back == value or repr(back) == repr(value)


def test_labels_are_short_and_plain() -> None:
    frame = pandas.DataFrame({"k": ["a", "b"], "x": [1, 2]})
    captured = capture(
        lambda source: source[(source["x"] > 1) & source["k"].isin(["a"])], {"source": frame}
    )
    assert captured.plan[captured.output].label == "((x > 1) & k.isin(['a']))"
    assert cells(captured.frame, {}) == []
