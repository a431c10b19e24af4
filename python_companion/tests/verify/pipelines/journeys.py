"""Rows of `csv.DictReader`, what fails to parse left out."""

from __future__ import annotations

from tests.verify.pipelines.base import Pipeline

_TRIPS = "id,start,stop,line,delay,seats\n" + "".join(
    f"{i},{('Ulm', 'Bonn', 'Kiel')[i % 3]},{('Jena', 'Trier')[i % 2]},{('ICE', 'RE', 'S')[(i // 2) % 3]}{i % 30},"
    f"{(i * 17) % 61 - 5 if i % 11 else 'NA'},{100 + i}\n"
    for i in range(120)
)

JOURNEYS = Pipeline(
    name="journeys",
    files={"trips.csv": _TRIPS},
    stages={"prepare": "trips", "label": "y"},
    columns=["start", "kind", "delay", "late", "full"],
    original="""
import csv
trips = []
for rec in csv.DictReader(open("trips.csv")):
    try:
        delay = int(rec["delay"])
    except ValueError:
        continue
    if delay < 0:
        delay = 0
    if rec["line"].startswith("ICE"):
        kind = "fast"
    elif rec["line"].startswith("R"):
        kind = "regional"
    else:
        kind = "city"
    trips.append({"start": rec["start"], "kind": kind, "delay": delay, "late": delay > 15, "full": rec["start"] + "-" + rec["stop"]})
y = [1 if t["delay"] >= 30 and t["kind"] != "city" else 0 for t in trips]
""",
    right="""
import csv

def number(text):
    try:
        return int(text)
    except ValueError:
        return None

def kind_of(line):
    if line.startswith("ICE"):
        return "fast"
    return "regional" if line.startswith("R") else "city"

with open("trips.csv") as file:
    records = [rec for rec in csv.DictReader(file) if number(rec["delay"]) is not None]
trips = []
for rec in records:
    delay = max(number(rec["delay"]), 0)
    trips.append({
        "start": rec["start"],
        "kind": kind_of(rec["line"]),
        "delay": delay,
        "late": delay > 15,
        "full": f"{rec['start']}-{rec['stop']}",
    })
y = [int(t["delay"] >= 30 and t["kind"] != "city") for t in trips]
""",
    wrong={
        "floats accepted": (("return int(text)", "return int(float(text))"),),
        "zero for what fails": (("return None", "return 0"),),
        "negative kept": (("max(number(rec[\"delay\"]), 0)", 'number(rec["delay"])'),),
        "absolute": (("max(number(rec[\"delay\"]), 0)", 'abs(number(rec["delay"]))'),),
        "late at the limit": (('"late": delay > 15', '"late": delay >= 15'),),
        "anywhere in the text": (('line.startswith("R")', '"R" in line'),),
        "blind to case": (('line.startswith("ICE")', 'line.upper().startswith("ICE")'),),
        "stripped": (('"start": rec["start"]', '"start": rec["start"].strip()'),),
        "or": (('>= 30 and t["kind"]', '>= 30 or t["kind"]'),),
        "above thirty": ((">= 30 and", "> 30 and"),),
        "label before the floor": (('t["delay"] >= 30 and', 't["delay"] >= 30 and t["start"] and'),),
        "other way round": (("{rec['start']}-{rec['stop']}", "{rec['stop']}-{rec['start']}"),),
        "falsy delays dropped": (('number(rec["delay"]) is not None', 'number(rec["delay"])'),),
    },
)  # fmt: skip
