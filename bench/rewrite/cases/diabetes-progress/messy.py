# %%
import pandas as pd
import numpy as np
from sklearn.linear_model import Ridge

# %%
df = pd.read_csv("data/patients.csv")
df = df[df.bmi > 18]
df["sex"] = df["sex"].apply(lambda s: "f" if s == 2 else "m")

def group(age):
    if age < 35:
        return "young"
    if age < 55:
        return "middle"
    return "old"

df["group"] = df["age"].apply(group)
df["risk"] = 0
df.loc[df["bp"] >= 100, "risk"] = 1
df.loc[(df["bp"] >= 100) & (df["bmi"] >= 30), "risk"] = 2
df = df[["age", "sex", "bmi", "bp", "group", "risk", "target"]]
df = df.sort_values(["age", "bmi"]).reset_index(drop=True)

# %%
dummies = pd.get_dummies(df["group"])
parts = [((df["bmi"] - df["bmi"].mean()) / df["bmi"].std()).values, ((df["bp"] - df["bp"].mean()) / df["bp"].std()).values]
X = np.column_stack(parts + [df["risk"].values, (df["sex"] == "f").values.astype(float), dummies.values.astype(float)])

# %%
y = df["target"].values

# %%
fold = np.array([i % 4 for i in range(len(df))])
model = Ridge(alpha=0.5)
model.fit(X[fold != 0], y[fold != 0])
print(model.score(X[fold == 0], y[fold == 0]))
