"""From documents to counted terms, as a vectorizer of scikit-learn reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from ...estimators import restore
from ...matrix import Floats
from ..cells import Cells, take
from ..errors import EncodingError, NeedsTransformer

Counts: TypeAlias = "Counter[str]"
"""How often a document holds each of its terms."""


@dataclass(frozen=True)
class Reader:
    """A vectorizer as far as it looks at one document alone.

    Attributes
    ----------
    description : dict or None
        The vectorizer as data; None when it calls functions of the notebook.
    transformer : object or None
        The unfitted vectorizer, when it is at hand.
    """

    description: dict[str, Any] | None
    transformer: Any = field(default=None, compare=False, repr=False)

    def vectorizer(self, step: str = "step") -> Any:
        """Return the unfitted vectorizer."""
        if self.transformer is not None:
            return self.transformer
        if self.description is None:
            raise NeedsTransformer(
                f"step {step!r} must read documents with a vectorizer that is code of the "
                "notebook: open the notebook and run its cells, then apply again"
            )
        return restore(self.description)

    def counts(self, cells: Cells, step: str) -> list[Counts]:
        """Return the terms of every document; none of erased ones."""
        present = np.flatnonzero(cells.present)
        documents = take(cells.values, present)
        if len(documents.shape) != 1:
            raise EncodingError(
                f"step {step!r}: select the column of a vectorizer by its bare name, not as a list"
            )
        vectorizer = self.vectorizer(step)
        analyse = vectorizer.build_analyzer()
        counts: list[Counts] = [Counter() for _ in range(len(cells))]
        for row, document in zip(present.tolist(), documents, strict=True):
            counts[row] = Counter(analyse(document))
            if vectorizer.binary:
                counts[row] = Counter(dict.fromkeys(counts[row], 1))
        return counts

    def values(self, counts: Sequence[Counts], terms: Sequence[str | None]) -> tuple[Floats, bool]:
        """Return raw values of terms, and whether the documents hold any other."""
        places = {term: place for place, term in enumerate(terms) if term is not None}
        values = np.zeros((len(counts), len(terms)))
        strange = False
        for row, held in enumerate(counts):
            for term, count in held.items():
                place = places.get(term)
                if place is None:
                    strange = True
                else:
                    values[row, place] = count
        if getattr(self.vectorizer(), "sublinear_tf", False):
            some = values > 0.0
            values[some] = np.log(values[some]) + 1.0
        return values, strange
