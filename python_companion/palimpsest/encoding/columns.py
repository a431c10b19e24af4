"""From a ColumnTransformer to a flat list of named steps with their columns."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..estimators import class_path
from .errors import EncodingError


@dataclass(frozen=True)
class StepSpec:
    """One transformer of a ColumnTransformer, before it meets the table.

    Attributes
    ----------
    name : str
    chain : tuple of objects
        Its transformers in order; empty for passthrough.
    columns : tuple
        Input columns of the training table.
    scalar : bool
        Whether the transformer gets a Series, because one column was selected by its bare name.
    weight : float
        Factor on the result.
    """

    name: str
    chain: tuple[Any, ...]
    columns: tuple[Hashable, ...]
    scalar: bool
    weight: float


def steps_of(transformer: Any, frame: Any) -> list[StepSpec]:
    """Flatten a transformer; one that is no ColumnTransformer is a step on all columns."""
    whole = StepSpec("features", (), tuple(frame.columns), False, 1.0)
    return list(_expand(transformer, whole, frame, top=True))


def _expand(
    transformer: Any, spec: StepSpec, frame: Any, *, top: bool = False
) -> Iterator[StepSpec]:
    """Yield the steps that a transformer consists of, in the order of their matrix columns."""
    if isinstance(transformer, str):
        if transformer == "passthrough":
            yield spec
        elif transformer != "drop":
            raise EncodingError(
                f"step {spec.name!r} is {transformer!r}; expected a transformer, 'drop' or "
                "'passthrough'"
            )
        return
    chain = _chain(transformer)
    path = class_path(type(chain[0])) if len(chain) == 1 else ""
    if path == "sklearn.compose.ColumnTransformer":
        yield from _expand_columns(chain[0], spec, frame[list(spec.columns)], top)
    elif path == "sklearn.pipeline.FeatureUnion":
        weights = chain[0].transformer_weights or {}
        for name, part in chain[0].transformer_list:
            inner = replace(
                spec, name=_join(spec, name, top), weight=spec.weight * weights.get(name, 1.0)
            )
            yield from _expand(part, inner, frame)
    else:
        yield replace(spec, chain=chain)


def _expand_columns(transformer: Any, spec: StepSpec, frame: Any, top: bool) -> Iterator[StepSpec]:
    weights = transformer.transformer_weights or {}
    taken: set[Hashable] = set()
    for name, part, selector in transformer.transformers:
        columns, scalar = resolve(frame, selector, name)
        taken.update(columns)
        if columns:
            weight = spec.weight * weights.get(name, 1.0)
            inner = StepSpec(_join(spec, name, top), (), columns, scalar, weight)
            yield from _expand(part, inner, frame)
    rest = tuple(column for column in frame.columns if column not in taken)
    if rest:
        weight = spec.weight * weights.get("remainder", 1.0)
        inner = StepSpec(_join(spec, "remainder", top), (), rest, False, weight)
        yield from _expand(transformer.remainder, inner, frame)


def _join(spec: StepSpec, name: str, top: bool) -> str:
    return name if top else f"{spec.name}__{name}"


def _chain(transformer: Any) -> tuple[Any, ...]:
    """Return the transformers of a (nested) Pipeline in order."""
    if class_path(type(transformer)) != "sklearn.pipeline.Pipeline":
        return (transformer,)
    parts = (part for _, part in transformer.steps if part is not None and part != "passthrough")
    return tuple(inner for part in parts for inner in _chain(part))


def resolve(frame: Any, selector: Any, step: str) -> tuple[tuple[Hashable, ...], bool]:
    """Return the columns that a selector of a ColumnTransformer means, and if it is scalar.

    Raises
    ------
    EncodingError
        When a column is not in the training table.
    """
    labels = list(frame.columns)
    if len(set(labels)) < len(labels):
        raise EncodingError("the training table has columns of the same name; rename them first")
    if callable(selector):
        selector = selector(frame)
    if isinstance(selector, str | int | np.integer) and not isinstance(selector, bool):
        return (_label(labels, selector, step),), True
    if isinstance(selector, slice):
        return _labels_of_slice(labels, selector, step), False
    picked = list(selector)
    if picked and all(isinstance(item, bool | np.bool_) for item in picked):
        if len(picked) != len(labels):
            raise EncodingError(
                f"step {step!r} selects columns with a mask of {len(picked)} values, but the "
                f"training table has {len(labels)} columns"
            )
        return tuple(label for label, take in zip(labels, picked, strict=True) if take), False
    return tuple(_label(labels, item, step) for item in picked), False


def _label(labels: list[Hashable], item: Any, step: str) -> Hashable:
    if isinstance(item, str):
        if item not in labels:
            known = ", ".join(repr(label) for label in labels)
            raise EncodingError(
                f"step {step!r} selects column {item!r}, but the training table has {known}"
            )
        return item
    if not -len(labels) <= int(item) < len(labels):
        raise EncodingError(
            f"step {step!r} selects column number {item}, but the training table has "
            f"{len(labels)} columns"
        )
    return labels[int(item)]


def _labels_of_slice(labels: list[Hashable], selector: slice, step: str) -> tuple[Hashable, ...]:
    start, stop = selector.start, selector.stop
    if isinstance(start, str):
        start = labels.index(_label(labels, start, step))
    if isinstance(stop, str):
        stop = labels.index(_label(labels, stop, step)) + 1
    return tuple(labels[slice(start, stop, selector.step)])
