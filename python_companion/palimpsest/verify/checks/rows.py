"""Compare tables: rows as multisets, and in order where the order can be observed."""

from __future__ import annotations

from dataclasses import dataclass

from palimpsest.verify.checks.base import Comparison, Mask, Mismatch
from palimpsest.verify.checks.cells import grouping_key, number, same
from palimpsest.verify.values import Cell, Table, show, show_row

_CANDIDATES = 2000
"""How many rows are looked through for the counterpart of a row that differs."""

_LEAST_ALIKE = 0.49
"""Rows of which fewer cells are equal are not taken for versions of one row."""

Row = list[Cell]
_Keyed = tuple[tuple[float, ...], int]


@dataclass(frozen=True)
class _Column:
    """One column of the original beside its counterpart."""

    original: int
    rewritten: int
    name: str


def compare_tables(original: Table, rewritten: Table, mask: Mask) -> Comparison:
    """Compare two tables and find the first difference.

    Columns are matched by name where both sides have names, else by position. For a text file the
    names are not in the data: other names are noted, and further columns of the rewrite accepted.
    """
    rewritten = _as_written(rewritten, original.separator)
    original = _without_header(original, rewritten)
    columns, notes = _align(original, rewritten)
    if isinstance(columns, Mismatch):
        return Comparison(columns)
    columns = [column for column in columns if column.original not in mask.of("")]
    text = original.separator is not None
    comparer = _Comparer(original, rewritten, columns, text)
    broken = comparer.first_in_order()
    if broken is None:
        return Comparison(None, notes)
    mismatch = comparer.first_in_multiset()
    if mismatch is None and original.ordered and not mask.order:
        return Comparison(comparer.order_mismatch(broken), notes)
    if mismatch is None:
        notes.append("the rows are equal and come in another order")
    return Comparison(mismatch, notes, reordered=mismatch is None)


def unstable_columns(first: Table, second: Table) -> Mask | str:
    """Return what differs between two runs of the original, or why that cannot be told."""
    if len(first.rows) != len(second.rows) or len(first.columns) != len(second.columns):
        sizes = f"{len(first.rows)} and then {len(second.rows)} rows"
        return f"two runs of the original gave {sizes}"
    every = [_Column(i, i, name) for i, name in enumerate(first.columns)]
    comparer = _Comparer(first, second, every, text=False)
    if comparer.first_in_order() is None:
        return Mask()
    if comparer.first_in_multiset() is None:
        return Mask(order=True, names=["the order of rows"])
    moving = {column.original for column in every if not comparer.column_equal(column)}
    if len(moving) == len(every):
        return "two runs of the original gave other values in every column"
    return Mask({"": moving}, names=[f"column '{first.columns[i]}'" for i in sorted(moving)])


def _as_written(table: Table, separator: str | None) -> Table:
    """Split cells that hold the separator or a line end, as reading the original's file would."""
    if separator is None:
        return table

    def breaks(row: Row) -> bool:
        return any(isinstance(cell, str) and (separator in cell or "\n" in cell) for cell in row)

    if not any(breaks(row) for row in table.rows):
        return table
    rows: list[Row] = []
    for row in table.rows:
        if breaks(row):
            texts = [cell if isinstance(cell, str) else show(cell) for cell in row]
            rows.extend(list(line.split(separator)) for line in separator.join(texts).split("\n"))
        else:
            rows.append(row)
    return Table(table.columns, rows, table.named, table.ordered)


def _without_header(original: Table, rewritten: Table) -> Table:
    """Leave out a first line of the original's file that repeats the rewrite's column names."""
    if original.separator is None or not original.rows or original.rows[0] != rewritten.columns:
        return original
    names = [str(name) for name in original.rows[0]]
    return Table(names, original.rows[1:], True, original.ordered, original.separator)


