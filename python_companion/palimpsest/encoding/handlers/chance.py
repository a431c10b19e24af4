"""Chance that comes out the same again: transformers that draw at random, and their folds."""

from __future__ import annotations

import copy
from typing import Any

_FIXED = 0
"""The seed of a transformer that was given none: without one, no two runs would be the same."""


def draws(transformer: Any) -> bool:
    """Tell whether what a transformer makes may depend on the order of the rows."""
    return any(name.endswith("random_state") for name in _params(transformer))


def settled(transformer: Any, y: Any) -> Any:
    """Return an unfitted copy of a transformer whose draws are the same whenever it is fitted."""
    from sklearn.base import clone

    fresh = clone(transformer)
    params = _params(fresh)
    seeds = {
        name: _FIXED
        for name, value in params.items()
        if name.endswith("random_state") and value is None
    }
    if seeds:
        fresh.set_params(**seeds)
    if "cv" in params and y is not None:
        fresh.set_params(cv=_folds(params, y))
    return fresh


def _params(transformer: Any) -> dict[str, Any]:
    params: dict[str, Any] = transformer.get_params() if hasattr(transformer, "get_params") else {}
    return params


def _folds(params: dict[str, Any], y: Any) -> Any:
    """Return folds that are drawn the same way again."""
    from sklearn.model_selection import KFold, StratifiedKFold
    from sklearn.utils.multiclass import type_of_target

    folds = params["cv"]
    if getattr(folds, "shuffle", False) and folds.random_state is None:
        folds = copy.copy(folds)
        folds.random_state = _FIXED
    # TargetEncoder shuffles without a seed unless it is given folds, since scikit-learn 1.9
    if not isinstance(folds, int) or params.get("random_state") != "deprecated":
        return folds
    if params.get("shuffle") != "deprecated":
        return folds
    kind = params.get("target_type", "auto")
    kind = type_of_target(y) if kind == "auto" else kind
    make = StratifiedKFold if kind in {"binary", "multiclass"} else KFold
    return make(folds, shuffle=True, random_state=_FIXED)
