"""Watch what all processes of a run take together; limits of the system count for each alone."""

from __future__ import annotations

import contextlib
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path

MOST_PROCESSES = max(64, 2 * (os.cpu_count() or 1))
"""How many processes a run may have at a time."""

_PAUSE = 0.2
"""Seconds between two looks."""

_DISK_NOTICED = 256_000_000
"""With less than this gone from the disk, nothing is counted."""


class Watch:
    """Looks at the processes and files of a run now and then.

    Parameters
    ----------
    folder
        Where the run may write.
    memory_limit
        Bytes for all its processes together.
    disk_limit
        Bytes for all its files together.
    processes
        Returns the ids of its processes.
    """

    def __init__(
        self,
        folder: Path,
        memory_limit: int,
        disk_limit: int,
        processes: Callable[[], list[int]],
    ) -> None:
        self._folder = folder
        self._memory_limit = memory_limit
        self._disk_limit = disk_limit
        self._processes = processes
        self._free = _free(folder)
        self._available = _available()
        self._next = time.monotonic() + _PAUSE

    def exceeded(self) -> str:
        """Return what the run takes too much of, or an empty text."""
        if time.monotonic() < self._next:
            return ""
        found = self._look()
        self._next = time.monotonic() + _PAUSE
        return found

    def _look(self) -> str:
        pids = self._processes()
        if len(pids) > MOST_PROCESSES:
            return f"The code started more than {MOST_PROCESSES} processes."
        if self._take_too_much(pids):
            return (
                f"The processes of the code took more than {_told(self._memory_limit)} of memory."
            )
        if self._free - _free(self._folder) < _DISK_NOTICED:
            return ""
        if _size(self._folder) > self._disk_limit:
            return f"The code wrote more than {_told(self._disk_limit)} to disk."
        return ""

    def _take_too_much(self, pids: list[int]) -> bool:
        """Tell whether memory is gone, and these processes hold that much.

        What forked processes share counts for each of them, so that alone it says too much; to ask
        what is really theirs would wait for processes that do nothing but fork.
        """
        gone = self._available - _available()
        return gone > self._memory_limit and sum(map(_resident, pids)) > self._memory_limit


def _free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def _available() -> int:
    """Return how many bytes of memory the system has left."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return 0


def _resident(pid: int) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        pages = int(Path("/proc", str(pid), "statm").read_text(encoding="ascii").split()[1])
        return pages * resource.getpagesize()
    return 0


def _size(folder: Path) -> int:
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(root, name)).st_blocks * 512
    return total


def _told(size: int) -> str:
    return f"{size / 1e9:g} GB"
