"""Cells that an imputer fills are no zeros: models see them as they are in X."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, Ridge

from palimpsest.models import strategy_for

REGRESSORS = [LinearRegression(), Ridge(alpha=2.0), Ridge(fit_intercept=False)]


def filled(matrices, **options):
    matrix = matrices.random(400, erased=0.15, **options)
    matrix.fills = True
    return matrix


@pytest.mark.parametrize("estimator", REGRESSORS, ids=repr)
def test_least_squares(estimator, matrices, gone):
    matrix = filled(matrices)
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    for seed in range(5):
        matrix, state, guarantee = matrix.forgetting(strategy, state, gone(len(matrix), 9, seed))
        X, y = matrix.encoded()
        expected = clone(estimator).fit(X, y)
        np.testing.assert_allclose(state.to_estimator().coef_, expected.coef_, rtol=1e-8)
        assert guarantee.kind == "exact"


@pytest.mark.parametrize("estimator", [LogisticRegression(), PoissonRegressor()], ids=repr)
def test_optima(estimator, matrices, gone):
    classifies = isinstance(estimator, LogisticRegression)
    matrix = filled(matrices, **({"classes": ["no", "yes"]} if classifies else {}))
    if not classifies:
        matrix.y = np.round(np.abs(matrix.y - 1e3))
    strategy = strategy_for(estimator)
    state = strategy.fit(estimator, matrix.data())
    for seed in range(5):
        matrix, state, _ = matrix.forgetting(strategy, state, gone(len(matrix), 9, seed))
        X, y = matrix.encoded()
        tight = clone(estimator).set_params(solver="newton-cholesky", tol=1e-12).fit(X, y)
        np.testing.assert_allclose(state.to_estimator().coef_, tight.coef_, rtol=1e-6, atol=1e-8)
    assert state.facts["passes"] < 8
