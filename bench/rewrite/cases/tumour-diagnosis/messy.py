# %%
import numpy as np
import math

# %%
patients = []
for line in open("data/wdbc.data"):
    parts = line.strip().split(",")
    if len(parts) != 12:
        continue
    pid = parts[0]
    radius, texture, perimeter, area, smooth = [float(v) for v in parts[1:6]]
    patients.append((pid, radius, texture, area, smooth, parts[-1]))

# %%
cols = list(zip(*patients))
feats = []
for c in cols[1:5]:
    mu = sum(c) / len(c)
    sd = math.sqrt(sum((v - mu) ** 2 for v in c) / (len(c) - 1))
    feats.append([(v - mu) / sd for v in c])
X = np.array(feats).T

# %%
y = np.where(np.array(cols[5]) == "M", 1, 0)

# %%
train = np.arange(len(y)) < 180
w = np.zeros(X.shape[1])
b = 0.0
for epoch in range(200):
    p = 1 / (1 + np.exp(-(X[train] @ w + b)))
    g = p - y[train]
    w -= 0.1 * X[train].T @ g / train.sum()
    b -= 0.1 * g.mean()
model = (w, b)
pred = (X[~train] @ w + b) > 0
print("accuracy", (pred == y[~train]).mean())
