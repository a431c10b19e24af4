import argparse
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split

SEED = 7
parser = argparse.ArgumentParser()
parser.add_argument("--trees", type=int, default=50)
args = parser.parse_args()

X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=SEED)
model = RandomForestClassifier(n_estimators=args.trees, max_depth=4, random_state=SEED)
model.fit(X_train, y_train)
pred = model.predict(X_test)
acc = accuracy_score(y_test, pred)
print(f"accuracy: {acc:.4f}")
print("f1", f1_score(y_test, pred))
for C in [0.1, 1.0]:
    clf = LogisticRegression(C=C, max_iter=5000)
    clf.fit(X_train, y_train)
    print("C =", C, "score =", clf.score(X_test, y_test))
