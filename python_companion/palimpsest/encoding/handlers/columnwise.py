"""Chains of which each result column depends on one input column, and how they are fitted so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...estimators import class_path
from ...matrix import Ints

_TOLD_BY_COLUMN: Mapping[str, tuple[str, ...]] = {
    "sklearn.impute.SimpleImputer": (),
    "sklearn.preprocessing.Binarizer": (),
    "sklearn.preprocessing.FunctionTransformer": (),
    "sklearn.preprocessing.KBinsDiscretizer": ("n_bins",),
    "sklearn.preprocessing.MaxAbsScaler": (),
    "sklearn.preprocessing.MinMaxScaler": (),
    "sklearn.preprocessing.OneHotEncoder": ("categories", "drop"),
    "sklearn.preprocessing.OrdinalEncoder": ("categories",),
    "sklearn.preprocessing.PowerTransformer": (),
    "sklearn.preprocessing.QuantileTransformer": (),
    "sklearn.preprocessing.RobustScaler": (),
    "sklearn.preprocessing.SplineTransformer": ("knots",),
    "sklearn.preprocessing.StandardScaler": (),
    "sklearn.preprocessing.TargetEncoder": ("categories",),
}
"""Transformers that treat each column by itself, with the parameters that may say something else
for each; when they do, the columns cannot be told apart here."""

_INDICATOR = "missingindicator_"


def is_columnwise(chain: Sequence[Any]) -> bool:
    """Tell whether each result column of a chain depends on one input column."""
    return all(_by_itself(transformer) for transformer in chain)


def _by_itself(transformer: Any) -> bool:
    told = _TOLD_BY_COLUMN.get(class_path(type(transformer)))
    if told is None:
        return False
    if hasattr(transformer, "func") and not isinstance(transformer.func, np.ufunc):
        return False
    values = [getattr(transformer, name) for name in told]
    return all(value is None or isinstance(value, str | int) for value in values)


def order_of(chain: Sequence[Any], inputs: Sequence[str], names: Sequence[Sequence[str]]) -> Ints:
    """Return the order in which the result columns of all input columns stand.

    They follow their input columns, but the columns that an imputer adds to say what was missing
    come after all others.

    Parameters
    ----------
    chain : sequence of transformers
    inputs : sequence of str
        Input columns.
    names : sequence of sequences of str
        Result columns of each.
    """
    added = [
        any(getattr(t, "add_indicator", False) for t in chain)
        and name.startswith(_INDICATOR + source)
        for source, made in zip(inputs, names, strict=True)
        for name in made
    ]
    return np.argsort(np.array(added, dtype=bool), kind="stable")


def names_after(transformer: Any, inputs: Sequence[str], count: int) -> list[str] | None:
    """Return the names of a fitted transformer's `count` columns; None when it cannot tell."""
    from sklearn.exceptions import NotFittedError

    try:
        names = [str(name) for name in transformer.get_feature_names_out(list(inputs))]
    except (AttributeError, ValueError, TypeError, NotImplementedError, NotFittedError):
        one_by_one = _by_itself(transformer) and count == len(inputs)
        return list(inputs) if one_by_one else None
    return names if len(names) == count else None
