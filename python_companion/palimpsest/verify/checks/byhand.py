"""What a training by hand leaves, as plain data: weights, tables of counts, objects of own classes.

A rewritten training by hand is an estimator that keeps each variable of the original in an attribute
of the same name with an underscore behind it: `w` in `w_`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from palimpsest.verify.checks.models import answers, learned, parameters
from palimpsest.verify.values import Array, NotObservable, Table, array_of, cell, plain

KEPT, THEN = "kept ", "then "
"""What parts are called: of the result, and of what the cell goes on to compute."""

PROBE_ROWS = 200

_DEEPEST = 8


def attribute_of(name: str) -> str:
    """Return the attribute in which an estimator keeps a variable of the original."""
    return name if name.endswith("_") else f"{name}_"


def result_of(model: Any, name: str) -> Any:
    """Return what a variable of the original held, from the estimator that keeps it.

    Raises
    ------
    NotObservable
        When the estimator keeps no such variable.
    """
    if not hasattr(model, attribute_of(name)):
        raise NotObservable(
            f"the fitted {type(model).__name__} has no attribute '{attribute_of(name)}', which would"
            f" hold what the original has in '{name}'"
        )
    return getattr(model, attribute_of(name))


def keeps(model: Any, name: str) -> bool:
    """Tell whether a fitted estimator keeps a variable of the original."""
    return hasattr(model, attribute_of(name))


def is_estimator(value: Any) -> bool:
    """Tell whether a value is a fitted estimator that says how many features it takes."""
    return hasattr(value, "get_params") and hasattr(value, "n_features_in_")


def probe_matrix(width: int) -> Any:
    """Return a made-up matrix of positive numbers."""
    return np.abs(np.random.default_rng(0).normal(size=(PROBE_ROWS, width)))


def kept_parts(value: Any, name: str) -> dict[str, Table | Array]:
    """Return a result as parts that can be compared, by their places in it.

    Raises
    ------
    NotObservable
        When something in it has no form that could be compared.
    """
    parts = {KEPT + place: part for place, part in _parts(value, name, 0)}
    if not parts:
        raise NotObservable(f"'{name}' is empty: there is nothing to compare")
    return parts


def following_parts(
    names: list[str], namespace: Mapping[str, Any], result: str
) -> dict[str, Table | Array]:
    """Return numbers that a cell computes beside its result, such as predictions."""
    parts: dict[str, Table | Array] = {}
    for name in names:
        value = plain(namespace.get(name))
        if name == result or value is None or hasattr(value, "columns"):
            continue
        numbers = _numbers(value)
        if numbers is not None:
            parts[THEN + name] = numbers
    return parts


def _parts(value: Any, place: str, depth: int) -> Iterator[tuple[str, Table | Array]]:
    value = plain(value)
    if depth > _DEEPEST:
        raise NotObservable(f"'{place}' is too deep to be compared")
    if is_estimator(value):
        yield f"{place} parameter", parameters(value)
        known = learned(value) | answers(value, probe_matrix(int(value.n_features_in_)))
        yield from ((f"{place}.{name}", part) for name, part in known.items())
        return
    numbers = _numbers(value)
    if numbers is not None:
        yield place, numbers
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _parts(entry, f"{place}[{_key(key)}]", depth + 1)
    elif isinstance(value, (list, tuple)):
        for at, entry in enumerate(value):
            yield from _parts(entry, f"{place}[{at}]", depth + 1)
    elif value is None or isinstance(value, (str, set, frozenset, np.ndarray)):
        yield place, Table(["value"], [[cell(value)]])
    elif hasattr(value, "columns") or hasattr(value, "to_numpy"):
        found = array_of(value)
        yield place, found
    elif hasattr(value, "__dict__") and not callable(value):
        for key, entry in vars(value).items():
            if not callable(entry):
                yield from _parts(entry, f"{place}.{key}", depth + 1)
    else:
        raise NotObservable(f"'{place}' is a {type(value).__name__}, which cannot be compared")


def _key(key: Any) -> str:
    """Return a key as text; the numbers of NumPy look like those of Python."""
    return repr(key.item() if isinstance(key, np.generic) else key)


def _numbers(value: Any) -> Array | None:
    """Return numbers as rows; None when a value is something else."""
    if isinstance(value, (str, bytes, Mapping, set, frozenset)) or callable(value):
        return None
    try:
        data = np.asarray(value)
    except (TypeError, ValueError):
        return None
    if data.dtype.kind not in "biuf":
        return None
    return Array(data.reshape(len(data), -1) if data.ndim > 2 else np.atleast_1d(data))
