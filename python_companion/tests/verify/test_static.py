"""What is said without running anything, and which statement is responsible."""

from __future__ import annotations

import pytest

from palimpsest.verify.inside.cutpoints import assigned_names
from palimpsest.verify.locate.blame import Blame
from palimpsest.verify.static import undefined_name, without_magics
from tests.verify.conftest import ENCODE, LABEL, PREPARE


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        (["x = 1", "y = x"], None),
        (["import a.b as c, d.e", "c, d"], None),
        (["from m import *", "whatever"], None),
        (["def f():\n    global g\n    g = 1", "g"], None),
        (["", "def f(a, *b, c=1, **d):\n    return a, b, c, d, f"], None),
        (["", "[i for i in range(3) if i]"], None),
        (["", "try:\n    pass\nexcept ValueError as e:\n    e"], None),
        (["", "class A:\n    x = 1\n    def m(self):\n        return self.x, __name__"], None),
        (["", "with open('f') as g:\n    g.read()"], None),
        (["", "if (n := 3) > 2:\n    n"], None),
        (["", "def f():\n    return missing"], "missing"),
        (["", "lambda: missing"], "missing"),
        (["", "[missing for i in ()]"], "missing"),
        (["missing", "x = 1"], None),
        (["", "i\nprint(missing)"], "i"),
    ],
)
def test_undefined_names(cells: list[str], name: str | None) -> None:
    found = undefined_name(cells)

    assert (found.message if found else None) == (
        f"NameError: name '{name}' is not defined" if name else None
    )


@pytest.mark.parametrize(
    ("source", "kept", "dropped"),
    [
        ("x = 1\n", "x = 1\n", False),
        ("x = 5 \\\n%3\n", "x = 5 \\\n%3\n", False),
        ("%time\nx = 1", "pass\nx = 1", True),
        ("if 1:\n    !ls\n", "if 1:\n    pass\n", True),
        ("%%bash\nls\n", "\n\n", True),
    ],
)
def test_magics(source: str, kept: str, dropped: bool) -> None:
    assert without_magics(source) == (kept, dropped)


def test_assigned_names_come_in_the_order_of_their_last_assignment() -> None:
    source = (
        "a = 1\nb = 2\nfor c in []:\n    d, e = c\na = 3\n[x for x in b]\ndef f():\n    g = 1\n"
    )

    assert assigned_names(source) == ["b", "c", "d", "e", "a"]


def line_of(source: str, text: str) -> int:
    return next(i for i, line in enumerate(source.splitlines(), 1) if text in line)


def ran(source: str, *without: str) -> list[int]:
    """Return all lines, but for those with some text, as if each ran once in order."""
    lines = enumerate(source.splitlines(), 1)
    return [i for i, line in lines if not any(text in line for text in without)]


@pytest.mark.parametrize(
    ("position", "statement"),
    [(0, "mid, email, date"), (1, "title = "), (2, "bank, country, premium ="), (4, "out.write")],
)
def test_the_statement_behind_a_field(position: int, statement: str) -> None:
    blame = Blame(PREPARE, ran(PREPARE, "continue"), {})

    assert blame.cell_of_row(position, "\t", None) == line_of(PREPARE, statement)


def test_the_statement_behind_a_row() -> None:
    blame = Blame(PREPARE, ran(PREPARE, "continue"), {})
    turned_away = Blame(PREPARE, ran(PREPARE, "continue", "    bank", "title =", "out.write"), {})

    assert blame.produced_row() == line_of(PREPARE, "out.write")
    assert blame.dropped_row() is None
    assert turned_away.dropped_row() == line_of(PREPARE, "int(date[:4])")


@pytest.mark.parametrize(
    ("position", "statement"), [(0, "lengths = (lengths"), (1, "onehot[i"), (2, "onehot[i")]
)
def test_the_statement_behind_a_column_of_a_matrix(position: int, statement: str) -> None:
    blame = Blame(ENCODE, ran(ENCODE), {"lengths": 1, "onehot": 2, "X": 3})

    assert blame.cell_of_matrix("X", position) == line_of(ENCODE, statement)


def test_the_statement_behind_a_label() -> None:
    assert Blame(LABEL, ran(LABEL, "append(0)"), {}).label("y") == line_of(LABEL, "append(1)")
    assert Blame("y = [1 for _ in x]", [1], {}).label("y") == 1
    assert Blame("pass", [1], {}).label("y") is None
