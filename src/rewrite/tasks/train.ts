import { roleTask } from './roletask';

/** Making the model, and running the pipeline. */
export const trainTask = roleTask({
  role: 'train',
  label: 'Rewrite the training',
  contract:
    'Define `make_model(n_features)`: it returns the unfitted scikit-learn estimator of the original with the same parameters and seeds. ' +
    'If the original trains on some rows only, define `in_training(frame)`: it is handed the training table and says for each row whether the model is trained on it.\n' +
    'Then make the `palimpsest.Pipeline` of `prepare`, `encode_features`, `extract_label` and `make_model`, which other cells define, and run it on the paths of the sources; it fits encoders and model. ' +
    'What the original goes on to do with its model follows, with `run.model`, `run.X`, `run.y` (all rows) and `run.train` (which of them the model was trained on).',
  hints: [
    'Do not fit in make_model().',
    'Pass `fit_encoders_on="all"` when the original computes the statistics of its features over all rows, also those it tests on; `"train"` is the default.',
    'A training loop by hand stays as it is, inside an estimator class with fit and predict.'
  ],
  note: request => `Name the pipeline "${stem(request.notebookPath)}".`,
  examples: [
    {
      original: `years = np.array(years)
train = years < 2020
model = Ridge(alpha=0.5)
model.fit(X[train], y[train])
print(model.score(X[~train], y[~train]))`,
      rewritten: `import palimpsest
from sklearn.linear_model import Ridge


def make_model(n_features):
    return Ridge(alpha=0.5)


def in_training(frame):
    return frame["year"] < 2020


pipeline = palimpsest.Pipeline(
    "orders",
    prepare,
    encode_features,
    extract_label,
    make_model,
    split=in_training,
    fit_encoders_on="all",
)
run = pipeline.run(orders="orders.csv")

test = ~run.train
print(run.model.score(run.X[test], run.y[test]))`
    }
  ]
});

/** The file name of a path, without folders and extension. */
function stem(path: string): string {
  return path.replace(/^.*\//, '').replace(/\.\w+$/, '');
}
