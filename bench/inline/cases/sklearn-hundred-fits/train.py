# which k and which weighting? try them all
import numpy as np
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

X, y = load_iris(return_X_y=True)
X_tr, X_va, y_tr, y_va = train_test_split(X, y, test_size=0.4, random_state=11)

results = {}
best_score, best_k = 0, None
for k in range(1, 51):
    for weights in ("uniform", "distance"):
        knn = KNeighborsClassifier(n_neighbors=k, weights=weights)
        knn.fit(X_tr, y_tr)
        score = knn.score(X_va, y_va)
        results[(k, weights)] = score
        if score > best_score:
            best_score, best_k = score, k

print(f"tried {len(results)} settings")
print(f"best k = {best_k} with accuracy {best_score:.3f}")
print("mean accuracy", np.round(np.mean(list(results.values())), 4))
