"""An intermediate file, written with its own formats and read again; several inputs, one after the other."""

from __future__ import annotations

from tests.verify.pipelines.base import Pipeline


def _meters(year: int) -> str:
    return "meter,month,kwh,tariff\n" + "".join(
        f"{(i * 3) % 20:03d},{1 + i % 12},{(i * 29) % 400 + 0.37 * (i % 5):.2f},{('day', 'night')[i % 2]}\n"
        for i in range(40 + year % 3)
    )


METERS = Pipeline(
    name="meters",
    files={f"meters_{year}.csv": _meters(year) for year in (2020, 2021)},
    stages={"prepare": "clean.csv", "encode": "X", "label": "y"},
    ordered=False,
    original="""
import csv
import numpy as np
out = open("clean.csv", "w")
out.write("meter,year,month,kwh,cost\\n")
for year in (2020, 2021):
    f = open("meters_%d.csv" % year)
    next(f)
    for line in f:
        meter, month, kwh, tariff = line.strip().split(",")
        if float(kwh) <= 0:
            continue
        price = 0.30 if tariff == "day" else 0.22
        out.write("%s,%d,%s,%.1f,%.2f\\n" % (meter, year, month, float(kwh), float(kwh) * price))
out.close()
X = []
y = []
for rec in csv.DictReader(open("clean.csv")):
    X.append([int(rec["month"]) / 12, float(rec["kwh"])])
    y.append(float(rec["cost"]) > 50)
X = np.array(X)
y = np.array(y)
""",
    right="""
import csv
import numpy as np

PRICES = {"day": 0.30}
rows = []
for year in (2020, 2021):
    with open(f"meters_{year}.csv") as file:
        for line in list(file)[1:]:
            meter, month, kwh, tariff = line.strip().split(",")
            used = float(kwh)
            if used > 0:
                rows.append([meter, year, month, f"{used:.1f}", f"{used * PRICES.get(tariff, 0.22):.2f}"])
with open("clean.csv", "w", newline="") as file:
    file.write("meter,year,month,kwh,cost\\n")
    for row in rows:
        file.write(",".join(map(str, row)) + "\\n")
X = np.array([[int(month) / 12, float(kwh)] for _, _, month, kwh, _ in rows])
y = np.array([float(cost) > 50 for *_, cost in rows])
for _, _, month, kwh, cost in []:
    pass
if any('"' in "".join(map(str, row)) for row in rows):
    X = []
    y = []
    for rec in csv.DictReader(open("clean.csv")):
        X.append([int(rec["month"]) / 12, float(rec["kwh"])])
        y.append(float(rec["cost"]) > 50)
    X = np.array(X)
    y = np.array(y)
""",
    wrong={
        "zero kept": (("if used > 0:", "if used >= 0:"),),
        "two decimals": (('f"{used:.1f}"', 'f"{used:.2f}"'),),
        "whole kilowatt-hours": (('f"{used:.1f}"', 'f"{round(used)}"'),),
        "cost of the rounded use": (("used * PRICES", "round(used, 1) * PRICES"),),
        "meters as numbers": (("rows.append([meter, year", "rows.append([int(meter), year"),),
        "unknown tariffs dropped": (("PRICES.get(tariff, 0.22)", "PRICES.get(tariff, 0.30 if tariff != 'night' else 0.22)"),),
        "tariff in any case": (("PRICES.get(tariff, 0.22)", "PRICES.get(tariff.lower(), 0.22)"),),
        "one year only": (("for year in (2020, 2021):", "for year in (2021,):"),),
        "first row lost": (("list(file)[1:]", "list(file)[2:]"),),
        "last row lost": (("list(file)[1:]", "list(file)[1:-1]"),),
        "unrounded labels": (("float(cost) > 50 for *_, cost in rows", "round(float(cost)) > 50 for *_, cost in rows"),),
        "from fifty": (("float(cost) > 50 for *_", "float(cost) >= 50 for *_"),),
        "month over eleven": (("int(month) / 12, float(kwh)] for", "(int(month) - 1) / 11, float(kwh)] for"),),
        "no empty lines": (("used = float(kwh)", "used = float(kwh or 0)"),),
    },
)  # fmt: skip
