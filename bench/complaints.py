"""The example's pipeline, as the rules rewrite it, over a choice of pandas."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "complaints"
sys.path.insert(0, str(EXAMPLE))

from generate import generate
from textmodels import embed, sentiment

TARGETS = ["UK", "DE", "FR"]
KEYWORDS = [
    *("transfer", "fee", "card", "account"),
    *("überweisung", "gebühr", "karte", "konto"),
    *("virement", "frais", "carte", "compte"),
]
CUTOFF = "2025-01-01"
RAW: dict[str, Any] = {
    "header": None,
    "dtype": str,
    "quoting": 3,
    "keep_default_na": False,
}


def make_data(mails: int, folder: Path) -> None:
    """Write ``customers.csv`` and ``mails.csv``, ten mails a customer."""
    generate(mails // 10, 7, folder)


def is_relevant(text: str) -> bool:
    """Whether a mail is about what the bank does."""
    text = text.lower()
    return any(keyword in text for keyword in KEYWORDS)


def cheap(text: str) -> str:
    """Stand in for the sentiment function, where only pandas is to be measured."""
    return "negative" if "!" in text else "neutral"


def prepare_with(pd: ModuleType, judge: Any) -> Any:
    """Return ``prepare`` over a pandas and with a function that judges the mood of a text."""

    def prepare(customers: Any = "customers.csv", mails: Any = "mails.csv") -> Any:
        names = ["cid", "email", "bank", "country", "level"]
        customers = pd.read_csv(customers, names=names, **RAW)
        customers["level"] = customers["level"].str.rstrip()
        customers = customers[customers["country"].isin(TARGETS)]
        customers = customers.assign(premium=customers["level"] == "premium")
        customers = customers.drop_duplicates("email", keep="last")

        mails = pd.read_csv(mails, names=["mid", "email", "date", "subject", "text"], **RAW)
        mails["text"] = mails["text"].str.rstrip()
        mails = mails[mails["text"].map(is_relevant).astype(bool)]
        mails = mails[mails["date"].str[:4].astype(int) >= 2022]

        rows = mails.merge(customers[["email", "bank", "country", "premium"]], on="email")
        return pd.DataFrame(
            {
                "date": rows["date"],
                "title": rows["subject"].str.lower(),
                "text": rows["text"].str.lower(),
                "bank": rows["bank"],
                "country": rows["country"],
                "mood": rows["text"].map(judge),
                "premium": rows["premium"],
            }
        )

    return prepare


def embed_all(texts: Any) -> Any:
    """Embed texts: (rows, 768)."""
    return np.array([embed(text) for text in texts])


def lengths_of(texts: Any) -> Any:
    """Count characters: (rows, 1)."""
    return np.array([[len(text)] for text in texts], dtype=float)


def encode_features() -> Any:
    """Return the unfitted encoders: 1,540 columns."""
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    countries = OneHotEncoder(categories=[TARGETS], sparse_output=False)
    lengths = make_pipeline(FunctionTransformer(lengths_of), StandardScaler())
    return ColumnTransformer(
        [
            ("subject_emb", FunctionTransformer(embed_all), "title"),
            ("text_emb", FunctionTransformer(embed_all), "text"),
            ("lengths", lengths, "title"),
            ("onehot", countries, ["country"]),
        ],
        sparse_threshold=0,
    )


def extract_label(frame: Any) -> Any:
    """Return 1 for a complaint of a premium customer."""
    return ((frame["mood"] == "negative") & frame["premium"]).astype(int)


def make_model(n_features: int) -> Any:
    """Return the unfitted model."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1.0, max_iter=200)


def in_training(frame: Any) -> Any:
    """Say which rows are for training."""
    return frame["date"] < CUTOFF


__all__ = [
    "cheap",
    "encode_features",
    "extract_label",
    "in_training",
    "make_data",
    "make_model",
    "prepare_with",
    "sentiment",
]
