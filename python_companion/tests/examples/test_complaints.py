"""The example's data are what its story says, and its notebooks run as they are."""

from __future__ import annotations

import csv
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "complaints"
CARD = re.compile(r"Karte (4929 1234 \d{4} \d{4})$")


def load(name: str) -> ModuleType:
    """Import a module of the example."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("complaints")
    load("generate").generate(out=folder)
    shutil.copy(EXAMPLE / "textmodels.py", folder)
    return folder


def rows(path: Path) -> list[list[str]]:
    """Return a file's lines as fields."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, quoting=csv.QUOTE_NONE))


def passes_luhn(number: str) -> bool:
    """Tell whether a card number's last digit is right."""
    digits = [int(d) for d in reversed(number.replace(" ", ""))]
    doubled = [sum(divmod(2 * d, 10)) if i % 2 else d for i, d in enumerate(digits)]
    return sum(doubled) % 10 == 0


def test_the_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    paths = load("generate").generate(out=tmp_path)

    assert [p.read_bytes() for p in paths] == [(folder / p.name).read_bytes() for p in paths]
    other = load("generate").generate(seed=8, out=tmp_path)
    assert other[0].read_bytes() != (folder / "customers.csv").read_bytes()


def test_sizes_and_shares_are_those_of_the_story(folder: Path) -> None:
    customers, mails = rows(folder / "customers.csv"), rows(folder / "mails.csv")

    assert (len(customers), len(mails)) == (1000, 10_000)
    assert {len(row) for row in customers + mails} == {5}
    assert 700 < sum(row[3] in ("UK", "DE", "FR") for row in customers) < 800
    assert 70 < sum(row[4].strip() == "premium" for row in customers) < 130
    emails = [row[1] for row in customers]
    assert 5 < len(emails) - len(set(emails)) < 50
    assert sum(row[1] not in set(emails) for row in mails) > 50
    assert sum(row[-1] != row[-1].strip() for row in customers) > 1
    assert len({row[4] for row in mails}) > 9_900


def test_every_leaked_card_number_is_valid_and_leaked_once(folder: Path) -> None:
    subjects = [row[3].strip() for row in rows(folder / "mails.csv")]
    numbers = [match.group(1) for subject in subjects if (match := CARD.search(subject))]

    assert 6 <= len(numbers) == len(set(numbers))
    assert all(passes_luhn(number) for number in numbers)


def test_small_data_leak_too_and_nonsense_is_refused(tmp_path: Path) -> None:
    generate = load("generate").generate
    _, mails = generate(customers=60, out=tmp_path)

    assert "Karte 4929 1234" in mails.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="at least one customer"):
        generate(customers=0, out=tmp_path)


def test_the_text_models_agree_with_the_generator(folder: Path) -> None:
    models = load("textmodels")
    texts = [row[4] for row in rows(folder / "mails.csv")][:500]

    negative = sum(models.sentiment(text) == "negative" for text in texts)
    vector = models.embed(texts[0])

    assert 0.33 < negative / len(texts) < 0.47
    assert vector.shape == (768,)
    assert abs((vector**2).sum() - 1) < 1e-12
    assert (vector == models.embed(texts[0])).all()
    assert not models.embed("").any()


@pytest.mark.parametrize(
    ("notebook", "positives"), [("complaints.ipynb", range(60, 200)), ("stale_label.ipynb", [0])]
)
def test_the_notebooks_run_from_top_to_bottom(
    folder: Path, notebook: str, positives: range | list[int]
) -> None:
    content = json.loads((EXAMPLE / notebook).read_text(encoding="utf-8"))
    assert all(not c.get("outputs") for c in content["cells"])
    code = ["".join(c["source"]) for c in content["cells"] if c["cell_type"] == "code"]
    script = "\n\n".join([*code, "print(X.shape[1], int(y.sum()))"])

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=True
    )

    columns, positive = done.stdout.split()[-2:]
    assert columns == "1540"
    assert int(positive) in positives
