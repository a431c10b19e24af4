"""Sources, samples, mutations and shrinking: values to values."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palimpsest.verify.inputs.mutations import MUTATORS, constants, mutations
from palimpsest.verify.inputs.sampling import mark_reached, sample
from palimpsest.verify.inputs.sources import (
    NotTabular,
    Record,
    Source,
    Sources,
    columns_of,
    links,
    read_source,
)
from palimpsest.verify.locate.shrink import Effort, Shrinker
from tests.verify.conftest import PREPARE, SETUP, customers_csv, mails_csv


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    (tmp_path / "customers.csv").write_text(customers_csv(), encoding="utf-8")
    (tmp_path / "mails.csv").write_text(mails_csv(), encoding="utf-8")
    return {path: read_source(tmp_path, path) for path in ("customers.csv", "mails.csv")}


@pytest.mark.parametrize(
    ("name", "text", "header", "width"),
    [
        ("a.csv", "1,a\n2,b\n", None, 2),
        ("a.csv", "id,name\n1,a\n2,b\n", ("id", "name"), 2),
        ("a.tsv", "1\ta,b\n2\tc\n", None, 2),
        ("a.csv", 'id;name\r\n1;"a;b"\r\n2;c\r\n', ("id", "name"), 2),
        ("a.txt", "one line\nanother line\n", None, 1),
        ("a.jsonl", '{"a": 1, "b": {"c": "x"}}\n{"a": null}\n', ("a", "b.c"), 2),
        ("a.json", '[{"a": 1, "b": [2, "ü"]}, {"a": 2.5, "b": []}]', ("a", "b"), 2),
        ("a.csv", "", None, 0),
        ("a.csv", "1,a\n2,b", None, 2),
        ("a.csv", "\ufeffid,name\r\n1,a\r\n", ("\ufeffid", "name"), 2),
    ],
)
def test_reading_and_writing_a_source_changes_nothing(
    tmp_path: Path, name: str, text: str, header: tuple[str, ...] | None, width: int
) -> None:
    (tmp_path / name).write_bytes(text.encode())

    source = read_source(tmp_path, name)

    assert source.to_bytes() == text.encode()
    assert source.header == header
    assert source.width == width


def test_a_binary_file_is_no_source(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1\0\0\0")

    with pytest.raises(NotTabular, match="binary"):
        read_source(tmp_path, "a.parquet")


def test_columns_and_links_are_recognised(sources: Sources) -> None:
    kinds = {(c.source, c.index): c.kind for c in columns_of(sources)}

    assert [kinds["customers.csv", i] for i in range(5)] == [
        "number", "key", "category", "category", "category",
    ]  # fmt: skip
    assert [kinds["mails.csv", i] for i in range(5)] == ["number", "key", "date", "text", "text"]
    (link,) = links(sources)
    assert (link.left_column, link.right_column) == (1, 1)


def test_a_sample_keeps_what_belongs_together(sources: Sources) -> None:
    few = sample(sources, 20, seed=1)

    assert all(len(source.records) == 20 for source in few.values())
    keys = set(few["customers.csv"].column(1))
    matched = sum(key in keys for key in few["mails.csv"].column(1))
    assert matched >= 8
    assert few == sample(sources, 20, seed=1)
    assert sample(sources, 1000, seed=1) == sources


def test_rows_that_reach_the_result_are_marked_and_preferred(sources: Sources) -> None:
    mail = sources["mails.csv"].records[48]

    marked = mark_reached(sources, [mail.fields[3].lower(), 5, None])

    assert [r.origin for r in marked["mails.csv"].records if r.reached] == [48]
    assert [r.fields[1] for r in marked["customers.csv"].records if r.reached] == [mail.fields[1]]
    assert mail.fields in {r.fields for r in sample(marked, 10, seed=0)["mails.csv"].records}


def test_mutations_are_the_same_every_time_and_all_kinds_get_a_turn(sources: Sources) -> None:
    cells = [SETUP, PREPARE]

    found = mutations(sources, cells, 20, seed=3)

    assert found == mutations(sources, cells, 20, seed=3)
    assert found != mutations(sources, cells, 20, seed=4)
    assert len([m for m in found if m.excuse == "none"]) >= 20
    assert len({m.name for m in found}) == len(found)
    assert len(mutations(sources, cells, 80, seed=3)) > len(found)
    assert len(MUTATORS) >= 30


def test_mutations_differ_from_the_sample_but_for_the_first(sources: Sources) -> None:
    first, *rest = mutations(sources, [SETUP, PREPARE], 20, seed=0)

    assert first.sources == sources
    assert all(mutation.sources != sources for mutation in rest)


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=12), max_size=6
    )
)
def test_any_text_file_can_be_mutated(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("source")
    (folder / "a.csv").write_bytes("".join(f"{line}\n" for line in lines).encode())

    source = read_source(folder, "a.csv")

    for mutation in mutations({"a.csv": source}, ["x = 1"], 40, seed=0):
        assert isinstance(mutation.sources["a.csv"].to_bytes(), bytes)


def test_constants_of_the_code_become_values(sources: Sources) -> None:
    texts, numbers = constants([PREPARE])
    (mutation,) = (
        m for m in mutations(sources, [PREPARE], 20, seed=0) if "values the code mentions" in m.name
    )

    assert "premium" in texts
    assert 2022 in numbers
    levels = {value.strip() for value in mutation.sources["customers.csv"].column(4)}
    assert levels & {"PREMIUM", "Premium", "premiumx"}


def _source(numbers: list[int]) -> Sources:
    records = tuple(Record((str(n), f"text {n}"), n) for n in numbers)
    return {"a.csv": Source("a.csv", records, None, ",", False)}


@given(st.sets(st.integers(0, 60), min_size=1, max_size=3), st.integers(61, 120))
def test_shrinking_finds_exactly_the_rows_that_matter(culprits: set[int], size: int) -> None:
    def differs(sources: Sources) -> bool:
        return culprits <= {record.origin for record in sources["a.csv"].records}

    found = Shrinker(differs, Effort(runs=500)).shrink(_source(list(range(size))), [])

    assert found is not None
    assert {record.origin for record in found["a.csv"].records} == culprits


def test_clues_lead_straight_to_the_row() -> None:
    runs: list[int] = []

    def differs(sources: Sources) -> bool:
        runs.append(len(sources["a.csv"].records))
        return any(record.origin == 7 for record in sources["a.csv"].records)

    found = Shrinker(differs).shrink(_source(list(range(1000))), ["TEXT 7"])

    assert found is not None
    assert runs == [1]


def test_shrinking_stops_when_enough_was_tried() -> None:
    def never(sources: Sources) -> bool:
        return False

    assert Shrinker(never, Effort(runs=3)).shrink(_source(list(range(100))), []) is None
