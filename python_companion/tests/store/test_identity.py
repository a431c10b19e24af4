import stat
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from palimpsest.errors import PalimpsestError, StoreError
from palimpsest.store.identity import identify, identity_scheme
from palimpsest.store.runfile import RunFile
from palimpsest.store.secret import Secret
from palimpsest.store.suppression import SourceFilter, Suppressed, release, remember, remembered

SECRET = Secret(bytes(range(32)))
MAILS = pd.DataFrame(
    {"id": [1, 2, 3, 4], "text": ["a", "b", "a", "a"], "tags": [["x"], [], None, ["x"]]}
)


def test_a_secret_is_made_once_and_private(tmp_path: Path) -> None:
    first = Secret.of_folder(tmp_path)
    assert Secret.of_folder(tmp_path).key == first.key
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("short")
    with pytest.raises(StoreError, match="secret"):
        Secret.of_folder(tmp_path)


def test_equal_rows_are_told_apart_by_counting() -> None:
    frame = MAILS[["text", "tags"]]
    found = identify(frame, None, SECRET, "mails")
    assert len(np.unique(found, axis=0)) == 4
    shuffled = identify(frame.iloc[[3, 1, 0, 2]], None, SECRET, "mails")
    assert {row.tobytes() for row in shuffled} == {row.tobytes() for row in found}
    assert (identify(frame, None, Secret(b"x" * 32), "mails") != found).any()


def test_a_key_is_the_same_as_text_and_as_number() -> None:
    kinds = [
        MAILS["id"],
        MAILS["id"].astype(float),
        MAILS["id"].astype("str"),
        MAILS["id"].astype("Int64"),
        MAILS["id"].astype(object),
    ]
    found = [identify(pd.DataFrame({"id": kind}), ["id"], SECRET, "mails") for kind in kinds]
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])


def test_a_key_that_is_not_there_is_named() -> None:
    with pytest.raises(PalimpsestError, match=r"'mails' names \['nr'\].*It has: id, text, tags"):
        identify(MAILS, ["nr"], SECRET, "mails")


def entries(rows: list[int], action: str = "delete") -> list[Suppressed]:
    identities = identify(MAILS, None, SECRET, "mails")
    scheme = identity_scheme(MAILS, None)
    columns = ("text",) if action == "erase" else ()
    return [
        Suppressed("mails", scheme, identities[row].tobytes(), action, columns, "r1")
        for row in rows
    ]


def test_forgotten_records_are_dropped_or_erased_wherever_they_stand() -> None:
    listed = entries([1]) + entries([3], "erase")
    moved = MAILS.iloc[[2, 3, 1, 0]].reset_index(drop=True)
    source = SourceFilter("mails", None, SECRET, listed)
    dropped, erased = source.read(moved)
    assert dropped.tolist() == [False, False, True, False]
    assert {name: mask.tolist() for name, mask in erased.items()} == {
        "text": [False, True, False, False]
    }
    assert source.applied == listed
    assert len(source.identities) == 3
    changed = moved.assign(text=["new", "a", "b", "a"])
    assert source.read(changed)[0].tolist() == [False, False, True, False]


def test_records_that_cannot_be_recognised_stop_the_run() -> None:
    source = SourceFilter("mails", ["id"], SECRET, entries([1]))
    with pytest.raises(PalimpsestError, match="bring them back") as caught:
        source.read(MAILS)
    assert caught.value.code == "invalid-source"


def test_the_list_is_kept_and_lifted(file: RunFile) -> None:
    listed = entries([0, 1]) + entries([3], "erase")
    with file.transaction() as connection:
        remember(connection, listed)
        assert remembered(connection) == listed
        assert release(connection, "r1") == 3
        assert remembered(connection) == []
