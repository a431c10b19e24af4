"""From errors of SQLite and of the operating system to ours: what failed, and what to do."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from palimpsest.errors import BusyError, PalimpsestError, StoreError

REMEDY = "It was not used. Restore it from a backup or run the pipeline again."

BUSY_SECONDS = 5.0
"""How long to wait for another process before giving up."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def translated(path: Path, remedy: str = REMEDY) -> Iterator[None]:
    """Turn errors of SQLite and of the operating system, about a file, into ours.

    Parameters
    ----------
    path : Path
    remedy : str
        What to do when the file is damaged.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        raise _operational(path, str(error), remedy) from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise damaged_file(path, str(error), remedy) from error
    except OSError as error:
        raise _of_system(path, error) from error


def damaged_file(path: Path, detail: str, remedy: str = REMEDY) -> StoreError:
    """Return the error for a file that cannot be used."""
    return StoreError(
        f"'{path}' is damaged or not one of ours ({detail}).",
        hint=remedy,
        file=str(path),
    )


def unemptied_log(path: Path, detail: str) -> StoreError:
    """Return the error for a change that is durable while its log keeps the old bytes."""
    return StoreError(
        f"'{path.name}' was changed and nothing of the change is lost, but its write-ahead log "
        f"could not be emptied ({detail}): old bytes stay on the disk until it is.",
        hint="Free some disk space, then open the run again, which empties the log.",
        file=str(path),
    )


def _operational(path: Path, text: str, remedy: str) -> PalimpsestError:
    if "locked" in text or "busy" in text:
        return BusyError(
            f"'{path.name}' is locked by another process (waited {BUSY_SECONDS:g} s).",
            hint="Wait until the other kernel is done with it, then try again.",
            file=str(path),
        )
    if "readonly" in text or "unable to open" in text:
        return _refused(path, text)
    if "full" in text or "disk I/O" in text:
        return _full(path, text)
    if "no such" in text or "malformed" in text or "decode" in text:
        return damaged_file(path, text, remedy)
    return StoreError(
        f"'{path.name}': {text}.", hint="Nothing was changed; try again.", file=str(path)
    )


def _of_system(path: Path, error: OSError) -> StoreError:
    text = error.strerror or str(error)
    if error.errno in _FULL:
        return _full(path, text)
    if error.errno in _REFUSED:
        return _refused(path, text)
    return StoreError(
        f"'{path}' cannot be used ({text}).",
        hint="Choose another folder with Pipeline(..., folder=...).",
        file=str(path),
    )


def _full(path: Path, text: str) -> StoreError:
    return StoreError(
        f"'{path.name}' could not be written ({text}); nothing was changed.",
        hint="Free some disk space and try again.",
        file=str(path),
    )


def _refused(path: Path, text: str) -> StoreError:
    return StoreError(
        f"'{path}' cannot be written ({text}).",
        hint="Make the file and its folder writable: SQLite keeps a log beside it.",
        file=str(path),
    )
