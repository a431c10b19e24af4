# %%
import csv
import numpy as np
from sklearn.ensemble import RandomForestRegressor

# %%
records = []
for year in (2009, 2010, 2011):
    with open(f"data/sales_{year}.csv") as f:
        for row in csv.DictReader(f):
            if row["sales"] == "NA" or row["median"] == "NA":
                continue
            records.append(row)

last = {}
best = {}
months = []
for row in records:
    city = row["city"]
    sales = float(row["sales"])
    best[city] = max(best.get(city, 0), sales)
    inv = float(row["inventory"]) if row["inventory"] not in ("", "NA") else 0.0
    months.append((city, int(row["year"]), int(row["month"]), sales, float(row["median"]), inv, last.get(city, sales), best[city]))
    last[city] = sales

# %%
cities = []
for m in months:
    if m[0] not in cities:
        cities.append(m[0])
X = np.zeros((len(months), len(cities) + 4))
for i, m in enumerate(months):
    X[i, cities.index(m[0])] = 1
    X[i, len(cities)] = m[2]
    X[i, len(cities) + 1] = m[5]
    X[i, len(cities) + 2] = m[6]
    X[i, len(cities) + 3] = m[4] / 1000

# %%
y = np.array([m[3] for m in months])

# %%
is_train = np.array([m[1] < 2011 for m in months])
model = RandomForestRegressor(n_estimators=10, random_state=0)
model.fit(X[is_train], y[is_train])
print(model.score(X[~is_train], y[~is_train]))
