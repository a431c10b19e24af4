"""Reading JSON, Parquet and databases; lines that are too short; what is missing or broken."""

from __future__ import annotations

import sqlite3
import warnings
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas
import pytest
import sqlalchemy

import palimpsest.pandas as pd
from palimpsest.tracking import SourceChange, SourceError, TrackingWarning, capture
from palimpsest.tracking.addresses import address_of, file_behind

from .oracle import Maintained, assert_equals_rerun

PEOPLE = pandas.DataFrame({"id": [1, 2, 3], "name": ["ann", "bob", "cy"], "age": [30.5, None, 7.0]})


@pytest.fixture
def database(tmp_path: Path) -> str:
    path = tmp_path / "people.db"
    with closing(sqlite3.connect(path)) as connection:
        PEOPLE.to_sql("people", connection, index=False)
    return f"sqlite:///{path}"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    PEOPLE.to_json(tmp_path / "lines.json", orient="records", lines=True)
    PEOPLE.to_json(tmp_path / "records.json", orient="records")
    PEOPLE.to_parquet(tmp_path / "people.parquet")
    PEOPLE.to_csv(tmp_path / "people.tsv", sep="\t", index=False)
    return {path.name: path for path in tmp_path.iterdir()}


READERS: dict[str, Any] = {
    "lines.json": lambda m, path: m.read_json(path, lines=True),
    "records.json": lambda m, path: m.read_json(path),
    "people.parquet": lambda m, path: m.read_parquet(path, columns=["id", "name"]),
    "people.tsv": lambda m, path: m.read_csv(path, sep="\t"),
}


@pytest.mark.parametrize("name", READERS)
def test_a_file_is_read_as_pandas_reads_it_and_is_a_source(
    name: str, files: dict[str, Path]
) -> None:
    def prepare(source: Any) -> Any:
        table = READERS[name](pd, source)
        return table[table["id"] > 1]

    captured = capture(prepare, {"source": str(files[name])})
    expected = READERS[name](pandas, files[name])
    pandas.testing.assert_frame_equal(captured.frame, expected[expected["id"] > 1])
    assert not captured.warnings
    table = Maintained(captured)
    table.apply({"source": SourceChange(deleted=[1])})
    assert_equals_rerun(
        table,
        capture(
            lambda source: source[source["id"] > 1], table.sources.inputs({"source": expected})
        ),
    )


@pytest.mark.parametrize("reader", ["read_sql", "read_sql_query", "read_sql_table"])
def test_a_query_is_read_as_pandas_reads_it_and_its_database_is_the_source(
    reader: str, database: str
) -> None:
    query = "people" if reader == "read_sql_table" else "SELECT * FROM people ORDER BY id"

    def prepare(people: Any) -> Any:
        return getattr(pd, reader)(query, people)

    captured = capture(prepare, {"people": database})
    pandas.testing.assert_frame_equal(captured.frame, PEOPLE)
    assert captured.plan[0].arguments["source"] == "people"
    assert captured.sources["people"].options["query"] == query


def test_a_connection_of_ones_own_names_the_source_by_its_database(database: str) -> None:
    engine = sqlalchemy.create_engine(database)
    captured = capture(lambda: pd.read_sql("SELECT * FROM people", engine), {})
    assert captured.plan[0].arguments["source"] == "people"
    with closing(sqlite3.connect(file_behind(database) or "")) as connection:
        captured = capture(lambda: pd.read_sql("SELECT * FROM people", connection), {})
    assert captured.plan[0].arguments["source"] == "database"
    engine.dispose()


def test_rows_with_labels_of_their_own_are_not_tracked(tmp_path: Path) -> None:
    PEOPLE.set_index("name").to_parquet(tmp_path / "labelled.parquet")
    with pytest.warns(TrackingWarning, match="labels of their own"):
        capture(lambda path: pd.read_parquet(path).copy(), {"path": tmp_path / "labelled.parquet"})


# what is broken ----------------------------------------------------------------------------------


def test_a_broken_line_of_json_is_named(tmp_path: Path) -> None:
    path = tmp_path / "lines.json"
    path.write_text('{"a": 1}\n\n{"a": 2]\n')
    with pytest.raises(SourceError) as caught:
        pd.read_json(path, lines=True)
    assert isinstance(caught.value, ValueError)
    assert (caught.value.line, caught.value.column) == (3, 8)
    assert "JSON object" in str(caught.value)