def _align(original: Table, rewritten: Table) -> tuple[list[_Column] | Mismatch, list[str]]:
    if not original.rows and not original.named:
        return [], []
    if not original.rows and not original.columns:
        return [], ["the original is left with a frame without rows that names no columns"]
    notes: list[str] = []
    named = original.named and rewritten.named
    unique = all(len(set(t.columns)) == len(t.columns) for t in (original, rewritten))
    if named and unique and set(original.columns) <= set(rewritten.columns):
        extra = [name for name in rewritten.columns if name not in original.columns]
        if extra and original.separator is None:
            return _columns_mismatch(original, rewritten), notes
        if extra:
            notes.append(f"the rewrite has further columns: {', '.join(extra)}")
        places = {name: i for i, name in enumerate(rewritten.columns)}
        return [_Column(i, places[name], name) for i, name in enumerate(original.columns)], notes
    same_names = original.columns == rewritten.columns
    nameless = original.separator is not None or not named
    if len(original.columns) != len(rewritten.columns) or not (nameless or same_names):
        return _columns_mismatch(original, rewritten), notes
    if named and not same_names:
        ours, theirs = ", ".join(original.columns), ", ".join(rewritten.columns)
        notes.append(f"columns were matched by position: {ours} with {theirs}")
    return [_Column(i, i, name) for i, name in enumerate(rewritten.columns)], notes


def _columns_mismatch(original: Table, rewritten: Table) -> Mismatch:
    def names(table: Table) -> str:
        return ", ".join(table.columns) if table.named else f"{len(table.columns)} unnamed columns"

    return Mismatch("shape", names(original), names(rewritten), detail="the columns differ")


