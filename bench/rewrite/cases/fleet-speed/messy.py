# %%
import csv
import numpy as np
from sklearn.tree import DecisionTreeRegressor

# %%
planes = {}
with open("data/planes.csv") as f:
    for row in csv.reader(f):
        if row[0] == "tailnum" or row[1] == "NA":
            continue
        planes[row[0]] = (int(float(row[1])), row[2].split()[0].title(), int(row[3]))

count, miles, hours = {}, {}, {}
with open("data/flights.csv") as f:
    next(f)
    for line in f:
        month, day, tail, dist, air, dest = line.strip().split(",")
        if tail not in planes:
            continue
        count[tail] = count.get(tail, 0) + 1
        miles[tail] = miles.get(tail, 0) + int(dist)
        hours[tail] = hours.get(tail, 0.0) + float(air) / 60

fleet = []
for t in sorted(count, key=lambda t: -miles[t]):
    year, maker, seats = planes[t]
    fleet.append([t, maker, 2013 - year, count[t], miles[t], miles[t] / hours[t]])

# %%
makers = {}
for r in fleet:
    if r[1] not in makers:
        makers[r[1]] = len(makers)
X = np.zeros((len(fleet), len(makers) + 2))
for i, r in enumerate(fleet):
    X[i, makers[r[1]]] = 1
    X[i, -2] = r[2]
    X[i, -1] = np.log(r[4])

# %%
y = np.array([r[5] for r in fleet])

# %%
k = len(fleet) * 3 // 4
model = DecisionTreeRegressor(max_depth=3, random_state=0)
model.fit(X[:k], y[:k])
print(np.abs(model.predict(X[k:]) - y[k:]).mean())
