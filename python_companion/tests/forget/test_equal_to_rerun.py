"""After any forget, the state equals a re-run on the changed sources: the definition of forgetting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from palimpsest.errors import PalimpsestError
from palimpsest.forget.rerun import rerun_of
from palimpsest.models import ModelError
from palimpsest.pipeline import Run
from palimpsest.pipeline.execution import ignore_progress
from palimpsest.protocol.messages import ForgetRequest, Proof, RowIds
from palimpsest.tracking.capture import capture

from ..pipeline.complaints import (
    by_date,
    make_logistic,
    make_pipeline_of,
    make_ridge,
    prepare,
    prepare_grouped,
    prepare_left,
    tables,
    write,
)

COLUMNS = {
    "customers": ["email", "bank", "country", "level"],
    "mails": ["email", "date", "subject", "text"],
}

Step = tuple[str, str, list[str], float, int]

STEPS = st.sampled_from(["customers", "mails"]).flatmap(
    lambda source: st.tuples(
        st.just(source),
        st.sampled_from(["delete", "erase", "keep", "rectify", "insert"]),
        st.lists(st.sampled_from(COLUMNS[source]), min_size=1, max_size=3, unique=True),
        st.sampled_from([0.02, 0.1, 0.4]),
        st.integers(0, 2**31),
    )
)


def choose(run: Run, step: Step) -> ForgetRequest:
    source, action, columns, share, seed = step
    with run.reading() as stored:
        rows = stored.source(source).rows()
    rng = np.random.default_rng(seed)
    chosen = rows[rng.random(len(rows)) < share]
    if not len(chosen):
        chosen = rows[:1]
    parts: dict[str, Any] = {"selector": RowIds(rows=chosen.tolist())}
    if action == "erase":
        parts["columns"] = columns
    elif action == "keep":
        action, parts = "erase", {**parts, "columns": columns, "keep_rows": True}
    elif action == "rectify":
        parts["values"] = {column: new_value(column, rng) for column in columns}
    elif action == "insert":
        parts = {"records": [new_record(source, rng) for _ in range(len(chosen) // 3 + 1)]}
    return ForgetRequest(run=run.id, source=source, action=action, **parts)  # type: ignore[arg-type]


VALUES = {
    "email": [*(f"person{n}@example.org" for n in range(6)), "stranger@example.org", "new@x.org"],
    "bank": ["bank0001", "bank9999"],
    "country": ["UK", "ES", "IT"],
    "level": ["basic", "premium"],
    "date": ["2021-02-03", "2023-02-03", "2025-02-03"],
    "subject": ["Subject-0001 x", "Subject-7777 xx"],
    "text": ["text-0001 bad", "text-7777 bad", "text-7777 fine"],
}


def new_value(column: str, rng: np.random.Generator) -> str:
    return str(rng.choice(VALUES[column]))


def new_record(source: str, rng: np.random.Generator) -> dict[str, str]:
    key = {"customers": "cid", "mails": "mid"}[source]
    values = {column: new_value(column, rng) for column in COLUMNS[source]}
    return {key: str(rng.integers(1000, 10**9)), **values}


def forget(run: Run, request: ForgetRequest) -> bool:
    """Apply a request; False when it is refused: nothing to do, or no class or row would be left."""
    before = run.summary
    try:
        shown = run.preview(request)
        receipt = run.apply(shown.token)
    except (ModelError, PalimpsestError) as error:
        if isinstance(error, PalimpsestError) and not refused(error):
            raise
        assert run.summary == before
        return False
    assert (
        shown.training_rows_removed,
        shown.training_rows_changed,
        shown.training_rows_added,
        shown.matrix_cells,
        shown.records,
    ) == (
        receipt.training_rows_removed,
        receipt.training_rows_changed,
        receipt.training_rows_added,
        receipt.matrix_cells,
        receipt.records,
    )
    return True


def refused(error: PalimpsestError) -> bool:
    told = ("what is erased stays so", "Rows can be kept where a filter read")
    return error.code == "empty-selection" or any(part in error.message for part in told)


def check_row_identity(run: Run) -> None:
    """Everything is there for the rows of the table and only for them."""
    with run.reading() as stored:
        rows = stored.training.rows()
        np.testing.assert_array_equal(rows, stored.training_rows)
        gone = np.setdiff1d(np.arange(len(stored.matrix)), rows)
        assert not stored.matrix.all().values[gone].any()


@settings(
    max_examples=settings().max_examples * 5 // 8,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    seed=st.integers(0, 1000),
    steps=st.lists(STEPS, min_size=1, max_size=5),
    preparing=st.sampled_from([prepare, prepare_left, prepare_grouped]),
    model=st.sampled_from([make_ridge, make_logistic]),
    split=st.sampled_from([None, 0.3, by_date]),
    encoders=st.sampled_from(["train", "all"]),
)
def test_any_sequence_of_forgets_equals_a_rerun(  # noqa: PLR0917 - drawn by hypothesis
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    steps: list[Step],
    preparing: Any,
    model: Any,
    split: Any,
    encoders: str,
) -> None:
    folder = tmp_path_factory.mktemp("forget")
    pipeline = make_pipeline_of(
        folder / ".palimpsest",
        prepare=preparing,
        make_model=model,
        split=split,
        fit_encoders_on=encoders,
    )
    paths = write(folder, tables(seed))
    with pipeline.run(**paths) as run:
        sides = dict(zip(run.frame.index.tolist(), run.train.tolist(), strict=True))
        for step in steps:
            if not forget(run, choose(run, step)):
                continue
            proof = run.prove()
            check_proof(proof)
            check_row_identity(run)
        if split == 0.3:
            after = dict(zip(run.frame.index.tolist(), run.train.tolist(), strict=True))
            assert all(sides[row] == side for row, side in after.items() if row in sides)
        assert run.receipts().intact


def check_proof(proof: Proof) -> None:
    assert proof.rows_missing == proof.rows_extra == 0
    assert proof.matrix_distance <= 1e-9
    assert proof.statistics_distance <= 1e-9
    assert proof.parameter_distance <= 1e-7
    assert proof.prediction_disagreement <= 0.02
    assert proof.equal


@pytest.mark.parametrize("action", ["delete", "erase"])
def test_a_rerun_is_what_plain_pandas_gives(tmp_path: Path, action: str) -> None:
    """The oracle of the proof, itself checked: a delete is a run on files without the rows."""
    frames = tables(7)
    pipeline = make_pipeline_of(tmp_path / ".palimpsest")
    with pipeline.run(**write(tmp_path, frames)) as run:
        request = ForgetRequest(
            run=run.id,
            source="mails",
            selector=RowIds(rows=list(range(0, 60, 3))),
            action=action,  # type: ignore[arg-type]
            columns=["subject"] if action == "erase" else [],
        )
        run.apply(run.preview(request).token)
        with run.reading() as stored:
            outcome = rerun_of(stored, run.live, "")(ignore_progress)
        if action == "delete":
            smaller = {**frames, "mails": frames["mails"].drop(index=range(0, 60, 3))}
            expected = capture(prepare, write(tmp_path / "smaller", smaller)).frame
            got = outcome.frame
            pd.testing.assert_frame_equal(
                got.sort_values(list(got.columns)).reset_index(drop=True),
                expected.sort_values(list(got.columns)).reset_index(drop=True),
            )
        else:
            assert outcome.frame["title"].isna().sum() == outcome.erased["title"].sum() > 0
