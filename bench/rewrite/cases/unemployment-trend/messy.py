# %%
import csv
import numpy as np
from datetime import datetime
from sklearn.linear_model import LogisticRegression

START = datetime(1996, 1, 1)

# %%
history = []
with open("data/economics.csv") as f:
    r = csv.reader(f)
    next(r)
    for date, pce, pop, psavert, uempmed, unemploy in r:
        d = datetime.strptime(date, "%Y-%m-%d")
        history.append((d, 100 * float(unemploy) / float(pop), float(psavert)))

series = []
for i in range(3, len(history) - 1):
    d, rate, saving = history[i]
    if d < START:
        continue
    window = [h[1] for h in history[i - 3:i]]
    series.append((d.strftime("%Y-%m"), rate, saving, rate - history[i - 1][1], sum(window) / 3, history[i + 1][1]))

# %%
X = np.array([[s[1], s[2], s[3], s[1] - s[4]] for s in series])
for j in range(4):
    X[:, j] = (X[:, j] - np.mean(X[:, j])) / np.std(X[:, j])
month = np.array([int(s[0][5:]) for s in series])
quarter = np.zeros((len(series), 4))
quarter[np.arange(len(series)), (month - 1) // 3] = 1
X = np.hstack([X, quarter])

# %%
y = np.array([s[5] > s[1] for s in series])

# %%
train = np.array([s[0] < "2010-01" for s in series])
model = LogisticRegression(C=1.0, max_iter=300)
model.fit(X[train], y[train])
print(model.score(X[~train], y[~train]))
