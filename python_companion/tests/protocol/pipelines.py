"""A small pipeline, as a notebook would define it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import palimpsest.pandas as pd
from palimpsest.pipeline import Pipeline, Run

CUSTOMERS, MAILS = 30, 200


def write_sources(folder: Path) -> None:
    levels = ["premium", "basic", "basic"]
    customers = [f"{n},c{n}@x.org,{levels[n % 3]}\n" for n in range(CUSTOMERS)]
    mails = [
        f"{n},c{n % CUSTOMERS}@x.org,{n * 7 % 11},2024-01-{n % 28 + 1}\n" for n in range(MAILS)
    ]
    (folder / "customers.csv").write_text("cid,email,level\n" + "".join(customers))
    (folder / "mails.csv").write_text("mid,email,score,sent\n" + "".join(mails))


def prepare(customers: Any, mails: Any) -> Any:
    mails = pd.read_csv(mails)
    return mails.merge(pd.read_csv(customers), on="email")


def encode_features() -> ColumnTransformer:
    return ColumnTransformer(
        [("score", StandardScaler(), ["score"]), ("level", OneHotEncoder(), ["level"])]
    )


def extract_label(frame: Any) -> Any:
    return frame["score"] > 5


def make_model(n_features: int) -> LogisticRegression:
    return LogisticRegression()


def run_pipeline(folder: Path) -> Run:
    """Run the pipeline on the sources in a folder, which also gets the run file."""
    pipeline = Pipeline(
        "mails",
        prepare,
        encode_features,
        extract_label,
        make_model,
        split=0.25,
        folder=folder / ".palimpsest",
    )
    return pipeline.run(customers=folder / "customers.csv", mails=folder / "mails.csv")
