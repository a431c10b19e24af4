"""Finding and opening the runs of a workspace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from palimpsest.protocol.errors import ProtocolError
from palimpsest.protocol.messages import RunSummary

if TYPE_CHECKING:
    from palimpsest.pipeline import Run


def list_summaries(folder: Path) -> list[RunSummary]:
    """List the runs in the catalog of `folder`, newest first."""
    from palimpsest.store.catalog import Catalog

    if not folder.is_dir():
        return []
    with Catalog.open(folder) as catalog:
        return catalog.runs()


@contextmanager
def open_run(folder: Path, identifier: str) -> Iterator[Run]:
    """Open a run by its id, for the length of one call.

    Every call opens the file anew: it then works on one snapshot of it, on its own thread,
    whatever a cell writes meanwhile.
    """
    for summary in list_summaries(folder):
        if summary.run == identifier:
            # Late, so that a missing run is answered without loading pandas.
            from palimpsest.pipeline import Run

            with Run.open(Path(summary.path)) as run:
                yield run
            return
    raise ProtocolError(
        "not-found",
        f"There is no run '{identifier}' in '{folder}'.",
        "Run the pipeline, or reload the list of runs.",
    )
