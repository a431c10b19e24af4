"""Pipelines over any source: identity, what changes behind a run, and broken input."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import Ridge

import palimpsest.pandas as pd
from palimpsest.errors import PalimpsestError
from palimpsest.pipeline import Pipeline, Run
from palimpsest.protocol.messages import ForgetRequest, Keys, RowIds
from palimpsest.protocol.opening import list_summaries
from palimpsest.tracking import SourceError, TrackingWarning

from .complaints import make_pipeline_of, tables, write

PEOPLE = pandas.DataFrame(
    {"id": range(40), "name": [f"name{n}" for n in range(40)], "age": [n % 9 for n in range(40)]}
)
QUERY = "SELECT * FROM people ORDER BY id"

READERS: dict[str, Any] = {
    "csv": pd.read_csv,
    "tsv": pd.read_table,
    "json": lambda source: pd.read_json(source, lines=True),
    "parquet": pd.read_parquet,
    "frame": lambda source: source,
    "sql": lambda source: pd.read_sql(QUERY, source),
}


def store(kind: str, folder: Path, frame: pandas.DataFrame) -> Any:
    path = folder / f"people.{kind}"
    if kind == "frame":
        return frame
    if kind == "sql":
        with closing(sqlite3.connect(folder / "people.db")) as connection:
            frame.to_sql("people", connection, index=False, if_exists="replace")
        return f"sqlite:///{folder / 'people.db'}"
    if kind == "json":
        frame.to_json(path, orient="records", lines=True)
    elif kind == "parquet":
        frame.to_parquet(path, index=False)
    else:
        frame.to_csv(path, index=False, sep="," if kind == "csv" else "\t")
    return str(path)


def pipeline_of(kind: str, folder: Path, keys: Any = None) -> Pipeline:
    def prepare(people: Any) -> Any:
        people = READERS[kind](people)
        return people[people["id"] >= 3]

    return Pipeline(
        "people",
        prepare,
        lambda: ColumnTransformer([("plain", "passthrough", ["id"])]),
        lambda frame: frame["age"],
        lambda width: Ridge(),
        split=0.25,
        folder=folder / "runs",
        keys=keys,
    )


def apply(run: Run, action: str, **parts: Any) -> None:
    asked = ForgetRequest(run=run.id, source="people", action=action, **parts)  # type: ignore[arg-type]
    run.apply(run.preview(asked).token)


@pytest.mark.parametrize("keys", [None, {"people": ["id"]}])
@pytest.mark.parametrize("kind", READERS)
def test_any_source_can_be_forgotten_from_and_read_again_in_another_order(
    kind: str, keys: Any, tmp_path: Path
) -> None:
    pipeline = pipeline_of(kind, tmp_path, keys)
    with pipeline.run(people=store(kind, tmp_path, PEOPLE)) as run:
        apply(run, "delete", selector=Keys(column="id", values=[5, 6]))
        apply(run, "erase", selector=RowIds(rows=[8]), columns=["name"])
        apply(run, "rectify", selector=RowIds(rows=[9]), values={"age": 77})
        apply(run, "insert", records=[{"id": 100, "name": "new", "age": 3}])
        assert run.prove().equal
        sides = dict(zip(run.frame["id"], run.train, strict=True))
    shuffled = PEOPLE.sample(frac=1, random_state=3, ignore_index=True)
    with pipeline.run(people=store(kind, tmp_path, shuffled)) as again:
        frame = again.frame
        assert not frame["id"].isin([5, 6]).any()
        assert frame.loc[frame["id"] == 8, "name"].isna().all()
        after = dict(zip(frame["id"], again.train, strict=True))
        # The corrected and the erased record hash by what they hold, all others by what they are.
        assert all(sides[key] == side for key, side in after.items() if key not in (8, 9))


def test_a_source_that_changed_is_reported_where_a_user_looks(tmp_path: Path) -> None:
    for kind in ("csv", "sql"):
        folder = tmp_path / kind / "runs"
        folder.parent.mkdir()
        pipeline = pipeline_of(kind, folder.parent)
        with pipeline.run(people=store(kind, folder.parent, PEOPLE)) as run:
            assert run.changed_sources() == []
            assert [one.changed_sources for one in list_summaries(folder)] == [[]]
            store(kind, folder.parent, PEOPLE.iloc[:30])
            assert run.changed_sources() == ["people"]
            assert run.summary.changed_sources == ["people"]
            assert [one.changed_sources for one in list_summaries(folder)] == [["people"]]
            asked = ForgetRequest(
                run=run.id, source="people", action="delete", selector=RowIds(rows=[9])
            )
            told = run.preview(asked).consequences[0]
            assert "has changed since this run read it" in told
            assert "Run the pipeline again" in told
            for file in folder.parent.glob("people.*"):
                file.unlink()
            assert "is gone" in run.preview(asked).consequences[0]


def test_a_frame_with_labels_of_its_own_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PalimpsestError, match=r"reset_index\(\)"):
        pipeline_of("frame", tmp_path).run(people=PEOPLE.set_index("name"))


def test_the_address_of_a_database_is_kept(tmp_path: Path) -> None:
    pipeline = pipeline_of("sql", tmp_path)
    url = store("sql", tmp_path, PEOPLE)
    with pipeline.run(people=url) as run:
        with run.reading() as stored:
            assert stored.sources["people"].path == url
        assert run.summary.sources == ["people"]


def test_a_line_that_is_too_short_is_told_in_the_run(tmp_path: Path) -> None:
    frames = tables(3)
    paths = write(tmp_path, frames)
    text = Path(paths["customers"]).read_text().splitlines()
    text[4] = text[4].rpartition(",")[0]
    Path(paths["customers"]).write_text("\n".join(text) + "\n")
    with (
        pytest.warns(TrackingWarning, match=r"customers\.csv, line 5, column 5"),
        make_pipeline_of(tmp_path / "runs").run(**paths) as run,
    ):
        assert any("line 5, column 5" in told for told in run.plan_graph().warnings)


@pytest.mark.parametrize(
    ("content", "told", "line"),
    [
        (None, "no such file", None),
        (b"", "is empty", None),
        (b"mid,email,date,subject,text\n1,2,3,4,5\n1,2,3,4,5,6\n", "saw 6", 3),
        ("mid,email,date,subject,text\n1,2,3,4,é\n".encode("latin-1"), "not utf-8", 2),
    ],
)
def test_broken_input_is_named_and_loses_nothing(
    tmp_path: Path, content: bytes | None, told: str, line: int | None
) -> None:
    paths = write(tmp_path, tables(3))
    pipeline = make_pipeline_of(tmp_path / "runs")
    with pipeline.run(**paths) as run:
        files = sorted((tmp_path / "runs").iterdir())
        path = Path(paths["mails"])
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(SourceError, match=told) as caught:
            pipeline.run(**paths)
        assert caught.value.line == line
        assert "mails.csv" in str(caught.value)
        assert sorted((tmp_path / "runs").iterdir()) == files
        assert len(run.frame) > 0


def test_a_run_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with make_pipeline_of(tmp_path / "runs").run(**write(tmp_path, tables(3))) as run:
        asked = ForgetRequest(
            run=run.id, source="mails", action="delete", selector=RowIds(rows=[1])
        )
        token = run.preview(asked).token
        run.path.unlink()
        for work in (lambda: run.apply(token), lambda: run.preview(asked)):
            with pytest.raises(PalimpsestError) as caught:
                work()
            assert run.path.name in str(caught.value)
            assert not run.path.exists()
    with pytest.raises(PalimpsestError, match="complaints-1"):
        Run.open(run.path)
    assert list_summaries(tmp_path / "runs") == []


def forget_one(run: Run, source: str, row: int) -> None:
    request = ForgetRequest(run=run.id, source=source, action="delete", selector=RowIds(rows=[row]))
    run.apply(run.preview(request).token)


def test_a_source_that_only_steers_the_code_is_a_source_of_the_run(tmp_path: Path) -> None:
    """Its values leave the tracking as a set; its records decide all the same."""
    PEOPLE.to_csv(tmp_path / "people.csv", index=False)
    chosen = pandas.DataFrame({"id": [5, 7, 11, 13, 17]})
    chosen.to_csv(tmp_path / "chosen.csv", index=False)

    def prepare(people: Any, chosen: Any) -> Any:
        wanted = set(pd.read_csv(chosen)["id"])
        people = pd.read_csv(people)
        return people[people["id"].isin(wanted)]

    run = ridge_pipeline(prepare, tmp_path).run(
        people=str(tmp_path / "people.csv"), chosen=str(tmp_path / "chosen.csv")
    )
    with run:
        assert sorted(run.summary.sources) == ["chosen", "people"]
        forward = run.trace_forward("chosen", RowIds(rows=[1]))
        assert "read its values" in forward.untraced[0]
        assert run.trace_back(0).untraced == forward.untraced
        forget_one(run, "chosen", 1)
        assert run.frame["id"].tolist() == [5, 11, 13, 17]
        assert run.prove().equal


def test_sources_that_prepare_does_not_use_are_no_hindrance_to_a_re_run(tmp_path: Path) -> None:
    for name in ("people", "looked_at", "left_alone"):
        PEOPLE.to_csv(tmp_path / f"{name}.csv", index=False)

    def prepare(people: Any, looked_at: Any, left_alone: Any) -> Any:
        pd.read_csv(looked_at, nrows=3)
        pd.read_csv(looked_at)
        people = pd.read_csv(people)
        return people[people["id"] < float(people["age"].to_numpy().sum())]

    paths: dict[str, Any] = {
        name: str(tmp_path / f"{name}.csv") for name in ("people", "looked_at", "left_alone")
    }
    run = ridge_pipeline(prepare, tmp_path).run(**paths)
    with run:
        assert sorted(run.summary.sources) == ["looked_at", "people"]
        for source in ("people", "looked_at", "people"):
            forget_one(run, source, 4)
            assert run.prove().equal
        with run.reading() as stored:
            assert len(stored.source("looked_at").rows()) == len(PEOPLE) - 1


def ridge_pipeline(prepare: Any, folder: Path) -> Pipeline:
    return Pipeline(
        "people",
        prepare,
        lambda: ColumnTransformer([("age", "passthrough", ["age"])]),
        lambda frame: frame["id"] * 2.0,
        lambda n_features: Ridge(),
        folder=folder / ".palimpsest",
    )
