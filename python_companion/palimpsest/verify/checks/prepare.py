"""Prepared rows: a file or a variable of the original beside the frame of ``prepare()``."""

from __future__ import annotations

from typing import Any

from palimpsest.verify.checks.base import Comparison, Contract, Mask
from palimpsest.verify.checks.rows import compare_tables, unstable_columns
from palimpsest.verify.values import NotObservable, Observed, Table, plain, table_of


class PrepareCheck:
    """Rows as a multiset; in order where the original left them in a variable."""

    role = "prepare"
    contract = "prepare"
    mutates = True

    def observe_original(
        self, value: Any, namespace: dict[str, Any], source: str, name: str
    ) -> Observed:
        """Return the rows in a variable."""
        return table_of(value)

    def observe_rewritten(self, contract: Contract) -> Observed:
        """Return the rows of the frame."""
        frame = plain(contract.prepare())
        if not hasattr(frame, "columns"):
            raise NotObservable(f"prepare() returned {type(frame).__name__}, not a data frame")
        return table_of(frame)

    def unstable(self, first: Observed, second: Observed) -> Mask | str:
        """Return the columns that differ between two runs."""
        assert isinstance(first, Table)
        assert isinstance(second, Table)
        return unstable_columns(first, second)

    def compare(
        self, original: Observed, rewritten: Observed, mask: Mask, mutated: bool
    ) -> Comparison:
        """Compare rows."""
        assert isinstance(original, Table)
        assert isinstance(rewritten, Table)
        return compare_tables(original, rewritten, mask)
