# %%
import csv
import numpy as np
from sklearn.ensemble import RandomForestClassifier

# %%
def to_float(s, default=0.0):
    try:
        return float(s)
    except ValueError:
        return default

# %%
weather = {}
with open("data/weather.csv", newline="") as f:
    for r in csv.DictReader(f):
        weather[(r["origin"], r["time_hour"])] = r

joined = []
missing = 0
with open("data/flights.csv", newline="") as f:
    for r in csv.DictReader(f):
        if r["arr_delay"] == "NA":
            continue
        w = weather.get((r["origin"], r["time_hour"]))
        if w is None:
            missing += 1
            continue
        joined.append({
            "origin": r["origin"], "dest": r["dest"], "month": int(r["month"]),
            "distance": float(r["distance"]), "wind": to_float(w["wind_speed"]),
            "visib": to_float(w["visib"], 10.0), "late": to_float(r["arr_delay"]) > 15,
        })
print(missing, "without weather")

# %%
ORIGINS = ("EWR", "JFK", "LGA")
X = np.zeros((len(joined), 7))
for i, j in enumerate(joined):
    for k, o in enumerate(ORIGINS):
        if j["origin"] == o:
            X[i, k] = 1
    X[i, 3] = np.sin(2 * np.pi * j["month"] / 12)
    X[i, 4] = j["distance"] / 1000.0
    X[i, 5] = j["wind"]
    X[i, 6] = j["visib"] < 5

# %%
y = np.array([j["late"] for j in joined]).astype(int)

# %%
train = [i for i in range(len(joined)) if joined[i]["month"] <= 9]
test = [i for i in range(len(joined)) if joined[i]["month"] > 9]
model = RandomForestClassifier(n_estimators=20, random_state=1)
model.fit(X[train], y[train])
print(model.score(X[test], y[test]))
