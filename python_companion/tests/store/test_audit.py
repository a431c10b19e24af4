import pytest

from palimpsest.store.audit import append_entry, head, read_chain
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


@pytest.mark.parametrize(
    "tampering",
    [
        """UPDATE audit SET entry = replace(entry, '"records": 1', '"records": 9')""",
        "UPDATE audit SET kind = 'proof' WHERE sequence = 2",
        "UPDATE audit SET hash = hex(randomblob(32)) WHERE sequence = 2",
        "DELETE FROM audit WHERE sequence = 2",
        "DELETE FROM audit WHERE sequence = 1",
        "UPDATE audit SET entry = '{' WHERE sequence = 3",
        "UPDATE audit SET sequence = 9 WHERE sequence = 3",
    ],
)
def test_tampering_is_found(file: RunFile, tampering: str) -> None:
    with file.transaction() as connection:
        for number in range(3):
            append_entry(connection, "forget", {"records": number})
        connection.execute(tampering)
        assert read_chain(connection)[1] is False


def test_documents_are_replaced(file: RunFile) -> None:
    with file.transaction() as connection:
        for content in ({"a": [1, None, "x"]}, {"b": 2}, {"b": 2}):
            write_document(connection, "plan", content)
            assert read_document(connection, "plan") == content
        assert has_document(connection, "plan")
        assert not has_document(connection, "model")
