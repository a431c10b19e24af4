"""What cannot be done is refused with a clear answer, and nothing is half done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

import palimpsest.pandas as pd
from palimpsest import Pipeline, Run
from palimpsest.protocol.messages import ForgetRequest, RowIds

TARGETS = np.array(["yes"] * 3 + ["no"] * 37)


def prepare(people: Any) -> Any:
    return pd.read_csv(people)


def encode_features() -> Any:
    return ColumnTransformer([("z", StandardScaler(), ["amount", "age"])])


def label(table: Any) -> Any:
    return table["target"]


def make_model(width: int) -> Any:
    return LogisticRegression()


def people(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    columns = {"amount": rng.normal(size=40), "age": rng.normal(size=40), "target": TARGETS}
    path = folder / "people.csv"
    pandas.DataFrame(columns).to_csv(path, index=False)
    return path


def pipeline(folder: Path, extract_label: Any = label) -> Pipeline:
    parts = (prepare, encode_features, extract_label, make_model)
    return Pipeline("people", *parts, folder=folder / "runs")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with pipeline(tmp_path).run(people=people(tmp_path)) as run:
        yield run


def refused(run: Run, rows: list[int], action: Any, message: str, **more: Any) -> None:
    """Ask for something; it must be refused and leave everything as it is."""
    before = run.X, run.model.coef_, list(run.frame["target"])
    request = ForgetRequest(
        run=run.id, source="people", selector=RowIds(rows=rows), action=action, **more
    )
    with pytest.raises(ValueError, match=message):
        run.apply(run.preview(request).token)
    np.testing.assert_array_equal(run.X, before[0])
    np.testing.assert_array_equal(run.model.coef_, before[1])
    assert list(run.frame["target"]) == before[2]
    assert not run.receipts().receipts
    assert run.prove().equal


def test_the_last_rows_of_a_class(run: Run) -> None:
    refused(run, [0, 1, 2], "delete", "no training row of class 'yes' would be left")


def test_labels_that_are_erased_are_rows_that_leave(run: Run) -> None:
    refused(run, [0, 1, 2], "erase", "no training row of class 'yes'", columns=["target"])


def test_the_last_rows_of_a_class_that_get_another_label(run: Run) -> None:
    refused(run, [0, 1, 2], "rectify", "no training row of class 'yes'", values={"target": "no"})


def test_all_rows(run: Run) -> None:
    refused(run, list(range(40)), "delete", "no training row")


def test_the_whole_label_column(run: Run) -> None:
    refused(run, list(range(40)), "erase", "no training row", columns=["target"])


def test_a_label_column_that_is_gone(tmp_path: Path) -> None:
    """From the source, or renamed in the notebook: the run that was stays what it was."""
    path = people(tmp_path)
    with pipeline(tmp_path).run(people=path) as run:
        coefficients = run.model.coef_
        pandas.read_csv(path).drop(columns="target").to_csv(path, index=False)
        with pytest.raises(Exception, match="target"):
            pipeline(tmp_path).run(people=path)
        with pytest.raises(Exception, match="answer"):
            pipeline(tmp_path, lambda table: table["answer"]).run(people=people(tmp_path))
        np.testing.assert_array_equal(run.model.coef_, coefficients)
        assert run.prove().equal
    assert len(list((tmp_path / "runs").rglob("*.palimpsest"))) == 1
