# %%
import numpy as np
from sklearn.naive_bayes import GaussianNB

# %%
flowers = {"sepal_length": [], "sepal_width": [], "petal_length": [], "petal_width": [], "kind": []}
for line in open("data/iris.data").readlines()[10:]:
    if line.strip() == "":
        continue
    a, b, c, d, k = line.strip().split(",")
    if float(d) == 0:
        continue
    flowers["sepal_length"].append(float(a))
    flowers["sepal_width"].append(float(b))
    flowers["petal_length"].append(float(c))
    flowers["petal_width"].append(float(d))
    flowers["kind"].append(k.split("-")[1])

# %%
X = np.array([flowers["sepal_length"], flowers["sepal_width"], flowers["petal_length"], flowers["petal_width"]]).T
ratio = X[:, 2] / X[:, 3]
X = np.hstack([X, ratio.reshape(-1, 1)])

# %%
kinds = sorted(set(flowers["kind"]))
y = [kinds.index(k) for k in flowers["kind"]]
y = np.array(y)

# %%
X_train, y_train, X_test, y_test = [], [], [], []
for i in range(len(y)):
    if i % 3 == 2:
        X_test.append(X[i]); y_test.append(y[i])
    else:
        X_train.append(X[i]); y_train.append(y[i])
model = GaussianNB()
model.fit(np.array(X_train), np.array(y_train))
print(model.score(np.array(X_test), np.array(y_test)))
