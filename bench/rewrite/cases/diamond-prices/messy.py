# %%
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

# %%
raw = pd.read_csv("data/diamonds.csv")
out = []
for _, row in raw.iterrows():
    if row["x"] == 0 or row["y"] == 0 or row["z"] == 0:
        continue
    vol = row["x"] * row["y"] * row["z"]
    out.append({
        "carat": row["carat"],
        "cut": row["cut"].lower().replace(" ", "_"),
        "colour": "DEFGHIJ".index(row["color"]),
        "clarity": row["clarity"],
        "volume": vol,
        "flat": row["depth"] < 60,
        "price": row["price"],
    })
df = pd.DataFrame(out)
df = df[df["carat"] <= 3]
df = df.reset_index(drop=True)

# %%
cuts = {"fair": 0, "good": 1, "very_good": 2, "premium": 3, "ideal": 4}
clar = ["I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"]
F = np.zeros((len(df), 5))
for i in range(len(df)):
    F[i, 0] = np.log1p(df.loc[i, "carat"])
    F[i, 1] = cuts[df.loc[i, "cut"]]
    F[i, 2] = clar.index(df.loc[i, "clarity"])
    F[i, 3] = df.loc[i, "colour"]
    F[i, 4] = df.loc[i, "volume"] / 100
X = F

# %%
y = np.log1p(df["price"].values)

# %%
order = np.random.default_rng(42).permutation(len(y))
k = int(0.75 * len(y))
model = Ridge(alpha=1.0)
model.fit(X[order[:k]], y[order[:k]])
print(np.abs(model.predict(X[order[k:]]) - y[order[k:]]).mean())
