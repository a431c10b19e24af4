"""Rectifying and inserting records: previewed, applied, proved, and nothing of old values stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from palimpsest.errors import PalimpsestError
from palimpsest.forget.given import given_column
from palimpsest.pipeline import Pipeline, Run
from palimpsest.pipeline import live as live_pipelines
from palimpsest.protocol.messages import ForgetRequest, Keys, RowIds
from palimpsest.store.catalog import Catalog
from palimpsest.store.runfile import RunFile
from palimpsest.store.tables import RowTable
from palimpsest.tracking.errors import NeedsFunction

from ..pipeline.complaints import CALLS, make_pipeline_of, prepare_left, tables, write

CUSTOMERS = tables(3)["customers"].drop_duplicates("email", keep="last")
MAIL = {
    "mid": "900",
    "email": str(CUSTOMERS["email"][CUSTOMERS["country"] == "UK"].iloc[0]),
    "date": "2024-01-11",
    "subject": "Subject-9000 new",
    "text": "text-9000 bad",
}


def ask(run: Run, action: str, source: str = "mails", **parts: Any) -> ForgetRequest:
    if "rows" in parts:
        parts["selector"] = RowIds(rows=parts.pop("rows"))
    return ForgetRequest(run=run.id, source=source, action=action, **parts)  # type: ignore[arg-type]


def do(run: Run, action: str, source: str = "mails", **parts: Any) -> str:
    return run.apply(run.preview(ask(run, action, source, **parts)).token).receipt


@pytest.fixture(params=["content", "keys"])
def pipeline(request: pytest.FixtureRequest, tmp_path: Path) -> Pipeline:
    keys = {"customers": ["cid"], "mails": ["mid"]} if request.param == "keys" else None
    return make_pipeline_of(tmp_path / "runs", keys=keys)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with make_pipeline_of(tmp_path / "runs").run(**write(tmp_path, tables(3))) as opened:
        yield opened


def reached(run: Run) -> tuple[int, int]:
    """Return a training row and the mail that it is made of."""
    row = int(run.frame.index[0])
    records = run.trace_back(row).records
    return row, next(record.row for record in records if record.source == "mails")


def test_a_corrected_value_reaches_the_table_the_matrix_and_the_model(run: Run) -> None:
    row, mail = reached(run)
    shown = run.preview(ask(run, "rectify", rows=[mail], values={"subject": "Right Title"}))
    assert (shown.training_rows_removed, shown.training_rows_changed) == (0, 1)
    assert any("Correct the values in" in told for told in shown.consequences)
    before = run.X
    receipt = run.apply(shown.token)
    assert run.frame.loc[row, "title"] == "right title"
    assert not np.array_equal(run.X, before)
    assert (receipt.action, receipt.columns, receipt.records) == ("rectify", ["subject"], 1)
    assert run.prove().equal


def test_a_corrected_value_may_decide_which_rows_there_are(run: Run) -> None:
    row, mail = reached(run)
    do(run, "rectify", rows=[mail], values={"date": "2001-01-01"})
    assert row not in run.frame.index
    assert run.prove().equal
    do(run, "rectify", rows=[mail], values={"date": "2024-05-05"})
    assert (run.frame["date"] == "2024-05-05").any()
    assert run.prove().equal


def test_inserted_records_become_rows(run: Run) -> None:
    rows, files = len(run.frame), run.summary
    stranger = {**MAIL, "mid": "901", "email": "nobody@example.org"}
    shown = run.preview(ask(run, "insert", records=[MAIL, stranger]))
    assert (shown.records, shown.training_rows_added) == (2, 1)
    assert any("Add the records in" in told for told in shown.consequences)
    receipt = run.apply(shown.token)
    assert (receipt.training_rows_added, receipt.records) == (1, 2)
    assert len(run.frame) == rows + 1
    assert "subject-9000 new" in run.frame["title"].tolist()
    assert run.summary.training_rows == files.training_rows + 1
    assert run.prove().equal
    do(run, "delete", selector=Keys(column="mid", values=["900"]))
    assert len(run.frame) == rows
    assert run.prove().equal


def test_an_inserted_partner_takes_the_place_of_padding(tmp_path: Path) -> None:
    pipeline = make_pipeline_of(tmp_path / "runs", prepare=prepare_left)
    with pipeline.run(**write(tmp_path, tables(5))) as run:
        alone = (run.frame["country"] == "none").sum()
        new = {"cid": "77", "email": "stranger@example.org", "bank": "bank0077"}
        new |= {"country": "DE", "level": "premium"}
        do(run, "insert", "customers", records=[new])
        assert (run.frame["country"] == "none").sum() < alone
        assert run.prove().equal


def test_a_new_category_becomes_a_column(tmp_path: Path) -> None:
    pipeline = make_pipeline_of(tmp_path / "runs", prepare=prepare_left)
    with pipeline.run(**write(tmp_path, tables(5))) as run:
        email = tables(5)["mails"]["email"][0]
        do(
            run,
            "rectify",
            "customers",
            selector=Keys(column="email", values=[email]),
            values={"country": "IT"},
        )
        assert "IT" in run.frame["country"].tolist()
        assert run.prove().equal


def test_functions_are_called_for_new_values_only(run: Run) -> None:
    _, mail = reached(run)
    CALLS.clear()
    shown = run.preview(ask(run, "rectify", rows=[mail], values={"text": "text bad news"}))
    assert CALLS["mood"] == 1
    run.apply(shown.token)
    assert CALLS == {"mood": 1}  # the preview's result is kept; the embedder is never called
    do(run, "insert", records=[{**MAIL, "text": "text bad news"}])
    assert CALLS["mood"] == 1


def test_without_the_functions_a_new_value_is_refused_and_a_known_one_is_not(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, mail = reached(run)
    monkeypatch.setattr(live_pipelines, "_LIVE", {})
    before = run.path.read_bytes()
    with pytest.raises(NeedsFunction, match="mood"):
        run.preview(ask(run, "rectify", rows=[mail], values={"text": "never seen"}))
    assert run.path.read_bytes() == before
    do(run, "rectify", rows=[mail], values={"date": "2024-03-03"})
    assert run.preview(ask(run, "delete", rows=[mail])).training_rows_removed == 1


@pytest.mark.parametrize(
    ("action", "parts", "told"),
    [
        ("rectify", {"rows": [1]}, "needs the right values"),
        ("rectify", {"rows": [1], "values": {"nr": 1}}, "no column 'nr'"),
        ("rectify", {"values": {"text": "x"}}, "needs a selector"),
        ("rectify", {"rows": [1], "values": {"text": "x"}, "columns": ["text"]}, "belongs to"),
        ("rectify", {"rows": [1], "values": {"mid": "1"}}, "hold the given values already"),
        ("insert", {}, "needs the records"),
        ("insert", {"records": [{"nr": 1}]}, "Record 0 names 'nr'"),
        ("insert", {"rows": [1], "records": [MAIL]}, "selects no records"),
        ("delete", {"rows": [1], "records": [MAIL]}, "'records' belongs to"),
        ("delete", {"rows": [1], "keep_rows": True}, "'keep_rows' belongs to"),
    ],
)
def test_what_makes_no_sense_is_refused(
    run: Run, action: str, parts: dict[str, Any], told: str
) -> None:
    with pytest.raises(PalimpsestError, match=told):
        run.preview(ask(run, action, **parts))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"age": 2.5}, "no such number"),
        ({"age": None}, "has no missing value"),
        ({"age": "old"}, "expected a number"),
        ({"kind": "z"}, "none of its 2 categories"),
    ],
)
def test_values_must_fit_their_column(values: dict[str, Any], told: str, tmp_path: Path) -> None:
    frame = pandas.DataFrame(
        {
            "age": [1, 2],
            "kind": pandas.Categorical(["a", "b"]),
            "born": pandas.to_datetime(["2020-01-01"] * 2),
        }
    )
    with RunFile.create(tmp_path) as file:
        table = RowTable.create(file.connection, "people", frame)
        for column, value in values.items():
            with pytest.raises(PalimpsestError, match=told):
                given_column(table, column, [value])
        assert given_column(table, "born", ["2021-02-03"])[0] == pandas.Timestamp("2021-02-03")
        assert given_column(table, "age", [7]).dtype == frame["age"].dtype
        assert given_column(table, "kind", ["b"]).tolist() == ["b"]
        file.discard()


def prepare_escaping(customers: Any, mails: Any) -> Any:
    frame = prepare_left(customers, mails)
    if len(frame) > 10**6:  # reads a number out of the tracking
        frame = frame.head(10)
    return frame


def test_what_cannot_be_followed_is_run_again(tmp_path: Path) -> None:
    pipeline = make_pipeline_of(tmp_path / "runs", prepare=prepare_escaping)
    with pipeline.run(**write(tmp_path, tables(3))) as run:
        rows = len(run.frame)
        shown = run.preview(ask(run, "insert", records=[MAIL]))
        assert any("len()" in told for told in shown.consequences)
        assert all(artifact.strategy == "run again" for artifact in shown.artifacts)
        assert run.apply(shown.token).training_rows_added == 1
        do(run, "rectify", rows=[rows], values={"subject": "Righter"})
        assert "righter" in run.frame["title"].tolist()
        do(run, "delete", rows=[3])
        do(run, "insert", records=[{**MAIL, "mid": "901"}])
        assert len(run.frame) == rows + 1
        assert run.prove().equal


def test_a_request_is_json() -> None:
    text = """{"run": "r", "source": "mails", "action": "rectify",
        "selector": {"kind": "rows", "rows": [1]},
        "values": {"a": 5, "b": 5.0, "c": true, "d": "5", "e": null}}"""
    values = ForgetRequest.model_validate_json(text).values
    assert [type(value).__name__ for value in values.values()] == [
        "int",
        "float",
        "bool",
        "str",
        "NoneType",
    ]


def test_what_is_erased_is_not_corrected(run: Run) -> None:
    do(run, "erase", rows=[4], columns=["subject"])
    with pytest.raises(PalimpsestError, match="what is erased stays so"):
        run.preview(ask(run, "rectify", rows=[4, 5], values={"subject": "x"}))


def test_a_receipt_holds_no_value(run: Run) -> None:
    do(run, "rectify", rows=[1], values={"subject": "SentinelTitle"})
    do(run, "insert", records=[{**MAIL, "subject": "SentinelSubject"}])
    text = run.receipts().model_dump_json()
    assert run.receipts().intact
    assert "Sentinel" not in text
    assert all(len(receipt.selector_hash) == 32 for receipt in run.receipts().receipts)


def test_a_new_run_does_not_bring_back_what_was_corrected(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    frames = tables(3)
    paths = write(tmp_path, frames)
    with pipeline.run(**paths) as run:
        do(run, "rectify", rows=[7], values={"subject": "Right", "text": "right bad"})
        do(run, "rectify", rows=[7], values={"subject": "Righter"})
        with pipeline.run(**paths) as again, again.reading() as stored:
            part = stored.source("mails").read([7])
            assert sorted(part.erased) == ["subject", "text"]
            assert any("still holds" in told for told in stored.details["warnings"])
        frames["mails"].loc[7, ["subject", "text"]] = ["Righter", "right bad"]
        with pipeline.run(**write(tmp_path, frames)) as right, right.reading() as stored:
            part = stored.source("mails").read([7])
            assert not part.erased
            assert part.frame["subject"][0] == "Righter"


def test_a_corrected_record_is_forgotten_under_both_its_faces(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    frames = tables(3)
    paths = write(tmp_path, frames)
    with pipeline.run(**paths) as run:
        do(run, "rectify", rows=[7], values={"subject": "Right"})
        do(run, "delete", rows=[7])
        with pipeline.run(**paths) as again, again.reading() as stored:
            assert len(stored.source("mails")) == 119
        frames["mails"].loc[7, "subject"] = "Right"
        with pipeline.run(**write(tmp_path, frames)) as right, right.reading() as stored:
            assert len(stored.source("mails")) == 119


def test_a_forgotten_record_is_not_inserted_again(pipeline: Pipeline, tmp_path: Path) -> None:
    frames = tables(3)
    with pipeline.run(**write(tmp_path, frames)) as run:
        do(run, "delete", rows=[7])
        record = {str(name): value for name, value in frames["mails"].loc[7].items()}
        with pytest.raises(PalimpsestError, match="were forgotten") as caught:
            run.preview(ask(run, "insert", records=[record]))
        assert "unsuppress" in str(caught.value)


def test_equal_records_that_come_later_are_told_apart(tmp_path: Path) -> None:
    pipeline = make_pipeline_of(tmp_path / "runs")
    frames = tables(3)
    record = {str(name): value for name, value in frames["mails"].loc[7].items()}
    with pipeline.run(**write(tmp_path, frames)) as run:
        do(run, "insert", records=[record, record])
        do(run, "delete", rows=[7])
        grown = pandas.concat([frames["mails"], pandas.DataFrame([record] * 2)])
        with (
            pipeline.run(**write(tmp_path, {**frames, "mails": grown})) as again,
            again.reading() as stored,
        ):
            assert len(stored.source("mails")) == 121


@pytest.mark.parametrize("corrected", [[7], [7, 120], [121]])
def test_a_corrected_one_of_equal_records_leaves_the_others_theirs(
    tmp_path: Path, corrected: list[int]
) -> None:
    pipeline = make_pipeline_of(tmp_path / "runs")
    frames = tables(3)
    mails = frames["mails"]
    frames["mails"] = pandas.concat([mails, mails.loc[[7, 7]]], ignore_index=True)
    paths = write(tmp_path, frames)
    others = sorted({7, 120, 121} - set(corrected))
    with pipeline.run(**paths) as run:
        do(run, "rectify", rows=corrected, values={"subject": "Right"})
        do(run, "delete", rows=others)
        with pipeline.run(**paths) as again, again.reading() as stored:
            assert len(stored.source("mails")) == 119 + len(corrected)
            (erased,) = stored.source("mails").erased_masks().values()
            assert erased.sum() == len(corrected)
        right = frames["mails"].copy()
        right.loc[corrected, "subject"] = "Right"
        for left in ([], others[:1]):  # of those that were deleted, one may still be there
            cleaned = right.drop(index=set(others) - set(left))
            written = write(tmp_path, {**frames, "mails": cleaned})
            with pipeline.run(**written) as last, last.reading() as stored:
                assert len(stored.source("mails")) == 119 + len(corrected)
                assert not stored.source("mails").erased_masks()


def test_the_catalog_knows_records_that_came(pipeline: Pipeline, tmp_path: Path) -> None:
    frames = tables(3)
    with pipeline.run(**write(tmp_path, frames)) as run:
        do(run, "insert", records=[MAIL])
        grown = {**frames, "mails": pandas.concat([frames["mails"], pandas.DataFrame([MAIL])])}
        with pipeline.run(**write(tmp_path, grown)) as other:
            shown = other.preview(ask(other, "delete", selector=Keys(column="mid", values=["900"])))
            assert [summary.run for summary in shown.other_runs] == [run.id]
        for path in (tmp_path / "runs").glob("catalog.sqlite*"):
            path.unlink()
        with Catalog.open(tmp_path / "runs") as catalog:
            catalog.reconcile()
            assert len(catalog.runs()) == 2


TYPED = pandas.DataFrame(
    {
        "n": np.arange(60, dtype=np.int32) % 7,
        "x": np.linspace(0, 1, 60),
        "ok": [row % 3 == 0 for row in range(60)],
        "day": pandas.date_range("2024-01-01", periods=60, tz="Europe/Berlin").as_unit("us"),
        "kind": pandas.Categorical([["a", "b", "c"][row % 3] for row in range(60)]),
        "maybe": pandas.array([None if row % 5 == 0 else row for row in range(60)], dtype="Int64"),
        "text": pandas.array([f"t{row % 4}" for row in range(60)], dtype="string"),
    }
)


def prepare_typed(source: Any) -> Any:
    source = source[source["ok"] | (source["n"] > 1)]
    best = source.groupby("text", as_index=False).agg({"x": "max"})
    return source.merge(best, on="text", suffixes=("", "_best"))


def encode_typed() -> Any:
    return ColumnTransformer(
        [
            ("numbers", StandardScaler(), ["x", "x_best", "n"]),
            ("kinds", OneHotEncoder(handle_unknown="ignore"), ["kind", "text"]),
        ]
    )


@pytest.mark.parametrize(
    "values",
    [
        {"n": 1, "ok": False},
        {"x": 7.5},
        {"day": "2031-05-06T07:08"},
        {"kind": "c", "text": "t3"},
        {"maybe": 99},
        {"maybe": None, "text": "t-new"},
    ],
)
def test_values_of_any_dtype_are_corrected_and_inserted(
    tmp_path: Path, values: dict[str, Any]
) -> None:
    pipeline = make_pipeline_of(
        tmp_path / "runs",
        prepare=prepare_typed,
        encode_features=encode_typed,
        extract_label=lambda frame: frame["n"] * 1.0,
        split=0.3,
    )
    whole = {"n": 3, "x": 0.25, "ok": True, "day": "2030-01-01", "kind": "a", "maybe": 4}
    with pipeline.run(source=TYPED) as run:
        dtypes = run.frame.dtypes
        do(run, "rectify", "source", rows=[7, 8], values=values)
        assert run.prove().equal
        do(run, "insert", "source", records=[{**whole, "text": "t1", **values}])
        assert run.prove().equal
        pandas.testing.assert_series_equal(run.frame.dtypes, dtypes)
