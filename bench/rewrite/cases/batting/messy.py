# %%
import csv
import math
import numpy as np
from sklearn.linear_model import LinearRegression

# %%
f = open("data/hitters.csv")
header = f.readline().strip().split(",")
pos = {}
for i, name in enumerate(header):
    pos[name] = i
players = []
for line in f:
    parts = line.strip().split(",")
    if parts[pos["Salary"]] in ("", "NA"):
        continue
    hits = int(parts[pos["Hits"]])
    bats = int(parts[pos["AtBat"]])
    if bats < 50:
        continue
    avg = hits / bats
    years = int(parts[pos["Years"]])
    career = int(parts[pos["CHits"]]) / int(parts[pos["CAtBat"]])
    players.append([parts[pos["League"]], parts[pos["Division"]], years, avg, career, int(parts[pos["HmRun"]]), float(parts[pos["Salary"]])])
f.close()

# league totals
tot = {}
cnt = {}
for p in players:
    tot[p[0]] = tot.get(p[0], 0) + p[5]
    cnt[p[0]] = cnt.get(p[0], 0) + 1
final = []
for p in players:
    final.append(p + [p[5] - tot[p[0]] / cnt[p[0]]])
final.sort(key=lambda p: (-p[6], p[2]))

# %%
m = len(final)
feat = np.empty((m, 6))
for i in range(m):
    p = final[i]
    feat[i] = [p[2], p[3], p[4], p[7], 1 if p[0] == "A" else 0, 1 if p[1] == "W" else 0]
for j in range(4):
    col = feat[:, j]
    feat[:, j] = (col - col.mean()) / col.std(ddof=1)
X = feat

# %%
y = np.array([math.log(p[6]) for p in final])

# %%
idx = list(range(m))
import random
random.Random(3).shuffle(idx)
k = m // 4
te, tr = idx[:k], idx[k:]
model = LinearRegression()
model.fit(X[tr], y[tr])
print("R2", model.score(X[te], y[te]))
