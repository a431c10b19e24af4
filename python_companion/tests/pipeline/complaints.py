"""A small pipeline like the example's: filters, de-duplication, a join, user functions, features."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

import palimpsest.pandas as pd
from palimpsest.pipeline import Pipeline

CALLS: Counter[str] = Counter()
RAW = {"dtype": str, "keep_default_na": False}


def mood(text: str) -> str:
    CALLS["mood"] += 1
    return "negative" if "bad" in text else "positive"


def embed(frame: Any) -> Any:
    CALLS["embed"] += len(frame)
    texts = frame.iloc[:, 0]
    return np.array([[len(t), t.count("a") + 0.5, sum(map(ord, t)) % 7] for t in texts], float)


def length(frame: Any) -> Any:
    return np.array([[float(len(text))] for text in frame.iloc[:, 0]])


def prepare(customers: Any, mails: Any) -> Any:
    customers = pd.read_csv(customers, **RAW)
    customers = customers[customers["country"].isin(["UK", "DE", "FR"])]
    customers = customers.assign(premium=customers["level"] == "premium")
    customers = customers.drop_duplicates("email", keep="last")
    mails = pd.read_csv(mails, **RAW)
    mails = mails[mails["date"].str[:4].astype(int) >= 2022]
    rows = mails.merge(customers[["email", "bank", "country", "premium"]], on="email")
    return pd.DataFrame(
        {
            "date": rows["date"],
            "title": rows["subject"].str.lower(),
            "bank": rows["bank"],
            "country": rows["country"],
            "mood": rows["text"].map(mood),
            "premium": rows["premium"],
        }
    )


def prepare_left(customers: Any, mails: Any) -> Any:
    """A left join, which brings rows back without a match."""
    customers = pd.read_csv(customers, **RAW).drop_duplicates("email", keep="first")
    mails = pd.read_csv(mails, **RAW)
    rows = mails.merge(customers[["email", "bank", "country", "level"]], on="email", how="left")
    rows["country"] = rows["country"].fillna("none")
    return pd.DataFrame(
        {
            "date": rows["date"],
            "title": rows["subject"].str.lower(),
            "bank": rows["bank"],
            "country": rows["country"],
            "mood": rows["text"].map(mood),
            "premium": rows["level"] == "premium",
        }
    )


def prepare_grouped(customers: Any, mails: Any) -> Any:
    """A group-by joined back, whose every row hangs on all mails of its customer."""
    customers = pd.read_csv(customers, **RAW).drop_duplicates("email", keep="last")
    mails = pd.read_csv(mails, **RAW)
    mails["size"] = mails["subject"].str.len()
    sizes = mails.groupby("email").agg(mails=("mid", "count"), size=("size", "mean"))
    rows = mails.merge(sizes.reset_index(), on="email", suffixes=("", "_mean"))
    rows = rows.merge(customers, on="email")
    return pd.DataFrame(
        {
            "date": rows["date"],
            "title": rows["subject"].where(rows["mails"] > 2, "few").str.lower(),
            "bank": rows["size_mean"],
            "country": rows["country"],
            "mood": rows["text"].map(mood),
            "premium": rows["level"] == "premium",
        }
    )


def encode_features() -> Any:
    return ColumnTransformer(
        [
            ("embedding", FunctionTransformer(embed), ["title"]),
            ("length", make_pipeline(FunctionTransformer(length), StandardScaler()), ["title"]),
            ("country", OneHotEncoder(handle_unknown="ignore"), ["country"]),
        ]
    )


def extract_label(frame: Any) -> Any:
    return ((frame["mood"] == "negative") | frame["premium"]).astype(int)


def by_date(frame: Any) -> Any:
    return frame["date"] < "2024-06"


def make_ridge(n_features: int) -> Any:
    return Ridge(alpha=1.0)


def make_logistic(n_features: int) -> Any:
    return LogisticRegression(C=1.0, max_iter=1000)


def make_pipeline_of(folder: Path, **options: Any) -> Pipeline:
    chosen: dict[str, Any] = {
        "name": "complaints",
        "prepare": prepare,
        "encode_features": encode_features,
        "extract_label": extract_label,
        "make_model": make_ridge,
        "split": by_date,
        "folder": folder,
        **options,
    }
    return Pipeline(**chosen)


def tables(seed: int, customers: int = 30, mails: int = 120) -> dict[str, pandas.DataFrame]:
    """Make tables with duplicate and unmatched keys; every text has a sentinel of its own."""
    rng = np.random.default_rng(seed)
    emails = [f"person{n}@example.org" for n in range(max(1, customers * 3 // 4))]
    people = pandas.DataFrame(
        {
            "cid": [str(n) for n in range(customers)],
            "email": rng.choice(emails, customers),
            "bank": [f"bank{n:04d}" for n in range(customers)],
            "country": rng.choice(["UK", "DE", "FR", "ES"], customers),
            "level": rng.choice(["basic", "premium"], customers, p=[0.6, 0.4]),
        }
    )
    letters = pandas.DataFrame(
        {
            "mid": [str(n) for n in range(mails)],
            "email": rng.choice([*emails, "stranger@example.org"], mails),
            "date": [
                f"{y}-{m:02d}-11"
                for y, m in zip(
                    rng.integers(2020, 2026, mails), rng.integers(1, 13, mails), strict=True
                )
            ],
            "subject": [f"Subject-{n:04d} {'x' * int(rng.integers(0, 9))}" for n in range(mails)],
            "text": [f"text-{n:04d} {w}" for n, w in enumerate(rng.choice(["bad", "fine"], mails))],
        }
    )
    return {"customers": people, "mails": letters}


def write(folder: Path, frames: dict[str, pandas.DataFrame]) -> dict[str, Any]:
    """Write tables as CSV files and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name, frame in frames.items():
        path = folder / f"{name}.csv"
        frame.to_csv(path, index=False)
        paths[name] = str(path)
    return paths
