"""Running a pipeline into a run file, and reading the run."""

from __future__ import annotations

import threading
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

import palimpsest
from palimpsest.errors import InvalidArgumentError, PalimpsestError
from palimpsest.pipeline import Pipeline, Run, live
from palimpsest.protocol.messages import Condition, ForgetRequest, Keys, PageRequest, RowIds
from palimpsest.store.catalog import Catalog

from .complaints import (
    by_date,
    encode_features,
    extract_label,
    make_pipeline_of,
    prepare,
    tables,
    write,
)


@pytest.fixture
def paths(tmp_path: Path) -> dict[str, Any]:
    return write(tmp_path, tables(3))


@pytest.fixture
def run(tmp_path: Path, paths: dict[str, Any]) -> Iterator[Run]:
    with make_pipeline_of(tmp_path / "runs").run(**paths) as opened:
        yield opened


def in_plain_pandas(function: Any) -> Any:
    """Return a function of the notebook with the import swapped back."""
    return types.FunctionType(function.__code__, {**function.__globals__, "pd": pandas})


def test_a_run_holds_what_plain_pandas_gives(run: Run, paths: dict[str, Any]) -> None:
    expected = in_plain_pandas(prepare)(**paths)
    pandas.testing.assert_frame_equal(run.frame.reset_index(drop=True), expected)
    rows = by_date(expected)
    features = encode_features().fit(expected[rows])
    np.testing.assert_allclose(run.X, features.transform(expected), rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(run.train, rows)
    np.testing.assert_array_equal(run.y, extract_label(expected))


def test_a_reopened_run_is_the_same(run: Run) -> None:
    with Run.open(run.path) as again:
        assert again.id == run.id
        pandas.testing.assert_frame_equal(again.frame, run.frame)
        np.testing.assert_array_equal(again.X, run.X)
        assert again.score() == run.score()
        assert again.features == run.features
        assert again.summary == run.summary


def test_progress_is_told(tmp_path: Path, paths: dict[str, Any]) -> None:
    told: list[tuple[str, int, int]] = []

    def progress(stage: str, done: int, total: int, detail: str | None) -> None:
        told.append((stage, done, total))

    make_pipeline_of(tmp_path / "runs").run(progress=progress, **paths).close()
    assert [stage for stage, _, _ in told][:4] == ["prepare", "label", "encode", "train"]
    assert all(done <= total for _, done, total in told)
    assert told[-1] == ("write", 1, 1)


def fail(*arguments: Any) -> Any:
    raise RuntimeError("no")


@pytest.mark.parametrize(
    "role", ["prepare", "encode_features", "extract_label", "make_model", "split"]
)
def test_a_failure_leaves_nothing(tmp_path: Path, paths: dict[str, Any], role: str) -> None:
    pipeline = make_pipeline_of(tmp_path / "runs", **{role: lambda *a, **k: fail()})
    with pytest.raises(RuntimeError, match="no"):
        pipeline.run(**paths)
    left = {path.name.split("-")[0] for path in (tmp_path / "runs").iterdir()}
    assert left <= {"secret", "catalog.sqlite", "openlineage.jsonl"}


def test_a_table_that_cannot_be_kept_is_told(tmp_path: Path, paths: dict[str, Any]) -> None:
    def odd(customers: Any, mails: Any) -> Any:
        frame = prepare(customers, mails)
        return frame.assign(odd=frame["mood"].map(lambda mood: object()))

    with pytest.raises(PalimpsestError, match="'odd'"):
        make_pipeline_of(tmp_path / "runs", prepare=odd).run(**paths)
    assert not list((tmp_path / "runs").glob("*.palimpsest"))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"customers": "c.csv"}, "prepare.. needs 'mails'"),
        ({"customers": "c.csv", "mails": "m.csv", "letters": "l.csv"}, "no parameter 'letters'"),
    ],
)
def test_arguments_are_checked(tmp_path: Path, arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidArgumentError, match=told):
        make_pipeline_of(tmp_path / "runs").run(**arguments)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"name": "a/b"}, "file name"),
        ({"split": 1.5}, "between 0 and 1"),
        ({"split": True}, "between 0 and 1"),
        ({"fit_encoders_on": "some"}, "'train' or 'all'"),
    ],
)
def test_choices_are_checked(tmp_path: Path, options: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidArgumentError, match=told):
        make_pipeline_of(tmp_path, **options)


def test_keys_must_name_a_source(tmp_path: Path, paths: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError, match="letters"):
        make_pipeline_of(tmp_path / "runs", keys={"letters": ["id"]}).run(**paths)


def test_a_missing_file_is_named(tmp_path: Path, paths: dict[str, Any]) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.csv"):
        make_pipeline_of(tmp_path / "runs").run(customers="nowhere.csv", mails=paths["mails"])


