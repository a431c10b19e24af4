"""Describing the sources that a cell reads: files as they lie there, frames as they are now."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import palimpsest.pandas as ppd
from palimpsest import schemas

from .peer import Peer


@pytest.fixture
def peer(tmp_path: Path) -> Peer:
    return Peer(tmp_path)


def describe(peer: Peer, **params: Any) -> dict[str, Any]:
    peer.send("sources.describe", **params)
    answer = peer.answer()
    assert answer["error"] is None, answer["error"]
    result: dict[str, Any] = answer["result"]
    return result


def columns(source: dict[str, Any]) -> list[tuple[str, str, int, int]]:
    return [(c["name"], c["dtype"], c["nulls"], c["distinct"]) for c in source["columns"]]


def test_a_text_file_with_a_header(peer: Peer, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name,amount,paid\nann,1,2.5\nbob,,3\nann,3,4\n")
    (source,) = describe(peer, files=["a.csv"])["sources"]
    assert (source["name"], source["kind"], source["rows"]) == ("a.csv", "file", 3)
    assert source["named"]
    assert source["complete"]
    assert columns(source) == [
        ("name", "text", 0, 2),
        ("amount", "text (whole numbers)", 1, 2),
        ("paid", "text (numbers)", 0, 3),
    ]
    assert source["samples"] == []


def test_a_text_file_without_a_header(peer: Peer, tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("1\t2020-01-02\n2\t2020-01-03\n")
    (source,) = describe(peer, files=["a.tsv"])["sources"]
    assert not source["named"]
    assert columns(source) == [
        ("field 0", "text (whole numbers)", 0, 2),
        ("field 1", "text (dates)", 0, 2),
    ]


def test_lines_of_json_with_nested_records(peer: Peer, tmp_path: Path) -> None:
    records = [{"id": 1, "user": {"name": "ann"}, "tags": ["a"]}, {"id": 2, "tags": ["a"]}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    (tmp_path / "b.json").write_text(json.dumps(records))
    lines, whole = describe(peer, files=["a.jsonl", "b.json"])["sources"]
    assert columns(lines) == columns(whole)
    assert {name: (nulls, distinct) for name, _, nulls, distinct in columns(lines)} == {
        "id": (0, 2),
        "tags": (0, 1),
        "user.name": (1, 1),
    }


def test_a_parquet_file(peer: Peer, tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1, 2, 2], "b": [0.5, None, 1.0]})
    frame.to_parquet(tmp_path / "a.parquet")
    (source,) = describe(peer, files=["a.parquet"])["sources"]
    assert columns(source) == [("a", "int64", 0, 2), ("b", "float64", 1, 2)]


def test_rows_only_when_they_are_asked_for(peer: Peer, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name,amount\n" + "ann,1\n" * 5 + "b" * 900 + ",2\n")
    (source,) = describe(peer, files=["a.csv"], sample_rows=6)["sources"]
    assert source["samples"][0] == ["ann", "1"]
    assert len(source["samples"]) == 6
    assert len(source["samples"][5][0]) == schemas.SAMPLE_WIDTH + 1


def test_frames_of_the_notebook(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "plain", pd.DataFrame({"a": [1, None]}), raising=False)
    monkeypatch.setattr(main, "tracked", ppd.DataFrame({"b": ["x", "x"]}), raising=False)
    monkeypatch.setattr(main, "number", 3, raising=False)
    found = describe(peer, frames=["plain", "tracked", "number", "missing"])
    assert [(s["name"], s["kind"], columns(s)) for s in found["sources"]] == [
        ("plain", "frame", [("a", "float64", 1, 1)]),
        ("tracked", "frame", [("b", "str", 0, 1)]),
    ]
    assert found["skipped"] == []


def test_a_frame_with_equal_labels(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    twice = pd.DataFrame([[1, "x"]], columns=["a", "a"])
    monkeypatch.setattr(sys.modules["__main__"], "twice", twice, raising=False)
    (source,) = describe(peer, frames=["twice"])["sources"]
    assert [column["name"] for column in source["columns"]] == ["a", "a"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("missing.csv", None, "there is no file"),
        ("a.bin", b"\0\1\2", "is no table"),
        ("a.json", b"{", "is no table"),
        ("a.json", b"{}", "holds one value"),
        ("a.parquet", b"nonsense", "is no table"),
    ],
)
def test_what_cannot_be_described_is_skipped_with_a_reason(
    peer: Peer, tmp_path: Path, name: str, content: bytes | None, reason: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    found = describe(peer, files=[name])
    assert found["sources"] == []
    assert [skipped["name"] for skipped in found["skipped"]] == [name]
    assert reason in found["skipped"][0]["reason"]


def test_of_a_large_source_only_the_beginning_is_looked_at(
    peer: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text("name,amount\n" + "ann,1\n" * 100)
    monkeypatch.setattr(schemas, "MAXIMUM_BYTES", 40)
    (source,) = describe(peer, files=["a.csv"])["sources"]
    assert not source["complete"]
    assert source["rows"] == 4


def test_a_name_is_no_expression(peer: Peer) -> None:
    peer.send("sources.describe", frames=["open('x')"])
    assert peer.answer()["error"]["code"] == "malformed"


def test_an_empty_file(peer: Peer, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("")
    (source,) = describe(peer, files=["a.csv"])["sources"]
    assert (source["rows"], source["columns"]) == (0, [])
