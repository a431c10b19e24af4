"""Running values per key: the last, the best, the difference to the one before."""

from __future__ import annotations

from tests.verify.pipelines.base import Pipeline

_VISITS = "user;day;pages;seconds\n" + "".join(
    f"u{(i * 5) % 13};2022-{1 + (i // 9) % 12:02d}-{1 + i % 28:02d};{(i * 3) % 14 + 1};{30 + (i * 41) % 900}\n"
    for i in range(120)
)

VISITS = Pipeline(
    name="visits",
    files={"visits.csv": _VISITS},
    stages={"prepare": "visits", "label": "y"},
    columns=["user", "month", "pages", "before", "best", "number", "change"],
    original="""
import csv
last = {}
best = {}
count = {}
visits = []
for row in csv.DictReader(open("visits.csv"), delimiter=";"):
    user = row["user"]
    pages = int(row["pages"])
    month = int(row["day"][5:7])
    before = last.get(user, 0)
    best[user] = max(best.get(user, 0), pages)
    count[user] = count.get(user, 0) + 1
    visits.append([user, month, pages, before, best[user], count[user], pages - before])
    last[user] = pages
y = [1 if v[6] > 0 else 0 for v in visits]
""",
    right="""
import pandas as pd
raw = pd.read_csv("visits.csv", sep=";", dtype=str, keep_default_na=False)
visits = pd.DataFrame({"user": raw["user"], "month": raw["day"].str[5:7].map(int), "pages": raw["pages"].map(int)})
of_user = visits.groupby("user", sort=False)["pages"]
visits["before"] = of_user.shift(1).fillna(0).astype(int)
visits["best"] = of_user.cummax().clip(lower=0)
visits["number"] = of_user.cumcount() + 1
visits["change"] = visits["pages"] - visits["before"]
y = (visits["change"] > 0).astype(int).tolist()
""",
    wrong={
        "before of anybody": (('of_user.shift(1)', 'visits["pages"].shift(1)'),),
        "two before": (("of_user.shift(1)", "of_user.shift(2)"),),
        "missing before": ((".fillna(0).astype(int)", ".bfill().fillna(0).astype(int)"),),
        "best without floor": ((".cummax().clip(lower=0)", ".cummax()"),),
        "best of all": ((".cummax().clip(lower=0)", '.transform("max").clip(lower=0)'),),
        "counted from zero": (("of_user.cumcount() + 1", "of_user.cumcount()"),),
        "counted backwards": (("of_user.cumcount() + 1", "of_user.cumcount(ascending=False) + 1"),),
        "day for month": (('str[5:7]', 'str[8:10]'),),
        "month of one figure": (('raw["day"].str[5:7].map(int)', 'raw["day"].str[6:7].map(int)'),),
        "no change counts": (('visits["change"] > 0', 'visits["change"] >= 0'),),
        "absolute change": (('visits["pages"] - visits["before"]\n', '(visits["pages"] - visits["before"]).abs()\n'),),
        "sorted by day": (("visits = pd.DataFrame", 'raw = raw.sort_values("day", kind="stable").reset_index(drop=True)\nvisits = pd.DataFrame'),),
        "stripped users": (('"user": raw["user"]', '"user": raw["user"].str.strip()'),),
    },
)  # fmt: skip