def test_a_label_that_is_missing_is_told(tmp_path: Path, paths: dict[str, Any]) -> None:
    def label(frame: Any) -> Any:
        return frame["bank"].where(frame["premium"]).str.len()

    with pytest.raises(InvalidArgumentError, match="no label for"):
        make_pipeline_of(tmp_path / "runs", extract_label=label).run(**paths)


def test_defaults_and_other_arguments_of_prepare(tmp_path: Path, paths: dict[str, Any]) -> None:
    def since(mails: Any, customers: str = paths["customers"], year: int = 2022) -> Any:
        frame = prepare(customers, mails)
        return frame[frame["date"] >= str(year)]

    pipeline = make_pipeline_of(tmp_path / "runs", prepare=since)
    with pipeline.run(mails=paths["mails"], year=2023) as run:
        assert (run.frame["date"] >= "2023").all()
        assert run.summary.sources == ["customers", "mails"]
        request = ForgetRequest(
            run=run.id, source="mails", selector=RowIds(rows=[0, 1, 2]), action="delete"
        )
        run.apply(run.preview(request).token)
        assert run.prove().equal


def test_frames_as_sources(tmp_path: Path) -> None:
    def of_frames(customers: Any, mails: Any) -> Any:
        mails = mails.merge(customers.drop_duplicates("email"), on="email")
        return mails.assign(
            title=mails["subject"], mood=mails["text"], premium=mails["level"] == "premium"
        )

    frames = tables(3)
    with make_pipeline_of(tmp_path / "runs", prepare=of_frames).run(**frames) as run:
        request = ForgetRequest(
            run=run.id,
            source="mails",
            selector=RowIds(rows=[0, 1, 2]),
            action="erase",
            columns=["subject"],
        )
        run.apply(run.preview(request).token)
        assert run.prove().equal
        assert frames["mails"]["subject"].notna().all()


def test_a_drawn_split_is_the_same_everywhere_and_follows_the_seed(tmp_path: Path) -> None:
    sides = []
    for folder, seed in (("a", 0), ("b", 0), ("c", 1)):
        paths = write(tmp_path / folder, tables(3))
        pipeline = make_pipeline_of(tmp_path / folder / "runs", split=0.3, seed=seed)
        with pipeline.run(**paths) as run:
            sides.append(run.train.tolist())
    assert sides[0] == sides[1] != sides[2]
    assert 0.5 < np.mean(sides[0]) < 0.9


def test_rerun_reference_knows_nothing(tmp_path: Path, paths: dict[str, Any]) -> None:
    pipeline = make_pipeline_of(tmp_path / "runs")
    with pipeline.run(**paths) as run:
        request = ForgetRequest(
            run=run.id, source="mails", selector=RowIds(rows=[0, 1, 2]), action="delete"
        )
        frame = run.frame
        run.apply(run.preview(request).token)
    outcome = pipeline.rerun_reference(**paths)
    pandas.testing.assert_frame_equal(outcome.frame, frame.reset_index(drop=True))
    assert set(outcome.seconds) == {"prepare", "label", "encode", "train"}


def test_the_graph_has_every_stage(run: Run) -> None:
    graph = run.plan_graph()
    assert [node.stage for node in graph.nodes if node.operation == "scan"] == ["source", "source"]
    assert {node.stage for node in graph.nodes} == {
        "source",
        "prepare",
        "label",
        "encode",
        "model",
    }
    tables_kept = {node.table for node in graph.nodes if node.table}
    named = {"source:customers", "source:mails", "training", "matrix", "predictions"}
    assert named < tables_kept
    assert all(table.startswith("node:") for table in tables_kept - named)
    (training,) = [node for node in graph.nodes if node.table == "training"]
    assert training.rows == len(run.frame)
    assert [column.name for column in training.columns] == list(run.frame.columns)
    assert not any("__" in column.name for node in graph.nodes for column in node.columns)
    title = next(column for column in graph.columns if column.column == "title")
    assert [(ref.source, ref.column) for ref in title.value] == [("mails", "subject")]
    assert ("customers", "country") in [(ref.source, ref.column) for ref in title.control]
    assert sum(part.stop - part.start for part in graph.features) == run.X.shape[1]


def test_pages(run: Run) -> None:
    page = run.page(PageRequest(run=run.id, table="training", offset=3, limit=2))
    assert page.total == len(run.frame)
    assert page.rows.tolist() == run.frame.index[3:5].tolist()
    wanted = Condition(column="country", comparison="==", value="UK")
    page = run.page(PageRequest(run=run.id, table="training", filter=[wanted]))
    assert page.total == (run.frame["country"] == "UK").sum()
    page = run.page(PageRequest(run=run.id, table="matrix", rows=[int(run.frame.index[5])]))
    np.testing.assert_array_equal(page.frame.to_numpy(), run.X[5:6])
    names = ["country__country_UK"]
    page = run.page(PageRequest(run=run.id, table="matrix", columns=names, limit=4))
    assert list(page.frame.columns) == names
    for table, told in (("source:letters", "keeps no table"), ("label classes", "keeps no table")):
        with pytest.raises(PalimpsestError, match=told):
            run.page(PageRequest(run=run.id, table=table))
    with pytest.raises(PalimpsestError, match="no column 'nothing'"):
        run.page(PageRequest(run=run.id, table="matrix", columns=["nothing"]))


