"""Values per key in dictionaries of lists."""

from __future__ import annotations

from tests.verify.pipelines.base import Pipeline

_READINGS = "".join(
    f"{('north', 'south', 'east', 'west', 'hill', 'lake')[(i * 5) % 6 if i > 2 else 5 - i]}|2021-{1 + i % 12:02d}-{1 + i % 27:02d}|"
    f"{(i * 37) % 50 + 0.25 * (i % 3)}|{(i * 11) % 17}\n"
    for i in range(90)
)

READINGS = Pipeline(
    name="readings",
    files={"readings.txt": _READINGS},
    stages={"prepare": "stations"},
    columns=["station", "mean", "highest", "lowest", "first", "last", "count", "days", "rain"],
    original="""
from collections import defaultdict
values = defaultdict(list)
rain = defaultdict(int)
first = {}
last = {}
days = defaultdict(set)
for line in open("readings.txt"):
    station, day, value, drops = line.rstrip("\\n").split("|")
    v = float(value)
    values[station].append(v)
    rain[station] += int(drops)
    if station not in first:
        first[station] = v
    last[station] = v
    days[station].add(day)
stations = []
for s in values:
    vs = values[s]
    stations.append((s, sum(vs) / len(vs), max(vs), min(vs), first[s], last[s], len(vs), len(days[s]), rain[s]))
""",
    right="""
import pandas as pd
table = pd.read_csv("readings.txt", sep="|", header=None, names=["station", "day", "value", "drops"], dtype=str, quoting=3, keep_default_na=False)
table["value"] = table["value"].map(float)
table["drops"] = table["drops"].map(int)
grouped = table.groupby("station", sort=False)
stations = grouped.agg(
    mean=("value", "mean"),
    highest=("value", "max"),
    lowest=("value", "min"),
    first=("value", "first"),
    last=("value", "last"),
    count=("value", "size"),
    days=("day", "nunique"),
    rain=("drops", "sum"),
).reset_index()
""",
    wrong={
        "sorted groups": (("sort=False", "sort=True"),),
        "median": (('("value", "mean")', '("value", "median")'),),
        "least": (('highest=("value", "max")', 'highest=("value", "min")'),),
        "last for first": (('first=("value", "first")', 'first=("value", "last")'),),
        "first for last": (('last=("value", "last")', 'last=("value", "first")'),),
        "lowest is first": (('lowest=("value", "min")', 'lowest=("value", "first")'),),
        "distinct values counted": (('count=("value", "size")', 'count=("value", "nunique")'),),
        "days counted twice": (('days=("day", "nunique")', 'days=("day", "size")'),),
        "positive rain": (('rain=("drops", "sum")', 'rain=("drops", lambda d: d.clip(lower=0).sum())'),),
        "repeated readings dropped": (('grouped = ', 'table = table.drop_duplicates()\ngrouped = '),),
        "stations stripped": (('table["value"] = ', 'table["station"] = table["station"].str.strip()\ntable["value"] = '),),
        "stations in lower case": (('table["value"] = ', 'table["station"] = table["station"].str.lower()\ntable["value"] = '),),
        "unnamed stations dropped": (("quoting=3, keep_default_na=False", "quoting=3"),),
        "whole means": (('mean=("value", "mean")', 'mean=("value", lambda v: float(round(v.mean(), 6)))'),),
    },
)  # fmt: skip
