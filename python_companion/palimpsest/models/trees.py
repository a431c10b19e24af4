"""Fitted trees of scikit-learn as plain arrays, and back.

scikit-learn walks a tree without looking whether its numbers make sense, so every number that says
where to go or to look is checked before a tree is made of a file.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ..estimators import ForbiddenClass, NotPortable
from ..matrix import Floats

_LEAF = -1


@cache
def fields() -> tuple[str, ...]:
    """Return what the installed scikit-learn knows of a node."""
    return tuple(_node_type().names or ())


@cache
def _node_type() -> np.dtype[Any]:
    from sklearn.tree import DecisionTreeRegressor

    stump = DecisionTreeRegressor().fit([[0.0]], [0.0])
    nodes: npt.NDArray[Any] = stump.tree_.__getstate__()["nodes"]
    return nodes.dtype


def is_tree(value: object) -> bool:
    """Tell whether a value is the inside of a fitted tree."""
    return type(value).__name__ == "Tree" and type(value).__module__ == "sklearn.tree._tree"


def packed(tree: Any) -> tuple[dict[str, Any], Floats]:
    """Return a tree as JSON and one row a node: its fields, then what it predicts.

    Raises
    ------
    NotPortable
        When a field has more digits than a float64.
    """
    state = tree.__getstate__()
    nodes, values = state["nodes"], state["values"]
    columns = []
    for name in fields():
        column = nodes[name].astype(np.float64)
        if nodes[name].dtype.kind != "f" and not np.array_equal(
            column.astype(nodes[name].dtype), nodes[name]
        ):
            raise NotPortable(f"nodes of a tree hold too large numbers in {name!r}")
        columns.append(column)
    described = {
        "features": int(tree.n_features),
        "classes": np.asarray(tree.n_classes).tolist(),
        "fields": list(fields()),
    }
    return described, np.column_stack([*columns, values.reshape(len(nodes), -1)])


def unpacked(described: dict[str, Any], rows: Floats) -> Any:
    """Undo `packed`.

    Raises
    ------
    ForbiddenClass
        When the numbers make no tree, or one that another scikit-learn has grown.
    """
    from sklearn.tree._tree import Tree

    if tuple(described["fields"]) != fields():
        raise ForbiddenClass("a tree was grown by another version of scikit-learn")
    classes = np.array(described["classes"], dtype=np.intp)
    features, count = int(described["features"]), len(rows)
    nodes = np.zeros(count, dtype=_node_type())
    width = len(fields())
    if (
        classes.ndim != 1
        or not len(classes)
        or classes.min() < 1
        or rows.ndim != 2
        or rows.shape[1] != width + len(classes) * int(classes.max())
    ):
        raise ForbiddenClass("a stored tree has values of another shape than its classes")
    for position, name in enumerate(fields()):
        nodes[name] = rows[:, position]
    depth = _depth(nodes, features)
    tree = Tree(features, classes, len(classes))
    tree.__setstate__(
        {
            "max_depth": depth,
            "node_count": count,
            "nodes": nodes,
            "values": np.ascontiguousarray(rows[:, width:]).reshape(count, len(classes), -1),
        }
    )
    return tree


def _depth(nodes: npt.NDArray[Any], features: int) -> int:
    """Return how deep a tree is, having looked at every way through it."""
    left, right, feature = nodes["left_child"], nodes["right_child"], nodes["feature"]
    inner = left != _LEAF
    children = np.concatenate([left[inner], right[inner]])
    within = bool(((children > 0) & (children < len(nodes))).all())
    sound = within and bool((np.bincount(children, minlength=len(nodes))[1:] == 1).all())
    sound = sound and len(nodes) > 0 and bool((right[~inner] == _LEAF).all())
    if not sound or not ((feature >= 0) & (feature < features))[inner].all():
        raise ForbiddenClass("a stored tree leads nowhere")
    depth, level, reached = 0, np.zeros(1, dtype=np.int64), 1
    while inner[level].any():
        level = level[inner[level]]
        level = np.concatenate([left[level], right[level]])
        depth, reached = depth + 1, reached + len(level)
    if reached != len(nodes):
        raise ForbiddenClass("a stored tree leads in a circle")
    return depth


def check_ensemble(model: Any) -> None:
    """Refuse a restored model whose trees look at columns, or add up to outputs, it has not.

    Raises
    ------
    ForbiddenClass
    """
    from sklearn.ensemble import BaseEnsemble

    width = getattr(model, "n_features_in_", None)
    own = getattr(model, "tree_", None)
    members = np.ravel(np.asarray(getattr(model, "estimators_", []), dtype=object))
    inside = [part.tree_ for part in members if hasattr(part, "tree_")]
    if hasattr(model, "estimators_features_"):  # checked by each of its members
        inside = []
    if any(tree.n_features != width for tree in [*inside, *([] if own is None else [own])]):
        raise ForbiddenClass("a stored tree has another number of columns than its model")
    if isinstance(model, BaseEnsemble) and hasattr(model, "_raw_predict_init"):
        stages = np.asarray(model.estimators_, dtype=object)
        known = stages.ndim == 2 and len(inside) == stages.size and stages.size > 0
        single = known and all(tree.n_outputs == 1 and tree.max_n_classes == 1 for tree in inside)
        row = np.zeros((1, width or 0), dtype=np.float32)
        if not single or model._raw_predict_init(row).shape != (1, stages.shape[1]):
            raise ForbiddenClass("the stages of a stored model do not add up")
