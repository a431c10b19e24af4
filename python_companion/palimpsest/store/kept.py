"""Catalogs that stay open: a process asks the same few of them again and again.

Opening a catalog, and closing it, costs several times what is asked of it. What is kept is shared
by the threads of the process, one after the other.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from palimpsest.errors import BusyError, StoreError
from palimpsest.store.catalog import FILE_NAME, Catalog
from palimpsest.store.runfile import FileIdentity

logger = logging.getLogger(__name__)

MOST = 4
"""How many catalogs stay open."""


@dataclass(frozen=True)
class _Kept:
    catalog: Catalog
    identity: FileIdentity


class _Catalogs:
    """Those that are open in this process."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._kept: OrderedDict[Path, _Kept] = OrderedDict()
        self._inherited: list[_Kept] = []

    def get(self, folder: Path) -> Catalog:
        kept = self._kept.get(folder)
        if kept is not None and FileIdentity.of(folder / FILE_NAME) != kept.identity:
            self.drop(folder)  # it was deleted, to be made anew
            kept = None
        if kept is None:
            catalog = Catalog.open(folder)
            kept = self._kept[folder] = _Kept(catalog, FileIdentity.of(folder / FILE_NAME))
        self._kept.move_to_end(folder)
        while len(self._kept) > MOST:
            self.drop(next(iter(self._kept)))
        return kept.catalog

    def drop(self, *folders: Path) -> None:
        for folder in folders or [*self._kept]:
            self._kept.pop(folder).catalog.close()

    def leave_to_parent(self) -> None:
        """After a fork: SQLite allows a child neither to use nor to close what it inherits."""
        self.lock = threading.RLock()
        self._inherited += self._kept.values()
        self._kept.clear()


_CATALOGS = _Catalogs()


@contextmanager
def kept_catalog(folder: Path) -> Iterator[Catalog]:
    """Lend the catalog of a folder, opened once; nobody else of this process has it meanwhile."""
    with _CATALOGS.lock:
        yield _CATALOGS.get(folder)


def tell_catalog(folder: Path, tell: Callable[[Catalog], None]) -> None:
    """Let the catalog of a folder know what a run file holds already.

    When it cannot be written just now, nothing is lost: `Catalog.reconcile` finds it later.
    """
    try:
        with kept_catalog(folder) as catalog:
            tell(catalog)
    except (BusyError, StoreError) as error:
        logger.warning("The catalog will know of this with the next run only: %s", error)


def close_catalogs() -> None:
    """Close all catalogs that are open."""
    with _CATALOGS.lock:
        _CATALOGS.drop()


atexit.register(close_catalogs)
os.register_at_fork(after_in_child=_CATALOGS.leave_to_parent)
