"""The model: its class, its parameters, and what it does."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from palimpsest.verify.checks.arrays import compare_arrays, unstable_part
from palimpsest.verify.checks.base import Comparison, Contract, Mask, Mismatch
from palimpsest.verify.checks.byhand import (
    KEPT,
    PROBE_ROWS,
    THEN,
    following_parts,
    is_estimator,
    keeps,
    kept_parts,
    result_of,
)
from palimpsest.verify.checks.models import answers, learned, parameters, run_in
from palimpsest.verify.checks.rows import compare_tables, unstable_columns
from palimpsest.verify.values import Array, NotObservable, Observed, Parts, Table

TOLERANCE = 1e-6
"""Tolerance for coefficients and predictions: solvers stop within about that of each other."""


class TrainCheck:
    """Both sides' unfitted estimator is fitted on the same matrix; the fitted models where both exist.

    The pipeline, not the cell, fits a rewritten model. So the estimators are compared by class and
    parameters, and by what they learn and predict on one common, made-up matrix. When the rewritten
    cell runs the pipeline, its estimator is also fitted on the run's matrix, labels and split, and
    compared with what the original learned.

    A training by hand leaves weights, or an object of an own class. The rewritten estimator, fitted on
    the run's matrix, labels and split, must keep the same; what both cells go on to compute, such as
    predictions, is compared, too.
    """

    role = "train"
    contract = "make_model"
    mutates = False

    def observe_original(
        self, value: Any, namespace: dict[str, Any], source: str, name: str
    ) -> Observed:
        """Return the model in a variable, and how many rows it was fitted on."""
        if is_estimator(value):
            parts = _estimator_parts(value)
            return Parts(parts, _fit_rows(source, name, namespace, _width(value)))
        parts = kept_parts(value, name) | following_parts(_assigned(source), namespace, name)
        return Parts(parts, _most_rows(namespace, None))

    def observe_rewritten(self, contract: Contract) -> Observed:
        """Return the model that the contract makes."""
        run = run_in(contract.namespace)
        name = contract.output
        if run is not None:
            # A run may carry a model on to its optimum; the original's training is what counts here.
            fitted = contract.function("make_model")(run.X.shape[1])
            fitted = fitted.fit(run.X[run.train], run.y[run.train])
            if name is not None and (keeps(fitted, name) or not is_estimator(fitted)):
                return _by_hand(result_of(fitted, name), contract, name)
        encoded = contract.encode()
        if not isinstance(encoded, Array) or encoded.data.ndim != 2:
            raise NotObservable("encode_features() does not make a matrix of numbers to train on")
        width = int(encoded.data.shape[1])
        parts = _probe(contract.function("make_model")(width), width)
        if run is not None:
            parts |= {f"fitted {key}": part for key, part in learned(fitted).items()}
        return Parts(parts)

    def unstable(self, first: Observed, second: Observed) -> Mask | str:
        """Leave out all that a model learned by chance: where one part differs, any may."""
        assert isinstance(first, Parts)
        assert isinstance(second, Parts)
        arrays: dict[str, Array] = {}
        moving: list[str] = []
        for name, part in first.parts.items():
            other = second.parts.get(name)
            if isinstance(part, Array) and isinstance(other, Array):
                arrays[name] = part
                if unstable_part(part, other, name) != Mask():
                    moving.append(name)
            elif not isinstance(part, Table) or not isinstance(other, Table):
                return f"two runs of the original differ in '{name}' of the model"
            elif isinstance(found := unstable_columns(part, other), str):
                return found
        if not moving:
            return Mask()
        columns = {name: set(range(_columns(part))) for name, part in arrays.items()}
        return Mask(columns, names=["what the model learns, which is left to chance"])

    def compare(
        self, original: Observed, rewritten: Observed, mask: Mask, mutated: bool
    ) -> Comparison:
        """Compare part by part."""
        assert isinstance(original, Parts)
        assert isinstance(rewritten, Parts)
        notes: list[str] = []
        missing = _missing(original, rewritten)
        if missing is not None:
            return Comparison(missing)
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
        if any(name.startswith(KEPT) for name in common):
            notes.append(_told(common))
        elif any(name.startswith("fitted ") for name in common):
            notes.append(
                "compared what the original learned with what the rewritten estimator learns on the"
                " run's own matrix, labels and split"
            )
        else:
            notes.append(
                "the rewrite leaves fitting to the pipeline: compared class, parameters, and what either"
                " estimator learns and predicts on one common matrix"
            )
        return Comparison(None, notes)


def _estimator_parts(value: Any) -> dict[str, Table | Array]:
    parts = _probe(_unfitted(value), _width(value))
    return parts | {f"fitted {key}": part for key, part in learned(value).items()}


def _by_hand(value: Any, contract: Contract, name: str) -> Parts:
    """Return what an estimator keeps of a training by hand, and what the cell makes of it."""
    if is_estimator(value):
        return Parts(_estimator_parts(value))
    names = _assigned(contract.source)
    return Parts(kept_parts(value, name) | following_parts(names, contract.namespace, name))


def _missing(original: Parts, rewritten: Parts) -> Mismatch | None:
    """Tell whether one side keeps something that the other does not."""
    sides = [{key for key in side.parts if key.startswith(KEPT)} for side in (original, rewritten)]
    if sides[0] == sides[1]:
        return None
    told = [", ".join(sorted(side)).replace(KEPT, "") or "an estimator" for side in sides]
    return Mismatch("type", told[0], told[1], detail="other things were learned")


def _told(common: list[str]) -> str:
    following = [name.removeprefix(THEN) for name in common if name.startswith(THEN)]
    text = (
        "compared what the original's own training leaves with what the rewritten estimator keeps, fitted"
        " on the run's matrix, labels and split"
    )
    return f"{text}; and what follows from it: {', '.join(following)}" if following else text


def _assigned(source: str) -> list[str]:
    """Return the names that the statements of a cell assign, not those inside loops."""
    targets = [
        target
        for statement in ast.parse(source).body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
    ]
    flat = [
        part
        for target in targets
        for part in (target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target])
    ]
    return list(dict.fromkeys(part.id for part in flat if isinstance(part, ast.Name)))


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
    parts: dict[str, Table | Array] = {"parameter": parameters(model)}
    random = np.random.default_rng(0)
    data = np.abs(random.normal(size=(PROBE_ROWS, width)))
    target = data @ random.normal(size=width) / max(width, 1) ** 0.5
    model.fit(data, (target > np.median(target)).astype(int) if is_classifier(model) else target)
    return parts | learned(model) | answers(model, data)


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
    return _most_rows(namespace, width)


def _most_rows(namespace: dict[str, Any], width: int | None) -> int:
    sizes = [
        len(v)
        for v in namespace.values()
        if isinstance(v, np.ndarray) and v.ndim == 2 and width in (None, v.shape[1])
    ]
    return max(sizes, default=0)
