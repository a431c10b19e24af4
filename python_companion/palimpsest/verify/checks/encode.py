"""The feature matrix: a variable of the original beside what ``encode_features()`` makes."""

from __future__ import annotations

from typing import Any

from palimpsest.verify.checks.aligned import compare_aligned, unstable_aligned
from palimpsest.verify.checks.base import Comparison, Contract, Mask
from palimpsest.verify.values import Observed, array_of


class EncodeCheck:
    """Columns in order, rows as prepared, numbers to 1e-9, NaN equal to NaN."""

    role = "encode"
    contract = "encode_features"
    mutates = True

    def observe_original(
        self, value: Any, namespace: dict[str, Any], source: str, name: str
    ) -> Observed:
        """Return the matrix in a variable."""
        return array_of(value)

    def observe_rewritten(self, contract: Contract) -> Observed:
        """Return the matrix of the whole training table."""
        encoded: Observed = contract.encode()
        return encoded

    def unstable(self, first: Observed, second: Observed) -> Mask | str:
        """Return the columns that differ between two runs."""
        return unstable_aligned(first, second)

    def compare(
        self, original: Observed, rewritten: Observed, mask: Mask, mutated: bool
    ) -> Comparison:
        """Compare matrices."""
        return compare_aligned(original, rewritten, mask, mutated)
