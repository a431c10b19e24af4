# %%
import pandas as pd
import numpy as np
from sklearn.tree import DecisionTreeClassifier

# %%
raw = pd.read_csv("data/titanic.csv")
raw.columns = [c.strip().lower() for c in raw.columns]
rows = []
for idx, r in raw.iterrows():
    if pd.isnull(r["age"]):
        continue
    nm = str(r["rownames"])
    sur = nm.split(",")[0]
    title = "none"
    if "," in nm and "." in nm:
        title = nm.split(",")[1].split(".")[0].strip()
    if title not in ("Mr", "Mrs", "Miss", "Master"):
        title = "Other"
    d = {}
    d["surname"] = sur
    d["title"] = title
    d["sex"] = r["sex"]
    d["age"] = r["age"]
    d["cls"] = int(r["passengerclass"][0])
    d["child"] = r["age"] < 16
    d["survived"] = r["survived"] == "yes"
    rows.append(d)
people = pd.DataFrame(rows)
fam = people.groupby("surname").size().to_dict()
people["family"] = people["surname"].map(fam)

# %%
feats = []
for i in range(len(people)):
    p = people.iloc[i]
    v = [p["age"] / 80.0, p["family"], 1.0 if p["child"] else 0.0]
    v += [1.0 if p["sex"] == s else 0.0 for s in ["female", "male"]]
    v += [1.0 if p["cls"] == k else 0.0 for k in (1, 2, 3)]
    feats.append(v)
X = np.array(feats)

# %%
y = people["survived"].astype(int).values

# %%
rng = np.random.RandomState(7)
perm = rng.permutation(len(X))
test_idx = perm[:200]
train_idx = perm[200:]
model = DecisionTreeClassifier(max_depth=4, random_state=0)
model.fit(X[train_idx], y[train_idx])
print(model.score(X[test_idx], y[test_idx]))
