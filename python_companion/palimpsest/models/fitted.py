"""The fitted attributes of an estimator as arrays and JSON, without pickle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..estimators import NotPortable, from_json, to_json

_REMADE = {"_base_loss": "_get_loss"}
"""Attributes that a method of the estimator makes of its parameters."""


def captured(estimator: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return the attributes that fitting set, as JSON and as arrays.

    Returns
    -------
    (json, arrays) or None
        None when some attribute has no form that is safe to store (trees, solvers, closures).
    """
    params = set(estimator.get_params(deep=False))
    json: dict[str, Any] = {}
    arrays: dict[str, Any] = {}
    if any(hasattr(value, "get_params") for value in estimator.get_params(deep=True).values()):
        return None  # the parameters of a meta-estimator are themselves fitted
    try:
        for name, value in vars(estimator).items():
            if name not in params and name not in _REMADE:
                _capture(name, value, json, arrays)
    except NotPortable:
        return None
    return json, arrays


def _capture(name: str, value: Any, json: dict[str, Any], arrays: dict[str, Any]) -> None:
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufU":
        arrays[name] = value
    elif isinstance(value, list) and value and all(isinstance(x, np.ndarray) for x in value):
        if any(part.dtype.kind not in "biufU" for part in value):
            raise NotPortable(f"attribute {name!r} holds arrays of objects")
        arrays.update({f"{name}/{position}": part for position, part in enumerate(value)})
    elif hasattr(value, "get_params"):
        raise NotPortable(f"attribute {name!r} is an estimator")
    else:
        json[name] = to_json(value)


def restored(estimator: Any, json: Mapping[str, Any], arrays: Mapping[str, Any]) -> Any:
    """Set fitted attributes on an unfitted estimator and return it."""
    for name, value in json.items():
        setattr(estimator, name, from_json(value))
    lists: dict[str, list[Any]] = {}
    for name, array in arrays.items():
        whole, _, position = name.partition("/")
        if position:
            lists.setdefault(whole, []).append((int(position), array))
        else:
            setattr(estimator, name, array)
    for name, parts in lists.items():
        setattr(estimator, name, [array for _, array in sorted(parts, key=lambda part: part[0])])
    return remade(estimator)


def remade(estimator: Any) -> Any:
    """Set the attributes that follow from an estimator's parameters; return it."""
    for name, method in _REMADE.items():
        if hasattr(estimator, method):
            setattr(estimator, name, getattr(estimator, method)())
    return estimator
