# %%
import csv
import numpy as np
from sklearn.neighbors import KNeighborsClassifier

# %%
def num(s):
    s = s.strip()
    if s == "":
        return float("nan")
    return float(s)

wines = []
rd = csv.reader(open("data/wine.csv"), delimiter=";")
head = next(rd)
for r in rd:
    d = dict(zip(head, r))
    wines.append([num(d["alcohol"]), num(d["malic_acid"]), num(d["magnesium"]), num(d["color_intensity"]), num(d["hue"]), num(d["proline"]), int(d["target"])])

# %%
A = np.array([w[:6] for w in wines])
for j in range(A.shape[1]):
    column = A[:, j]
    middle = np.nanmedian(column)
    column[np.isnan(column)] = middle
lo, hi = A.min(axis=0), A.max(axis=0)
X = (A - lo) / (hi - lo)

# %%
names = ["Barolo", "Grignolino", "Barbera"]
y = np.array([names[w[6]] for w in wines])

# %%
np.random.seed(11)
perm = np.random.permutation(len(X))
test_n = len(X) // 4
tr = perm[test_n:]
te = perm[:test_n]
model = KNeighborsClassifier(n_neighbors=5)
model.fit(X[tr], y[tr])
print("acc", np.mean(model.predict(X[te]) == y[te]))
