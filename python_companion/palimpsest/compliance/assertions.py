"""Assertions about the training table, found in its values and in the statements that clean it.

A candidate is what holds of all rows now. Of those, what others imply is left out, and so is what does not hold on
resamples: derived from one half of the rows, it has to hold on the other. Bounds are rounded outwards and values are
listed only when several rows have them, so that no assertion repeats what one person's cell holds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.compliance.check import install_line
from palimpsest.compliance.view import RunView
from palimpsest.errors import PalimpsestError
from palimpsest.pipeline.nodetable import shown_label
from palimpsest.tracking.expressions import Call, Column, Expr
from palimpsest.tracking.expressions import Literal as Written
from palimpsest.tracking.lineage import cell_lineage

Kind = Literal["not-null", "unique", "range", "domain"]

PACKAGES, EXTRA = {"pandera": "pandera"}, "compliance"

MOST_VALUES = 20
FEWEST_ROWS = 5
"""Rows that must have a value for an assertion to name it."""

RESAMPLES = 40
MOST_ROWS = 20_000
"""More rows are not resampled; an evenly spread part of them is."""


@dataclass(frozen=True)
class Assertion:
    """Something that holds of a column of the training table.

    Attributes
    ----------
    column : str
    kind : {"not-null", "unique", "range", "domain"}
    value : tuple
        Of a range the bounds, of a domain the values; else empty.
    because : str or None
        The filters of the preparation that ask for it; None when only the data say so.
    false_failures : float
        On how many of the resamples it failed, as a share.
    """

    column: str
    kind: Kind
    value: tuple[Any, ...] = ()
    because: str | None = None
    false_failures: float = 0.0

    def failing(self, values: pd.Series) -> npt.NDArray[np.bool_]:
        """Return which cells of a column break the assertion; a missing one breaks `not-null` only."""
        missing: npt.NDArray[np.bool_] = values.isna().to_numpy()
        if self.kind == "not-null":
            return missing
        if self.kind == "unique":
            broken = values.duplicated(keep=False).to_numpy()
        elif self.kind == "domain":
            broken = ~values.isin(self.value).to_numpy()
        else:
            broken = ~values.between(*self.value).fillna(True).to_numpy(dtype=bool)
        found: npt.NDArray[np.bool_] = broken & ~missing
        return found


def find_assertions(view: RunView, *, most_failures: float = 0.05) -> list[Assertion]:
    """Find assertions about the training table.

    What a filter asks for is taken as the code has it, if it still holds; it is not resampled, because every row has to
    pass the filter. What only the data say has to hold on resamples.

    Parameters
    ----------
    view : RunView
    most_failures : float
        Candidates of the data that fail on a larger share of the resamples are left out.
    """
    part = view.training
    asked: dict[tuple[str, Kind], Assertion] = {}
    for one in _from_filters(view):
        known = asked.get((one.column, one.kind))
        asked[one.column, one.kind] = one if known is None else _both(known, one)
    found = []
    for name in map(str, part.frame.columns):
        values = part.frame[name]
        if name in part.erased:
            values = values[~part.erased[name]]
        of_code = [one for (column, _), one in asked.items() if column == name]
        kept = [one for one in of_code if not one.failing(values).any()]
        kinds = {one.kind for one in kept}
        for one in candidates(name, values):
            failures = _failures(values, one) if one.kind not in kinds else 1.0
            if failures <= most_failures:
                kept.append(replace(one, false_failures=failures))
        found += kept
    return found


def _both(one: Assertion, other: Assertion) -> Assertion:
    """Join two assertions of the same kind about the same column."""
    value = one.value
    if one.kind == "range":
        value = (max(one.value[0], other.value[0]), min(one.value[1], other.value[1]))
    elif one.kind == "domain":
        value = tuple(item for item in one.value if item in other.value)
    return replace(one, value=value, because=f"{one.because}; {other.because}")


def candidates(column: str, values: pd.Series) -> Iterator[Assertion]:
    """Return what holds of all cells of a column and is not implied by its type or by one another."""
    kinds = pd.api.types
    there = values.dropna()
    if not len(there) or kinds.is_bool_dtype(values.dtype):
        return
    whole = kinds.is_integer_dtype(values.dtype) and not kinds.is_extension_array_dtype(
        values.dtype
    )
    if len(there) == len(values) and not whole:  # a plain integer is never missing
        yield Assertion(column, "not-null")
    if kinds.is_numeric_dtype(values.dtype):
        bounds = outer_bounds(float(there.min()), float(there.max()))
        if bounds is not None:
            yield Assertion(column, "range", bounds)
        if not kinds.is_integer_dtype(values.dtype):
            return
    elif not there.map(lambda cell: isinstance(cell, str)).all():
        return
    counts = there.value_counts()
    if len(counts) == len(there) > MOST_VALUES:
        yield Assertion(column, "unique")
    elif not kinds.is_numeric_dtype(values.dtype) and (
        len(counts) <= MOST_VALUES and counts.min() >= FEWEST_ROWS
    ):
        yield Assertion(column, "domain", tuple(sorted(counts.index.tolist())))


def outer_bounds(low: float, high: float) -> tuple[float, float] | None:
    """Round bounds outwards to a tenth of the power of ten of their span; a bound of zero stays.

    Examples
    --------
    >>> outer_bounds(18.0, 89.0), outer_bounds(0.0, 0.95), outer_bounds(3.0, 3.0)
    ((10.0, 90.0), (0.0, 1.0), None)
    """
    if not (math.isfinite(low) and math.isfinite(high)) or low == high:
        return None
    step = 10.0 ** math.floor(math.log10(high - low))
    return (float(math.floor(low / step) * step), float(math.ceil(high / step) * step))


def schema(assertions: Sequence[Assertion]) -> Any:
    """Return a pandera schema of assertions, to validate a training table in a pipeline.

    Raises
    ------
    PalimpsestError
        When pandera is not installed.
    """
    install = install_line(PACKAGES, EXTRA)
    if install is not None:
        raise PalimpsestError(
            "invalid-argument", "A schema needs the package pandera.", hint=install
        )
    import pandera.pandas as pa

    columns = {}
    for name in dict.fromkeys(one.column for one in assertions):
        of = {one.kind: one for one in assertions if one.column == name}
        checks = []
        if "range" in of:
            checks.append(pa.Check.in_range(*of["range"].value))
        if "domain" in of:
            checks.append(pa.Check.isin(of["domain"].value))
        columns[name] = pa.Column(
            checks=checks, nullable="not-null" not in of, unique="unique" in of, required=True
        )
    return pa.DataFrameSchema(columns)


def _failures(values: pd.Series, assertion: Assertion) -> float:
    """Derive the same kind from random halves; return how often it fails on the other half."""
    if len(values) > MOST_ROWS:
        values = values.iloc[np.linspace(0, len(values) - 1, MOST_ROWS).astype(np.int64)]
    draws = np.random.default_rng(0)
    failed = 0
    for _ in range(RESAMPLES):
        half = draws.random(len(values)) < 0.5
        derived = {one.kind: one for one in candidates(assertion.column, values[half])}
        same = derived.get(assertion.kind)
        failed += same is None or bool(same.failing(values[~half]).any())
    return failed / RESAMPLES


def _from_filters(view: RunView) -> Iterator[Assertion]:
    """Return what filters of the preparation ask of columns that reach the training table under the same name."""
    plan = view.plan
    cells = cell_lineage(plan, plan.output)
    for node in plan.nodes:
        if node.operation != "filter":
            continue
        before = cell_lineage(plan, node.inputs[0])
        for name, kind, value in _asked(node.expressions["predicate"]):
            if name in cells and name in before and cells[name].value == before[name].value:
                yield Assertion(name, kind, value, because=shown_label(node))


def _asked(predicate: Expr) -> Iterator[tuple[str, Kind, tuple[Any, ...]]]:
    """Return the column, kind and value of each part of a conjunction that says something of one column."""
    if not isinstance(predicate, Call):
        return
    if predicate.function == "and":
        for part in predicate.operands:
            yield from _asked(part)
        return
    column, *others = predicate.operands
    if not isinstance(column, Column):
        return
    if predicate.function == "notna":
        yield column.name, "not-null", ()
    elif len(others) == 1 and isinstance(others[0], Written):
        yield from _compared(column.name, predicate.function, others[0].value)


def _compared(name: str, function: str, value: Any) -> Iterator[tuple[str, Kind, tuple[Any, ...]]]:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if function in ("lt", "le") and is_number:
        yield name, "range", (-math.inf, float(value))
    elif function in ("gt", "ge") and is_number:
        yield name, "range", (float(value), math.inf)
    elif function == "isin" and isinstance(value, list | tuple):
        yield name, "domain", tuple(value)
