"""Which terms a vectorizer keeps, when it keeps only those that are frequent or rare enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

import numpy as np

from ...matrix import Floats, Ints, Marks
from ..statistic import Arrays, from_json_array, json_array
from .documents import Counts

_SPARE = 4
"""One term more for so many is given a column, so that small changes of rank need no new one."""


@dataclass(frozen=True)
class Limits:
    """Which terms are frequent and rare enough; the names are those of scikit-learn's parameters.

    Attributes
    ----------
    max_features : int or None
    min_df, max_df : int or float
    sums : str
        The dtype of summed counts: which of several equal ones comes first depends on it.
    """

    max_features: int | None
    min_df: int | float
    max_df: int | float
    sums: str

    @classmethod
    def of(cls, vectorizer: Any) -> Limits | None:
        """Read them off a vectorizer; None when every term is kept."""
        least, most = _number(vectorizer.min_df), _number(vectorizer.max_df)
        limit = vectorizer.max_features
        if isinstance(least, int) and least <= 1 and most == 1.0 and limit is None:
            return None
        sums = np.zeros(1, dtype=vectorizer.dtype).sum().dtype
        return cls(None if limit is None else int(limit), least, most, sums.str)

    def within(self, documents: Ints, often: Ints, fitted: int, spare: bool) -> Marks:
        """Return which terms are kept, ties decided as scikit-learn does."""
        least, most = (
            bound if isinstance(bound, int) else bound * fitted
            for bound in (self.min_df, self.max_df)
        )
        kept: Marks = (documents <= most) & (documents >= least)
        if self.max_features is None:
            return kept
        limit = self.max_features + (-(-self.max_features // _SPARE) if spare else 0)
        if kept.sum() <= limit:
            return kept
        first = (-often.astype(self.sums)[kept]).argsort()[:limit]
        best = np.zeros(len(kept), dtype=bool)
        best[np.flatnonzero(kept)[first]] = True
        return best


def _number(bound: Any) -> int | float:
    return int(bound) if isinstance(bound, Integral) else float(bound)


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Every term of every document, also of those that have no column.

    Attributes
    ----------
    counts : dict
        For each term the fitted documents that hold it, how often these do, and the documents at
        all that hold it.
    """

    counts: dict[str, tuple[int, int, int]]

    def counting(
        self, documents: Sequence[Counts], present: Marks, fit: Marks, sign: int
    ) -> Vocabulary:
        """Return the vocabulary with documents counted (`sign` 1) or no longer counted (-1)."""
        held, often, anywhere = (Counter[str]() for _ in range(3))
        for row in np.flatnonzero(present).tolist():
            anywhere.update(documents[row].keys())
            if fit[row]:
                held.update(documents[row].keys())
                often.update(documents[row])
        counts = dict(self.counts)
        for term, rows in anywhere.items():
            before = counts.get(term, (0, 0, 0))
            after = (
                before[0] + sign * held[term],
                before[1] + sign * often[term],
                before[2] + sign * rows,
            )
            counts[term] = after
            if not after[2]:
                del counts[term]
        return replace(self, counts=counts)

    def chosen(self, limits: Limits, fitted: int, *, spare: bool = False) -> list[str]:
        """Return the terms that a vectorizer keeps, in order.

        Parameters
        ----------
        limits : Limits
        fitted : int
            Number of fitted documents.
        spare : bool
            Whether to add those that come next in rank.
        """
        terms = sorted(term for term, counts in self.counts.items() if counts[0])
        documents = np.array([self.counts[term][0] for term in terms], dtype=np.int64)
        often = np.array([self.counts[term][1] for term in terms], dtype=np.int64)
        kept = limits.within(documents, often, fitted, spare)
        return [terms[place] for place in np.flatnonzero(kept).tolist()]

    def to_arrays(self) -> Arrays:
        """Return the terms with their counts: personal data."""
        counts = np.array(list(self.counts.values()), dtype=np.int64).reshape(-1, 3)
        return {"known": json_array(list(self.counts)), "known_counts": counts}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Vocabulary | None:
        """Undo `to_arrays`; None when there is nothing of it."""
        if "known" not in arrays:
            return None
        counts: Iterable[list[int]] = arrays["known_counts"].tolist()
        return cls(
            {
                term: (held, often, rows)
                for term, (held, often, rows) in zip(
                    from_json_array(arrays["known"]), counts, strict=True
                )
            }
        )


@dataclass(frozen=True, eq=False)
class DocumentLengths:
    """A lens: weighted terms, divided by what makes each document as long as any other.

    Attributes
    ----------
    columns : (d,) int64
        Stored columns of the terms that there are.
    weights : (d,) float64
    norm : "l1" or "l2"
    """

    columns: Ints
    weights: Floats
    norm: str

    def __call__(self, stored: Floats, erased: Marks) -> Floats:
        """Return the columns of some rows."""
        weighted = stored[:, self.columns] * self.weights
        if self.norm == "l1":
            lengths = np.abs(weighted).sum(axis=1)
        else:
            lengths = np.sqrt(np.einsum("ij,ij->i", weighted, weighted))
        lengths[lengths == 0.0] = 1.0
        weighted /= lengths[:, None]
        return weighted
