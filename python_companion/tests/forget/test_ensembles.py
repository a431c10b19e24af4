"""Models that go by the identity of rows: after any forgets they are those of a re-run, to the bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from palimpsest import Sharded
from palimpsest.forget.rerun import rerun_of
from palimpsest.pipeline import Run
from palimpsest.pipeline.cache import CACHE
from palimpsest.pipeline.execution import ignore_progress
from palimpsest.protocol.messages import ForgetRequest, RowIds

from ..pipeline.complaints import (
    by_date,
    embed,
    encode_features,
    length,
    make_pipeline_of,
    prepare,
    prepare_grouped,
    prepare_left,
    tables,
    write,
)
from .test_equal_to_rerun import STEPS, Step, check_row_identity, choose, forget


def plain_features() -> Any:
    """Nothing is scaled: rows that stay look the same, unless a category comes or goes."""
    return ColumnTransformer(
        [
            ("embedding", FunctionTransformer(embed), ["title"]),
            ("length", FunctionTransformer(length), ["title"]),
            ("country", OneHotEncoder(handle_unknown="ignore"), ["country"]),
        ]
    )


def make_forest(n_features: int) -> Any:
    return RandomForestClassifier(12, max_samples=0.06, random_state=4)


def make_shards(n_features: int) -> Any:
    return Sharded(SGDClassifier(loss="log_loss"), shards=4, slices=3, random_state=1)


def assert_as_rerun(run: Run) -> None:
    with run.reading() as stored:
        ours = stored.model
        fresh = rerun_of(stored, run.live, "")(ignore_progress).model
    assert ours.arrays.keys() == fresh.arrays.keys()
    for name, array in fresh.arrays.items():
        np.testing.assert_array_equal(ours.arrays[name], array, err_msg=name)


@pytest.mark.filterwarnings("ignore:Using the fractional value")
@settings(
    max_examples=settings().max_examples // 10,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    seed=st.integers(0, 1000),
    steps=st.lists(STEPS, min_size=2, max_size=3),
    preparing=st.sampled_from([prepare, prepare_left, prepare_grouped]),
    split=st.sampled_from([None, 0.3, by_date]),
)
@pytest.mark.parametrize("make_model", [make_forest, make_shards])
def test_any_sequence_of_forgets(  # noqa: PLR0917 - drawn by hypothesis
    tmp_path_factory: pytest.TempPathFactory,
    make_model: Any,
    seed: int,
    steps: list[Step],
    preparing: Any,
    split: Any,
) -> None:
    folder = tmp_path_factory.mktemp("ensembles")
    pipeline = make_pipeline_of(
        folder / ".palimpsest",
        prepare=preparing,
        encode_features=plain_features,
        make_model=make_model,
        split=split,
    )
    with pipeline.run(**write(folder, tables(seed, mails=240))) as run:
        for step in steps:
            if forget(run, choose(run, step)):
                assert_as_rerun(run)
                check_row_identity(run)
        assert run.prove().equal


def deletion(run: Run, rows: list[int]) -> ForgetRequest:
    selector = RowIds(rows=rows)
    return ForgetRequest(run=run.id, source="mails", selector=selector, action="delete")


@pytest.mark.parametrize("make_model", [make_forest, make_shards])
@pytest.mark.parametrize(
    ("encoders", "told"), [("frozen", "hold an affected row"), ("exact", "columns of the feature")]
)
def test_the_preview_says_what_the_receipt_says(
    tmp_path: Path, make_model: Any, encoders: str, told: str
) -> None:
    """Scaled columns move with every row, so that only frozen ones leave the others as they are."""
    pipeline = make_pipeline_of(
        tmp_path / ".palimpsest",
        encode_features=encode_features,
        make_model=make_model,
        encoders=encoders,
    )
    with pipeline.run(**write(tmp_path, tables(3, mails=240))) as run:
        first = run.trace_back(int(run.frame.index[run.train][0])).records
        mail = next(record.row for record in first if record.source == "mails")
        preview = run.preview(deletion(run, [mail]))
        receipt = run.apply(preview.token)
        shown, done = (
            next(part.guarantee for part in found.artifacts if part.artifact == "model")
            for found in (preview, receipt)
        )
        assert shown == done
        assert told in done
        assert_as_rerun(run)


@pytest.mark.parametrize(
    ("make_model", "trained"), [(make_forest, RandomForestClassifier), (make_shards, SGDClassifier)]
)
def test_a_stored_model_is_not_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_model: Any, trained: type
) -> None:
    pipeline = make_pipeline_of(
        tmp_path / ".palimpsest", encode_features=plain_features, make_model=make_model
    )
    with pipeline.run(**write(tmp_path, tables(3, mails=240))) as run:
        path, X, expected = run.path, run.X, run.model.predict_proba(run.X)
        CACHE.drop(run.id)
    monkeypatch.setattr(trained, "fit", None)
    with Run.open(path) as run:
        np.testing.assert_array_equal(run.model.predict_proba(X), expected)
        monkeypatch.undo()
        run.apply(run.preview(deletion(run, [0, 1, 2])).token)
        assert_as_rerun(run)
