"""What of a plan is kept in a run file."""

from __future__ import annotations

import json
from typing import Any

import pandas

import palimpsest.pandas as pd
from palimpsest.pipeline.writing import plan_document
from palimpsest.tracking import capture

PEOPLE = pandas.DataFrame({"name": ["ada", "ben"], "age": ["1", "2"]})


def test_a_dtype_that_is_an_argument_is_kept() -> None:
    def prepare(people: pandas.DataFrame) -> pandas.DataFrame:
        people = pd.DataFrame(people)
        people["age"] = people["age"].astype(dtype=float)
        people["old"] = (people["age"] > 1).to_numpy(dtype=int)
        return people

    plan = capture(prepare, {"people": PEOPLE}).plan
    assert _expressions(plan_document(plan)) == _expressions(plan.to_json())


def _expressions(document: dict[str, Any]) -> list[Any]:
    return [node["expressions"] for node in document["nodes"]]


def test_categories_are_values_of_records_and_are_not_kept() -> None:
    def prepare(people: pandas.DataFrame) -> pandas.DataFrame:
        people = pd.DataFrame(people)
        people["kind"] = people["name"].astype("category")
        return people

    plan = capture(prepare, {"people": PEOPLE}).plan
    assert "ada" in json.dumps(plan.to_json())
    assert "ada" not in json.dumps(plan_document(plan))
