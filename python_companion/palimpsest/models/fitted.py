"""The fitted attributes of an estimator as arrays and JSON, without pickle.

Arrays are named after their attribute; those inside a list or an estimator have their place behind
a slash. What is neither an array nor JSON is tagged: a tree, an estimator, a list of estimators, or
what the estimator makes of its own parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from ..estimators import ForbiddenClass, NotPortable, describe, from_json, restore, to_json
from . import trees

_TAG = "$fitted"
_MADE: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "_base_loss": ("_get_loss", {}),
    "_loss": ("_get_loss", {"sample_weight": None}),
    "module_": ("load_module", {}),
}
"""Attributes that a method of the estimator makes of its others, with its arguments."""

_IDLE = frozenset({"_loss_function_", "_random_state", "_rng", "loss_function_"})
"""Attributes that training sets again whenever it goes on."""

_OPTIMIZERS = "sklearn.neural_network._stochastic_optimizers"

MOST_BYTES = 64 << 20
"""Trees that take more are grown again when a run is opened: that is about as quick."""

Json: TypeAlias = dict[str, Any]
Arrays: TypeAlias = dict[str, Any]


def captured(estimator: Any) -> tuple[Json, Arrays] | None:
    """Return the attributes that fitting set, as JSON and as arrays.

    Returns
    -------
    (json, arrays) or None
        None when some attribute has no form that is safe to store (solvers, closures), or when
        it is too large.
    """
    arrays: Arrays = {}
    try:
        json = _attributes(estimator, "", arrays)
    except NotPortable:
        return None
    size = sum(array.nbytes for name, array in arrays.items() if name.endswith("tree_"))
    return (json, arrays) if size <= MOST_BYTES else None


def _attributes(estimator: Any, prefix: str, arrays: Arrays) -> Json:
    told = hasattr(estimator, "portable_params")  # one of ours, whose parameters stay unfitted
    inner = estimator.get_params(deep=True).values()
    if not told and any(hasattr(value, "get_params") for value in inner):
        raise NotPortable("the parameters of a meta-estimator are themselves fitted")
    params = estimator.get_params(deep=False)
    given = set(vars(type(estimator)(**params)))
    fitted: dict[str, Any] = {}
    json: Json = {}
    for name, value in vars(estimator).items():
        unchanging = name in given and not name.endswith("_") and not name.startswith("_")
        if name in params or name in _IDLE or unchanging:
            continue
        if name in _MADE and hasattr(estimator, _MADE[name][0]):
            json[name] = {_TAG: "made"}
        else:
            fitted[name] = value
    return {**json, **_values(fitted, prefix, arrays)}


def _values(attributes: Mapping[str, Any], prefix: str, arrays: Arrays) -> Json:
    json: Json = {}
    for name, value in attributes.items():
        tagged = _captured(prefix + name, value, arrays)
        if tagged is not None:
            json[name] = tagged[0]
    return json


def _captured(path: str, value: Any, arrays: Arrays) -> tuple[Any] | None:
    """Return the JSON of a value; None when it is all in the arrays."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufU":
        arrays[path] = value
        return None
    if isinstance(value, list) and value and all(isinstance(x, np.ndarray) for x in value):
        if any(part.dtype.kind not in "biufU" for part in value):
            raise NotPortable(f"attribute {path!r} holds arrays of objects")
        arrays.update({f"{path}/{position}": part for position, part in enumerate(value)})
        return None
    if trees.is_tree(value):
        described, arrays[path] = trees.packed(value)
        return ({_TAG: "tree", **described},)
    if _is_estimator(value):
        return (_estimator(path, value, arrays),)
    if type(value).__module__ == _OPTIMIZERS:
        json = _values(vars(value), f"{path}/", arrays)
        return ({_TAG: "optimizer", "class": type(value).__name__, "json": json},)
    members = value.ravel().tolist() if isinstance(value, np.ndarray) else value
    if isinstance(members, list) and members and all(map(_is_estimator, members)):
        shape = list(value.shape) if isinstance(value, np.ndarray) else None
        items = [_estimator(f"{path}/{place}", x, arrays) for place, x in enumerate(members)]
        return ({_TAG: "several", "shape": shape, "items": items},)
    return (to_json(value),)


