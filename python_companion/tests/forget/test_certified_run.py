"""A certified model in a run: its secret is sealed, and its budget goes on from the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from palimpsest import Certified, Pipeline, Run
from palimpsest.models import SECRET
from palimpsest.pipeline.cache import CACHE
from palimpsest.pipeline.live import _LIVE
from palimpsest.protocol.messages import ForgetRequest, RowIds
from palimpsest.store.documents import read_document


def prepare(people: Any) -> Any:
    import palimpsest.pandas as pd

    return pd.read_csv(people)


def encode_features() -> Any:
    return ColumnTransformer([("z", StandardScaler(), ["amount", "age"])])


def run_of(folder: Path, **options: Any) -> Run:
    rng = np.random.default_rng(0)
    amount, age = rng.normal(50.0, 9.0, 400), rng.normal(40.0, 12.0, 400)
    target = (amount + 0.3 * age + rng.normal(0.0, 8.0, 400) > 62.0).astype(int)
    people = folder / "people.csv"
    pandas.DataFrame({"amount": amount, "age": age, "target": target}).to_csv(people, index=False)
    pipeline = Pipeline(
        "certified",
        prepare,
        encode_features,
        lambda table: table["target"],
        lambda width: Certified(LogisticRegression(C=0.1)),
        folder=folder / "runs",
        **options,
    )
    return pipeline.run(people=people)


def forget(run: Run, rows: list[int]) -> str:
    request = ForgetRequest(
        run=run.id, source="people", selector=RowIds(rows=rows), action="delete"
    )
    receipt = run.apply(run.preview(request).token)
    return next(a.guarantee for a in receipt.artifacts if a.artifact == "model")


@pytest.mark.parametrize("notebook", [True, False])
def test_frozen_encoders_keep_the_certificate(notebook: bool, tmp_path: Path) -> None:
    with run_of(tmp_path, encoders="frozen") as run:
        path = run.path
        with run.reading() as stored:
            seed = stored.model.facts[SECRET]
        told = forget(run, [0, 1, 2])
        assert told.startswith("certified(1, 0.0001)")
        with run.reading() as stored:
            spent = stored.model.facts["spent"]
            kept = read_document(stored.connection, "model")["facts"][SECRET]
    assert kept != seed
    for file in path.parent.iterdir():
        assert seed.encode() not in file.read_bytes()
        assert bytes.fromhex(seed) not in file.read_bytes()
    CACHE.drop(run.id)
    if not notebook:
        _LIVE.pop(run.id)
    with Run.open(path) as run:
        before = run.model.coef_
        assert forget(run, [3, 4]).startswith("certified(1, 0.0001)")
        assert not np.array_equal(run.model.coef_, before)
        with run.reading() as stored:
            assert stored.model.facts[SECRET] == seed
            assert stored.model.facts["spent"] > spent
            assert stored.model.facts["forgets"] == 2
            assert json.dumps(stored.model.facts)


def test_encoders_that_move_are_told(tmp_path: Path) -> None:
    with run_of(tmp_path) as run:
        told = forget(run, [0])
        assert told.startswith("refit")
        assert "the encoders moved" in told
