# %%
import csv
import re
import numpy as np
from sklearn.linear_model import Ridge

TRANS = re.compile(r"(\w+)\((\w)(\d|v|\w)\)")

def gears_of(text):
    m = TRANS.match(text)
    if not m or not m.group(3).isdigit():
        return 0
    return int(m.group(3))

# %%
cars = []
with open("data/mpg.csv", newline="") as fh:
    for row in csv.DictReader(fh):
        if row["class"] in ("2seater", "minivan"):
            continue
        cars.append({
            "maker": row["manufacturer"].strip().title(),
            "model": row["model"].replace(" 4wd", "").replace(" awd", ""),
            "displ": float(row["displ"]),
            "cyl": int(row["cyl"]),
            "gears": gears_of(row["trans"]),
            "auto": row["trans"].startswith("auto"),
            "drv": row["drv"],
            "fl": row["fl"].upper(),
            "cty": int(row["cty"]),
        })

# %%
def bucket(d):
    if d < 2:
        return 0
    elif d < 3:
        return 1
    elif d < 4.5:
        return 2
    return 3

drv_index = {"f": 0, "r": 1, "4": 2}
buckets = np.zeros((len(cars), 4))
drives = np.zeros((len(cars), 3))
for i, c in enumerate(cars):
    buckets[i, bucket(c["displ"])] = 1
    drives[i, drv_index[c["drv"]]] = 1
gears = np.array([c["gears"] for c in cars], dtype=float).reshape(-1, 1)
auto = np.array([c["auto"] for c in cars], dtype=float).reshape(-1, 1)
cyl = np.array([c["cyl"] for c in cars], dtype=float).reshape(-1, 1)
cyl = (cyl - cyl.min()) / (cyl.max() - cyl.min())
X = np.concatenate([buckets, drives, gears, auto, cyl], axis=1)

# %%
y = np.array([c["cty"] for c in cars], dtype=float)

# %%
test = np.arange(len(cars)) % 5 == 0
model = Ridge(alpha=2.0)
model.fit(X[~test], y[~test])
print("r2", model.score(X[test], y[test]))
