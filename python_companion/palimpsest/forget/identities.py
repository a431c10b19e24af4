"""Who records are after they were corrected or inserted, and what of them must not come back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from palimpsest.errors import InvalidArgumentError
from palimpsest.forget.edit import SourceEdit
from palimpsest.pipeline.state import StoredRun, identity_array
from palimpsest.store.identity import Identities, cell_digest, identify_more, occurrences
from palimpsest.store.secret import Secret
from palimpsest.store.suppression import Suppressed, earlier_identities, is_forgotten

Rows = npt.NDArray[np.int32]


def new_identities(stored: StoredRun, edit: SourceEdit, secret: Secret) -> Identities:
    """Return the identities that corrected or inserted records have from now on, shape (n, 16).

    They are what a run would find that reads the corrected source.

    Raises
    ------
    PalimpsestError
        When such a record was forgotten before.
    """
    fact = stored.sources[edit.source]
    known = _present(stored, edit.source)
    if edit.action == "rectify":
        known[edit.records] = 0
    frame = edit.read(stored, edit.source, edit.records)
    found = identify_more(frame, fact.keys, secret, edit.source, known)
    gone = sum(is_forgotten(stored.connection, edit.source, one.tobytes()) for one in found)
    if gone:
        raise InvalidArgumentError(
            f"{gone} of these records of source '{edit.source}' were forgotten; they would not "
            "stay when the pipeline runs again.",
            hint="Lift the suppression first: Pipeline.unsuppress(receipt).",
        )
    return found


def _present(stored: StoredRun, source: str) -> Identities:
    """Return the identities of the records of a source by row; zero where one is gone."""
    known: Identities = stored.arrays[identity_array(source)].all()
    gone = np.ones(len(known), dtype=bool)
    gone[stored.records(source)] = False
    known[gone] = 0
    return known


def take_last_places(stored: StoredRun, edit: SourceEdit, secret: Secret) -> None:
    """Let the records to be corrected be the last of those that are equal to them.

    Equal records are told apart by counting. A run over the corrected source counts the others
    without them, and has to find the numbers that the others have here.
    """
    fact = stored.sources[edit.source]
    array = stored.arrays[identity_array(edit.source)]
    known = _present(stored, edit.source)
    part = stored.source(edit.source).read(edit.records)
    chains = occurrences(part.frame, fact.keys, secret, edit.source, known)
    taken: set[int] = set()
    for row, chain in zip(edit.records.tolist(), chains, strict=True):
        if row not in chain:  # something of it was erased: it is known by what it was
            continue
        last = next(place for place in reversed(chain) if place not in taken)
        taken.add(row)
        if chain.index(last) > chain.index(row):
            known[[row, last]] = known[[last, row]]
            array.put(np.array([row, last], dtype=np.int32), known[[row, last]])
            for other in chains:
                if row in other and last in other:
                    i, j = other.index(row), other.index(last)
                    other[i], other[j] = last, row


def suppressed_by(
    stored: StoredRun, edit: SourceEdit, secret: Secret, receipt: str, became: Identities | None
) -> list[Suppressed]:
    """Return what has to be remembered, so that a run over the old source resurrects nothing.

    Of a corrected cell that is a keyed hash of what it held: where a source still holds this, it
    is erased. Must be called before anything is written.
    """
    if edit.action == "insert":
        return []
    fact = stored.sources[edit.source]
    identities = stored.arrays[identity_array(edit.source)].take(edit.records)
    columns: tuple[str, ...] = tuple(edit.change.erased)
    before: list[tuple[str, ...]] = [()] * len(identities)
    if edit.action == "rectify":
        columns = tuple(edit.change.rectified)
        held = stored.source(edit.source).read(edit.records, columns).frame
        before = [
            tuple(cell_digest(value, secret).hex() for value in record)
            for record in held.astype(object).itertuples(index=False)
        ]
    became_hex = [""] * len(identities)
    if became is not None:
        became_hex = [one.tobytes().hex() for one in became]
    earlier = earlier_identities(stored.connection, edit.source)
    common = (edit.action, columns, receipt)
    return [
        Suppressed(edit.source, fact.scheme, one, *common, before[place], became_hex[place])
        for place, own in enumerate(map(bytes, identities))
        for one in (own, *earlier.of(own))
    ]
