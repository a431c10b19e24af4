"""Previews, tokens, receipts, proofs and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

import palimpsest.pandas as pd
from palimpsest.encoding import RawRows
from palimpsest.errors import PalimpsestError
from palimpsest.forget import apply as applying
from palimpsest.forget.change import table_change
from palimpsest.pipeline import Run
from palimpsest.protocol.messages import Condition, Filter, ForgetRequest, Keys, Preview, RowIds
from palimpsest.store.runfile import RunFile, set_meta
from palimpsest.tracking.errors import NeedsFunction

from ..pipeline.complaints import CALLS, RAW, make_pipeline_of, prepare_left, tables, write


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    pipeline = make_pipeline_of(tmp_path / ".palimpsest")
    with pipeline.run(**write(tmp_path, tables(3))) as opened:
        yield opened


def request(run: Run, source: str = "mails", **options: Any) -> ForgetRequest:
    chosen: dict[str, Any] = {
        "run": run.id,
        "source": source,
        "selector": RowIds(rows=[0, 1, 2, 3, 4, 5]),
        "action": "delete",
        **options,
    }
    return ForgetRequest(**chosen)


def reached_mail(run: Run) -> int:
    """Return a mail that made a training row."""
    records = run.trace_back(int(run.frame.index[0])).records
    return next(record.row for record in records if record.source == "mails")


def test_a_preview_changes_nothing_and_an_apply_does_what_it_said(run: Run) -> None:
    frame, matrix, content = run.frame, run.X, run.path.read_bytes()
    shown = run.preview(request(run, selector=RowIds(rows=[reached_mail(run)])))
    pandas.testing.assert_frame_equal(run.frame, frame)
    assert run.path.read_bytes() == content
    assert shown.records == 1
    assert shown.training_rows_removed == 1
    assert shown.matrix_cells == matrix.shape[1]
    assert [artifact.artifact for artifact in shown.artifacts] == [
        "training table",
        "feature matrix",
        "encoder statistics",
        "model",
    ]
    receipt = run.apply(shown.token)
    assert len(run.frame) == len(frame) - 1
    assert len(run.X) == len(run.y) == len(run.train) == len(frame) - 1
    assert receipt.training_rows_removed == 1
    assert run.summary.forgets == 1
    assert run.summary.training_rows == len(frame) - 1


def test_a_token_works_once(run: Run) -> None:
    shown = run.preview(request(run))
    run.apply(shown.token)
    with pytest.raises(PalimpsestError, match="used already") as caught:
        run.apply(shown.token)
    assert caught.value.code == "stale-token"


def test_a_token_ends_when_the_run_changes(run: Run) -> None:
    first, second = run.preview(request(run)), run.preview(request(run))
    run.apply(first.token)
    with pytest.raises(PalimpsestError, match="has changed") as caught:
        run.apply(second.token)
    assert caught.value.code == "stale-token"


def test_a_token_is_good_for_its_run_only(run: Run, tmp_path: Path) -> None:
    other = make_pipeline_of(tmp_path / "other").run(**write(tmp_path, tables(4)))
    shown = run.preview(request(run))
    with pytest.raises(PalimpsestError, match="unknown"):
        other.apply(shown.token)
    run.apply(shown.token)


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        ({"selector": RowIds(rows=[10**6])}, "empty-selection", "the 1 given row ids"),
        (
            {"selector": Keys(column="mid", values=["nobody"])},
            "empty-selection",
            "the 1 given values of 'mid'",
        ),
        (
            {
                "selector": Filter(
                    conditions=[Condition(column="subject", comparison="==", value="none")]
                )
            },
            "empty-selection",
            "the filter on 'subject'",
        ),
        ({"selector": Keys(column="nr", values=["1"])}, "invalid-argument", "no column 'nr'"),
        ({"source": "letters"}, "not-found", "It has: customers, mails"),
        ({"action": "erase"}, "invalid-argument", "needs the columns"),
        ({"action": "erase", "columns": ["subjects"]}, "invalid-argument", "has no column"),
        ({"columns": ["subject"]}, "invalid-argument", "takes whole records"),
        (
            {"action": "erase", "columns": ["email"], "keep_rows": True},
            "invalid-argument",
            "goes by it too",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(
    run: Run, options: dict[str, Any], code: str, told: str
) -> None:
    with pytest.raises(PalimpsestError, match=told) as caught:
        run.preview(request(run, **options))
    assert caught.value.code == code


def test_a_request_names_its_run(run: Run) -> None:
    with pytest.raises(PalimpsestError, match="is for run 'another'"):
        run.preview(request(run).model_copy(update={"run": "another"}))


def test_errors_do_not_repeat_values(run: Run) -> None:
    selector = Keys(column="email", values=["secret@example.org"])
    with pytest.raises(PalimpsestError) as caught:
        run.preview(request(run, selector=selector))
    assert "secret" not in str(caught.value)


def test_rows_may_be_kept_where_the_value_decided_nothing(run: Run) -> None:
    shown = run.preview(request(run, action="erase", columns=["subject"], keep_rows=True))
    assert shown.training_rows_removed == 0


def test_rows_may_be_kept_where_a_filter_read_the_value(run: Run, tmp_path: Path) -> None:
    mail = reached_mail(run)
    rows = len(run.frame)
    asked = request(
        run, action="erase", columns=["date"], keep_rows=True, selector=RowIds(rows=[mail, 40, 41])
    )
    plain = run.preview(asked.model_copy(update={"keep_rows": False}))
    assert plain.training_rows_removed > 0
    shown = run.preview(asked)
    assert shown.training_rows_removed == shown.training_rows_added == 0
    assert any("rows stay that passed the filter" in told for told in shown.consequences)
    receipt = run.apply(shown.token)
    assert receipt.keep_rows
    assert len(run.frame) == rows
    assert run.prove().equal
    run.apply(run.preview(request(run, selector=RowIds(rows=[40]))).token)
    assert run.prove().equal
    run.apply(run.preview(request(run, selector=RowIds(rows=[mail]))).token)
    assert len(run.frame) < rows
    assert run.prove().equal


def test_rows_are_kept_only_where_nothing_has_to_run_again(tmp_path: Path) -> None:
    pipeline = make_pipeline_of(tmp_path / "runs", prepare=prepare_with_an_escape)
    with pipeline.run(**write(tmp_path, tables(3))) as run:
        asked = request(run, action="erase", columns=["date"], keep_rows=True)
        with pytest.raises(PalimpsestError, match="Rows cannot be kept"):
            run.preview(asked)


def prepare_sample(customers: Any, mails: Any) -> Any:
    mails = pd.read_csv(mails, **RAW).sample(frac=0.6, random_state=4)
    rows = mails.merge(pd.read_csv(customers, **RAW).drop_duplicates("email"), on="email")
    rows["title"] = rows["subject"]
    rows["mood"] = rows["text"]
    rows["premium"] = rows["level"] == "premium"
    return rows[["date", "title", "bank", "country", "mood", "premium"]]


def test_a_sample_is_drawn_alike_when_it_is_run_again(tmp_path: Path) -> None:
    pipeline = make_pipeline_of(tmp_path / "runs", prepare=prepare_sample)
    with pipeline.run(**write(tmp_path, tables(3))) as run:
        run.apply(run.preview(request(run, selector=RowIds(rows=list(range(0, 40, 3))))).token)
        assert run.prove().equal
        new = {"mid": "900", "email": tables(3)["mails"]["email"][1], "date": "2024-01-01"}
        new |= {"subject": "new", "text": "bad"}
        for _ in range(3):
            inserted = ForgetRequest(run=run.id, source="mails", action="insert", records=[new])
            run.apply(run.preview(inserted).token)
        assert run.prove().equal


def test_what_is_erased_already_is_told(run: Run) -> None:
    asked = request(run, action="erase", columns=["subject"])
    run.apply(run.preview(asked).token)
    with pytest.raises(PalimpsestError, match="erased already"):
        run.preview(asked)


def test_a_receipt_says_what_was_done_and_holds_no_value(run: Run) -> None:
    mail = tables(3)["mails"].loc[reached_mail(run)]
    selector = Keys(column="subject", values=[mail["subject"]])
    receipt = run.apply(run.preview(request(run, selector=selector)).token, user="anna")
    (listed,) = run.receipts().receipts
    assert listed == receipt
    assert run.receipts().intact
    text = receipt.model_dump_json()
    for value in mail.tolist():
        if len(str(value)) > 3:
            assert str(value) not in text
    assert receipt.user == "anna"
    assert len(receipt.selector_hash) == 32
    assert [timing.stage for timing in receipt.timings] == [
        "training table",
        "sources",
        "feature matrix",
        "model",
        "commit",
        "checkpoint",
    ]
    assert receipt.seconds >= sum(timing.seconds for timing in receipt.timings)


def test_tampering_and_truncation_are_found(run: Run) -> None:
    for rows in ([0], [1], [2]):
        run.apply(run.preview(request(run, selector=RowIds(rows=rows))).token)
    assert run.receipts().intact
    with RunFile.open(run.path, writable=True) as file, file.transaction() as connection:
        connection.execute("DELETE FROM audit WHERE sequence = 3")
    assert not run.receipts().intact


def test_a_proof_is_attached_to_its_receipt(run: Run) -> None:
    first = run.apply(run.preview(request(run)).token)
    proof = run.prove()
    second = run.apply(run.preview(request(run, selector=RowIds(rows=[20, 21]))).token)
    receipts = run.receipts()
    assert receipts.intact
    assert [receipt.receipt for receipt in receipts.receipts] == [first.receipt, second.receipt]
    assert [receipt.proof for receipt in receipts.receipts] == [proof, None]
    with pytest.raises(PalimpsestError, match="no receipt 'x'"):
        run.prove("x")


def test_a_proof_finds_a_state_that_is_not_a_rerun(run: Run) -> None:
    with RunFile.open(run.path, writable=True) as file, file.transaction():
        stored = run.stored_in(file)
        stored.training.erase({"bank": [int(run.frame.index[0])]})
        row = np.array([int(run.frame.index[1])], dtype=np.int32)
        stored.matrix.write(row, RawRows.zeros(1, stored.matrix.width, stored.encoding.units))
        stored.arrays.flush()
        set_meta(file.connection, state=stored.version + 1)
    proof = run.prove()
    assert not proof.equal
    assert (proof.rows_missing, proof.rows_extra) == (1, 1)
    assert proof.matrix_distance > 0.1


def test_user_functions_are_not_called_for_what_they_have_seen(run: Run) -> None:
    CALLS.clear()
    for action, columns in (("delete", []), ("erase", ["subject", "text"])):
        rows = [0, 1, 2] if action == "delete" else [10, 11, 12]
        asked = request(run, action=action, columns=columns, selector=RowIds(rows=rows))
        run.apply(run.preview(asked).token)
    assert not CALLS


def test_a_lost_match_brings_back_a_padded_row_and_says_so(tmp_path: Path) -> None:
    pipeline = make_pipeline_of(tmp_path / ".palimpsest", prepare=prepare_left)
    frames = tables(5)
    email = frames["mails"]["email"][0]
    with pipeline.run(**write(tmp_path, frames)) as run:
        asked = request(run, source="customers", selector=Keys(column="email", values=[email]))
        shown = run.preview(asked)
        assert shown.training_rows_added == shown.training_rows_removed > 0
        assert any("stay without one" in sentence for sentence in shown.consequences)
        run.apply(shown.token)
        assert run.prove().equal


def test_an_erased_label_leaves_the_training_set_and_says_so(run: Run) -> None:
    asked = request(
        run, action="erase", columns=["text"], selector=RowIds(rows=[reached_mail(run)])
    )
    shown = run.preview(asked)
    assert "1 rows lose their label: they leave the training set and stay in the table." in (
        shown.consequences
    )
    rows = len(run.frame)
    run.apply(shown.token)
    assert len(run.frame) == rows
    assert (~run.labelled).sum() == 1
    assert run.prove().equal


def test_a_vanished_category_is_announced(tmp_path: Path) -> None:
    frames = tables(3)
    countries = frames["customers"]["country"]
    frames["customers"]["country"] = countries.where(countries != "FR", "UK")
    email = frames["mails"]["email"][3]
    last = frames["customers"].index[frames["customers"]["email"] == email][-1]
    frames["customers"].loc[last, "country"] = "FR"
    frames["mails"]["date"] = "2023-01-01"
    with make_pipeline_of(tmp_path / "runs").run(**write(tmp_path, frames)) as run:
        assert "country__country_FR" in run.features
        shown = run.preview(request(run, source="customers", selector=RowIds(rows=[int(last)])))
        run.apply(shown.token)
        if "country__country_FR" not in run.features:
            assert any("country_FR disappears" in told for told in shown.consequences)
        assert run.prove().equal


def prepare_with_an_escape(customers: Any, mails: Any) -> Any:
    mails = pd.read_csv(mails, **RAW)
    if len(mails) > 10**6:  # reads a number out of the tracking
        mails = mails.head(10)
    rows = mails.merge(pd.read_csv(customers, **RAW).drop_duplicates("email"), on="email")
    rows["title"] = rows["subject"]
    rows["mood"] = rows["text"]
    rows["premium"] = rows["level"] == "premium"
    return rows[["date", "title", "bank", "country", "mood", "premium"]]


def test_what_cannot_be_followed_is_run_again(tmp_path: Path) -> None:
    pipeline = make_pipeline_of(tmp_path / "runs", prepare=prepare_with_an_escape)
    with pipeline.run(**write(tmp_path, tables(3))) as run:
        rows = len(run.frame)
        shown = run.preview(request(run, selector=RowIds(rows=[reached_mail(run)])))
        assert "len()" in shown.consequences[0]
        assert all(artifact.strategy == "run again" for artifact in shown.artifacts)
        receipt = run.apply(shown.token)
        assert receipt.training_rows_removed == 1
        assert len(run.frame) == rows - 1
        assert run.prove().equal
        again = run.preview(request(run, selector=RowIds(rows=[reached_mail(run)])))
        run.apply(again.token)
        assert run.prove().equal


def label_as_array(frame: Any) -> Any:
    return np.asarray(frame["premium"]).astype(int)


def test_a_plain_label_is_evaluated_again(tmp_path: Path) -> None:
    pipeline = make_pipeline_of(tmp_path / "runs", extract_label=label_as_array)
    with pipeline.run(**write(tmp_path, tables(3))) as run:
        run.apply(run.preview(request(run)).token)
        assert run.prove().equal
        asked = request(
            run, action="erase", columns=["bank"], source="customers", selector=RowIds(rows=[29])
        )
        with pytest.raises(PalimpsestError, match="plain values"):
            run.apply(run.preview(asked).token)


CHILD = """
import json, sys
from palimpsest.pipeline import Run
from palimpsest.protocol.messages import ForgetRequest, RowIds
path, requests = sys.argv[1], json.loads(sys.argv[2])
with Run.open(path) as run:
    for request in requests:
        shown = run.preview(ForgetRequest.model_validate(request))
        run.apply(shown.token)
    try:
        run.prove()
    except Exception as error:
        print(getattr(error, "code", type(error).__name__))
    print(run.score())
