"""A run with frozen encoders: only the rows concerned change, drift is told, a proof holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import Ridge
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from palimpsest import Pipeline
from palimpsest.errors import InvalidArgumentError
from palimpsest.protocol.messages import ForgetRequest, RowIds


def prepare(people: Any) -> Any:
    import palimpsest.pandas as pd

    return pd.read_csv(people)


def encode_features() -> Any:
    return ColumnTransformer(
        [("z", StandardScaler(), ["amount"]), ("kind", OneHotEncoder(), ["kind"])]
    )


def pipeline(folder: Path, **options: Any) -> Pipeline:
    label = lambda table: table["target"]
    model = lambda width: Ridge()
    return Pipeline("frozen", prepare, encode_features, label, model, folder=folder, **options)


def test_frozen_encoders(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    kinds = ["rare", *rng.choice(["a", "b"], 59)]
    columns = {"amount": rng.normal(50.0, 9.0, 60), "kind": kinds, "target": rng.normal(size=60)}
    people = tmp_path / "people.csv"
    pandas.DataFrame(columns).to_csv(people, index=False)
    with pipeline(tmp_path / "runs", encoders="frozen").run(people=people) as run:
        before = run.X
        request = ForgetRequest(
            run=run.id, source="people", selector=RowIds(rows=[0, 1, 2]), action="delete"
        )
        preview = run.preview(request)
        assert any("frozen" in sentence for sentence in preview.consequences)
        receipt = run.apply(preview.token)
        np.testing.assert_array_equal(run.X, before[3:])
        statistics = next(a for a in receipt.artifacts if a.artifact == "encoder statistics")
        assert statistics.strategy == "frozen"
        assert "no row fills any more" in statistics.guarantee
        assert run.prove().equal


def test_the_policy_is_checked(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="'encoders' must be"):
        pipeline(tmp_path, encoders="stale")
