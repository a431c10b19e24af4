"""What a trained model is, as plain data: its class and parameters, what it learned, what it answers."""

from __future__ import annotations

from typing import Any

import numpy as np

from palimpsest.verify.values import Array, NotObservable, Parts, Table, array_of, cell, plain

LEARNED = (
    "coef_", "intercept_", "classes_", "feature_importances_", "theta_", "var_", "feature_log_prob_",
    "class_log_prior_", "cluster_centers_",
)  # fmt: skip
ANSWERS = ("predict", "decision_function", "predict_proba")

_HARMLESS = frozenset({"verbose", "n_jobs", "copy_X", "warm_start"})
"""Parameters that change how a model is trained, and not what it learns."""


def parameters(model: Any) -> Table:
    """Return the class and the parameters of an estimator."""
    rows = [["class", type(model).__name__]]
    rows += [
        [key, repr(value)]
        for key, value in sorted(model.get_params().items())
        if key not in _HARMLESS and not hasattr(value, "get_params")
    ]
    return Table(["parameter", "value"], [[cell(c) for c in row] for row in rows], ordered=False)


def learned(model: Any) -> dict[str, Table | Array]:
    """Return what an estimator learned, as far as it says."""
    found = {name: plain(getattr(model, name)) for name in LEARNED if hasattr(model, name)}
    return {
        name: array_of(np.atleast_1d(value))
        for name, value in found.items()
        if np.ndim(value) <= 2 and value is not None
    }


def answers(model: Any, data: Any) -> dict[str, Table | Array]:
    """Return what a model says of some rows."""
    return {name: array_of(getattr(model, name)(data)) for name in ANSWERS if hasattr(model, name)}


def model_parts(value: Any, data: Any) -> Parts:
    """Return a trained model as parts that can be compared.

    Parameters
    ----------
    value
        An estimator, or the weights that a loop has learned.
    data
        The matrix it was trained on part of, or None.
    """
    if hasattr(value, "predict"):
        parts: dict[str, Table | Array] = dict(learned(value))
        if hasattr(value, "get_params"):
            parts["parameter"] = parameters(value)
        rows = 0
        if data is not None and _accepts(value, data):
            parts |= answers(value, data)
            rows = len(data)
        if not parts:
            raise NotObservable(f"nothing is known of the model {type(value).__name__}")
        return Parts(parts, rows)
    weights = _weights(value, "weights")
    if not weights:
        raise NotObservable(f"a {type(value).__name__} is neither a model nor numbers")
    return Parts(weights, 0 if data is None else len(data))


def _accepts(model: Any, data: Any) -> bool:
    width = getattr(model, "n_features_in_", None)
    shape = np.shape(data)
    return len(shape) == 2 and shape[0] > 0 and (width is None or width == shape[1])


def _weights(value: Any, name: str) -> dict[str, Table | Array]:
    """Return the numbers in a nested value, by their places."""
    value = plain(value)
    if isinstance(value, dict):
        items = [(f"{name}[{key!r}]", entry) for key, entry in value.items()]
    elif isinstance(value, (list, tuple)) and any(np.ndim(plain(entry)) for entry in value):
        items = [(f"{name}[{place}]", entry) for place, entry in enumerate(value)]
    elif hasattr(value, "__dict__") and not isinstance(value, type) and not callable(value):
        items = [(f"{name}.{key}", entry) for key, entry in vars(value).items()]
    else:
        try:
            data = np.asarray(value, dtype=float)
        except (TypeError, ValueError):
            return {}
        return {name: Array(data.reshape(-1))} if data.ndim <= 2 else {}
    return {key: part for label, entry in items for key, part in _weights(entry, label).items()}


def run_in(namespace: dict[str, Any]) -> Any:
    """Return the last run of a pipeline that the code made, or None."""
    for value in reversed(list(namespace.values())):
        if type(value).__module__.startswith("palimpsest.") and all(
            hasattr(value, name) for name in ("model", "X", "y", "train")
        ):
            return value
    return None
