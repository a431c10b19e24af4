# %%
import csv
from collections import Counter, defaultdict
from datetime import datetime
import numpy as np
from sklearn.linear_model import LogisticRegression

# %%
temps = defaultdict(list)
humid = defaultdict(float)
wind = {}
hours = Counter()
rain = defaultdict(float)
for r in csv.DictReader(open("data/weather.csv")):
    day = datetime(int(r["year"]), int(r["month"]), int(r["day"])).strftime("%Y-%m-%d")
    k = (r["origin"], day)
    hours[k] += 1
    if r["temp"] != "NA":
        temps[k].append((float(r["temp"]) - 32) * 5 / 9)
    humid[k] = max(humid[k], float(r["humid"]))
    w = float(r["wind_speed"])
    if k not in wind or w > wind[k]:
        wind[k] = w
    rain[k] += float(r["precip"])

days = []
for k in sorted(hours):
    days.append([k[0], k[1], sum(temps[k]) / len(temps[k]), humid[k], wind[k], hours[k], rain[k]])

# %%
M = np.array([d[2:6] for d in days], dtype=float)
lo = M.min(axis=0)
hi = M.max(axis=0)
M = (M - lo) / (hi - lo + 1e-9)
ewr = np.array([1.0 if d[0] == "EWR" else 0.0 for d in days])
weekday = np.array([datetime.strptime(d[1], "%Y-%m-%d").weekday() for d in days])
X = np.column_stack([M, ewr, weekday >= 5])

# %%
y = np.array([d[6] > 0 for d in days]).astype(int)

# %%
cutoff = "2013-02-15"
train = np.array([d[1] < cutoff for d in days])
model = LogisticRegression(C=10.0)
model.fit(X[train], y[train])
print(model.predict_proba(X[~train])[:3])