class _Comparer:
    """Compares the rows of two tables over aligned columns."""

    def __init__(
        self, original: Table, rewritten: Table, columns: list[_Column], text: bool
    ) -> None:
        self.original = original
        self.rewritten = rewritten
        self.columns = columns
        self.text = text
        self._width = len(original.columns)

    def first_in_order(self) -> int | None:
        """Return the first row that differs at its place, or None."""
        for i, (left, right) in enumerate(
            zip(self.original.rows, self.rewritten.rows, strict=False)
        ):
            if not self.rows_equal(left, right):
                return i
        shorter, longer = sorted((len(self.original.rows), len(self.rewritten.rows)))
        return shorter if shorter < longer else None

    def rows_equal(self, left: Row, right: Row) -> bool:
        """Tell whether two rows are equal in the aligned columns."""
        return self._regular(left, right) and all(
            same(left[c.original], right[c.rewritten], self.text) for c in self.columns
        )

    def column_equal(self, column: _Column) -> bool:
        """Tell whether a column is equal row by row."""
        pairs = zip(self.original.rows, self.rewritten.rows, strict=False)
        return all(same(a[column.original], b[column.rewritten], self.text) for a, b in pairs)

    def _regular(self, left: Row, right: Row) -> bool:
        return len(left) == self._width and len(right) == len(self.rewritten.columns)

    def first_in_multiset(self) -> Mismatch | None:
        """Return the first difference between the rows as multisets, or None."""
        missing, extra = self._unmatched()
        if not missing and not extra:
            return None
        detail = f"{len(missing)} rows of the original have no equal row, and {len(extra)} of the rewrite"
        if missing:
            left = self.original.rows[missing[0]]
            partner = self._partner(missing[0], extra)
            if partner is not None:
                return self._cell_mismatch(missing[0], partner, detail)
            row = missing[0]
            return Mismatch(
                "row", show_row(left), "no such row", row, detail=detail, cells=left,
                columns=self._names, expected=self._aligned(left, original=True),
            )  # fmt: skip
        right = self.rewritten.rows[extra[0]]
        return Mismatch(
            "row", "no such row", show_row(right), extra[0], detail=detail, cells=right,
            columns=self._names, got=self._aligned(right, original=False),
        )  # fmt: skip

    @property
    def _names(self) -> list[str]:
        return [column.name for column in self.columns]

    def _aligned(self, row: Row, *, original: bool) -> Row:
        """Return the aligned cells of a row, as many as it has."""
        places = [c.original if original else c.rewritten for c in self.columns]
        return [row[place] for place in places if place < len(row)]

    def _unmatched(self) -> tuple[list[int], list[int]]:
        """Return the rows of either side that have no equal counterpart."""
        left = self._groups(self.original, [c.original for c in self.columns])
        right = self._groups(self.rewritten, [c.rewritten for c in self.columns])
        missing: list[int] = []
        extra: list[int] = []
        for key in {**left, **right}:
            self._merge(left.get(key, []), right.get(key, []), missing, extra)
        self._match_leftovers(missing, extra)
        return sorted(missing), sorted(extra)

    def _merge(
        self, ours: list[_Keyed], theirs: list[_Keyed], missing: list[int], extra: list[int]
    ) -> None:
        """Walk through two groups sorted by their numbers and collect what has no counterpart."""
        i = j = 0
        while i < len(ours) and j < len(theirs):
            (left_numbers, left), (right_numbers, right) = ours[i], theirs[j]
            matched = self.rows_equal(self.original.rows[left], self.rewritten.rows[right])
            if not matched and left_numbers <= right_numbers:
                missing.append(left)
            if not matched and left_numbers >= right_numbers:
                extra.append(right)
            i += matched or left_numbers <= right_numbers
            j += matched or left_numbers >= right_numbers
        missing.extend(row for _, row in ours[i:])
        extra.extend(row for _, row in theirs[j:])

    def _match_leftovers(self, missing: list[int], extra: list[int]) -> None:
        """Pair equal rows that rounding had sorted differently."""
        if len(missing) * len(extra) > _CANDIDATES:
            return
        for left in list(missing):
            for right in extra:
                if self.rows_equal(self.original.rows[left], self.rewritten.rows[right]):
                    missing.remove(left)
                    extra.remove(right)
                    break

    def _groups(self, table: Table, places: list[int]) -> dict[tuple[str, ...], list[_Keyed]]:
        """Group rows by what is not a number; sort each group by its numbers."""
        groups: dict[tuple[str, ...], list[_Keyed]] = {}
        numeric = self._numeric_columns()
        for i, row in enumerate(table.rows):
            cells = [row[p] if p < len(row) else None for p in places]
            numbers = [number(c) if k in numeric else None for k, c in enumerate(cells)]
            pairs = zip(cells, numbers, strict=True)
            key = (grouping_key(c, self.text) if n is None else "number" for c, n in pairs)
            regular = "regular" if len(row) == len(table.columns) else "ragged"
            rounded = tuple(float(f"{n:.6g}") for n in numbers if n is not None)
            groups.setdefault((*key, regular), []).append((rounded, i))
        for members in groups.values():
            members.sort()
        return groups

    def _numeric_columns(self) -> set[int]:
        """Return the places among the aligned columns where the rewrite has numbers."""
        return {
            k
            for k, c in enumerate(self.columns)
            if any(
                isinstance(row[c.rewritten], (int, float))
                and not isinstance(row[c.rewritten], bool)
                for row in self.rewritten.rows
                if c.rewritten < len(row)
            )
        }

    def _partner(self, row: int, extra: list[int]) -> int | None:
        """Return the row of the rewrite that was probably meant to equal a row of the original."""
        left = self.original.rows[row]
        best, best_score = None, _LEAST_ALIKE
        nearest = sorted(extra, key=lambda i: abs(i - row))[:_CANDIDATES]
        for i in nearest:
            right = self.rewritten.rows[i]
            if not self._regular(left, right):
                continue
            equal = sum(same(left[c.original], right[c.rewritten], self.text) for c in self.columns)
            score = equal / max(len(self.columns), 1)
            if score > best_score or (best is None and len(self.columns) == 1):
                best, best_score = i, score
        return best

    def _cell_mismatch(self, row: int, partner: int, detail: str) -> Mismatch:
        left, right = self.original.rows[row], self.rewritten.rows[partner]
        for c in self.columns:
            if not same(left[c.original], right[c.rewritten], self.text):
                return Mismatch(
                    "cell",
                    show(left[c.original]),
                    show(right[c.rewritten]),
                    row,
                    c.name,
                    c.original,
                    detail,
                    [*left, *right],
                    columns=self._names,
                    expected=self._aligned(left, original=True),
                    got=self._aligned(right, original=False),
                )
        raise AssertionError("rows without an equal counterpart differ in some column")

    def order_mismatch(self, row: int) -> Mismatch:
        """Return a mismatch that says from which row on the order differs."""
        left, right = self.original.rows[row], self.rewritten.rows[row]
        detail = "the rows are equal and come in another order"
        return Mismatch(
            "order", show_row(left), show_row(right), row, detail=detail, cells=[*left, *right],
            columns=self._names, expected=self._aligned(left, original=True),
            got=self._aligned(right, original=False),
        )  # fmt: skip
