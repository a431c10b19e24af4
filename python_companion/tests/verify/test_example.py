"""The example: its messy cells, rewritten by hand, on data from its own generator."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path

import pytest

from tests.verify.conftest import Project, swap

EXAMPLE = Path(__file__).parents[3] / "examples" / "complaints"

PREPARE = """
import pandas as pd

RAW = dict(header=None, dtype=str, quoting=3, keep_default_na=False)

def prepare(customers="customers.csv", mails="mails.csv"):
    customers = pd.read_csv(customers, names=["cid", "email", "bank", "country", "level"], **RAW)
    customers["level"] = customers["level"].str.rstrip()
    customers = customers[customers["country"].isin(TARGETS)]
    customers = customers.drop_duplicates("email", keep="last")
    customers = customers.assign(premium=customers["level"] == "premium")
    mails = pd.read_csv(mails, names=["mid", "email", "date", "subject", "text"], **RAW)
    mails["text"] = mails["text"].str.rstrip()
    mails = mails[mails["text"].map(is_relevant).astype(bool)]
    mails = mails[mails["date"].str[:4].astype(int) >= 2022]
    rows = mails.merge(customers[["email", "bank", "country", "premium"]], on="email")
    return pd.DataFrame({
        "date": rows["date"],
        "title": rows["subject"].str.lower(),
        "text": rows["text"].str.lower(),
        "bank": rows["bank"],
        "country": rows["country"],
        "mood": rows["text"].map(sentiment),
        "premium": rows["premium"],
    })
"""

ENCODE = """
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

def embed_all(texts):
    return np.array([embed(text) for text in texts])

def lengths_of(texts):
    return np.array([[len(text)] for text in texts], dtype=float)

def encode_features():
    return ColumnTransformer([
        ("subject", FunctionTransformer(embed_all), "title"),
        ("text", FunctionTransformer(embed_all), "text"),
        ("length", make_pipeline(FunctionTransformer(lengths_of), StandardScaler()), "title"),
        ("country", OneHotEncoder(categories=[["UK", "DE", "FR"]], sparse_output=False), ["country"]),
    ])
"""

LABEL = """
def extract_label(frame):
    return ((frame["mood"] == "negative") & frame["premium"]).astype(int)
"""

MODEL = """
def make_model(n_features):
    return LogisticRegression(C=1.0, max_iter=200)
"""

ROLES = [None, "prepare", "encode", "label", "train"]
COLUMNS = ["date", "title", "text", "bank", "country", "mood", "premium"]
OBSERVATIONS = [
    None,
    {"kind": "file", "path": "train.tsv", "separator": "\t", "columns": COLUMNS},
    {"kind": "variable", "name": "X"},
    {"kind": "variable", "name": "y"},
    {"kind": "variable", "name": "model"},
]


def cells(notebook: str) -> list[str]:
    """Return the code cells of one of the example's notebooks."""
    content = json.loads((EXAMPLE / notebook).read_text(encoding="utf-8"))
    return ["".join(c["source"]) for c in content["cells"] if c["cell_type"] == "code"]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("example") / "work"
    folder.mkdir()
    spec = importlib.util.spec_from_file_location("generate", EXAMPLE / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.generate(customers=150, out=folder)
    shutil.copy(EXAMPLE / "textmodels.py", folder)
    return Project(folder)


@pytest.mark.parametrize("target", [1, 2, 3, 4])
def test_the_examples_cells_are_verified(example: Project, target: int) -> None:
    original = cells("complaints.ipynb")
    rewritten = [original[0], PREPARE, ENCODE, LABEL, MODEL]
    stop = target + 1

    verdict = example.verify(original[:stop], rewritten[:stop], ROLES[:stop], OBSERVATIONS[target])

    assert verdict.status == "equivalent", verdict
    assert verdict.real_rows > 100


def test_the_leaked_card_numbers_do_not_hide_a_wrong_rewrite(example: Project) -> None:
    original = cells("complaints.ipynb")
    wrong = swap(PREPARE, ('rows["subject"].str.lower()', 'rows["subject"].str.lower().str[:40]'))

    verdict = example.verify(original[:2], [original[0], wrong], ROLES[:2], OBSERVATIONS[1])

    assert verdict.status == "different"
    assert verdict.difference is not None
    assert verdict.difference.column == "title"
    assert len(verdict.difference.source_rows["mails.csv"]) == 1


def test_the_stale_label_is_neither_mended_nor_passed(example: Project) -> None:
    original = cells("stale_label.ipynb")[:4]
    mended = [original[0], PREPARE, ENCODE, LABEL]
    constant = [*mended[:3], "def extract_label(frame):\n    return [0] * len(frame)\n"]

    assert example.verify(original, mended, ROLES[:4], OBSERVATIONS[3]).status == "different"
    faithful = example.verify(original, constant, ROLES[:4], OBSERVATIONS[3], mutations=0)
    assert faithful.status == "equivalent"
