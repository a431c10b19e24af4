import type { IVariant } from './variant';

export const SETUP = `import numpy as np
import statistics
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import train_test_split

KINDS = ["mail", "call", "spam", "Mail"]


def vector(text):
    return np.array([len(text), text.count("o"), 1.0])


def size(text):
    return len(text) + 0.5
`;

export const PREPARE = `out = open("train.tsv", "w")
for line in open("events.csv"):
    number, who, kind, day, amount, text = line.rstrip("\\n").split(",")
    if who == "x":
        continue
    out.write(f"{day}\\t{kind}\\t{float(amount)}\\t{int(number)}\\t{text.lower()}\\t{kind == 'mail'}\\n")
out.close()
`;

export const READ = `days, kinds, amounts, numbers, texts, mailed = [], [], [], [], [], []
for line in open("train.tsv"):
    day, kind, amount, number, text, mail = line.rstrip("\\n").split("\\t")
    days.append(day)
    kinds.append(kind)
    amounts.append(float(amount))
    numbers.append(int(number))
    texts.append(text)
    mailed.append(mail)
`;

const encode = (
  title: string,
  body: string,
  says?: IVariant['says']
): IVariant => ({
  title,
  cells: [SETUP, PREPARE, `${READ}\n${body}\n`],
  says
});

const lengths = 'lengths = np.array([len(t) for t in texts])\n';
const vectors = 'vectors = np.array([vector(t) for t in texts])\n';
const stack = (block: string) => `X = np.hstack([vectors, ${block}])`;