def test_traces_agree_with_the_tables(run: Run) -> None:
    frames = tables(3)
    email = frames["mails"]["email"][0]
    forward = run.trace_forward("mails", Keys(column="email", values=[email]))
    assert forward.records == (frames["mails"]["email"] == email).sum()
    for row in forward.rows:
        back = run.trace_back(row)
        assert {record.source for record in back.records} == {"customers", "mails"}
        assert all(record.values["email"] == email for record in back.records)
        assert f"row {row}" in back.sentence
        assert "·" in back.polynomial
    assert forward.in_training_split <= forward.training_rows == len(forward.rows)
    with pytest.raises(PalimpsestError, match="no row 99999"):
        run.trace_back(99999)


def test_other_runs_that_hold_a_record_are_named(
    tmp_path: Path, run: Run, paths: dict[str, Any]
) -> None:
    chosen = RowIds(rows=[5])
    assert run.trace_forward("mails", chosen).other_runs == []
    with make_pipeline_of(tmp_path / "runs", name="other").run(**paths) as other:
        found = run.trace_forward("mails", chosen).other_runs
        assert [summary.run for summary in found] == [other.id]
        request = ForgetRequest(run=other.id, source="mails", selector=chosen, action="delete")
        shown = other.preview(request)
        assert [summary.run for summary in shown.other_runs] == [run.id]
        other.apply(shown.token)
        assert run.trace_forward("mails", chosen).other_runs == []
        assert run.trace_forward("mails", RowIds(rows=[6])).other_runs != []


def test_the_catalog_survives_moved_and_deleted_files(run: Run) -> None:
    folder = run.path.parent
    moved = folder / "renamed.palimpsest"
    run.close()
    run.path.rename(moved)
    with Catalog.open(folder) as catalog:
        assert catalog.runs() == []
        catalog.reconcile()
        assert [summary.path for summary in catalog.runs()] == [str(moved)]
        moved.unlink()
        catalog.reconcile()
        assert catalog.runs() == []
    with pytest.raises(PalimpsestError, match="no run file"):
        Run.open(moved)


def test_a_run_in_another_workspace_is_refused(run: Run, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere" / run.path.name
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(run.path.read_bytes())
    with pytest.raises(PalimpsestError, match="another workspace secret"):
        Run.open(elsewhere)
    (elsewhere.parent / "secret").write_bytes((run.path.parent / "secret").read_bytes())
    Run.open(elsewhere).close()


def test_readers_beside_a_forget_see_one_state(run: Run) -> None:
    problems: list[str] = []
    done = threading.Event()

    def read() -> None:
        with Run.open(run.path) as mine:
            while not done.is_set():
                with mine.reading() as stored:
                    rows = len(stored.training.read().rows)
                    if rows != len(stored.training_rows) or stored.model.rows > rows:
                        problems.append("torn")

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for row in range(0, 20, 2):
            request = ForgetRequest(
                run=run.id, source="mails", selector=RowIds(rows=[row]), action="delete"
            )
            run.apply(run.preview(request).token)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert problems == []


def test_a_restarted_kernel_attaches_its_pipeline(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_LIVE", {})
    with pytest.raises(PalimpsestError) as caught:
        run.prove()
    assert caught.value.code == "needs-kernel"
    pipeline = make_pipeline_of(tmp_path / "runs")
    pipeline.attach(run)
    request = ForgetRequest(
        run=run.id, source="customers", selector=RowIds(rows=[0, 1, 2, 3]), action="delete"
    )
    run.apply(run.preview(request).token)
    assert run.prove().equal
    assert len(live.find_live(run.id).functions) == 1  # type: ignore[union-attr]
    with pytest.raises(InvalidArgumentError, match="'other'"):
        make_pipeline_of(tmp_path / "runs", name="other").attach(run)


def test_a_source_that_changed_on_disk_is_told(run: Run, paths: dict[str, Any]) -> None:
    assert run.changed_sources() == []
    with Path(paths["mails"]).open("a") as file:
        file.write("1,2,3,4,5\n")
    assert run.changed_sources() == ["mails"]


def test_the_exports_are_lazy() -> None:
    assert palimpsest.Pipeline is Pipeline
    assert palimpsest.Run is Run
    assert issubclass(palimpsest.PalimpsestError, Exception)
    with pytest.raises(AttributeError):
        palimpsest.Nothing  # noqa: B018
