"""The few facts of a run that lists show, as its file holds them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from palimpsest.protocol.messages import RunSummary
from palimpsest.store.documents import read_document
from palimpsest.store.runfile import RunFile, read_meta, set_meta
from palimpsest.tracking.addresses import file_behind, is_url


@dataclass(frozen=True)
class SourceFact:
    """A source of a run.

    Attributes
    ----------
    name : str
        As `Pipeline.run` named it.
    path : str or None
        The file it was read from.
    keys : tuple of str or None
        Declared key columns.
    scheme : str
        How its records are identified.
    rows : int
        How many were read.
    parameter : bool
        Whether it is an argument of `prepare`: only then can its records be forgotten.
    fingerprint : str or None
        Size and time of the file when it was read.
    """

    name: str
    path: str | None
    keys: tuple[str, ...] | None
    scheme: str
    rows: int
    parameter: bool = True
    fingerprint: str | None = None

    @property
    def has_changed(self) -> bool:
        """Whether the file is not what it was when it was read."""
        return self.fingerprint is not None and self.fingerprint != fingerprint(self.path)


def changed_source(fact: SourceFact) -> str:
    """Say that the file of a source is not what it was, and what to do."""
    if not os.path.exists(file_behind(str(fact.path)) or ""):
        return (
            f"The file of source '{fact.name}' ({fact.path}) is gone; the run goes on with the "
            "records that it keeps."
        )
    return (
        f"The file of source '{fact.name}' ({fact.path}) has changed since this run read it; the "
        "run knows what it read then. Run the pipeline again to take the changes in: what was "
        "forgotten stays forgotten, and records are recognised by "
        f"{'their key' if fact.keys else 'their content'}, not by their place."
    )


def fingerprint(path: str | None) -> str | None:
    """Tell one state of a file from another, without reading it; None when there is none."""
    file = None if path is None else file_behind(path)
    if file is None:
        return None
    try:
        found = os.stat(file)
    except OSError:
        return None
    return f"{found.st_size}:{found.st_mtime_ns}{_log_of(file) if is_url(str(path)) else ''}"


def _log_of(database: str) -> str:
    """Tell states of a database apart whose news are still in its log."""
    try:
        log = os.stat(f"{database}-wal")
    except OSError:
        return ""
    return f":{log.st_size}:{log.st_mtime_ns}" if log.st_size else ""


def write_facts(connection: sqlite3.Connection, *, training_rows: int, feature_columns: int) -> int:
    """Write what a run's list entry counts, and move its state version on; return the version.

    Every change but the first, which makes the run, is a forget.
    """
    meta = read_meta(connection)
    version = version_of(meta) + 1
    set_meta(
        connection,
        training_rows=training_rows,
        feature_columns=feature_columns,
        forgets=meta["forgets"] + 1 if "forgets" in meta else 0,
        state=version,
    )
    return version


def state_version(connection: sqlite3.Connection) -> int:
    """Return the number of the run's state; every change moves it on."""
    return version_of(read_meta(connection))


def version_of(meta: Mapping[str, Any]) -> int:
    """Return the same of a description that was read."""
    version = meta.get("state")
    return version if isinstance(version, int) else 0


def read_sources(connection: sqlite3.Connection) -> list[SourceFact]:
    """Return the sources of a run."""
    return [
        SourceFact(
            source["name"],
            source["path"],
            None if source["keys"] is None else tuple(source["keys"]),
            source["scheme"],
            source["rows"],
            source["parameter"],
            source["fingerprint"],
        )
        for source in read_document(connection, "sources")
    ]


def with_changed_sources(summary: RunSummary) -> RunSummary:
    """Return a list entry that says which sources have changed up to now."""
    with RunFile.open(Path(summary.path)) as file, file.snapshot() as connection:
        changed = [source.name for source in read_sources(connection) if source.has_changed]
    return summary.model_copy(update={"changed_sources": changed})


def read_summary(connection: sqlite3.Connection, path: Path) -> RunSummary:
    """Return the list entry of a run."""
    return summary_of(read_meta(connection), read_sources(connection), path)


def summary_of(meta: Mapping[str, Any], sources: Sequence[SourceFact], path: Path) -> RunSummary:
    """Return the same of what was read."""
    copied = ("run", "name", "created", "training_rows", "feature_columns", "model", "forgets")
    return RunSummary.model_validate(
        {
            **{name: meta.get(name) for name in copied},
            "path": str(path),
            "sources": [source.name for source in sources],
            "changed_sources": [source.name for source in sources if source.has_changed],
        }
    )
