"""The labels: a variable of the original beside what ``extract_label(frame)`` returns."""

from __future__ import annotations

from typing import Any

from palimpsest.verify.checks.aligned import compare_aligned, unstable_aligned
from palimpsest.verify.checks.base import Comparison, Contract, Mask, Mismatch
from palimpsest.verify.values import Array, Observed, array_of


class LabelCheck:
    """Row by row; truth values, numbers and texts are different families."""

    role = "label"
    contract = "extract_label"
    mutates = True

    def observe_original(
        self, value: Any, namespace: dict[str, Any], source: str, name: str
    ) -> Observed:
        """Return the labels in a variable."""
        return array_of(value)

    def observe_rewritten(self, contract: Contract) -> Observed:
        """Return the labels of the whole training table."""
        return array_of(contract.label())

    def unstable(self, first: Observed, second: Observed) -> Mask | str:
        """Tell whether the labels differ between two runs."""
        return unstable_aligned(first, second)

    def compare(
        self, original: Observed, rewritten: Observed, mask: Mask, mutated: bool
    ) -> Comparison:
        """Compare labels."""
        if isinstance(original, Array) and isinstance(rewritten, Array) and original.data.size:
            kinds = [_family(original), _family(rewritten)]
            if kinds[0] != kinds[1]:
                detail = "the labels are of different types"
                return Comparison(Mismatch("type", kinds[0], kinds[1], detail=detail))
        return compare_aligned(original, rewritten, mask, mutated)


def _family(array: Array) -> str:
    return "truth values" if array.data.dtype.kind == "b" else "numbers"
