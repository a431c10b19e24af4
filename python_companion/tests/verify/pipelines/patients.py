"""Features by hand: scaled, filled, one-hot; a split by position; a fitted model."""

from __future__ import annotations

from tests.verify.pipelines.base import Pipeline

_PATIENTS = "name,age,weight,group,outcome\n" + "".join(
    f"p{i},{20 + (i * 7) % 60},{55 + (i * 13) % 45 if i % 9 else ''},{'ABC'[(i * 5) % 3]},{int((i * 7) % 60 + (i % 4) * 8 > 38)}\n"
    for i in range(110)
)

PATIENTS = Pipeline(
    name="patients",
    files={"patients.csv": _PATIENTS},
    stages={"prepare": "patients", "encode": "X", "label": "y", "train": "model"},
    original="""
import csv
import numpy as np
from sklearn.linear_model import LogisticRegression
patients = list(csv.DictReader(open("patients.csv")))
ages = np.array([float(p["age"]) for p in patients])
z = (ages - ages.mean()) / ages.std()
known = [float(p["weight"]) for p in patients if p["weight"] != ""]
middle = sum(known) / len(known)
weights = np.array([float(p["weight"]) if p["weight"] != "" else middle for p in patients])
weights = (weights - weights.min()) / (weights.max() - weights.min())
groups = ["A", "B", "C"]
hot = np.zeros((len(patients), 3))
for i, p in enumerate(patients):
    hot[i, groups.index(p["group"])] = 1
X = np.column_stack([z, weights, np.log1p(ages), hot])
y = np.array([int(p["outcome"]) for p in patients])
cut = int(len(y) * 0.75)
model = LogisticRegression(C=2.0, max_iter=500)
model.fit(X[:cut], y[:cut])
""",
    right="""
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import MinMaxScaler, StandardScaler
patients = pd.read_csv("patients.csv", dtype=str, keep_default_na=False)
ages = patients["age"].map(float)
weights = patients["weight"].map(lambda text: float(text) if text != "" else np.nan)
weights = weights.fillna(weights.mean())
hot = [[float(g == c) for c in ["A", "B", "C"]] for g in patients["group"]]
for g in patients["group"]:
    ["A", "B", "C"].index(g)
X = np.hstack([
    StandardScaler().fit_transform(ages.to_frame()),
    MinMaxScaler().fit_transform(weights.to_frame()),
    np.log1p(ages).to_frame().values,
    np.array(hot),
])
y = patients["outcome"].map(int).values
cut = int(len(y) * 0.75)
model = LogisticRegression(C=2.0, max_iter=500).fit(X[:cut], y[:cut])
""",
    wrong={
        "sample deviation": (("StandardScaler().fit_transform(ages.to_frame())", "((ages - ages.mean()) / ages.std()).to_frame().values"),),
        "statistics of the training rows": (("StandardScaler().fit_transform(ages.to_frame())", "StandardScaler().fit(ages.to_frame()[:82]).transform(ages.to_frame())"),),
        "filled with the median": (("weights.fillna(weights.mean())", "weights.fillna(weights.median())"),),
        "filled with zero": (("weights.fillna(weights.mean())", "weights.fillna(0.0)"),),
        "filled with the mean of the training rows": (("weights.fillna(weights.mean())", "weights.fillna(weights[:82].mean())"),),
        "plain logarithm": (("np.log1p(ages)", "np.log(ages)"),),
        "other order of categories": (('[float(g == c) for c in ["A", "B", "C"]]', '[float(g == c) for c in ["B", "A", "C"]]'),),
        "one category dropped": (('for c in ["A", "B", "C"]] for g', 'for c in ["B", "C"]] for g'),),
        "unknown groups pass": (('for g in patients["group"]:\n    ["A", "B", "C"].index(g)\n', ""),),
        "maximum scaled": (("MinMaxScaler().fit_transform(weights.to_frame())", "(weights / weights.max()).to_frame().values"),),
        "trained on the last rows": (("X[:cut], y[:cut]", "X[-cut:], y[-cut:]"),),
        "trained on all rows": (("X[:cut], y[:cut]", "X, y"),),
        "one row more": (("cut = int(len(y) * 0.75)", "cut = int(len(y) * 0.75) + 1"),),
        "rounded cut": (("cut = int(len(y) * 0.75)", "cut = round(len(y) * 0.75)"),),
        "other regularisation": (("C=2.0", "C=1.0"),),
        "no intercept": (("C=2.0", "C=2.0, fit_intercept=False"),),
        "balanced": (("C=2.0", 'C=2.0, class_weight="balanced"'),),
        "blanks are missing words": (("dtype=str, keep_default_na=False", 'dtype=str, na_values=["NA"], keep_default_na=False'), ('if text != "" else np.nan', 'if isinstance(text, str) and text != "" else np.nan')),
    },
)  # fmt: skip