def test_a_missing_file_is_named_whatever_reads_it(tmp_path: Path) -> None:
    for reader in ("read_json", "read_parquet"):
        with pytest.raises(SourceError, match="no such file") as caught:
            getattr(pd, reader)(tmp_path / "nowhere")
        assert isinstance(caught.value, FileNotFoundError)


def test_a_file_that_is_no_parquet_is_named(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    path.write_text("id,name\n")
    with pytest.raises(SourceError, match="no Parquet file") as caught:
        pd.read_parquet(path)
    with pytest.raises(Exception) as plain:  # noqa: PT011
        pandas.read_parquet(path)
    assert isinstance(caught.value, plain.type)


def test_a_query_that_fails_says_so_without_the_password(database: str) -> None:
    with pytest.raises(SourceError, match="no such table: nobody") as caught:
        pd.read_sql("SELECT * FROM nobody", database)
    with pytest.raises(Exception) as plain:  # noqa: PT011
        pandas.read_sql("SELECT * FROM nobody", database)
    assert isinstance(caught.value, plain.type)
    assert caught.value.file == database


def test_a_missing_database_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    with pytest.raises(SourceError, match="no such database"):
        pd.read_sql("SELECT 1", f"sqlite:///{path}")
    assert not path.exists()


def test_a_missing_package_says_how_to_install_it(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str, *args: Any, **keywords: Any) -> Any:
        if keywords.get("errors") == "ignore":
            return None
        raise ImportError(f"Missing optional dependency '{name}'.")

    monkeypatch.setattr("pandas.io.sql.import_optional_dependency", absent)
    with pytest.raises(ImportError, match="pip install sqlalchemy"):
        pd.read_sql("SELECT 1", database)
    monkeypatch.setattr("pandas.io.parquet.import_optional_dependency", absent)
    with pytest.raises(ImportError, match="pip install pyarrow"):
        pd.read_parquet("people.parquet", engine="pyarrow")


# lines that are too short ------------------------------------------------------------------------

RAW: dict[str, Any] = {"header": None, "names": ["a", "b", "c"], "dtype": str, "quoting": 3}


def short_warnings(path: Path, **options: Any) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        frame = pd.read_csv(path, **options)
    pandas.testing.assert_frame_equal(frame._held, pandas.read_csv(path, **options))
    return [str(one.message) for one in caught if "fewer" in str(one.message)]


def test_a_line_that_is_too_short_is_named(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("1,x,y\n\n2,z\n3\n4,,\n")
    (told,) = short_warnings(path, **RAW, keep_default_na=False)
    assert f"{path}, line 3, column 3: 2 lines have fewer than 3 fields" in told
    path.write_text("a,b,c\n1,2,3\n4,5\n")
    (told,) = short_warnings(path)
    assert "line 3, column 3: 1 lines" in told


def test_quoted_line_ends_count_as_lines_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text('a,b\n"x\ny",1\nz\n')
    (told,) = short_warnings(path)
    assert "line 4, column 2" in told


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("a,b\n1,\n2,x\n", {}),
        ("a,b\n1,2\n", {}),
        ("a;b\n1;\n", {"sep": ";"}),
        ("a,b\n1,NA\n", {}),
        ("1,2\n3\n", {"header": None, "names": ["a", "b"], "skiprows": 0}),
        ("", {"names": ["a", "b"]}),
    ],
)
def test_nothing_is_said_of_lines_that_are_complete(
    tmp_path: Path, text: str, options: dict[str, Any]
) -> None:
    path = tmp_path / "people.csv"
    path.write_text(text)
    if not text:
        path.write_text("1,2\n")
    assert short_warnings(path, **options) == []


# addresses ---------------------------------------------------------------------------------------


def test_addresses_are_absolute_and_hold_no_password(tmp_path: Path) -> None:
    assert address_of("people.csv") == str(Path("people.csv").absolute())
    assert address_of("sqlite:///people.db") == f"sqlite:///{Path('people.db').absolute()}"
    assert address_of("sqlite://") == "sqlite://"
    assert (
        address_of("mysql+pymysql://a:secret@host:3306/db?x=1")
        == "mysql+pymysql://a@host:3306/db?x=1"
    )
    assert file_behind("mysql://host/db") is None
    assert file_behind("sqlite:///:memory:") is None
    assert file_behind(str(tmp_path)) == str(tmp_path)
