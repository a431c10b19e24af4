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
    """List the runs of a folder, newest first, as its files are now."""
    from palimpsest.store.catalog import Catalog

    if not folder.is_dir():
        return []
    with Catalog.open(folder) as catalog:
        catalog.reconcile()
        return [_as_now(summary) for summary in _of_folder(catalog.runs(), folder)]


def _as_now(summary: RunSummary) -> RunSummary:
    from palimpsest.errors import StoreError
    from palimpsest.store.summary import with_changed_sources

    try:
        return with_changed_sources(summary)
    except StoreError:  # reconcile has logged it; the run is shown as it was
        return summary


@contextmanager
def open_run(folder: Path, identifier: str) -> Iterator[Run]:
    """Open a run by its id, for the length of one call.

    Every call opens the file anew: it then works on one snapshot of it, on its own thread,
    whatever a cell writes meanwhile.
    """
    path = _find(_known(folder), identifier) or _find(list_summaries(folder), identifier)
    if path is None:
        raise ProtocolError(
            "not-found",
            f"There is no run '{identifier}' in '{folder}'.",
            "Run the pipeline, or reload the list of runs.",
        )
    # Late, so that a missing run is answered without loading pandas.
    from palimpsest.pipeline import Run

    with Run.open(path) as run:
        yield run


def _known(folder: Path) -> list[RunSummary]:
    """List the runs in the catalog, without looking at the files."""
    from palimpsest.store.catalog import Catalog

    if not folder.is_dir():
        return []
    with Catalog.open(folder) as catalog:
        return _of_folder(catalog.runs(), folder)


def _of_folder(summaries: list[RunSummary], folder: Path) -> list[RunSummary]:
    # The catalog of a copied folder still names the files it was copied from.
    return [
        summary for summary in summaries if Path(summary.path).parent.resolve() == folder.resolve()
    ]


def _find(summaries: list[RunSummary], identifier: str) -> Path | None:
    for summary in summaries:
        if summary.run == identifier:
            return Path(summary.path)
    return None
