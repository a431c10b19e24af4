# %%
from collections import defaultdict
import numpy as np
from sklearn.linear_model import LogisticRegression

# %%
winds = defaultdict(list)
pressures = defaultdict(list)
first = {}
for line in open("data/tracks.txt"):
    name, year, month, day, hour, lat, lon, status, wind, pressure = line.strip().split("|")
    if status == "extratropical":
        continue
    key = (name, int(year))
    winds[key].append(int(wind))
    pressures[key].append(int(pressure))
    if key not in first:
        first[key] = float(lat)

storms = []
for key in winds:
    w = winds[key]
    storms.append((key[0], key[1], max(w), min(pressures[key]), sum(w) / len(w), len(w), first[key]))

# %%
feats = []
for name, year, mx, mn, mean, n, lat in storms:
    feats.append([mean, np.log1p(n), lat, 1013 - mn])
X = np.array(feats)
X = (X - X.mean(axis=0)) / X.std(axis=0)

# %%
y = np.array([int(s[2] >= 64) for s in storms])

# %%
years = np.array([s[1] for s in storms])
model = LogisticRegression()
model.fit(X[years < 1999], y[years < 1999])
print(model.score(X[years >= 1999], y[years >= 1999]) if (years >= 1999).any() else "no test")
