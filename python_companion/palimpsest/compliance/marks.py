"""Runs that are used: what the user says of them, in the run file."""

from __future__ import annotations

from palimpsest.pipeline.run import Run
from palimpsest.pipeline.state import StoredRun
from palimpsest.store.documents import has_document, read_document, write_document

DOCUMENT = "mark"


def read_mark(stored: StoredRun) -> tuple[bool, str]:
    """Return whether a run is marked as used, and the user's note."""
    if not has_document(stored.connection, DOCUMENT):
        return False, ""
    mark = read_document(stored.connection, DOCUMENT)
    return bool(mark["marked"]), str(mark["note"])


def mark(run: Run, marked: bool, note: str = "") -> None:
    """Mark a run as one that is used, or not."""
    with run.writing() as file:
        with file.transaction() as connection:
            write_document(connection, DOCUMENT, {"marked": marked, "note": note})
        file.checkpoint()
