"""Train a classifier twice, and keep both versions of it in a git repository."""
import json
import os

import joblib
import numpy as np
from git import Actor, Repo
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

WORKDIR = "registry"
author = Actor("Data Team", "data@example.org")

os.makedirs(WORKDIR, exist_ok=True)
repo = Repo.init(WORKDIR)

X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
np.save(os.path.join(WORKDIR, "X_train.npy"), X_train)
repo.index.add(["X_train.npy"])
repo.index.commit("training data", author=author, committer=author)

for version, C in enumerate([0.01, 1.0], start=1):
    model = LogisticRegression(C=C, max_iter=5000)
    model.fit(X_train, y_train)
    accuracy = model.score(X_test, y_test)
    joblib.dump(model, os.path.join(WORKDIR, "model.joblib"))
    with open(os.path.join(WORKDIR, "metrics.json"), "w") as f:
        json.dump({"C": C, "accuracy": round(accuracy, 4)}, f)
    repo.index.add(["model.joblib", "metrics.json"])
    repo.index.commit(f"model with C={C}", author=author, committer=author)
    repo.create_tag(f"v{version}")
    print(f"v{version}: accuracy {accuracy:.4f}")

# go back to the first version and look at it once more
repo.git.checkout("v1")
old = joblib.load(os.path.join(WORKDIR, "model.joblib"))
print("v1 again:", round(old.score(X_test, y_test), 4), "C =", old.C)
print(open(os.path.join(WORKDIR, "metrics.json")).read())
repo.git.checkout("v2")
print("v2 again:", joblib.load(os.path.join(WORKDIR, "model.joblib")).C)
