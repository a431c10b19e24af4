# %%
import csv
import numpy as np
from sklearn.linear_model import LogisticRegression

# %%
f = open("data/penguins.csv")
reader = csv.reader(f)
next(reader)
table = []
for species, island, bill, depth, flipper, mass, sex, year in reader:
    if bill == "NA" or sex == "NA":
        continue
    table.append((island, float(bill), float(depth), float(flipper), float(mass) / 1000, sex == "male", species))
f.close()

# %%
bills = np.array([t[1] for t in table])
depths = np.array([t[2] for t in table])
flippers = np.array([t[3] for t in table])
masses = np.array([t[4] for t in table])

def z(a):
    return (a - a.mean()) / a.std()

islands = sorted(set(t[0] for t in table))
onehot = np.zeros((len(table), len(islands)))
for i, t in enumerate(table):
    onehot[i][islands.index(t[0])] = 1.0
male = np.array([1.0 if t[5] else 0.0 for t in table])
X = np.hstack([z(bills)[:, None], z(depths)[:, None], z(flippers)[:, None], z(masses)[:, None], male[:, None], onehot])

# %%
codes = {"Adelie": 0, "Chinstrap": 1, "Gentoo": 2}
y = np.array([codes[t[6]] for t in table])

# %%
rng = np.random.RandomState(0)
idx = rng.permutation(len(X))
train, test = idx[:250], idx[250:]
model = LogisticRegression(C=0.5, max_iter=1000)
model.fit(X[train], y[train])
print((model.predict(X[test]) == y[test]).mean())
