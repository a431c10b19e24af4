/**
 * What holds the results of the stages, where nobody said it.
 */
import { pipelineTasks } from '../../tasks/registry';
import { cellRoles, lift } from '..';

function cellsOf(source: string) {
  return source
    .split('# %%\n')
    .slice(1)
    .map((text, index) => ({ id: `${index}`, source: text.trimEnd() }));
}

/** For each cell the tasks that a rewrite of the whole pipeline has for it. */
function tasksOf(source: string): (string | null)[] {
  const cells = cellsOf(source);
  const tasks = pipelineTasks(cells, cellRoles(cells));
  return cells.map(
    ({ id }) => tasks.find(({ cellId }) => cellId === id)?.task.role ?? null
  );
}

const READ_APART = `# %%
import pandas as pd
import numpy as np
from sklearn.svm import SVC
df = pd.read_csv("people.csv")
# %%
df = df[df["sex"].notnull()]
df["smoke"] = df["smoke"].fillna("never")
people = df[["sex", "height", "smoke"]].reset_index(drop=True)
# %%
def level(s):
    return ["never", "often"].index(s)

h = people["height"].to_numpy()
sm = np.array([level(s) for s in people["smoke"]], dtype=float)
X = np.c_[(h - h.mean()) / h.std(), sm]
# %%
y = (people["sex"] == "female").to_numpy().astype(int)
# %%
model = SVC(C=2.0)
model.fit(X[50:], y[50:])
`;

const SPLIT_BY_HAND = `# %%
import numpy as np
from sklearn.naive_bayes import GaussianNB
flowers = {"long": [], "wide": [], "kind": []}
for line in open("iris.data").readlines():
    a, b, k = line.strip().split(",")
    flowers["long"].append(float(a))
    flowers["wide"].append(float(b))
    flowers["kind"].append(k)
# %%
X = np.array([flowers["long"], flowers["wide"]]).T
# %%
kinds = sorted(set(flowers["kind"]))
y = np.array([kinds.index(k) for k in flowers["kind"]])
# %%
X_train, y_train, X_test, y_test = [], [], [], []
for i in range(len(y)):
    if i % 3 == 2:
        X_test.append(X[i]); y_test.append(y[i])
    else:
        X_train.append(X[i]); y_train.append(y[i])
model = GaussianNB()
model.fit(np.array(X_train), np.array(y_train))
`;

const THROUGH_A_FILE = `# %%
import csv
import numpy as np
from sklearn.linear_model import LogisticRegression
hops = {}
for line in open("flights.csv"):
    tail, dist = line.strip().split(",")
    hops.setdefault(tail, []).append(int(dist))
out = open("usage.csv", "w", newline="")
w = csv.writer(out)
w.writerow(["tail", "seats", "dist"])
for p in csv.DictReader(open("planes.csv")):
    for dist in hops.get(p["tail"], []):
        w.writerow([p["tail"], p["seats"], dist])
out.close()
# %%
usage = list(csv.DictReader(open("usage.csv")))
X = np.zeros((len(usage), 1))
for i, u in enumerate(usage):
    X[i, 0] = np.log(int(u["seats"]))
# %%
y = np.array([1 if float(u["dist"]) < 800 else 0 for u in usage])
# %%
model = LogisticRegression()
model.fit(X[:100], y[:100])
`;

describe('the stages of a notebook', () => {
  it.each([
    ['read in a cell of its own', READ_APART, 1],
    ['split by hand', SPLIT_BY_HAND, 0],
    ['through a file', THROUGH_A_FILE, 0]
  ])('are found: %s', (_, source, apart) => {
    expect(tasksOf(source)).toEqual([
      ...Array<null>(apart).fill(null),
      'prepare',
      'encode',
      'label',
      'train'
    ]);
  });

  it.each([READ_APART, SPLIT_BY_HAND, THROUGH_A_FILE])('are lifted', source => {
    const cells = cellsOf(source);
    for (const { cellId } of pipelineTasks(cells, cellRoles(cells))) {
      expect(lift(cells, cellId).refusals).toEqual([]);
    }
  });

  it('keeps a label an expression over columns', () => {
    const cells = cellsOf(READ_APART);
    expect(lift(cells, '3').candidate?.code).toContain(
      'return (frame["sex"] == "female").astype(int)'
    );
  });
});
