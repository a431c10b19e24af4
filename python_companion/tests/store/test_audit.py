import json

import pytest

from palimpsest.store.audit import (
    GENESIS,
    append_entry,
    entry_hash,
    find_tampering,
    head,
    read_chain,
)
from palimpsest.store.documents import has_document, read_document, write_document
from palimpsest.store.runfile import RunFile


def test_a_chain_holds(file: RunFile) -> None:
    with file.transaction() as connection:
        for number in range(3):
            append_entry(connection, "forget", {"records": number, "seconds": 0.1})
        entries, intact = read_chain(connection)
    assert intact
    assert [entry.content["records"] for entry in entries] == [0, 1, 2]
    assert [entry.previous for entry in entries[1:]] == [entry.hash for entry in entries[:-1]]
    assert head(file.connection) == entries[-1].hash


CONTENT = {
    "receipt": "8a1f",
    "time": "2024-05-06T07:08:09.123+00:00",
    "user": "anna",
    "action": "delete",
    "columns": ["subject", "text"],
    "records": 2,
    "seconds": 0.25,
    "artifacts": [{"artifact": "model", "guarantee": "exact", "rows": 2}],
    "proof": None,
}


def long_chain(file: RunFile) -> None:
    with file.transaction() as connection:
        for number in range(3):
            append_entry(connection, "forget", {**CONTENT, "records": number})


def changed(value: object) -> object:
    """Return something else, as near as can be."""
    if isinstance(value, list):
        return [changed(value[0]), *value[1:]] if value else [None]
    if isinstance(value, dict):
        first = next(iter(value))
        return {**value, first: changed(value[first])}
    if isinstance(value, str):
        return f"{value} "
    return 1 if value is None else value + 1  # type: ignore[operator]


@pytest.mark.parametrize("sequence", [1, 2, 3])
@pytest.mark.parametrize("name", [*CONTENT, "another"])
def test_every_field_is_bound(file: RunFile, sequence: int, name: str) -> None:
    long_chain(file)
    with file.transaction() as connection:
        (data,) = connection.execute(
            "SELECT entry FROM audit WHERE sequence = ?", (sequence,)
        ).fetchone()
        entry = json.loads(data)
        entry["content"][name] = changed(entry["content"].get(name))
        connection.execute(
            "UPDATE audit SET entry = ? WHERE sequence = ?", (json.dumps(entry), sequence)
        )
        assert find_tampering(connection) == [f"entry {sequence} was changed: its hash differs"]
        assert read_chain(connection)[1] is False


@pytest.mark.parametrize("name", sorted(CONTENT))
def test_no_field_can_be_left_out(file: RunFile, name: str) -> None:
    long_chain(file)
    with file.transaction() as connection:
        (data,) = connection.execute("SELECT entry FROM audit WHERE sequence = 2").fetchone()
        entry = json.loads(data)
        del entry["content"][name]
        connection.execute("UPDATE audit SET entry = ? WHERE sequence = 2", (json.dumps(entry),))
        assert find_tampering(connection) == ["entry 2 was changed: its hash differs"]


def test_a_forged_hash_breaks_the_next_link(file: RunFile) -> None:
    long_chain(file)
    with file.transaction() as connection:
        (data,) = connection.execute("SELECT entry FROM audit WHERE sequence = 2").fetchone()
        entry = json.loads(data)
        entry["content"]["records"] = 99
        forged = entry_hash("forget", entry["content"], entry["previous"])
        connection.execute(
            "UPDATE audit SET entry = ?, hash = ? WHERE sequence = 2", (json.dumps(entry), forged)
        )
        assert find_tampering(connection) == ["entry 3 does not follow the one before it"]


@pytest.mark.parametrize(
    ("tampering", "problem"),
    [
        ("UPDATE audit SET kind = 'proof' WHERE sequence = 2", "entry 2 was changed"),
        ("UPDATE audit SET hash = hex(randomblob(32)) WHERE sequence = 2", "entry 2 was changed"),
        ("DELETE FROM audit WHERE sequence = 2", "entry 3 stands where entry 2 is expected"),
        ("DELETE FROM audit WHERE sequence = 1", "entry 2 stands where entry 1 is expected"),
        ("UPDATE audit SET entry = '{' WHERE sequence = 3", "entry 3 cannot be read"),
        ("UPDATE audit SET sequence = 9 WHERE sequence = 3", "entry 9 stands where entry 3"),
        (
            "UPDATE audit SET sequence = -5 + sequence; UPDATE audit SET sequence = abs(sequence) - 1",
            "entry 2 does not follow the one before it",
        ),
        (
            "INSERT INTO audit SELECT 4, kind, entry, hash FROM audit WHERE sequence = 2",
            "entry 4 does not follow the one before it",
        ),
    ],
)
def test_tampering_is_found(file: RunFile, tampering: str, problem: str) -> None:
    long_chain(file)
    with file.transaction() as connection:
        for statement in tampering.split(";"):
            connection.execute(statement)
        assert any(found.startswith(problem) for found in find_tampering(connection))
        assert read_chain(connection)[1] is False


def test_an_entry_cut_off_at_the_end_is_known_to_who_remembers_it(file: RunFile) -> None:
    long_chain(file)
    with file.transaction() as connection:
        known = head(connection)
        assert find_tampering(connection, known) == []
        assert find_tampering(connection, GENESIS) == []
        connection.execute("DELETE FROM audit WHERE sequence = 3")
        assert find_tampering(connection) == []
        assert find_tampering(connection, known) == [
            "the last entry that the catalog remembers is not there"
        ]
        connection.execute("DELETE FROM audit")
        assert len(find_tampering(connection, known)) == 1


def test_documents_are_replaced(file: RunFile) -> None:
    with file.transaction() as connection:
        for content in ({"a": [1, None, "x"]}, {"b": 2}, {"b": 2}):
            write_document(connection, "plan", content)
            assert read_document(connection, "plan") == content
        assert has_document(connection, "plan")
        assert not has_document(connection, "model")
