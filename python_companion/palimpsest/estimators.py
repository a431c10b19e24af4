"""Scikit-learn estimators as data: described as JSON and restored without pickle.

A run file must open without user code, and reading it must never run code that the file chose.
So an estimator is stored as the public path of its class and its parameters, and only classes of
scikit-learn and functions of NumPy are ever looked up when it is restored.
"""

from __future__ import annotations

import importlib
import inspect
import math
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

_TAG = "$"

_OURS = frozenset(
    {
        "palimpsest.models.certified.Certified",
        "palimpsest.models.sharded.Sharded",
        "palimpsest.models.torchmodel.TorchModel",
    }
)
"""Estimators of this package that may be described."""


class NotPortable(ValueError):
    """An estimator or a parameter cannot be described as data."""


class ForbiddenClass(ValueError):
    """A description names something outside scikit-learn and NumPy, or something unfit."""


def class_path(cls: type) -> str:
    """Return the public path of a class, e.g. ``sklearn.linear_model.Ridge``.

    Private modules are left out where the class is also found in the public package above them,
    so that a path stays valid when scikit-learn moves its files.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> class_path(Ridge)
    'sklearn.linear_model.Ridge'
    """
    parts = cls.__module__.split(".")
    if parts[0] == "sklearn":
        for length in range(2, len(parts)):
            package = ".".join(parts[:length])
            if getattr(importlib.import_module(package), cls.__name__, None) is cls:
                return f"{package}.{cls.__name__}"
    return f"{cls.__module__}.{cls.__qualname__}"


def describe(estimator: object) -> dict[str, Json]:
    """Describe an estimator of scikit-learn, fitted or not, by its class and parameters.

    Raises
    ------
    NotPortable
        When the class is not scikit-learn's or a parameter has no JSON form.
    """
    path = class_path(type(estimator))
    known = path.startswith("sklearn.") or path in _OURS
    if not known or not hasattr(estimator, "get_params"):
        raise NotPortable(f"{path} is not a class of scikit-learn")
    if hasattr(estimator, "portable_params"):
        params = estimator.portable_params()
    else:
        params = estimator.get_params(deep=False)
    described: dict[str, Json] = {}
    for name, value in params.items():
        try:
            described[name] = to_json(value)
        except NotPortable as error:
            raise NotPortable(f"parameter {name!r} of {path}: {error}") from None
    return {"class": path, "params": described}


def restore(description: Mapping[str, Any]) -> Any:
    """Build the unfitted estimator that `describe` described.

    Raises
    ------
    ForbiddenClass
        When the description names anything but an estimator of scikit-learn.
    """
    cls = _estimator_class(description["class"])
    return cls(**{name: from_json(value) for name, value in description["params"].items()})


def _estimator_class(path: str) -> type:
    from sklearn.base import BaseEstimator

    found = _look_up(path, path.split(".", maxsplit=1)[0] if path in _OURS else "sklearn")
    if not (inspect.isclass(found) and issubclass(found, BaseEstimator)):
        raise ForbiddenClass(f"{path} is not an estimator of scikit-learn")
    return found


def _look_up(path: str, package: str) -> Any:
    module, _, name = path.rpartition(".")
    if module.split(".")[0] != package:
        raise ForbiddenClass(f"{path} does not belong to {package}")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        raise ForbiddenClass(f"{path} does not exist in the installed {package}") from None


def to_json(value: object) -> Json:
    """Turn a parameter into JSON; tuples, arrays, ufuncs and nested estimators are tagged.

    Examples
    --------
    >>> from_json(to_json((1, float("nan"))))
    (1, nan)
    """
    if isinstance(value, np.generic):
        return to_json(value.item())
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {_TAG: "float", "value": repr(value)}
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, tuple):
        return {_TAG: "tuple", "items": [to_json(item) for item in value]}
    if isinstance(value, dict):
        return {
            _TAG: "dict",
            "items": [[to_json(key), to_json(item)] for key, item in value.items()],
        }
    return _object_to_json(value)


def _object_to_json(value: object) -> Json:
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "biufUO":
            raise NotPortable(f"an array of {value.dtype} has no JSON form")
        dtype = "O" if value.dtype.kind == "O" else value.dtype.str
        return {
            _TAG: "array",
            "dtype": dtype,
            "shape": list(value.shape),
            "items": [to_json(item) for item in value.ravel().tolist()],
        }
    if isinstance(value, np.ufunc):
        return {_TAG: "numpy", "path": f"numpy.{value.__name__}"}
    if inspect.isclass(value) and issubclass(value, np.generic):
        return {_TAG: "numpy", "path": f"numpy.{value.__name__}"}
    if isinstance(value, slice):
        items = [to_json(part) for part in (value.start, value.stop, value.step)]
        return {_TAG: "slice", "items": items}
    if hasattr(value, "get_params") and not inspect.isclass(value):
        return {_TAG: "estimator", **describe(value)}
    raise NotPortable(f"{type(value).__name__} {value!r:.60} has no JSON form")


def from_json(value: Any) -> Any:
    """Undo `to_json`.

    Raises
    ------
    ForbiddenClass
        When a tag names something that is not NumPy's or scikit-learn's.
    """
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    tag = value.get(_TAG)
    if tag == "float":
        return float(value["value"])
    if tag == "tuple":
        return tuple(from_json(item) for item in value["items"])
    if tag == "dict":
        return {from_json(key): from_json(item) for key, item in value["items"]}
    if tag == "array":
        items = [from_json(item) for item in value["items"]]
        flat = np.empty(len(items), dtype=value["dtype"])
        flat[:] = items
        return flat.reshape(value["shape"])
    if tag == "slice":
        return slice(*(from_json(item) for item in value["items"]))
    if tag == "estimator":
        return restore(value)
    if tag == "numpy":
        return _numpy_name(value["path"])
    raise ForbiddenClass(f"unknown tag {tag!r} in the description of an estimator")


def _numpy_name(path: str) -> Any:
    found = _look_up(path, "numpy")
    scalar_type = inspect.isclass(found) and issubclass(found, np.generic)
    if not (isinstance(found, np.ufunc) or scalar_type):
        raise ForbiddenClass(f"{path} is neither a ufunc nor a scalar type of NumPy")
    return found
