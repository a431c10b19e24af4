"""Transformers that learn nothing: each row of the result depends on that row alone."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..estimators import NotPortable, class_path, describe, restore
from ..matrix import Ints, Marks
from .cells import Cells, any_of, check_size, missing_where_erased, take, width_of
from .errors import EncodingError, NeedsTransformer

_PROBES = 16
_MUTABLE = (list, dict, set, np.ndarray)
_BOOKKEEPING = {"n_features_in_", "feature_names_in_"}

STATELESS: Mapping[str, frozenset[str]] = {
    "sklearn.feature_extraction.FeatureHasher": frozenset(),
    "sklearn.feature_extraction.text.HashingVectorizer": frozenset(),
    "sklearn.preprocessing.Binarizer": frozenset({"columnwise"}),
    "sklearn.preprocessing.FunctionTransformer": frozenset({"probe"}),
    "sklearn.preprocessing.Normalizer": frozenset(),
    "sklearn.preprocessing.PolynomialFeatures": frozenset(),
    "sklearn.impute.SimpleImputer": frozenset({"columnwise", "mends"}),
}
"""Transformers of scikit-learn that learn nothing from rows.

`columnwise`: a result column depends on one input column. `mends`: accepts missing values and
fills them. `probe`: it calls a function of the user, so that this has to be tried out.
"""


@dataclass(frozen=True)
class LocalStage:
    """A stateless transformer in a chain.

    Attributes
    ----------
    label : str
        Names the transformer to users.
    description : dict or None
        The transformer as data; None when it is user code.
    columnwise, mends : bool
        See `STATELESS`. What is not columnwise is erased as a whole when any input is.
    names : tuple of str
        Result columns.
    transformer : object or None
        The transformer itself, when it is at hand.
    """

    label: str
    description: dict[str, Any] | None
    columnwise: bool
    mends: bool
    names: tuple[str, ...]
    transformer: Any = field(default=None, compare=False, repr=False)

    def apply(self, cells: Cells, step: str) -> Cells:
        """Transform rows; the transformer never sees an erased cell unless it mends missing ones.

        Raises
        ------
        NeedsTransformer
            When the transformer is user code that is not at hand.
        """
        if self.mends:
            missing = self._live(step).missing_values
            values = self._call(missing_where_erased(cells, missing), step)
            return Cells(values, np.zeros_like(cells.erased), cells.unit, self.names)
        if self.columnwise:
            return self._apply_by_column(cells, step)
        return self._apply_whole(cells, step)

    def marks(self, erased: Marks) -> Marks:
        """Return the marks of the result, without computing it."""
        if self.mends:
            return np.zeros_like(erased)
        return erased if self.columnwise else any_of(erased)[:, None]

    def _apply_whole(self, cells: Cells, step: str) -> Cells:
        present = cells.present
        erased = ~present[:, None]
        unit = np.zeros(len(self.names), dtype=np.int64)
        if not present.any():
            nothing = np.full((len(cells), len(self.names)), np.nan)
            return Cells(nothing, erased, unit, self.names)
        if present.all():
            return Cells(self._call(cells.values, step), erased, unit, self.names)
        result = self._call(take(cells.values, present), step)
        return Cells(take(result, _spread(present)), erased, unit, self.names)

    def _apply_by_column(self, cells: Cells, step: str) -> Cells:
        if not cells.erased.any():
            return replace(cells, values=self._call(cells.values, step), names=self.names)
        filled = np.zeros((len(cells), len(self.names)))
        for position in range(len(self.names)):
            present = ~cells.erased[:, cells.unit[position]]
            if present.any():
                column = _columns(take(cells.values, present), position)
                filled[present, position] = np.asarray(self._call(column, step))[:, 0]
        return replace(cells, values=filled, names=self.names)

    def _call(self, values: Any, step: str) -> Any:
        result = _fit_transform(self._live(step), values)
        if not self.columnwise and width_of(result) != len(self.names):
            raise EncodingError(
                f"step {step!r}: {self.label} returned {width_of(result)} columns where it "
                f"returned {len(self.names)} before; the number must not depend on the rows"
            )
        return result

    def _live(self, step: str) -> Any:
        if self.transformer is not None:
            return self.transformer
        if self.description is None:
            raise NeedsTransformer(
                f"step {step!r} must transform new values with {self.label}, which is code of the "
                "notebook: open the notebook and run its cells, then apply again"
            )
        return restore(self.description)

    def to_json(self) -> dict[str, Any]:
        """Return the stage as data."""
        return {
            "label": self.label,
            "description": self.description,
            "columnwise": self.columnwise,
            "mends": self.mends,
            "names": list(self.names),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LocalStage:
        """Undo `to_json`; the transformer itself is built when it is needed."""
        return cls(
            data["label"],
            data["description"],
            data["columnwise"],
            data["mends"],
            tuple(data["names"]),
        )


def _spread(present: Marks) -> Ints:
    """Return for every row its place among the present ones; any place for the others."""
    places: Ints = np.maximum(np.cumsum(present) - 1, 0)
    return places


def _columns(values: Any, position: int) -> Any:
    if hasattr(values, "iloc"):
        return values.iloc[:, [position]]
    return values[:, [position]]


def _fit_transform(transformer: Any, values: Any) -> Any:
    """Call a stateless transformer; `fit` only lets it check its parameters and input."""
    from sklearn.base import clone

    fresh = clone(transformer)
    fresh.fit(values)
    return fresh.transform(values)


def local_stage(
    transformer: Any, cells: Cells, step: str, width: int | None
) -> tuple[LocalStage, Cells] | None:
    """Run a transformer over the training table if it is stateless; None when it is not.

    Parameters
    ----------
    transformer : object
        Unfitted.
    cells : Cells
        All rows of its input.
    step : str
        Name of the step, for messages.
    width : int or None
        Number of result columns if it is known from an earlier run.
    """
    path = class_path(type(transformer))
    traits = STATELESS.get(path)
    if path.startswith("sklearn.") and traits is None:
        return None
    if traits is None and not _learns_nothing(transformer, cells):
        return None
    traits = frozenset({"probe"}) if traits is None else traits
    if not _supported(path, transformer):
        return None
    columnwise = "columnwise" in traits or _is_ufunc(transformer)
    stage = LocalStage(_label(transformer), _described(transformer), columnwise, False, ())
    stage = replace(stage, transformer=transformer, mends="mends" in traits)
    probed = "probe" in traits and not columnwise
    if probed and not _takes_single_rows(transformer, cells):
        return None
    stage = replace(stage, names=_names(stage, cells, step, width))
    result = stage.apply(cells, step)
    if probed and not _by_row(stage, cells, result, step):
        return None
    return stage, result


def _takes_single_rows(transformer: Any, cells: Cells) -> bool:
    rows = np.flatnonzero(cells.present)[:1]
    try:
        if len(rows):
            _fit_transform(transformer, take(cells.values, rows))
    except Exception:  # noqa: BLE001 - a user's function that needs many rows may raise anything
        return False
    return True


def _supported(path: str, transformer: Any) -> bool:
    if path != "sklearn.impute.SimpleImputer":
        return True
    # Without keep_empty_features a column that loses its last value is dropped: that is state.
    return (
        transformer.strategy == "constant"
        and transformer.keep_empty_features
        and not transformer.add_indicator
    )


def _is_ufunc(transformer: Any) -> bool:
    return isinstance(getattr(transformer, "func", None), np.ufunc)


def _label(transformer: Any) -> str:
    name = type(transformer).__name__
    func = getattr(transformer, "func", None)
    if func is None:
        return name
    return f"{name}({getattr(func, '__name__', type(func).__name__)})"


def _described(transformer: Any) -> dict[str, Any] | None:
    try:
        return describe(transformer)
    except NotPortable:
        return None


def _learns_nothing(transformer: Any, cells: Cells) -> bool:
    """Tell whether fitting a user's transformer leaves it as it was."""
    from sklearn.base import clone

    rows = np.flatnonzero(cells.present)[:_PROBES]
    if not len(rows):
        return False
    fresh = clone(transformer)
    before = {
        name: copy.deepcopy(value) if isinstance(value, _MUTABLE) else value
        for name, value in vars(fresh).items()
    }
    fresh.fit(take(cells.values, rows))
    after = {name: value for name, value in vars(fresh).items() if name not in _BOOKKEEPING}
    return after.keys() == before.keys() and all(
        _same(before[name], value) for name, value in after.items()
    )


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.array_equal(a, b)
    return a is b or bool(a == b)


