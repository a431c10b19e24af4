"""Which processes there are below one."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def descendants(pid: int) -> list[int]:
    """Return the processes below one, deepest last; empty where /proc is missing."""
    children: dict[int, list[int]] = {}
    try:
        entries = [entry for entry in os.listdir("/proc") if entry.isdigit()]
    except OSError:
        return []
    for entry in entries:
        with contextlib.suppress(OSError, ValueError, IndexError):
            status = Path("/proc", entry, "stat").read_text(encoding="utf-8", errors="replace")
            children.setdefault(int(status.rpartition(")")[2].split()[1]), []).append(int(entry))
    found: list[int] = []
    pending = [pid]
    while pending:
        for child in children.get(pending.pop(), []):
            found.append(child)
            pending.append(child)
    return found
