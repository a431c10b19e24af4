"""What checks found before, kept in the run file: statuses and numbers, never a value of a record.

Numbers of records, shares and distances outlive a forget, as those of a receipt do. Evidence would name
rows and groups, so it is not kept but found again.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from palimpsest.compliance.view import RunView, StateChanged
from palimpsest.pipeline.run import Run
from palimpsest.pipeline.state import StoredRun
from palimpsest.protocol.checkmessages import CheckResult, HistoryEntry
from palimpsest.store.documents import has_document, read_document, write_document
from palimpsest.store.runfile import read_meta
from palimpsest.store.summary import state_version

DOCUMENT = "compliance"

MOST_ENTRIES = 100
"""Older ones are dropped."""


def read_history(stored: StoredRun) -> list[HistoryEntry]:
    """Return what was found before, oldest first."""
    if not has_document(stored.connection, DOCUMENT):
        return []
    return [
        HistoryEntry.model_validate(entry) for entry in read_document(stored.connection, DOCUMENT)
    ]


def remember(view: RunView, results: Sequence[CheckResult]) -> HistoryEntry:
    """Write down what was found in a state, together with what is known of it already.

    Raises
    ------
    StateChanged
        When the run is in another state by now.
    """
    run: Run = view.run
    with run.writing() as file:
        with file.transaction() as connection:
            if state_version(connection) != view.version:
                raise StateChanged
            entries = (
                read_document(connection, DOCUMENT) if has_document(connection, DOCUMENT) else []
            )
            same = entries and entries[-1]["state"] == view.version
            before = entries.pop() if same else {"statuses": {}, "measures": {}}
            entry = HistoryEntry(
                time=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
                state=view.version,
                forgets=int(read_meta(connection).get("forgets", 0)),
                statuses={**before["statuses"], **{one.id: one.status for one in results}},
                measures={**before["measures"], **{one.id: one.measure for one in results}},
            )
            kept = [*entries, entry.model_dump(mode="json")][-MOST_ENTRIES:]
            write_document(connection, DOCUMENT, kept)
        file.checkpoint()
    return entry
