# %%
import csv
import numpy as np
from sklearn.linear_model import LogisticRegression

LATE = 15

# %%
airlines = {}
for rec in csv.DictReader(open("data/airlines.csv")):
    airlines[rec["carrier"]] = rec["name"]

rows = []
for rec in csv.DictReader(open("data/flights.csv")):
    try:
        delay = float(rec["dep_delay"])
    except ValueError:
        continue  # cancelled
    if rec["carrier"] not in airlines:
        continue
    hour = int(rec["sched_dep_time"]) // 100
    if rec["dest"] in ("HNL", "ANC"):
        continue
    rows.append({
        "carrier": airlines[rec["carrier"]],
        "origin": rec["origin"],
        "hour": hour,
        "distance": int(rec["distance"]),
        "delay": delay,
    })
print(len(rows), "flights")

# %%
origins = ["EWR", "JFK", "LGA"]
hot = np.zeros((len(rows), 3))
for i, r in enumerate(rows):
    hot[i, origins.index(r["origin"])] = 1
dist = np.array([r["distance"] for r in rows], dtype=float)
dist = (dist - dist.mean()) / dist.std()
hours = np.array([r["hour"] for r in rows], dtype=float) / 24
X = np.column_stack([hot, dist, hours])

# %%
y = np.array([1 if r["delay"] > LATE else 0 for r in rows])

# %%
n = len(y)
cut = int(n * 0.8)
model = LogisticRegression(max_iter=500)
model.fit(X[:cut], y[:cut])
print("accuracy", (model.predict(X[cut:]) == y[cut:]).mean())
