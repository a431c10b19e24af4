"""What a translation to DVC may change of a script, and what not."""

from __future__ import annotations

import pytest

from palimpsest.adapt.checks.translate_dvc import lost

ORIGINAL = """\
repo = Repo.init("models")
index = repo.index
seen.add("a")
repo.index.add(["a.pt"])
index.add(["b.pt"])
repo.git.checkout("v1", "--", "a.pt")
data = (commit.tree / "a.pt").data_stream.read()
text = open("notes").read()
"""

TRANSLATED = """\
repo = Repo.init("models")
start_dvc(repo)
index = repo.index
seen.add("a")
add_files(repo, ["a.pt"])
add_files(repo, ["b.pt"])
repo.git.checkout("v1", "--", *pointers(repo, ["a.pt"]))
data = read_file(repo, commit, "a.pt")
text = open("notes").read()
"""


def test_staging_and_restoring_may_be_done_by_dvc() -> None:
    assert lost(ORIGINAL, TRANSLATED) == []


@pytest.mark.parametrize(
    "statement",
    [
        'seen.add("a")',
        'text = open("notes").read()',
        'add_files(repo, ["b.pt"])',
        "index = repo.index",
    ],
)
def test_every_other_statement_has_to_stay(statement: str) -> None:
    assert len(lost(ORIGINAL, TRANSLATED.replace(statement, ""))) == 1
