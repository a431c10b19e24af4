"""Statistics of the training rows alone, a limit computed at run time, categories in their order."""

from __future__ import annotations

from tests.verify.pipelines.base import Pipeline

_SENSORS = "sensor,site,value,status\n" + "".join(
    f's{i:03d},"{("north", "south hall", "east", "west", "attic")[(i * 3 + i // 60) % 5]}",'
    f"{(i * 29) % 83 + 0.5 * (i % 4)},{('ok', 'warm', 'ok', 'off', 'ok')[(i * 7) % 5]}\n"
    for i in range(140)
)

SENSORS = Pipeline(
    name="sensors",
    files={"sensors.csv": _SENSORS},
    stages={"encode": "X", "label": "y"},
    original="""
import csv
import numpy as np
rows = list(csv.DictReader(open("sensors.csv", encoding="utf-8", newline="")))
rows = [r for r in rows if r["status"] in {"ok", "warm"}]
values = np.array([float(r["value"]) for r in rows])
cut = int(len(rows) * 0.75)
mean, std = values[:cut].mean(), values[:cut].std()
sites = sorted({r["site"] for r in rows[:cut]})
X = np.zeros((len(rows), 1 + len(sites)))
for i, r in enumerate(rows):
    X[i, 0] = (values[i] - mean) / std
    if r["site"] in sites:
        X[i, 1 + sites.index(r["site"])] = 1
limit = np.quantile(values[:cut], 0.8)
y = np.array([int(v > limit) for v in values])
""",
    right="""
import numpy as np
import pandas as pd
rows = pd.read_csv("sensors.csv", dtype=str, keep_default_na=False)
rows = rows[rows["status"].isin(["ok", "warm"])]
values = rows["value"].map(float).to_numpy(float)
cut = int(len(rows) * 0.75)
known = values[:cut]
scaled = (values - known.mean()) / known.std()
sites = sorted(rows["site"].iloc[:cut].unique())
X = np.column_stack([scaled, *[(rows["site"] == site).to_numpy(float) for site in sites]])
y = (values > np.quantile(known, 0.8)).astype(int)
""",
    wrong={
        "mean of all rows": (("known.mean()", "values.mean()"),),
        "deviation of all rows": (("known.std()", "values.std()"),),
        "statistics of the test rows": (("known = values[:cut]", "known = values[cut:]"),),
        "sample deviation": (("known.std()", "known.std(ddof=1)"),),
        "median": (("known.mean()", "np.median(known)"),),
        "sites of all rows": (('["site"].iloc[:cut]', '["site"]'),),
        "sites as they come": (('sorted(rows["site"].iloc[:cut].unique())', 'list(rows["site"].iloc[:cut].unique())'),),
        "sites as a set has them": (('sorted(rows["site"].iloc[:cut].unique())', 'list(set(rows["site"].iloc[:cut]))'),),
        "sites from the last": (('.unique())', ".unique(), reverse=True)"),),
        "limit itself": (("values > np", "values >= np"),),
        "limit of all rows": (("np.quantile(known", "np.quantile(values"),),
        "another limit": (("0.8)", "0.75)"),),
        "limit among the values": (("0.8)", '0.8, method="lower")'),),
        "rounded cut": (("int(len(rows) * 0.75)", "round(len(rows) * 0.75)"),),
        "cut before the filter": (
            ('rows = rows[rows["status"].isin(["ok", "warm"])]\n', 'cut = int(len(rows) * 0.75)\nrows = rows[rows["status"].isin(["ok", "warm"])]\n'),
            ("cut = int(len(rows) * 0.75)\nknown", "known"),
        ),
        "status in any case": (('rows["status"].isin', 'rows["status"].str.lower().isin'),),
        "one status": (('["ok", "warm"]', '["ok"]'),),
        "missing words": ((", keep_default_na=False", ""),),
        "site in any case": (('rows = rows[rows', 'rows["site"] = rows["site"].str.lower()\nrows = rows[rows'),),
        "gaps filled": (('rows["value"].map(float)', 'pd.to_numeric(rows["value"], errors="coerce").fillna(0)'),),
    },
)  # fmt: skip