"""


def test_another_process_needs_no_code(run: Run) -> None:
    requests = [
        request(run).model_dump(mode="json"),
        request(
            run, action="erase", columns=["subject", "text"], selector=RowIds(rows=[7, 8, 9])
        ).model_dump(mode="json"),
    ]
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(run.path), json.dumps(requests)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines()[0] == "needs-kernel", done.stderr
    assert float(done.stdout.splitlines()[1]) == pytest.approx(run.score())
    assert run.summary.forgets == 2
    assert run.prove().equal


def test_a_promoted_duplicate_needs_no_code_for_texts_that_are_known(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from palimpsest.pipeline import live

    frames = tables(3)
    emails = frames["customers"]["email"]
    twice = emails[emails.duplicated(keep="last")]
    monkeypatch.setattr(live, "_LIVE", {})
    CALLS.clear()
    failures = 0
    for email in twice.unique():
        last = int(emails.index[emails == email][-1])
        asked = request(run, source="customers", selector=RowIds(rows=[last]))
        try:
            shown: Preview = run.preview(asked)
        except NeedsFunction:  # a mail that was filtered out, so that it has no mood yet
            failures += 1
        else:
            run.apply(shown.token)
    assert failures < len(twice.unique())
    assert not CALLS
    assert run.receipts().intact


def test_apply_takes_what_its_own_preview_worked_out(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked_out = 0

    def counted(*args: Any, **keywords: Any) -> Any:
        nonlocal worked_out
        worked_out += 1
        return table_change(*args, **keywords)

    monkeypatch.setattr(applying, "table_change", counted)
    for other, times in ((False, 0), (True, 1)):
        first = run.preview(request(run, selector=RowIds(rows=[20 + times])))
        if other:
            run.preview(first.request)
        run.apply(first.token)
        assert worked_out == times
    assert len(run.receipts().receipts) == 2
    assert run.prove().equal
