import { roleTask } from './roletask';

/** Making the model. */
export const trainTask = roleTask({
  role: 'train',
  label: 'Rewrite the training',
  contract:
    'Define `make_model(n_features)`: it returns the unfitted scikit-learn estimator of the original with the same parameters and seeds. The pipeline fits it on the training rows; splitting, fitting and scoring are not part of it.',
  hints: [
    'Do not call fit, predict or score.',
    'A training loop by hand stays as it is, inside an estimator class with fit and predict.'
  ],
  example: {
    original: `model = Ridge(alpha=0.5)
model.fit(X[train], y[train])
print(model.score(X[test], y[test]))`,
    rewritten: `from sklearn.linear_model import Ridge


def make_model(n_features):
    return Ridge(alpha=0.5)`
  }
});
