"""Running a pipeline in memory: capture, label, split, encode, train."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.encoding import Encoding, Labels, RawRows, encode
from palimpsest.errors import InvalidArgumentError
from palimpsest.models import ModelState, strategy_for
from palimpsest.pipeline.drawing import draw_captured
from palimpsest.pipeline.split import SplitRule
from palimpsest.pipeline.state import TrainingRows, training_data
from palimpsest.tracking.capture import Captured, attach_columns, capture, track_frame
from palimpsest.tracking.keeping import Kept
from palimpsest.tracking.plan import Escape
from palimpsest.tracking.series import Series
from palimpsest.tracking.session import new_session
from palimpsest.tracking.sources import SourceInput
from palimpsest.tracking.table import ErasedMasks

Progress: TypeAlias = "Callable[[str, int, int, str | None], None]"
"""Called as ``progress(stage, done, total, detail)``."""


def ignore_progress(stage: str, done: int, total: int, detail: str | None) -> None:
    """Take progress and tell nobody."""


LABEL, SPLIT = "__label", "__split"
"""Columns that the plan carries behind those of the training table."""

_FILTERS_OF_LABELS = 1_000_000
"""Filters of label and split are counted from here, those of `prepare` from the beginning."""

STAGES = ("prepare", "label", "encode", "train")

Marks = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Recipe:
    """The functions and choices that make a pipeline.

    Attributes
    ----------
    prepare, encode_features, extract_label, make_model : callable
        See `Pipeline`.
    split : SplitRule
    fit_encoders_on : str
        ``train`` or ``all``.
    encoders : str
        ``exact`` or ``frozen``.
    """

    prepare: Callable[..., Any]
    encode_features: Callable[[], Any]
    extract_label: Callable[[Any], Any]
    make_model: Callable[[int], Any]
    split: SplitRule
    fit_encoders_on: str
    encoders: str = "exact"


@dataclass
class Outcome:
    """What a pipeline made of its sources. Row i of everything is training row i.

    Attributes
    ----------
    captured : Captured
        Its plan has the label and the split behind the columns of the training table.
    frame : DataFrame
        The training table.
    erased : dict of column to (n,) bool
    labels : (n,) or (n, k)
    unlabelled : (n,) bool
        Rows that have left the training set, because something of their label is erased.
    in_split : (n,) bool
    encoding : Encoding
    raw : RawRows
    model : ModelState
    opaque : list of str
        Which of label and split could not be followed.
    seconds : dict of stage to seconds
    """

    captured: Captured
    frame: pd.DataFrame
    erased: ErasedMasks
    labels: npt.NDArray[Any]
    unlabelled: Marks
    in_split: Marks
    encoding: Encoding
    raw: RawRows
    model: ModelState
    opaque: list[str]
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def fitted_rows(self) -> npt.NDArray[np.int32]:
        """Rows that the model is trained on."""
        return np.flatnonzero(self.in_split & ~self.unlabelled).astype(np.int32)


def execute(
    recipe: Recipe,
    sources: Mapping[str, SourceInput],
    parameters: Mapping[str, Any],
    progress: Progress,
    *,
    like: Encoding | None = None,
    split_of: Callable[[Captured], Marks] | None = None,
    identities_of: Callable[[Captured], Rows] | None = None,
    kept: Kept | None = None,
) -> Outcome:
    """Run a pipeline.

    Parameters
    ----------
    recipe : Recipe
    sources : mapping of name to SourceInput
    parameters : mapping
        Arguments of `prepare` that are no sources.
    progress : callable
    like : Encoding, optional
        An earlier encoding, see `palimpsest.encoding.encode`.
    split_of : callable, optional
        Gives the split in place of the recipe's rule: a re-run holds it fixed.
    identities_of : callable, optional
        Gives each row the identity that it has elsewhere; the model meets rows in their order.
    kept : mapping of int to ndarray of uint64, optional
        Rows that filters keep, see `palimpsest.tracking.keeping`.
    """
    seconds: dict[str, float] = {}

    @contextmanager
    def stage(name: str, detail: str) -> Iterator[None]:
        progress(name, STAGES.index(name), len(STAGES), detail)
        started = time.perf_counter()
        yield
        seconds[name] = time.perf_counter() - started

    with stage("prepare", recipe_name(recipe.prepare)):
        captured = capture(_bound(recipe.prepare, parameters), sources, kept=kept)
    with stage("label", recipe_name(recipe.extract_label)):
        captured, given = _attached(captured, recipe, kept or {})
    frame, erased = _training_table(captured)
    labels, unlabelled = _labels(captured, given.get(LABEL), frame)
    if split_of is not None:
        in_split = split_of(captured)
    else:
        in_split = _in_split(captured, given.get(SPLIT), recipe)
    fitted = in_split & ~unlabelled
    if not fitted.any():
        raise InvalidArgumentError(
            f"No row of the training table ({len(frame)} rows) is in the training split.",
            hint="Check split= and the filters in prepare().",
        )
    with stage("encode", recipe_name(recipe.encode_features)):
        rows = fitted if recipe.fit_encoders_on == "train" else np.ones(len(frame), dtype=bool)
        known = Labels(labels, ~unlabelled)
        transformer = recipe.encode_features()
        encoding, raw = encode(transformer, frame, erased, rows, labels=known, like=like)
        if recipe.encoders == "frozen" and encoding.frozen is None:
            encoding = encoding.freeze()
    with stage("train", recipe_name(recipe.make_model)):
        chosen = TrainingRows(raw, labels, np.flatnonzero(fitted).astype(np.int32))
        if identities_of is not None:
            chosen = _identified(chosen, identities_of(captured))
        data = training_data(encoding, len(chosen.rows), lambda: chosen)
        estimator = recipe.make_model(encoding.width)
        model = strategy_for(estimator).fit(estimator, data)
    progress("train", len(STAGES), len(STAGES), None)
    return Outcome(
        captured,
        frame,
        erased,
        labels,
        unlabelled,
        in_split,
        encoding,
        raw,
        model,
        [name for name, values in given.items() if values is not None],
        seconds,
    )


def _identified(chosen: TrainingRows, identities: Rows) -> TrainingRows:
    order = np.argsort(identities[chosen.rows])
    rows = chosen.rows[order]
    return replace(chosen, rows=rows, identities=identities[rows])


def recipe_name(function: Callable[..., Any]) -> str:
    """Name a function of the notebook."""
    return str(getattr(function, "__name__", type(function).__name__))


def _bound(prepare: Callable[..., Any], parameters: Mapping[str, Any]) -> Callable[..., Any]:
    if not parameters:
        return prepare

    def bound(**sources: Any) -> Any:
        return prepare(**sources, **parameters)

    bound.__name__ = recipe_name(prepare)
    return bound


def _attached(
    captured: Captured, recipe: Recipe, kept: Kept
) -> tuple[Captured, dict[str, npt.NDArray[Any] | None]]:
    """Put label and split into the plan; what cannot be followed is returned as plain values."""
    functions = {LABEL: recipe.extract_label}
    if recipe.split.function is not None:
        functions[SPLIT] = recipe.split.function
    given: dict[str, npt.NDArray[Any] | None] = {}
    followed: dict[str, Series] = {}
    with new_session() as session:
        session.filters, session.kept = _FILTERS_OF_LABELS, dict(kept)
        for name, function in functions.items():
            result = function(track_frame(captured))
            if isinstance(result, Series):
                followed[name], given[name] = result, None
            else:
                given[name] = _plain(result, function, captured)
        escapes = list(session.escapes)
    captured = attach_columns(captured, followed) if followed else captured
    opaque = [name for name, values in given.items() if values is not None]
    if opaque or escapes:
        told = [
            Escape(
                f"{recipe_name(functions[name])}() returned plain values, which cannot be followed",
                None,
            )
            for name in opaque
        ]
        plan = replace(captured.plan, escapes=(*captured.plan.escapes, *escapes, *told))
        captured = replace(captured, plan=plan)
    return captured, given


def _plain(result: Any, function: Callable[..., Any], captured: Captured) -> npt.NDArray[Any]:
    values = np.asarray(result)
    name = recipe_name(function)
    if values.ndim == 0 or len(values) != len(captured.frame):
        raise InvalidArgumentError(
            f"{name}() returned {'one value' if values.ndim == 0 else f'{len(values)} values'}; "
            f"expected one for each of the {len(captured.frame)} rows of the training table."
        )
    if captured.erased:
        raise InvalidArgumentError(
            f"{name}() returned plain values, but cells of the training table are erased and what "
            "was computed from them cannot be told.",
            hint="Return a series computed from the frame, without .to_numpy() or a loop.",
        )
    return values


def _training_table(captured: Captured) -> tuple[pd.DataFrame, ErasedMasks]:
    columns = [name for name in captured.frame.columns if name not in (LABEL, SPLIT)]
    frame = captured.frame[columns].set_axis(pd.RangeIndex(len(captured.frame)))
    return frame, {name: mask for name, mask in captured.erased.items() if name in set(columns)}


def _labels(
    captured: Captured, given: npt.NDArray[Any] | None, frame: pd.DataFrame
) -> tuple[npt.NDArray[Any], Marks]:
    none = np.zeros(len(frame), dtype=bool)
    if given is not None:
        labels, unlabelled = given, none
    else:
        labels = captured.frame[LABEL].to_numpy()
        unlabelled = captured.erased.get(LABEL, none)
    check_labels(labels, unlabelled)
    return labels, unlabelled


def check_labels(labels: npt.NDArray[Any], unlabelled: Marks) -> None:
    """Refuse labels that are missing without being erased."""
    missing = pd.isna(labels)
    missing = missing.any(axis=1) if missing.ndim > 1 else missing
    missing &= ~unlabelled
    if missing.any():
        raise InvalidArgumentError(
            f"extract_label() gave no label for {int(missing.sum())} rows, the first of them row "
            f"{int(np.flatnonzero(missing)[0])} of the training table.",
            hint="Drop these rows in prepare(), or fill the missing values.",
        )


def _in_split(captured: Captured, given: npt.NDArray[Any] | None, recipe: Recipe) -> Marks:
    if recipe.split.function is None:
        return draw_captured(recipe.split, captured)
    if given is not None:
        return given.astype(bool)
    return truth_of(captured.frame[SPLIT], captured.erased.get(SPLIT))


def truth_of(values: pd.Series, erased: Marks | None) -> Marks:
    """Read a split's predicate: a missing or erased one is false."""
    truth: Marks = values.fillna(False).to_numpy(dtype=bool)
    return truth if erased is None else truth & ~erased
