"""The model: its class, its parameters, and what it does."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from palimpsest.verify.checks.arrays import compare_arrays, unstable_part
from palimpsest.verify.checks.base import Comparison, Contract, Mask
from palimpsest.verify.checks.rows import compare_tables, unstable_columns
from palimpsest.verify.values import Array, NotObservable, Observed, Parts, Table, array_of, cell

TOLERANCE = 1e-6
"""Tolerance for coefficients and predictions: solvers stop within about that of each other."""

PROBE_ROWS = 200
_LEARNED = ("coef_", "intercept_", "classes_", "feature_importances_")
_ANSWERS = ("predict", "decision_function", "predict_proba")


class TrainCheck:
    """Both sides' unfitted estimator is fitted on the same matrix; the fitted models where both exist.

    The pipeline, not the cell, fits a rewritten model. So the estimators are compared by class and
    parameters, and by what they learn and predict on one common, made-up matrix. When the rewritten
    cell leaves a fitted model under the original's name, what the two learned is compared as well.
    """

    role = "train"
    contract = "make_model"
    mutates = False

    def observe_original(
        self, value: Any, namespace: dict[str, Any], source: str, name: str
    ) -> Observed:
        """Return the model in a variable, and how many rows it was fitted on."""
        width = _width(value)
        parts = _probe(_unfitted(value), width)
        parts |= {f"fitted {key}": part for key, part in _learned(value).items()}
        parts["fit rows"] = Array(np.zeros((_fit_rows(source, name, namespace, width), 0)))
        return Parts(parts)

    def observe_rewritten(self, contract: Contract) -> Observed:
        """Return the model that the contract makes."""
        encoded = contract.encode()
        if not isinstance(encoded, Array) or encoded.data.ndim != 2:
            raise NotObservable("encode_features() does not make a matrix of numbers to train on")
        width = int(encoded.data.shape[1])
        parts = _probe(contract.function("make_model")(width), width)
        fitted = _fitted_in(contract.namespace)
        if fitted is not None:
            parts |= {f"fitted {key}": part for key, part in _learned(fitted).items()}
        return Parts(parts)

    def unstable(self, first: Observed, second: Observed) -> Mask | str:
        """Return what differs between two runs, an unseeded model's predictions for instance."""
        assert isinstance(first, Parts)
        assert isinstance(second, Parts)
        mask = Mask()
        for name, part in first.parts.items():
            other = second.parts.get(name)
            if isinstance(part, Array) and isinstance(other, Array):
                found = unstable_part(part, other, name)
                if isinstance(found, str) or found.order:
                    found = Mask({name: set(range(_columns(part)))}, names=[f"the model's {name}"])
            elif isinstance(part, Table) and isinstance(other, Table):
                found = unstable_columns(part, other)
                if isinstance(found, str):
                    return found
            else:
                return f"two runs of the original differ in '{name}' of the model"
            mask.columns |= found.columns
            mask.names += found.names
        return mask

    def compare(
        self, original: Observed, rewritten: Observed, mask: Mask, mutated: bool
    ) -> Comparison:
        """Compare part by part."""
        assert isinstance(original, Parts)
        assert isinstance(rewritten, Parts)
        notes: list[str] = []
        common = [name for name in original.parts if name in rewritten.parts]
        for name in common:
            left, right = original.parts[name], rewritten.parts[name]
            if isinstance(left, Array) and isinstance(right, Array):
                found = compare_arrays(left, right, mask, part=name, tolerance=TOLERANCE)
            elif isinstance(left, Table) and isinstance(right, Table):
                found = compare_tables(left, right, Mask())
            else:
                raise TypeError(f"'{name}' of the model has another form on either side")
            if found.mismatch is not None:
                return found
        if any(name.startswith("fitted ") for name in common):
            notes.append("compared what the two fitted models learned")
        else:
            notes.append(
                "the rewrite leaves fitting to the pipeline: compared class, parameters, and what either"
                " estimator learns and predicts on one common matrix"
            )
        return Comparison(None, notes)


def _columns(part: Array) -> int:
    return int(part.data.shape[1]) if part.data.ndim == 2 else 1


def _width(model: Any) -> int:
    width = getattr(model, "n_features_in_", None)
    if width is None:
        raise NotObservable(
            f"the model is a {type(model).__name__} that does not tell its number of features"
        )
    return int(width)


def _unfitted(model: Any) -> Any:
    from sklearn.base import clone

    try:
        return clone(model)
    except TypeError as error:
        raise NotObservable(
            f"the model {type(model).__name__} is no scikit-learn estimator"
        ) from error


def _probe(model: Any, width: int) -> dict[str, Table | Array]:
    """Return the class and parameters of a model, and what it learns and says on a common matrix."""
    from sklearn.base import is_classifier

    if not hasattr(model, "get_params"):
        raise NotObservable(f"the model {type(model).__name__} is no scikit-learn estimator")
    parameters = [["class", type(model).__name__]]
    parameters += [[key, repr(value)] for key, value in sorted(model.get_params().items())]
    parts: dict[str, Table | Array] = {
        "parameter": Table(
            ["parameter", "value"], [[cell(c) for c in row] for row in parameters], ordered=False
        )
    }
    random = np.random.default_rng(0)
    data = np.abs(random.normal(size=(PROBE_ROWS, width)))
    target = data @ random.normal(size=width) / max(width, 1) ** 0.5
    model.fit(data, (target > np.median(target)).astype(int) if is_classifier(model) else target)
    return (
        parts
        | _learned(model)
        | {name: array_of(getattr(model, name)(data)) for name in _ANSWERS if hasattr(model, name)}
    )


def _learned(model: Any) -> dict[str, Table | Array]:
    return {name: array_of(getattr(model, name)) for name in _LEARNED if hasattr(model, name)}


def _fitted_in(namespace: dict[str, Any]) -> Any:
    """Return the last model a pipeline's run fitted, or None."""
    for value in reversed(list(namespace.values())):
        if type(value).__module__.startswith("palimpsest.") and hasattr(value, "model"):
            model = value.model
            if hasattr(model, "n_features_in_"):
                return model
    return None


def _fit_rows(source: str, name: str, namespace: dict[str, Any], width: int) -> int:
    """Return how many rows the cell fitted its model on: the length of the argument of ``fit``."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "fit"
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == name
            and node.args
        ):
            data = eval(compile(ast.Expression(node.args[0]), "<fit>", "eval"), namespace)
            return int(np.shape(data)[0])
    sizes = [
        len(v)
        for v in namespace.values()
        if isinstance(v, np.ndarray) and v.ndim == 2 and v.shape[1] == width
    ]
    return max(sizes, default=0)
