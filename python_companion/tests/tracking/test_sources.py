"""Reading sources: options, names, suppression, and errors that say where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

import palimpsest.pandas as pd
from palimpsest.tracking import SourceError, SourceInput, UnsupportedError, capture

RAW: dict[str, Any] = {"header": None, "dtype": str, "quoting": 3, "keep_default_na": False}
TEXT = '1,"a,\n2,,é\n3,NA,x \n'


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_a_csv_is_read_as_pandas_reads_it(people: Path) -> None:
    captured = capture(
        lambda people: pd.read_csv(people, names=["id", "a", "b"], **RAW), {"people": people}
    )
    expected = pandas.read_csv(people, names=["id", "a", "b"], **RAW)
    pandas.testing.assert_frame_equal(captured.frame, expected)
    scan = captured.sources["people"]
    assert scan.options["names"] == ["id", "a", "b"]
    assert scan.scans == [0]


def test_a_source_is_called_after_its_parameter_or_else_its_file(people: Path) -> None:
    def prepare(readers: Any) -> Any:
        return pd.read_csv(readers, **RAW).merge(pd.read_csv(people, **RAW), how="left", on=0)

    captured = capture(prepare, {"readers": str(people)})
    assert [node.arguments["source"] for node in captured.plan.scans()] == ["readers", "people"]


def test_a_path_of_a_source_works_with_plain_pandas_and_open(people: Path) -> None:
    def prepare(people: Any) -> Any:
        with open(people) as stream:
            assert stream.readline() == '1,"a,\n'
        assert len(pandas.read_csv(people, **RAW)) == 3
        return pd.read_csv(people, **RAW)

    capture(prepare, {"people": people})


def test_a_source_that_is_read_twice_has_two_occurrences(people: Path) -> None:
    def prepare(people: Any) -> Any:
        left, right = pd.read_csv(people, **RAW), pd.read_csv(people, **RAW)
        return left.merge(right, on=0)

    captured = capture(prepare, {"people": people})
    assert captured.sources["people"].scans == [0, 1]


def test_a_source_that_is_read_in_two_ways_is_refused(people: Path) -> None:
    def prepare(people: Any) -> Any:
        other = pd.read_csv(people, header=None, quoting=3)
        return pd.concat([pd.read_csv(people, **RAW), other])

    with pytest.raises(UnsupportedError, match="read twice"):
        capture(prepare, {"people": people})


def test_suppressed_rows_and_cells_do_not_come_back(people: Path) -> None:
    source = SourceInput(
        "people",
        people,
        delete=lambda frame: (frame[0] == "2").to_numpy(),
        erase=lambda frame: {2: (frame[0] == "3").to_numpy()},
    )
    captured = capture(lambda people: pd.read_csv(people, **RAW), {"people": source})
    assert captured.frame[0].tolist() == ["1", "3"]
    assert captured.erased[2].tolist() == [False, True]
    assert pandas.isna(captured.frame[2].iloc[1])
    assert captured.frame.index.tolist() == [0, 1]


def test_a_frame_can_be_a_source() -> None:
    frame = pandas.DataFrame({"a": [1, 2]}, index=["x", "y"])
    captured = capture(lambda source: source[source["a"] > 1], {"source": frame})
    pandas.testing.assert_frame_equal(captured.frame, frame[frame["a"] > 1])
    assert captured.sources["source"].frame is not frame


def test_plain_pandas_in_prepare_is_refused_with_the_import_to_write(people: Path) -> None:
    with pytest.raises(UnsupportedError, match=r"import palimpsest\.pandas as pd"):
        capture(lambda people: pandas.read_csv(people, **RAW), {"people": people})


def test_duplicate_column_names_are_refused(people: Path) -> None:
    with pytest.raises(UnsupportedError, match="duplicate column names"):
        capture(
            lambda people: pd.read_csv(people, **RAW).rename(columns={0: "a", 1: "a"}),
            {"people": people},
        )


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        pd.read_csv(tmp_path / "nowhere.csv")
    assert isinstance(caught.value, FileNotFoundError)
    assert caught.value.file.endswith("nowhere.csv")
    assert "no such file" in str(caught.value)


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_bytes(b"")
    with pytest.raises(SourceError, match="empty") as caught:
        pd.read_csv(path)
    assert isinstance(caught.value, pandas.errors.EmptyDataError)


def test_a_ragged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text("1,2,3\n1,2,3\n1,2,3,4\n")
    with pytest.raises(SourceError, match="expected 3 fields, saw 4") as caught:
        pd.read_csv(path, header=None)
    assert isinstance(caught.value, pandas.errors.ParserError)
    assert (caught.value.line, caught.value.column) == (3, 4)


def test_a_wrong_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("ab,c\nxy,é\n".encode("latin-1"))
    with pytest.raises(SourceError, match="latin-1") as caught:
        pd.read_csv(path)
    assert isinstance(caught.value, UnicodeDecodeError)
    assert (caught.value.line, caught.value.column) == (2, 4)


def test_a_bad_value_is_named(tmp_path: Path) -> None:
    path = tmp_path / "values.csv"
    path.write_text("a\n1\nx\n")
    with pytest.raises(SourceError) as caught:
        pd.read_csv(path, dtype={"a": int})
    assert isinstance(caught.value, ValueError)
    assert caught.value.file == str(path)


def test_errors_are_of_the_type_that_pandas_raises(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("a,b\n1,2\n")
    for options in ({"usecols": ["z"]}, {"names": ["a", "a"]}, {"dtype": {"a": "nonsense"}}):
        with pytest.raises(Exception) as plain:  # noqa: PT011
            pandas.read_csv(path, **options)
        with pytest.raises(plain.type):
            pd.read_csv(path, **options)


def test_masks_of_a_source_are_copied() -> None:
    mask = np.array([True, False])
    frame = pandas.DataFrame({"a": [1, 2]})
    captured = capture(
        lambda source: source, {"source": SourceInput("source", frame, erase=lambda _: {"a": mask})}
    )
    assert frame["a"].tolist() == [1, 2]
    assert captured.frame["a"].tolist() == [0, 2]
