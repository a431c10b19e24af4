# %%
import numpy as np
from sklearn.linear_model import LinearRegression

# %%
lines = open("data/msleep.csv").read().split("\n")
header = lines[0].split(",")
col = {h: i for i, h in enumerate(header)}
animals = []
for l in lines[1:]:
    if not l:
        continue
    p = l.split(",")
    vore = p[col["vore"]]
    if vore == "NA":
        vore = "unknown"
    brain = float(p[col["brainwt"]]) if p[col["brainwt"]] != "NA" else None
    rem = p[col["sleep_rem"]]
    rem = float(rem) if rem != "NA" else -1.0
    animals.append([p[0], vore, p[col["order"]], float(p[col["bodywt"]]), brain, rem, float(p[col["sleep_total"]])])

# %%
known = [a[4] for a in animals if a[4] is not None]
mean_brain = sum(known) / len(known)
brain = np.array([a[4] if a[4] is not None else mean_brain for a in animals])
body = np.log([a[3] for a in animals])
vores = ["carni", "herbi", "insecti", "omni", "unknown"]
V = np.zeros((len(animals), len(vores)))
for k in range(len(animals)):
    V[k, vores.index(animals[k][1])] = 1
X = np.hstack((np.log(brain).reshape(-1, 1), body.reshape(-1, 1), V))

# %%
y = np.array([a[6] for a in animals])

# %%
model = LinearRegression(fit_intercept=False)
model.fit(X[:60], y[:60])
print(((model.predict(X[60:]) - y[60:]) ** 2).mean())