def _is_estimator(value: Any) -> bool:
    return hasattr(value, "get_params") and not isinstance(value, type)


def _estimator(path: str, value: Any, arrays: Arrays) -> Json:
    described, json = describe(_settled(value)), _attributes(value, f"{path}/", arrays)
    return {_TAG: "estimator", **described, "json": json}


def _settled(member: Any) -> Any:
    """Return a member of an ensemble without the source of chance that it shared with others."""
    params = member.get_params(deep=False)
    if not isinstance(params.get("random_state"), np.random.RandomState):
        return member
    return type(member)(**{**params, "random_state": None})


def restored(estimator: Any, json: Mapping[str, Any], arrays: Mapping[str, Any]) -> Any:
    """Set fitted attributes on an unfitted estimator and return it.

    Raises
    ------
    ForbiddenClass
        When the attributes do not fit together, or are no longer understood.
    """
    made = [name for name, value in json.items() if _tag_of(value) == "made"]
    _set({name: value for name, value in json.items() if name not in made}, arrays, estimator)
    for name in made:
        _make(estimator, name)
    trees.check_ensemble(estimator)
    return estimator


def _set(json: Mapping[str, Any], arrays: Mapping[str, Any], target: Any) -> None:
    inside = _grouped(arrays)
    for name, value in json.items():
        if _tag_of(value) is None:
            setattr(target, name, from_json(value))
        else:
            setattr(target, name, _revived(value, inside.pop(name, {})))
    for name, parts in inside.items():
        whole = parts.pop("", None)
        ordered = [parts[place] for place in sorted(parts, key=int)]
        setattr(target, name, ordered if whole is None else whole)


def _grouped(arrays: Mapping[str, Any]) -> dict[str, Arrays]:
    groups: dict[str, Arrays] = {}
    for name, array in arrays.items():
        whole, _, rest = name.partition("/")
        groups.setdefault(whole, {})[rest] = array
    return groups


def _tag_of(value: Any) -> str | None:
    return value.get(_TAG) if isinstance(value, dict) else None


def _revived(value: Json, arrays: Arrays) -> Any:
    if value[_TAG] == "tree":
        return trees.unpacked(value, arrays[""])
    if value[_TAG] == "estimator":
        return restored(restore(value), value["json"], arrays)
    if value[_TAG] == "optimizer":
        return _optimizer(value, arrays)
    if value[_TAG] != "several":
        raise ForbiddenClass(f"unknown tag {value[_TAG]!r} in a fitted estimator")
    own = _grouped(arrays)
    items = [_revived(item, own.get(str(place), {})) for place, item in enumerate(value["items"])]
    if value["shape"] is None:
        return items
    members = np.empty(len(items), dtype=object)
    members[:] = items
    return members.reshape(value["shape"])


def _optimizer(value: Json, arrays: Arrays) -> Any:
    from sklearn.neural_network import _stochastic_optimizers as optimizers

    known = {"AdamOptimizer": optimizers.AdamOptimizer, "SGDOptimizer": optimizers.SGDOptimizer}
    if value["class"] not in known:
        raise ForbiddenClass(f"{value['class']} is no optimizer of scikit-learn")
    optimizer = object.__new__(known[value["class"]])
    _set(value["json"], arrays, optimizer)
    return optimizer


def remade(estimator: Any) -> Any:
    """Set the attribute of a generalised linear model that follows from its parameters."""
    if hasattr(estimator, "_get_loss"):
        _make(estimator, "_base_loss")
    return estimator


def _make(estimator: Any, name: str) -> None:
    method, arguments = _MADE[name]
    setattr(estimator, name, getattr(estimator, method)(**arguments))


def is_understood(json: Any) -> bool:
    """Tell whether the installed scikit-learn can be given what was captured."""
    if isinstance(json, list):
        return all(map(is_understood, json))
    if not isinstance(json, dict):
        return True
    if json.get(_TAG) == "tree":
        return tuple(json["fields"]) == trees.fields()
    return all(map(is_understood, json.values()))
