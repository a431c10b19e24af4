"""Dates, a split by date or by a shuffle, a ridge regression on hand-made features."""

from __future__ import annotations

from tests.verify.pipelines.base import Pipeline

_FLATS = "".join(
    f"{i},2019-{1 + (i * 5) % 12:02d}-{1 + (i * 3) % 28:02d},{25 + (i * 13) % 110},{1 + (i * 7) % 5},{('yes', 'no')[i % 3 == 0]},{300 + (i * 13) % 110 * 9 + (i * 7) % 5 * 40}\n"
    for i in range(120)
)

FLATS = Pipeline(
    name="flats",
    files={"flats.csv": _FLATS},
    stages={"prepare": "flats", "encode": "X", "label": "y", "train": "model"},
    columns=["day", "weekday", "size", "rooms", "balcony", "rent"],
    original="""
import random
from datetime import datetime
import numpy as np
from sklearn.linear_model import Ridge
flats = []
for line in open("flats.csv"):
    _, day, size, rooms, balcony, rent = line.strip().split(",")
    d = datetime.strptime(day, "%Y-%m-%d")
    if d > datetime(2019, 11, 30):
        continue
    flats.append((day, d.weekday(), float(size), int(rooms), balcony == "yes", float(rent)))

def bucket(size):
    if size < 40:
        return 0
    elif size < 80:
        return 1
    else:
        return 2

X = np.zeros((len(flats), 6))
for i, f in enumerate(flats):
    X[i, bucket(f[2])] = 1
    X[i, 3] = f[2] / f[3]
    X[i, 4] = f[4]
    X[i, 5] = f[1] >= 5
y = np.array([f[5] / f[2] for f in flats])
random.seed(5)
order = list(range(len(flats)))
random.shuffle(order)
cut = len(order) * 2 // 3
model = Ridge(alpha=0.5)
model.fit(X[order[:cut]], y[order[:cut]])
""",
    right="""
import random
from datetime import date
import numpy as np
from sklearn.linear_model import Ridge

LAST = date(2019, 11, 30)

def flat(line):
    _, day, size, rooms, balcony, rent = line.strip().split(",")
    when = parsed(day)
    return (day, when.weekday(), float(size), int(rooms), balcony == "yes", float(rent)), when

def parsed(day):
    from datetime import datetime
    return datetime.strptime(day, "%Y-%m-%d").date()

def one_hot(size):
    place = 0 if size < 40 else 1 if size < 80 else 2
    return [float(place == k) for k in range(3)]

with open("flats.csv") as file:
    read = [flat(line) for line in file]
flats = [f for f, when in read if when <= LAST]
X = np.array([
    [*one_hot(size), size / rooms, float(balcony), float(weekday >= 5)]
    for _, weekday, size, rooms, balcony, _ in flats
]).reshape(len(flats), 6)
y = np.array([rent / size for _, _, size, _, _, rent in flats])
random.seed(5)
order = list(range(len(flats)))
random.shuffle(order)
cut = len(order) * 2 // 3
model = Ridge(alpha=0.5).fit(X[order[:cut]], y[order[:cut]])
""",
    wrong={
        "before the last day": (("when <= LAST", "when < LAST"),),
        "a day more": (("date(2019, 11, 30)", "date(2019, 12, 1)"),),
        "weekdays from one": (("when.weekday()", "when.isoweekday()"),),
        "weekend from saturday on": (("weekday >= 5", "weekday > 5"),),
        "forty is small": (("size < 40", "size <= 40"),),
        "eighty is middle": (("size < 80", "size <= 80"),),
        "whole division": (("size / rooms", "size // rooms"),),
        "rooms by size": (("size / rooms", "rooms / size"),),
        "balcony in any case": (('balcony == "yes"', 'balcony.lower() == "yes"'),),
        "not no": (('balcony == "yes"', 'balcony != "no"'),),
        "other seed": (("random.seed(5)", "random.seed(6)"),),
        "shuffled after the cut": (("random.shuffle(order)\ncut = len(order) * 2 // 3\n", "cut = len(order) * 2 // 3\nrandom.shuffle(order[:cut])\n"),),
        "trained on the test rows": (("X[order[:cut]], y[order[:cut]]", "X[order[cut:]], y[order[cut:]]"),),
        "rounded cut": (("len(order) * 2 // 3", "round(len(order) * 2 / 3)"),),
        "labels of other rows": (("y[order[:cut]]", "y[:cut]"),),
        "other strength": (("alpha=0.5", "alpha=0.05"),),
        "rent itself": (("rent / size for", "rent for"),),
        "months mixed up": (('"%Y-%m-%d").date()', '"%Y-%m-%d").date().replace(day=1)'),),
    },
)  # fmt: skip
