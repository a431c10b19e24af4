/**
 * Trainings by hand: they stay as they are, in the `fit` of an estimator.
 */
import type { IVariant } from './variant';

const SETUP = `import random
import numpy as np
from sklearn.linear_model import Ridge


def sigmoid(z):
    return 1 / (1 + np.exp(-z))
`;

const PREPARE = `rows = []
for line in open("events.csv"):
    number, who, kind, day, amount, text = line.rstrip("\\n").split(",")
    rows.append((int(number), kind, day, float(amount), text))
`;

const ENCODE =
  'X = np.array([[r[3] / 50, len(r[4]) / 10, 1.0] for r in rows])\n';

const LABEL = 'y = np.array([1 if r[1] == "mail" else 0 for r in rows])\n';

const byHand = (
  title: string,
  body: string,
  says?: IVariant['says']
): IVariant => ({
  title,
  cells: [SETUP, PREPARE, ENCODE, LABEL, `${body}\n`],
  says
});

const DESCENT = `w = np.zeros(X.shape[1])
for epoch in range(50):
    p = sigmoid(X[tr] @ w)
    w -= 0.5 * X[tr].T @ (p - y[tr]) / len(tr)
`;

export const trainingByHand: IVariant[] = [
  byHand(
    'gradient descent on shuffled rows',
    `random.seed(3)\nidx = list(range(len(rows)))\nrandom.shuffle(idx)\ntr, te = idx[:4], idx[4:]\n${DESCENT}pred = (sigmoid(X[te] @ w) > 0.5).astype(int)\nprint(pred, (pred == y[te]).mean())`,
    [
      'def fit(self, X, y):\n        random.seed(3)\n        idx = list(range(len(X)))',
      'self.w_ = w',
      'return (sigmoid(X @ w) > 0.5).astype(int)',
      'pred = run.model.predict(X[te])'
    ]
  ),
  byHand(
    'gradient descent on the rows of a mask',
    'early = np.array([r[2] < "2023-03-01" for r in rows])\nw = np.zeros(X.shape[1])\nfor epoch in range(50):\n    w -= 0.5 * X[early].T @ (sigmoid(X[early] @ w) - y[early]) / early.sum()\nprint((sigmoid(X[~early] @ w) > 0.5).mean())',
    [
      'w -= 0.5 * X.T @ (sigmoid(X @ w) - y) / len(X)',
      'split=in_training',
      'early = run.train'
    ]
  ),
  byHand(
    'minibatches of a generator that drew the split before',
    'rng = np.random.default_rng(0)\nperm = rng.permutation(len(X))\ntr = perm[:5]\nW = rng.normal(0, 0.1, size=(X.shape[1], 2))\nY = np.eye(2)[y]\nlr = 0.5\nfor epoch in range(6):\n    if epoch == 3:\n        lr *= 0.5\n    rng.shuffle(tr)\n    for s in range(0, len(tr), 2):\n        b = tr[s:s + 2]\n        P = np.exp(X[b] @ W)\n        P /= P.sum(axis=1, keepdims=True)\n        W -= lr * X[b].T @ (P - Y[b]) / len(b)\nguess = np.argmax(X @ W, axis=1)\nprint(guess)',
    ['perm = rng.permutation(len(X))', 'return np.argmax(X @ W, axis=1)']
  ),
  byHand(
    'normal equations',
    'n = int(0.7 * len(X))\nbeta = np.linalg.solve(X[:n].T @ X[:n] + 0.1 * np.eye(3), X[:n].T @ y[:n])\npred = X[n:] @ beta\nprint(pred.round(6))',
    [
      'beta = np.linalg.solve(X.T @ X + 0.1 * np.eye(3), X.T @ y)',
      'return X @ beta',
      'run.model.predict(X[n:])'
    ]
  ),
  byHand(
    'a perceptron, row by row',
    'weights = np.zeros(X.shape[1])\nfor ep in range(5):\n    for i in range(4):\n        t = 1 if y[i] else -1\n        if t * np.dot(weights, X[i]) <= 0:\n            weights += t * X[i]\nhits = 0\nfor i in range(4, len(X)):\n    if np.dot(weights, X[i]) > 0:\n        out = 1\n    else:\n        out = 0\n    hits += out == y[i]\nprint(hits)',
    ['np.array([1 if np.dot(weights, row) > 0 else 0 for row in X])']
  ),
  byHand(
    'centroids that a function reads',
    'centroids = {}\nfor k in (0, 1):\n    centroids[k] = X[y == k].mean(axis=0)\n\ndef classify(x):\n    return min(centroids, key=lambda k: ((x - centroids[k]) ** 2).sum())\n\nprint([classify(x) for x in X])',
    ['return np.array([classify(x) for x in X])']
  ),
  byHand(
    'a function that trains',
    'def train(X, y, n=20):\n    w = np.zeros(X.shape[1])\n    for i in range(n):\n        w -= 0.1 * X.T.dot(X.dot(w) - y)\n    return w\n\ndef predict(w, X):\n    return X.dot(w) > 0.5\n\nw = train(X[:4], y[:4])\nprint((predict(w, X[4:]) == y[4:]).mean())',
    ['w = train(X, y)', 'return predict(w, X)']
  ),
  byHand(
    'a step that changes its argument',
    'def step(w, X, y):\n    w -= 0.1 * X.T @ (X @ w - y)\n\nw = np.zeros(X.shape[1])\nfor i in range(9):\n    step(w, X, y)\nprint((X @ w).round(6))',
    ['step(w, X, y)\n        self.w_ = w']
  ),
  byHand(
    'weights that another variable holds, too',
    'w = np.zeros(X.shape[1])\nweights = w\nfor i in range(9):\n    w -= 0.1 * X.T @ (X @ w - y)\nprint(weights.round(6))',
    ['weights = w\n', 'self.weights_ = weights']
  ),
  byHand(
    'a column that is added before the training',
    'w = np.zeros(4)\nXb = np.c_[np.ones(len(X)), X]\nfor i in range(9):\n    w -= 0.01 * Xb.T @ (Xb @ w - y)\nprint((Xb @ w > 0.5).sum())',
    ['Xb = np.c_[np.ones(len(X)), X]\n        return Xb @ w > 0.5']
  ),
  byHand(
    'the best of several estimators',
    'best_model, best = None, -9.0\nfor alpha in [0.1, 1.0, 10.0]:\n    m = Ridge(alpha=alpha)\n    m.fit(X[:4], y[:4])\n    s = m.score(X[4:], y[4:])\n    if s > best:\n        best, best_model = s, m\nprint(round(best, 6))',
    ['self.best_model_ = best_model', 'return self.best_model_.predict(X)']
  ),
  byHand(
    'an own class',
    'class Mean:\n    def __init__(self, k):\n        self.k = k\n\n    def fit(self, X, y):\n        self.level = y.mean() + self.k\n\n    def predict(self, X):\n        return X[:, 0] > self.level\n\nmodel = Mean(0.1)\nmodel.fit(X[:5], y[:5])\nprint(model.predict(X[5:]))',
    ['model.fit(X, y)', 'return self.model_.predict(X)']
  )
];
