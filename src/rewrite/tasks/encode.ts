import { roleTask } from './roletask';

/** Turning the training table into a feature matrix. */
export const encodeTask = roleTask({
  role: 'encode',
  label: 'Rewrite the feature encoding',
  contract:
    'Define `encode_features()`: it returns an unfitted scikit-learn `ColumnTransformer` that makes the feature matrix of the original from the training table that `prepare` returns. ' +
    'Its transformers stand in the order of the matrix columns, each with a name that says what it makes.',
  hints: [
    'Statistics are fitted by the pipeline: StandardScaler divides by the population deviation (ddof=0), as NumPy does by default and pandas does not.',
    'Fixed category lists stay fixed: `OneHotEncoder(categories=[[...]], sparse_output=False)`; pass `handle_unknown` only when the original lets unknown categories pass.',
    'A function of one value becomes `FunctionTransformer` over a function of the column, defined at the top level of the cell.',
    'Set `sparse_threshold=0` so that the matrix is dense.'
  ],
  examples: [
    {
      original: `lengths = np.array([len(n) for n in names], dtype=float)
lengths = (lengths - lengths.mean()) / lengths.std()
kinds = {"new": 0, "old": 1}
onehot = np.zeros((len(states), 2))
for i, s in enumerate(states):
    onehot[i, kinds[s]] = 1
X = np.hstack([lengths.reshape(-1, 1), onehot])`,
      rewritten: `from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler


def text_length(column):
    return column.map(len).to_numpy(dtype=float).reshape(-1, 1)


def encode_features():
    return ColumnTransformer([
        ("length", make_pipeline(FunctionTransformer(text_length), StandardScaler()), "name"),
        ("state", OneHotEncoder(categories=[["new", "old"]], sparse_output=False), ["state"]),
    ], sparse_threshold=0)`
    }
  ]
});
