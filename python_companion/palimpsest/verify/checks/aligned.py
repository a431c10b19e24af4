"""Results that belong to the prepared rows one to one: a matrix, labels."""

from __future__ import annotations

from palimpsest.verify.checks.arrays import compare_arrays, matrix, tolerance_of, unstable_part
from palimpsest.verify.checks.base import Comparison, Mask
from palimpsest.verify.checks.rows import compare_tables, unstable_columns
from palimpsest.verify.values import Array, Cell, Observed, Parts, Stages, Table, cell


def compare_aligned(
    original: Observed, rewritten: Observed, mask: Mask, mutated: bool
) -> Comparison:
    """Compare row by row, or, when the prepared rows are given too, pair by pair.

    With the prepared rows, what is compared is the multiset of (prepared row, result row): a rewrite
    that prepares the rows in another order is right when each still has the result it had.
    """
    if isinstance(original, Parts) and isinstance(rewritten, Parts):
        return compare_tables(_joined(original), _joined(rewritten), Mask(order=True))
    if isinstance(original, (Parts, Stages)) or isinstance(rewritten, (Parts, Stages)):
        raise TypeError("the prepared rows are known on one side only")
    if isinstance(original, Array) and isinstance(rewritten, Array):
        tolerance = tolerance_of(original, rewritten)
        return compare_arrays(original, rewritten, mask, tolerance=tolerance, mutated=mutated)
    return compare_tables(_table(original), _table(rewritten), mask)


def unstable_aligned(first: Observed, second: Observed) -> Mask | str:
    """Return what differs between two runs of the original."""
    if isinstance(first, Array) and isinstance(second, Array):
        return unstable_part(first, second)
    if isinstance(first, (Parts, Stages)) or isinstance(second, (Parts, Stages)):
        raise TypeError("stability is judged without the prepared rows")
    return unstable_columns(_table(first), _table(second))


def _joined(parts: Parts) -> Table:
    rows, result = parts.parts["rows"], _table(parts.parts["result"])
    assert isinstance(rows, Table)
    if len(rows.rows) != len(result.rows):
        return result
    pairs = zip(rows.rows, result.rows, strict=True)
    columns = [*rows.columns, *(f"result {name}" for name in result.columns)]
    joined: list[list[Cell]] = [[*map(_text, left), *right] for left, right in pairs]
    return Table(columns, joined, named=False, ordered=False)


def _text(value: Cell) -> str:
    """Return a prepared cell as text, so that a file's rows and a frame's rows meet."""
    return value["text"] if isinstance(value, dict) else str(value)


def _table(observed: Table | Array) -> Table:
    if isinstance(observed, Table):
        return observed
    data = matrix(observed.data)
    if observed.data.dtype.kind in "biu":
        rows = [
            [cell(value) for value in row] for row in observed.data.reshape(data.shape).tolist()
        ]
    else:
        rows = [[cell(value) for value in row] for row in data.tolist()]
    names = observed.names or [f"column {i}" for i in range(data.shape[1])]
    return Table(names, rows, named=False)