def _by_row(stage: LocalStage, cells: Cells, result: Cells, step: str) -> bool:
    """Tell whether a function gives the same for a few rows as for these rows among all."""
    rows = np.flatnonzero(cells.present)
    chosen = np.random.default_rng(0).permutation(rows)[: _PROBES + 1]
    for probe in (chosen[:1], chosen[1:]):
        if not len(probe):
            continue
        again = stage.apply(cells.take(probe), step).values
        if not _equal(again, take(result.values, probe)):
            return False
    return True


def _equal(a: Any, b: Any) -> bool:
    import pandas

    a, b = (x.toarray() if hasattr(x, "toarray") else np.asarray(x) for x in (a, b))
    if a.shape != b.shape:
        return False
    if a.dtype.kind in "fc" and b.dtype.kind in "fc":
        # Rounding may depend on the number of rows: matrix products take other paths for few.
        rtol, atol = (1e-9, 1e-12) if min(_digits(a), _digits(b)) > 6 else (1e-5, 1e-6)
        return np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True)
    missing = pandas.isna(a) & pandas.isna(b)
    return bool(np.all((a == b) | missing))


def _digits(values: Any) -> int:
    """Return how many decimal digits numbers of this type keep: 6 in single precision."""
    return int(np.finfo(values.dtype).precision)


def _names(stage: LocalStage, cells: Cells, step: str, width: int | None) -> tuple[str, ...]:
    """Return the names of the result columns; runs the transformer on one row to count them."""
    if stage.columnwise:
        return cells.names
    rows = np.flatnonzero(cells.present)[:1]
    if not len(rows):
        if width is None:
            raise EncodingError(
                f"every row of the input of step {step!r} is erased, so that the number of its "
                "columns is unknown"
            )
        return tuple(f"{step}_{position}" for position in range(width))
    values = take(cells.values, rows)
    fresh = stage.transformer
    count = width_of(_fit_transform(fresh, values))
    check_size(len(cells), count, step)
    return output_names(fresh, values, cells.names, count, step)


def output_names(
    transformer: Any, values: Any, inputs: tuple[str, ...], count: int, step: str
) -> tuple[str, ...]:
    """Return the names a transformer gives its `count` columns, else ``<step>_<i>``."""
    from sklearn.base import clone
    from sklearn.exceptions import NotFittedError

    fallback = tuple(f"{step}_{position}" for position in range(count))
    if not hasattr(transformer, "get_feature_names_out"):
        return fallback
    try:
        fresh = clone(transformer)
        fresh.fit(values)
        names = tuple(str(name) for name in fresh.get_feature_names_out(list(inputs)))
    except (AttributeError, ValueError, TypeError, NotImplementedError, NotFittedError):
        return fallback
    return names if len(names) == count else fallback