export const features: IVariant[] = [
  encode('a vector of a text', `${vectors}X = np.hstack([vectors])`, [
    'FunctionTransformer(vector_all)'
  ]),
  encode('one vector only', 'X = np.array([vector(t) for t in texts])'),
  encode(
    'a number of a text',
    `${vectors}${lengths}${stack('lengths.reshape(-1, 1)')}`
  ),
  encode('a new axis', `${vectors}${lengths}${stack('lengths[:, None]')}`),
  encode(
    'newaxis by name',
    `${vectors}${lengths}${stack('lengths[:, np.newaxis]')}`
  ),
  encode(
    'column_stack',
    `${lengths}a = np.array(amounts)\nX = np.column_stack([a, lengths])`,
    ['"passthrough", ["amount"]']
  ),
  encode('np.c_', `${lengths}a = np.array(amounts)\nX = np.c_[a, lengths]`),
  encode(
    'concatenate',
    `${vectors}${lengths}X = np.concatenate([vectors, lengths.reshape(-1, 1)], axis=1)`
  ),
  encode(
    'rows of numbers',
    'X = np.array([[a, n, len(t)] for a, n, t in zip(amounts, numbers, texts)])'
  ),
  encode(
    'rows appended one by one',
    'X = []\nfor a, t in zip(amounts, texts):\n    row = [a]\n    row.append(len(t))\n    row.append(a * 2)\n    X.append(row)\nX = np.array(X)'
  ),
  encode(
    'rows by index',
    'X = []\nfor i in range(len(texts)):\n    X.append([amounts[i], len(texts[i])])\nX = np.array(X)'
  ),
  encode(
    'z-score with numpy',
    `${lengths}z = (lengths - lengths.mean()) / lengths.std()\nX = np.column_stack([z])`,
    ['StandardScaler()']
  ),
  encode(
    'z-score with functions',
    `${lengths}z = (lengths - np.mean(lengths)) / np.std(lengths)\nX = np.column_stack([z])`,
    ['StandardScaler()']
  ),
  encode(
    'z-score in steps',
    `${lengths}mean = lengths.mean()\nstd = lengths.std()\nlengths = (lengths - mean) / std\nX = np.column_stack([lengths])`,
    ['StandardScaler()']
  ),
  encode(
    'z-score of a column',
    'a = np.array(amounts)\nz = (a - a.mean()) / a.std()\nX = np.column_stack([z])',
    ['StandardScaler(), ["amount"]']
  ),
  encode(
    'z-score by hand',
    'n = len(amounts)\nmean = sum(amounts) / n\nvariance = sum((a - mean) ** 2 for a in amounts) / n\nstd = variance ** 0.5\nX = np.array([[(a - mean) / std] for a in amounts])',
    ['StandardScaler()']
  ),
  encode(
    'z-score by hand with n - 1',
    'mean = sum(amounts) / len(amounts)\nvariance = sum((a - mean) ** 2 for a in amounts) / (len(amounts) - 1)\nstd = variance ** 0.5\nX = np.array([[(a - mean) / std] for a in amounts])',
    ['ddof=1']
  ),
  encode(
    'z-score with statistics',
    'mean = statistics.mean(amounts)\nstd = statistics.pstdev(amounts)\nX = np.array([[(a - mean) / std] for a in amounts])',
    ['StandardScaler()']
  ),
  encode(
    'sample deviation',
    `${lengths}z = (lengths - lengths.mean()) / lengths.std(ddof=1)\nX = np.column_stack([z])`,
    ['class ZScaler', 'ddof=1']
  ),
  encode(
    'a tiny number against zero',
    `${lengths}z = (lengths - lengths.mean()) / (lengths.std() + 1e-8)\nX = np.column_stack([z])`,
    ['1e-8']
  ),
  encode(
    'min-max',
    `${lengths}m = (lengths - lengths.min()) / (lengths.max() - lengths.min())\nX = np.column_stack([m])`,
    ['MinMaxScaler()']
  ),
  encode(
    'centred on the median',
    'a = np.array(amounts)\nc = a - np.median(a)\nX = np.column_stack([c])',
    ['np.median(values)']
  ),
  encode(
    'share of the maximum',
    'top = max(amounts)\nX = np.array([[a / top] for a in amounts])'
  ),
  encode(
    'logarithm',
    'a = np.array(amounts)\nl = np.log1p(np.abs(a))\nX = np.column_stack([l])'
  ),
  encode(
    'one-hot from a dictionary',
    `${vectors}index = {"mail": 0, "call": 1, "spam": 2, "Mail": 3}\nonehot = np.zeros((len(kinds), 4))\nfor i, k in enumerate(kinds):\n    onehot[i, index[k]] = 1\n${stack('onehot')}`,
    ['categories=[["mail", "call", "spam", "Mail"]]']
  ),
  encode(
    'one-hot in another order',
    `${vectors}index = {"mail": 3, "call": 1, "spam": 0, "Mail": 2}\nonehot = np.zeros((len(kinds), len(index)))\nfor i in range(len(kinds)):\n    onehot[i][index[kinds[i]]] = 1.0\n${stack('onehot')}`,
    ['categories=[["spam", "call", "Mail", "mail"]]']
  ),
  encode(
    'one-hot from an enumerated list',
    `${vectors}index = {k: i for i, k in enumerate(KINDS)}\nonehot = np.zeros((len(kinds), len(KINDS)))\nfor i, k in enumerate(kinds):\n    onehot[i, index[k]] = 1\n${stack('onehot')}`,
    ['categories=[KINDS]']
  ),
  encode(
    'one-hot from the position in a list',
    `${vectors}onehot = np.zeros((len(kinds), len(KINDS)))\nfor i, k in enumerate(kinds):\n    onehot[i, KINDS.index(k)] = 1\n${stack('onehot')}`,
    ['categories=[KINDS]']
  ),
  encode(
    'one-hot with unseen categories',
    `${vectors}index = {"mail": 0, "call": 1}\nonehot = np.zeros((len(kinds), 2))\nfor i, k in enumerate(kinds):\n    if k in index:\n        onehot[i, index[k]] = 1\n${stack('onehot')}`,
    ['handle_unknown="ignore"']
  ),
  encode(
    'one-hot by comparing',
    `X = np.array([[1 if k == name else 0 for name in KINDS] for k in kinds])`
  ),
  encode(
    'a boolean that went through the file',
    'X = np.array([[1 if m == "True" else 0, a] for m, a in zip(mailed, amounts)])'
  ),
  encode(
    'a function of two columns',
    'both = np.array([a * len(t) for a, t in zip(amounts, texts)])\nX = np.column_stack([both])',
    ['zip(frame["amount"], frame["text"])']
  ),
  encode(
    'a matrix of matrices',
    `${vectors}${lengths}text_part = np.hstack([vectors, lengths.reshape(-1, 1)])\nX = np.hstack([text_part, np.array(amounts).reshape(-1, 1)])`
  ),
  encode(
    'a helper that gives a number',
    'sizes = np.array([size(t) for t in texts]).reshape(-1, 1)\nX = np.hstack([sizes])'
  )
];

