# %%
import numpy as np
from sklearn.linear_model import SGDClassifier

# %%
scans = []
for line in open("data/digits.csv"):
    pixels, digit = line.strip().split(",")
    values = [int(v) for v in pixels.split()]
    if sum(values) == 0:
        continue
    dark = len([v for v in values if v > 8])
    rows = sum(1 for r in range(8) if max(values[r * 8:r * 8 + 8]) > 0)
    scans.append({"ink": sum(values), "dark": dark, "rows": rows, "digit": int(digit)})

# %%
ink = np.array([s["ink"] for s in scans]) / 64
dark = np.array([s["dark"] for s in scans])
top = dark.max()
X = np.zeros((len(scans), 3))
X[:, 0] = ink
X[:, 1] = dark / top
X[:, 2] = [s["rows"] == 8 for s in scans]

# %%
y = np.array([int(s["digit"] == 0) for s in scans])

# %%
model = SGDClassifier(loss="log_loss", random_state=3, max_iter=50, tol=None)
model.fit(X[20:], y[20:])
print(model.score(X[:20], y[:20]))
