"""Compare matrices and vectors of numbers, row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from palimpsest.verify.checks.base import Comparison, Mask, Mismatch
from palimpsest.verify.checks.cells import TOLERANCE
from palimpsest.verify.values import Array, cell

SINGLE_TOLERANCE = 1e-5
"""Tolerance where one side computed in float32 or less."""

_SHOWN_COLUMNS = 6

Matrix = npt.NDArray[Any]


def compare_arrays(
    original: Array,
    rewritten: Array,
    mask: Mask,
    *,
    part: str = "",
    tolerance: float = TOLERANCE,
    mutated: bool = False,
) -> Comparison:
    """Compare two arrays row by row and find the first difference.

    On mutated inputs one excuse is made, and noted: where a column is constant, dividing by its
    standard deviation gives the original NaN or infinity in the whole column, and encoders a constant.
    """
    left, right = matrix(original.data), matrix(rewritten.data)
    if left.shape[1] != right.shape[1]:
        return Comparison(_shape(left, right, "columns", 1))
    if left.shape[0] != right.shape[0]:
        return Comparison(_shape(left, right, "rows", 0))
    unequal = ~equal(left, right, tolerance)
    unequal[:, sorted(mask.of(part))] = False
    notes: list[str] = []
    if mutated:
        excused = unequal.any(axis=0) & ~np.isfinite(left).any(axis=0) & _constant(right)
        if excused.any():
            unequal[:, excused] = False
            notes.append(
                "where a column is constant the original divides by zero and the rewrite does not"
            )
    if not unequal.any():
        return Comparison(None, notes)
    if not part and not unequal.all() and same_rows(left, right, tolerance):
        return Comparison(_order(left, right, unequal), notes)
    return Comparison(_first(left, right, unequal, rewritten.names, part), notes)


def matrix(data: Matrix) -> Matrix:
    """Return an array as float64 columns."""
    numbers = np.asarray(data, dtype=np.float64)
    return numbers if numbers.ndim == 2 else numbers.reshape(-1, 1)


def equal(left: Matrix, right: Matrix, tolerance: float) -> npt.NDArray[np.bool_]:
    """Compare numbers within an absolute and relative tolerance; NaN equals NaN."""
    return np.isclose(left, right, rtol=tolerance, atol=tolerance, equal_nan=True)


def tolerance_of(*arrays: Array) -> float:
    """Return the tolerance that the arrays' precision permits."""
    single = any(a.data.dtype.kind == "f" and a.data.dtype.itemsize < 8 for a in arrays)
    return SINGLE_TOLERANCE if single else TOLERANCE


def unstable_part(first: Array, second: Array, part: str = "") -> Mask | str:
    """Return what differs between two runs of the original, or why that cannot be told."""
    left, right = matrix(first.data), matrix(second.data)
    if left.shape != right.shape:
        return f"two runs of the original gave shapes {first.data.shape} and {second.data.shape}"
    unequal = ~equal(left, right, TOLERANCE)
    if not unequal.any():
        return Mask()
    if same_rows(left, right, TOLERANCE):
        return Mask(order=True, names=["the order of rows"])
    moving = np.flatnonzero(unequal.any(axis=0))
    if len(moving) == left.shape[1]:
        return "two runs of the original gave other values in every column"
    name = f"{part} " if part else ""
    return Mask(
        {part: set(moving.tolist())},
        names=[f"{len(moving)} columns {name}from column {moving[0]} on"],
    )


def same_rows(left: Matrix, right: Matrix, tolerance: float) -> bool:
    """Tell whether two matrices hold the same rows in some order."""
    if left.shape != right.shape:
        return False
    return bool(equal(_sorted(left), _sorted(right), tolerance).all())


def _sorted(data: Matrix) -> Matrix:
    rounded = np.round(data, 6) + 0.0
    return np.asarray(data[np.lexsort(rounded.T[::-1])])


def _constant(data: Matrix) -> npt.NDArray[np.bool_]:
    if not len(data):
        return np.zeros(data.shape[1], dtype=bool)
    return np.asarray((data == data[0]).all(axis=0))


def _shape(left: Matrix, right: Matrix, what: str, axis: int) -> Mismatch:
    return Mismatch(
        "shape",
        f"{left.shape[axis]} {what}",
        f"{right.shape[axis]} {what}",
        detail=f"the number of {what} differs",
    )


def _order(left: Matrix, right: Matrix, unequal: Matrix) -> Mismatch:
    row = int(np.argmax(unequal.any(axis=1)))
    detail = "the rows are equal and come in another order"
    return Mismatch("order", _numbers(left[row]), _numbers(right[row]), row, detail=detail)


def _first(
    left: Matrix, right: Matrix, unequal: Matrix, names: list[str] | None, part: str
) -> Mismatch:
    row = int(np.argmax(unequal.any(axis=1)))
    column = int(np.argmax(unequal[row]))
    several = left.shape[1] > 1
    name = names[column] if names else f"column {column}" if several else "value"
    return Mismatch(
        "cell",
        repr(float(left[row, column])),
        repr(float(right[row, column])),
        row,
        f"{part}: {name}" if part else name,
        column,
        f"{int(unequal.any(axis=0).sum())} of {left.shape[1]} columns and"
        f" {int(unequal.any(axis=1).sum())} of {left.shape[0]} rows differ",
        **_excerpt(left[row], right[row], unequal[row], names),
    )


def _excerpt(
    left: Matrix, right: Matrix, unequal: Matrix, names: list[str] | None
) -> dict[str, Any]:
    """Return a row of both sides as a small table, with the columns that differ."""
    shown = np.flatnonzero(unequal)[:_SHOWN_COLUMNS]
    return {
        "columns": [names[i] if names else f"column {i}" for i in shown],
        "expected": [cell(left[i]) for i in shown],
        "got": [cell(right[i]) for i in shown],
    }


def _numbers(row: Matrix) -> str:
    return ", ".join(f"{value:.6g}" for value in row[:6]) + (", …" if len(row) > 6 else "")
