# %%
import csv
import numpy as np
from sklearn.linear_model import LogisticRegression

BIG = {"BOEING", "AIRBUS", "AIRBUS INDUSTRIE"}

# %%
hops = {}
for i, line in enumerate(open("data/flights.csv")):
    if i == 0:
        continue
    tail, origin, dest, air, dist = line.strip().split(",")
    if air == "NA" or tail == "NA":
        continue
    hops.setdefault(tail, []).append((origin, int(dist), float(air)))

out = open("data/usage.csv", "w", newline="")
w = csv.writer(out)
w.writerow(["tailnum", "maker", "age", "seats", "origin", "distance", "speed"])
for p in csv.DictReader(open("data/planes.csv")):
    if p["year"] == "NA" or int(p["engines"]) < 2:
        continue
    maker = p["manufacturer"] if p["manufacturer"] in BIG else "OTHER"
    age = 2013 - int(float(p["year"]))
    for origin, dist, air in hops.get(p["tailnum"], []):
        w.writerow([p["tailnum"], maker, age, p["seats"], origin, dist, round(dist / air * 60, 1)])
out.close()

# %%
usage = list(csv.DictReader(open("data/usage.csv")))
makers = ["AIRBUS", "AIRBUS INDUSTRIE", "BOEING", "OTHER"]
X = np.zeros((len(usage), 6))
for i, u in enumerate(usage):
    X[i, makers.index(u["maker"])] = 1
    X[i, 4] = int(u["age"]) / 10
    X[i, 5] = np.log(int(u["seats"]))

# %%
y = np.array([1 if float(u["distance"]) < 800 else 0 for u in usage])

# %%
import random
random.seed(7)
ids = list(range(len(usage)))
random.shuffle(ids)
n_train = int(len(ids) * 0.7)
model = LogisticRegression()
model.fit(X[ids[:n_train]], y[ids[:n_train]])
print(model.score(X[ids[n_train:]], y[ids[n_train:]]))
