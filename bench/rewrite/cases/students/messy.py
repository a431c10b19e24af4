# %%
import numpy as np, pandas as pd
from sklearn.svm import SVC

df = pd.read_csv("data/survey.csv")

# %%
df = df.drop(columns=["rownames"], errors="ignore")
df = df[df["Sex"].notnull() & df["Height"].notnull()]
df["Smoke"] = df["Smoke"].fillna("Never")
df["Exer"] = df["Exer"].fillna("None")
df["span"] = df["Wr.Hnd"] - df["NW.Hnd"]
for i in df.index:
    if df.loc[i, "M.I"] == "Imperial":
        df.loc[i, "Height"] = round(df.loc[i, "Height"] / 2.54) * 2.54
    elif pd.isna(df.loc[i, "M.I"]):
        df.loc[i, "M.I"] = "Unknown"
df["Pulse"] = df["Pulse"].fillna(df["Pulse"].median())
df = df.dropna(subset=["span"])
df = df.reset_index(drop=True)
students = df[["Sex", "Height", "span", "Smoke", "Exer", "M.I", "Pulse", "Age"]]

# %%
def smoke_level(s):
    return ["Never", "Occas", "Regul", "Heavy"].index(s)

h = students["Height"].to_numpy()
p = students["Pulse"].to_numpy()
sp = students["span"].to_numpy()
sm = np.array([smoke_level(s) for s in students["Smoke"]], dtype=float)
ex = np.zeros((len(students), 3))
for i, e in enumerate(students["Exer"]):
    ex[i, {"None": 0, "Some": 1, "Freq": 2}[e]] = 1
X = np.c_[(h - h.mean()) / h.std(), (p - 70) / 10, sp, sm, ex]

# %%
y = (students["Sex"] == "Female").to_numpy().astype(int)

# %%
n_test = 50
model = SVC(kernel="rbf", C=2.0)
model.fit(X[n_test:], y[n_test:])
print(model.score(X[:n_test], y[:n_test]))
