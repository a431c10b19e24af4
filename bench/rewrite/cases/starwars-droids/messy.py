# %%
import json
import numpy as np
from sklearn.tree import DecisionTreeClassifier

# %%
people = []
seen = set()
for line in open("data/characters.jsonl"):
    c = json.loads(line)
    if c["name"] in seen:
        continue
    seen.add(c["name"])
    body = c["body"]
    if body["height"] is None:
        continue
    eyes = c.get("eye_color") or "unknown"
    people.append({
        "name": c["name"].lower(),
        "species": c.get("species") or "Unknown",
        "home": c["homeworld"] if c["homeworld"] is not None else "nowhere",
        "height": body["height"] / 100,
        "mass": body["mass"] if body["mass"] is not None else 75.0,
        "eye": eyes if isinstance(eyes, str) else eyes[0],
    })

# %%
colours = ["blue", "brown", "yellow", "black", "red", "orange"]
X = np.zeros((len(people), len(colours) + 3))
for i, p in enumerate(people):
    if p["eye"] in colours:
        X[i, colours.index(p["eye"])] = 1
    X[i, -3] = p["height"]
    X[i, -2] = p["mass"] / p["height"] ** 2
    X[i, -1] = len(p["name"].split())

# %%
y = np.array([1 if p["species"] == "Human" else 0 for p in people])

# %%
half = len(people) // 2
model = DecisionTreeClassifier(max_depth=3, random_state=1)
model.fit(X[:half], y[:half])
print(model.score(X[half:], y[half:]))
