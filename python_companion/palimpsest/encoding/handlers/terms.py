"""CountVectorizer and TfidfVectorizer: a vocabulary with the number of documents of each term.

Every term of the documents is a raw column of counts. One that loses its last fitted document
drops out of the matrix, and no other row is touched. Weights by document frequency are scales;
where documents are brought to one length, weights and lengths are applied when X is read. A
document with a term that no document had before asks for a new raw column: then the step is
fitted again.

A vectorizer that leaves out rare or frequent terms has columns for those it keeps and a few more.
The others are counted, too, so that it is known when they would be kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from ...estimators import NotPortable, describe
from ...matrix import Floats, Ints, Marks
from ..cells import Cells, any_of, check_size
from ..errors import EncodingError, NeedsTable, NoRowsLeft
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
from ..training import Table
from .documents import Counts, Reader
from .vocabulary import DocumentLengths, Limits, Vocabulary


def fit(transformer: Any, cells: Cells, rows: Marks, step: str) -> tuple[Terms, Floats] | None:
    """Take over a vectorizer that is given the documents themselves; see `registry.Handler`."""
    fixed = transformer.vocabulary is not None
    smooth = getattr(transformer, "smooth_idf", True)
    if transformer.input != "content" or (fixed and not smooth):
        return None  # without smoothing the weight of a declared term that is nowhere is infinite
    try:
        description = describe(transformer)
    except NotPortable:
        description = None
    nothing = np.empty(0, dtype=np.int64)
    limits = None if fixed else Limits.of(transformer)
    empty = Terms(
        Reader(description, transformer),
        Weighing.of(transformer),
        limits,
        fixed,
        (),
        nothing,
        nothing,
        0,
        0,
    )
    return empty.fitted_on(cells, rows, step)


@dataclass(frozen=True)
class Weighing:
    """How counts are weighed: by document frequency, and to a common length of documents."""

    by_frequency: bool
    smooth: bool
    norm: str | None

    @classmethod
    def of(cls, vectorizer: Any) -> Weighing:
        """Read it off a vectorizer."""
        use_idf = bool(getattr(vectorizer, "use_idf", False))
        smooth = bool(getattr(vectorizer, "smooth_idf", True))
        return cls(use_idf, smooth, getattr(vectorizer, "norm", None))

    def weights(self, documents: Ints, fitted: int) -> Floats:
        """Return the weight of each term."""
        if not self.by_frequency:
            return np.ones(len(documents))
        smooth = int(self.smooth)
        frequency = np.maximum(documents, 1 - smooth) + smooth
        weights: Floats = np.log((fitted + smooth) / frequency) + 1.0
        return weights


@dataclass(frozen=True, eq=False)
class Terms(Plain):
    """The vocabulary.

    Attributes
    ----------
    reader : Reader
    weighing : Weighing
    limits : Limits or None
        None when every term is kept.
    declared : bool
        Whether the vectorizer was given its vocabulary.
    terms : tuple of str or None
        Of each raw column, in order; None for terms that are gone.
    documents : (p,) int64
        Fitted documents that hold each term.
    rows : (p,) int64
        Documents at all that hold it.
    fitted : int
        Number of fitted documents.
    first_id : int
        Identities of the columns start here; every refit makes new ones.
    known : Vocabulary or None
        All terms with their counts, when there are limits.
    outgrown : bool
        Whether there are terms without a column that should have one.
    """

    reader: Reader
    weighing: Weighing
    limits: Limits | None
    declared: bool
    terms: tuple[str | None, ...]
    documents: Ints
    rows: Ints
    fitted: int
    first_id: int
    known: Vocabulary | None = None
    outgrown: bool = False  # type: ignore[misc]  # here it is a fact of one value

    kind: ClassVar[str] = "terms"
    freezable: ClassVar[bool] = False

    @property
    def maintenance(self) -> Maintenance:
        """Term counts are local; weights by document frequency are kept beside them."""
        return "shift-scale" if self.weighing.by_frequency else "local"

    @property
    def width(self) -> int:
        """Number of raw columns."""
        return len(self.terms)

    @property
    def unit(self) -> Ints:
        """Unit of each raw column: a document is erased as a whole."""
        return np.zeros(self.width, dtype=np.int64)

    def marks(self, erased: Marks) -> Marks:
        """Return the marks of the result, one a unit."""
        return any_of(erased)[:, None]

    def refitted(self, cells: Cells, table: Table, step: str) -> tuple[Terms, Floats]:
        """Fit on the rows of the table to fit on, without erased ones; return all raw values."""
        return self.fitted_on(cells, table.fit, step)

    def fitted_on(self, cells: Cells, rows: Marks, step: str) -> tuple[Terms, Floats]:
        """Fit on the given rows, without erased ones, and return the raw values of all."""
        present = cells.present
        if not (present & rows).any():
            raise NoRowsLeft(f"step {step!r} has no row left that is not erased to be fitted on")
        counts = self.reader.counts(cells, step)
        known = None
        if self.limits is not None:
            known = Vocabulary({}).counting(counts, present, rows, 1)
        columns = self._columns_for(counts, known, int((present & rows).sum()))
        check_size(len(cells), len(columns), step)
        nothing = np.zeros(len(columns), dtype=np.int64)
        fresh = replace(
            self,
            terms=tuple(columns),
            documents=nothing,
            rows=nothing,
            fitted=0,
            first_id=self.first_id + self.width,
            known=known,
            outgrown=False,
        )
        values, _ = self.reader.values(counts, columns)
        fitted = fresh._counting(values, present, rows, 1)
        fitted.check(step)
        return fitted, values

    def _columns_for(
        self, counts: Sequence[Counts], known: Vocabulary | None, fitted: int
    ) -> list[str]:
        if self.declared:
            return _listed(self.reader.vectorizer().vocabulary)
        if known is not None and self.limits is not None:
            return known.chosen(self.limits, fitted, spare=True)
        return sorted({term for held in counts for term in held})

    def read(self, cells: Cells, step: str) -> tuple[Terms, Floats]:
        """Return the counts of the terms that have a column."""
        values, strange = self.reader.values(self.reader.counts(cells, step), self.terms)
        everything = not self.declared and self.limits is None
        return replace(self, outgrown=self.outgrown or (strange and everything)), values

    def updated(self, removed: StepRows, added: StepRows, remaining: RemainingColumn) -> Terms:
        """Return the vocabulary after some documents left and others came."""
        after = self
        for rows, sign in ((removed, -1), (added, 1)):
            present = ~rows.erased[:, 0] if self.width else np.zeros(len(rows.fit), dtype=bool)
            after = after._counting(rows.values, present, rows.fit, sign)
            after = after._knowing(rows, sign)
        if after.fitted <= 0:
            raise NoRowsLeft("a vectorizer has no document left to be fitted on")
        if self.declared:
            return after
        kept = zip(after.terms, after.rows.tolist(), strict=True)
        after = replace(after, terms=tuple(term if rows else None for term, rows in kept))
        return replace(after, outgrown=len(after._live) < len(after._chosen))

    def _counting(self, values: Floats, present: Marks, fit: Marks, sign: int) -> Terms:
        held = values != 0.0
        counted = present & fit
        return replace(
            self,
            documents=self.documents + sign * held[counted].sum(axis=0),
            rows=self.rows + sign * held[present].sum(axis=0),
            fitted=self.fitted + sign * int(counted.sum()),
        )

    def _knowing(self, rows: StepRows, sign: int) -> Terms:
        """Return the vocabulary with the terms counted that have no column, too."""
        if self.known is None or not len(rows.fit):
            return self
        if rows.read is None:
            raise NeedsTable("a vectorizer that limits its terms must read changed documents again")
        cells = rows.read()
        counts = self.reader.counts(cells, "step")
        return replace(self, known=self.known.counting(counts, cells.present, rows.fit, sign))

    @cached_property
    def _chosen(self) -> list[str]:
        """The terms that are in the matrix, in order."""
        if self.known is not None and self.limits is not None:
            return self.known.chosen(self.limits, self.fitted)
        held = zip(self.terms, self.documents.tolist(), strict=True)
        chosen = [term for term, documents in held if term is not None and documents]
        return sorted(chosen)

    @cached_property
    def _live(self) -> Ints:
        """Raw columns of the terms that are in the matrix, in their order."""
        if self.declared:
            return np.arange(self.width)
        places = {term: place for place, term in enumerate(self.terms)}
        return np.array([places[term] for term in self._chosen if term in places], dtype=np.int64)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(term or "" for term in self.terms)

    def check(self, step: str) -> None:
        """Refuse documents without any term."""
        if not len(self._live):
            kept = "" if self.limits is None else " that max_df and min_df let through"
            raise EncodingError(
                f"step {step!r}: the documents of the training rows hold no term{kept}"
            )

    def regrouped(self, before: Any) -> bool:
        """Tell whether documents that did not change have other terms, or another length."""
        gone, came = np.setdiff1d(before._live, self._live), np.setdiff1d(self._live, before._live)
        if self.documents[gone].any() or before.documents[came].any():
            return True
        if self.weighing.norm is None:
            return False
        stayed = np.intersect1d(before._live, self._live)
        return not np.array_equal(before._weights[stayed], self._weights[stayed])

    @property
    def _weights(self) -> Floats:
        return self.weighing.weights(self.documents, self.fitted)

    def outputs(self) -> Outputs:
        """Return the columns of terms that fitted documents hold, in the order of the terms."""
        live, weights, norm = self._live, self._weights, self.weighing.norm
        if norm is None:
            whole = Outputs.scaled(np.zeros(self.width), weights, self._names, self.first_id)
            return whole.take(live)
        names = tuple(self._names[place] for place in live.tolist())
        lens = DocumentLengths(live, weights[live], norm)
        return Outputs.through(lens, live, live + self.first_id, names)

    def describe(self) -> dict[str, Any]:
        """Return the vectorizer; the vocabulary is personal data."""
        return {
            "description": self.reader.description,
            "weighing": asdict(self.weighing),
            "limits": None if self.limits is None else asdict(self.limits),
            "declared": self.declared,
            "fitted": self.fitted,
            "first_id": self.first_id,
        }

    def arrays(self) -> Arrays:
        """Return the vocabulary with its counts."""
        known = {} if self.known is None else self.known.to_arrays()
        return {
            "terms": json_array(list(self.terms)),
            "documents": self.documents,
            "rows": self.rows,
            **known,
        }

    @classmethod
    def load(cls, description: Mapping[str, Any], arrays: Mapping[str, Any]) -> Terms:
        """Undo `describe` and `arrays`."""
        return cls(
            Reader(description["description"]),
            Weighing(**description["weighing"]),
            None if description["limits"] is None else Limits(**description["limits"]),
            description["declared"],
            tuple(from_json_array(arrays["terms"])),
            arrays["documents"],
            arrays["rows"],
            description["fitted"],
            description["first_id"],
            Vocabulary.from_arrays(arrays),
        )


def _listed(vocabulary: Any) -> list[str]:
    """Return the terms of a declared vocabulary in the order of their columns."""
    if isinstance(vocabulary, Mapping):
        return sorted(vocabulary, key=vocabulary.__getitem__)
    return sorted(vocabulary) if isinstance(vocabulary, set) else list(vocabulary)