const ENCODE = `${READ}\nX = np.array([[a, len(t)] for a, t in zip(amounts, texts)])\n`;

const label = (
  title: string,
  body: string,
  says?: IVariant['says']
): IVariant => ({
  title,
  cells: [SETUP, PREPARE, ENCODE, `${body}\n`],
  says
});

export const labels: IVariant[] = [
  label(
    'a comprehension',
    'y = np.array([1 if m == "True" else 0 for m in mailed])',
    ['frame["mail"].astype(int)']
  ),
  label('a boolean array', 'y = np.array([k == "mail" for k in kinds])'),
  label(
    'a loop with branches',
    'y = []\nfor k, a in zip(kinds, amounts):\n    if k == "mail" and a > 1:\n        y.append(1)\n    else:\n        y.append(0)\ny = np.array(y)',
    ['.astype(int)']
  ),
  label(
    'three classes',
    'y = []\nfor k in kinds:\n    if k == "mail":\n        y.append(2)\n    elif k == "call":\n        y.append(1)\n    else:\n        y.append(0)\ny = np.array(y)'
  ),
  label('int of a condition', 'y = np.array([int(a > 10) for a in amounts])', [
    '(frame["amount"] > 10)'
  ]),
  label('an array compared', 'y = (np.array(amounts) > 10).astype(int)'),
  label(
    'above the median',
    'a = np.array(amounts)\ny = (a > np.median(a)).astype(int)',
    ['.median()']
  ),
  label('a column itself', 'y = np.array(amounts)', ['return frame["amount"]']),
  label(
    'by index',
    'y = []\nfor i in range(len(kinds)):\n    y.append(1 if kinds[i] == "mail" else 0)\ny = np.array(y)'
  ),
  label(
    'a helper',
    'def is_mail(kind):\n    return kind.lower() == "mail"\n\ny = np.array([is_mail(k) for k in kinds])',
    ['.map(is_mail)']
  )
];

const LABEL = 'y = np.array([1 if m == "True" else 0 for m in mailed])\n';

const train = (
  title: string,
  body: string,
  says?: IVariant['says']
): IVariant => ({
  title,
  cells: [SETUP, PREPARE, ENCODE, LABEL, `${body}\n`],
  says
});

export const training: IVariant[] = [
  train(
    'by date',
    'days = np.array(days)\ntrain = days < "2023-02-12"\nmodel = LogisticRegression(C=2.0)\nmodel.fit(X[train], y[train])\nprint("accuracy", model.score(X[~train], y[~train]))',
    [
      'frame["day"] < "2023-02-12"',
      'train = run.model, run.X, run.y, run.train'
    ]
  ),
  train(
    'by date with row numbers',
    'train = [i for i, d in enumerate(days) if d < "2023-02-12"]\ntest = [i for i, d in enumerate(days) if d >= "2023-02-12"]\nmodel = Ridge(alpha=0.5)\nmodel.fit(X[train], y[train])\nprint(len(train), len(test), model.predict(X[test]).sum().round(6))',
    ['np.flatnonzero(run.train)']
  ),
  train(
    'parts in variables',
    'train = np.array([d < "2023-02-12" for d in days])\nX_train, y_train = X[train], y[train]\nX_test, y_test = X[~train], y[~train]\nmodel = Ridge()\nmodel.fit(X_train, y_train)\nprint(round(model.score(X_test, y_test), 6))',
    ['X_test = run.X[~run.train]']
  ),
  train(
    'on all rows',
    'model = Ridge(alpha=0.1).fit(X, y)\nprint(model.coef_.round(6))'
  ),
  train(
    'train_test_split',
    'X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, random_state=3)\nmodel = Ridge()\nmodel.fit(X_train, y_train)\nprint(round(model.predict(X_test)[0], 6))',
    ['np.isin(rows, chosen)']
  )
];
