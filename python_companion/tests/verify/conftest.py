"""A small project to verify rewrites in: customers, mails, and a cell that joins them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from palimpsest.protocol.messages import Verdict, VerifyRequest
from palimpsest.verify import verify

SETUP = """
import numpy as np
TARGETS = ["UK", "DE"]

def is_relevant(text):
    return "fee" in text.lower()

def mood(text):
    return "negative" if "angry" in text else "neutral"
"""

PREPARE = """
customers = {}
for line in open("customers.csv"):
    cid, email, bank, country, level = line.strip().split(",")
    if country in TARGETS:
        customers[email] = (bank, country, level == "premium")

out = open("train.tsv", "w")
for line in open("mails.csv"):
    mid, email, date, subject, text = line.strip().split(",")
    if not is_relevant(text):
        continue
    if int(date[:4]) >= 2022 and email in customers:
        bank, country, premium = customers[email]
        title = subject.lower()
        out.write(f"{date}\\t{title}\\t{bank}\\t{country}\\t{mood(text)}\\t{premium}\\n")
out.close()
"""

REWRITTEN_PREPARE = """
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
        "bank": rows["bank"],
        "country": rows["country"],
        "mood": rows["text"].map(mood),
        "premium": rows["premium"],
    })
"""

COLUMNS = ["date", "title", "bank", "country", "mood", "premium"]

ENCODE = """
titles, countries, moods, premiums = [], [], [], []
for line in open("train.tsv"):
    date, title, bank, country, feeling, premium = line.strip().split("\\t")
    titles.append(title)
    countries.append(country)
    moods.append(feeling)
    premiums.append(premium)
lengths = np.array([len(t) for t in titles], dtype=float)
lengths = (lengths - lengths.mean()) / lengths.std()
index = {"UK": 0, "DE": 1}
onehot = np.zeros((len(countries), 2))
for i, c in enumerate(countries):
    onehot[i, index[c]] = 1
X = np.hstack([lengths.reshape(-1, 1), onehot])
"""

REWRITTEN_ENCODE = """
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

def characters(frame):
    return frame.map(len).astype(float)

def encode_features():
    return ColumnTransformer([
        ("length", make_pipeline(FunctionTransformer(characters), StandardScaler()), ["title"]),
        ("country", OneHotEncoder(categories=[["UK", "DE"]], sparse_output=False), ["country"]),
    ])
"""

LABEL = """
y = []
for m, p in zip(moods, premiums):
    if m == "negative" and p == "True":
        y.append(1)
    else:
        y.append(0)
y = np.array(y)
"""

REWRITTEN_LABEL = """
def extract_label(frame):
    return ((frame["mood"] == "negative") & frame["premium"]).astype(int)
"""

TRAIN = """
from sklearn.linear_model import LogisticRegression
half = np.arange(len(y)) % 2 == 0
model = LogisticRegression(C=2.0)
model.fit(X[half], y[half])
"""

REWRITTEN_TRAIN = """
from sklearn.linear_model import LogisticRegression

def make_model(n_features):
    return LogisticRegression(C=2.0)
"""

ROLES = [None, "prepare", "encode", "label", "train"]
ORIGINAL = [SETUP, PREPARE, ENCODE, LABEL, TRAIN]
REWRITTEN = [SETUP, REWRITTEN_PREPARE, REWRITTEN_ENCODE, REWRITTEN_LABEL, REWRITTEN_TRAIN]
OBSERVATIONS: list[dict[str, Any] | None] = [
    None,
    {"kind": "file", "path": "train.tsv", "separator": "\t", "columns": COLUMNS},
    {"kind": "variable", "name": "X"},
    {"kind": "variable", "name": "y"},
    {"kind": "variable", "name": "model"},
]


def customers_csv() -> str:
    """Thirty customers; none twice, one with a space after the level."""
    lines = []
    for i in range(30):
        country = ("UK", "DE", "ES")[i % 3]
        level = "premium" if i % 4 == 0 else "basic"
        lines.append(f"{i},c{i}@x.org,Bank {i % 5},{country},{level}")
    lines[16] += " "
    return "\n".join(lines) + "\n"


def mails_csv() -> str:
    """One hundred and twenty mails over five years, half of them about fees."""
    lines = []
    for i in range(120):
        about = ("your fee", "the weather")[i % 7 % 2]
        feeling = ("I am angry", "all is well", "thanks")[i % 3]
        year = 2020 + i % 5
        lines.append(
            f"{i},c{(i * 7) % 40}@x.org,{year}-03-{1 + i % 28:02d},Subject No {i * 37},"
            f"About {about} of {i} - {feeling}"
        )
    return "\n".join(lines) + "\n"


@dataclass
class Project:
    """A working folder, and how to verify a rewrite in it."""

    folder: Path
    options: dict[str, Any] = field(default_factory=dict)

    def verify(
        self,
        original: list[str],
        rewritten: list[str],
        roles: list[str | None],
        observation: dict[str, Any] | None,
        **options: Any,
    ) -> Verdict:
        """Verify the last cell."""
        hooks = {
            name: options.pop(name) for name in ("on_progress", "cancelled") if name in options
        }
        request = VerifyRequest.model_validate(
            {
                "original": original,
                "rewritten": rewritten,
                "roles": roles,
                "target": len(original) - 1,
                "observation": observation,
                "working_directory": str(self.folder),
                **self.options,
                **options,
            }
        )
        return verify(request, **hooks)

    def verify_cell(self, cell: int, rewritten: str | None = None, **options: Any) -> Verdict:
        """Verify one cell of the notebook, rewritten as given or rightly."""
        cells = [*REWRITTEN[:cell], rewritten if rewritten is not None else REWRITTEN[cell]]
        observation = options.pop("observation", OBSERVATIONS[cell])
        original = options.pop("original", ORIGINAL)
        return self.verify(original[: cell + 1], cells, ROLES[: cell + 1], observation, **options)

    def verify_code(self, original: str, rewritten: str, **options: Any) -> Verdict:
        """Verify a single cell that prepares the list `rows`, without a helper cell."""
        observation = options.pop("observation", {"kind": "variable", "name": "rows"})
        role = options.pop("role", "prepare")
        return self.verify([original], [rewritten], [role], observation, **options)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "customers.csv").write_text(customers_csv(), encoding="utf-8")
    (folder / "mails.csv").write_text(mails_csv(), encoding="utf-8")
    return Project(folder, {"time_limit": 60.0})


def swap(source: str, *pairs: tuple[str, str]) -> str:
    """Return code with some of its text exchanged, each of which must be there."""
    for before, after in pairs:
        assert before in source, before
        source = source.replace(before, after)
    return source
