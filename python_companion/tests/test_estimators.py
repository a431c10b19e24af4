"""Estimators travel as data, and reading one never reaches beyond scikit-learn and NumPy."""

import json

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from palimpsest.estimators import (
    ForbiddenClass,
    NotPortable,
    class_path,
    describe,
    from_json,
    restore,
    to_json,
)


class Mine(BaseEstimator):
    """An estimator of the user."""


@pytest.mark.parametrize(
    "estimator",
    [
        Ridge(alpha=2.5),
        Ridge(alpha=np.array([1.0, np.inf])),
        OneHotEncoder(categories=[["a", None, float("nan")]]),
        make_pipeline(StandardScaler(with_mean=False), FunctionTransformer(np.log1p)),
        HistGradientBoostingClassifier(monotonic_cst={"x": 1}),
    ],
)
def test_described_estimators_come_back(estimator):
    again = restore(json.loads(json.dumps(describe(estimator))))
    assert type(again) is type(estimator)
    assert repr(again) == repr(estimator)


@pytest.mark.parametrize(
    "value", [None, True, 3, "a", 0.1, float("inf"), (1, (2,)), {"a": 1, 2: (3,)}, slice(1, None)]
)
def test_parameters_come_back(value):
    assert from_json(json.loads(json.dumps(to_json(value)))) == value


def test_paths_are_public():
    assert class_path(HistGradientBoostingClassifier) == (
        "sklearn.ensemble.HistGradientBoostingClassifier"
    )
    assert class_path(Mine).endswith("Mine")


@pytest.mark.parametrize("estimator", [Mine(), FunctionTransformer(len), make_pipeline(Mine())])
def test_user_code_is_not_portable(estimator):
    with pytest.raises(NotPortable):
        describe(estimator)


@pytest.mark.parametrize(
    "path",
    [
        "os.system",
        "sklearn.os.system",
        "sklearn.linear_model.Missing",
        "sklearn.utils.validation.check_array",
        "sklearn.base.clone",
        "builtins.eval",
        "Ridge",
    ],
)
def test_other_classes_are_refused(path):
    with pytest.raises(ForbiddenClass):
        restore({"class": path, "params": {}})


@pytest.mark.parametrize("path", ["numpy.load", "numpy.lib.npyio.load", "os.getcwd"])
def test_other_functions_are_refused(path):
    with pytest.raises(ForbiddenClass):
        from_json({"$": "numpy", "path": path})


def test_unknown_tags_are_refused():
    with pytest.raises(ForbiddenClass, match="unknown tag"):
        from_json({"$": "pickle", "value": ""})
