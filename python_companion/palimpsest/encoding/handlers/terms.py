"""CountVectorizer and TfidfVectorizer: a vocabulary with the number of documents of each term.

Every term of the fitted documents is a raw column of counts. One that loses its last document
drops out of the matrix, and no other row is touched. A document with a term that is not in the
vocabulary asks for a new raw column: then the step is fitted again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from ...estimators import NotPortable, describe, restore
from ...matrix import Floats, Ints, Marks
from ..cells import Cells, check_size, take
from ..errors import EncodingError, NeedsTransformer, NoRowsLeft
from ..statistic import (
    Arrays,
    Maintenance,
    Outputs,
    Plain,
    RemainingColumn,
    StepRows,
    from_json_array,
    json_array,
)


def fit(transformer: Any, cells: Cells, rows: Marks, step: str) -> tuple[Terms, Floats] | None:
    """Take over a vectorizer that keeps all terms and looks at rows alone; see `registry`."""
    limited = transformer.max_features is not None or transformer.vocabulary is not None
    everything = isinstance(transformer.min_df, int) and transformer.min_df <= 1
    weighs = hasattr(transformer, "use_idf")
    if limited or not everything or transformer.max_df != 1.0 or transformer.input != "content":
        return None
    if weighs and transformer.norm is not None:
        return None  # a document's length depends on all its terms' weights
    try:
        description = describe(transformer)
    except NotPortable:
        description = None
    nothing = np.empty(0, dtype=np.int64)
    empty = Terms(description, (), nothing, nothing, 0, 0, transformer)
    return empty.refitted(cells, rows, step)


@dataclass(frozen=True, eq=False)
class Terms(Plain):
    """The vocabulary.

    Attributes
    ----------
    description : dict or None
        The vectorizer as data; None when it calls functions of the notebook.
    terms : tuple of str
        Of each raw column, in order; empty text for terms that are gone.
    documents : (p,) int64
        Fitted documents that hold each term.
    rows : (p,) int64
        Documents at all that hold it.
    fitted : int
        Number of fitted documents.
    first_id : int
        Identities of the columns start here; every refit makes new ones.
    transformer : object or None
        The unfitted vectorizer, when it is at hand.
    outgrown : bool
        Whether new documents hold terms that have no column.
    """

    description: dict[str, Any] | None
    terms: tuple[str, ...]
    documents: Ints
    rows: Ints
    fitted: int
    first_id: int
    transformer: Any = field(default=None, repr=False)
    outgrown: bool = False  # type: ignore[misc]  # here it is a fact of one value

    kind: ClassVar[str] = "terms"

    @property
    def maintenance(self) -> Maintenance:
        """Term counts are local; weights by document frequency are scales."""
        return "shift-scale" if self._weighs else "local"

    @property
    def _weighs(self) -> bool:
        return hasattr(self._live("step"), "use_idf")

    @property
    def width(self) -> int:
        """Number of raw columns."""
        return len(self.terms)

    def refitted(self, cells: Cells, rows: Marks, step: str) -> tuple[Terms, Floats]:
        """Fit on the given rows, without erased ones, and return the raw values of all."""
        present = cells.present
        if not (present & rows).any():
            raise NoRowsLeft(f"step {step!r} has no row left that is not erased to be fitted on")
        counts = self._counts(cells, step)
        vocabulary = sorted({term for row in np.flatnonzero(rows) for term in counts[row]})
        if not vocabulary:
            raise EncodingError(f"step {step!r}: the documents of the training rows hold no term")
        check_size(len(cells), len(vocabulary), step)
        nothing = np.zeros(len(vocabulary), dtype=np.int64)
        first = self.first_id + self.width
        fresh = replace(
            self,
            terms=tuple(vocabulary),
            documents=nothing,
            rows=nothing,
            fitted=0,
            first_id=first,
            outgrown=False,
        )
        values, _ = fresh._values(counts)
        return fresh._counting(values, present, rows, 1), values

    def _counts(self, cells: Cells, step: str) -> list[Counter[str]]:
        """Return the terms of every document; none of erased ones."""
        present = np.flatnonzero(cells.present)
        documents = take(cells.values, present)
        if len(documents.shape) != 1:
            raise EncodingError(
                f"step {step!r}: select the column of a vectorizer by its bare name, not as a list"
            )
        vectorizer = self._live(step)
        analyse = vectorizer.build_analyzer()
        counts: list[Counter[str]] = [Counter() for _ in range(len(cells))]
        for row, document in zip(present.tolist(), documents, strict=True):
            counts[row] = Counter(analyse(document))
        return counts

    def _values(self, counts: list[Counter[str]]) -> tuple[Floats, bool]:
        """Return raw values, and whether there are terms without a column."""
        vectorizer = self._live("step")
        places = {term: place for place, term in enumerate(self.terms) if term}
        values = np.zeros((len(counts), self.width))
        strange = False
        for row, terms in enumerate(counts):
            for term, count in terms.items():
                place = places.get(term)
                if place is None:
                    strange = True
                else:
                    values[row, place] = count
        if vectorizer.binary:
            values = (values > 0.0).astype(np.float64)
        if getattr(vectorizer, "sublinear_tf", False):
            held = values > 0.0
            values[held] = np.log(values[held]) + 1.0
        return values, strange

    def _live(self, step: str) -> Any:
        if self.transformer is not None:
            return self.transformer
        if self.description is None:
            raise NeedsTransformer(
                f"step {step!r} must read documents with a vectorizer that is code of the "
                "notebook: open the notebook and run its cells, then apply again"
            )
        return restore(self.description)

    def read(self, cells: Cells, step: str) -> tuple[Terms, Floats]:
        """Return the counts of the terms that have a column."""
        values, strange = self._values(self._counts(cells, step))
        return replace(self, outgrown=self.outgrown or strange), values

    def updated(self, removed: StepRows, added: StepRows, remaining: RemainingColumn) -> Terms:
        """Return the vocabulary after some documents left and others came."""
        after = self
        for rows, sign in ((removed, -1), (added, 1)):
            present = ~rows.erased[:, 0] if self.width else np.zeros(len(rows.fit), dtype=bool)
            after = after._counting(rows.values, present, rows.fit, sign)
        if after.fitted <= 0:
            raise NoRowsLeft("a vectorizer has no document left to be fitted on")
        kept = zip(after.terms, after.rows.tolist(), strict=True)
        return replace(after, terms=tuple(term if rows else "" for term, rows in kept))

    def _counting(self, values: Floats, present: Marks, fit: Marks, sign: int) -> Terms:
        held = values != 0.0
        counted = present & fit
        return replace(
            self,
            documents=self.documents + sign * held[counted].sum(axis=0),
            rows=self.rows + sign * held[present].sum(axis=0),
            fitted=self.fitted + sign * int(counted.sum()),
        )

    def check(self, step: str) -> None:
        """Accept any rows."""

    def outputs(self) -> Outputs:
        """Return the columns of terms that fitted documents hold, in the order of the terms."""
        live = np.flatnonzero(self.documents > 0)
        names = np.array(self.terms, dtype=object)[live]
        nothing = np.zeros(self.width)
        whole = Outputs.scaled(nothing, self._weights(), self.terms, self.first_id)
        return whole.take(live[np.argsort(names, kind="stable")])

    def _weights(self) -> Floats:
        vectorizer = self._live("step")
        if not getattr(vectorizer, "use_idf", False):
            return np.ones(self.width)
        smooth = int(vectorizer.smooth_idf)
        frequency = np.maximum(self.documents, 1 - smooth) + smooth
        weights: Floats = np.log((self.fitted + smooth) / frequency) + 1.0
        return weights

    def describe(self) -> dict[str, Any]:
        """Return the vectorizer; the vocabulary is personal data."""
        return {
            "description": self.description,
            "weighs": self._weighs,
            "fitted": self.fitted,
            "first_id": self.first_id,
        }

    def arrays(self) -> Arrays:
        """Return the vocabulary with its counts."""
        return {
            "terms": json_array(list(self.terms)),
            "documents": self.documents,
            "rows": self.rows,
        }

    @classmethod
    def load(cls, description: Mapping[str, Any], arrays: Mapping[str, Any]) -> Terms:
        """Undo `describe` and `arrays`."""
        return cls(
            description["description"],
            tuple(from_json_array(arrays["terms"])),
            arrays["documents"],
            arrays["rows"],
            description["fitted"],
            description["first_id"],
        )
