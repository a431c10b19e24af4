"""Namespaces of Linux: the code sees no network, no other processes, and shared memory of its own.

A process in namespaces of its own cannot read what others keep in their environment, cannot send
them signals, and takes all its children with it when it ends. Any user may make them where the
system allows user namespaces.
"""

from __future__ import annotations

import ctypes
import functools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

_CLONE_NEWNS = 0x00020000
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWPID = 0x20000000
_CLONE_NEWNET = 0x40000000

_MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 2, 4, 8
_MS_REC, _MS_PRIVATE = 1 << 14, 1 << 18
_PR_SET_PDEATHSIG = 1

_SHARED_MEMORY = b"size=1g,mode=1777"

_LIBC = ctypes.CDLL(None, use_errno=True)


def leave_network() -> bool:
    """Leave the network alone; tell whether that worked."""
    return _unshare(_CLONE_NEWNET)


def live_apart(last_words: Callable[[], None]) -> bool:
    """Go on in a child that is alone in namespaces of its own; tell whether that worked.

    The process that calls this waits for the child, and ends with it.

    Parameters
    ----------
    last_words
        What the waiting process does before it waits, such as closing files.
    """
    if not can_live_apart() or not _unshare(_CLONE_NEWNET | _CLONE_NEWNS | _CLONE_NEWPID):
        return False
    child = os.fork()
    if child:
        last_words()
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF)
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if not _mount():
        os._exit(1)  # it worked a moment ago
    return True


@functools.cache
def can_live_apart() -> bool:
    """Try in a child whether the system allows it all."""
    if sys.platform != "linux":
        return False
    child = os.fork()
    if child == 0:
        if not _unshare(_CLONE_NEWNET | _CLONE_NEWNS | _CLONE_NEWPID):
            os._exit(1)
        first = os.fork()
        if first == 0:
            os._exit(0 if _mount() else 1)
        os._exit(os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]) & 0xFF)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _unshare(flags: int) -> bool:
    user, group = os.getuid(), os.getgid()
    if _LIBC.unshare(flags) == 0:
        return True
    if _LIBC.unshare(_CLONE_NEWUSER | flags) != 0:
        return False
    try:
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    except OSError:
        return True  # only the names of user and group are lost
    return True


def _mount() -> bool:
    """Give the first process of new namespaces its own view of processes and shared memory."""
    kept = _MS_NOSUID | _MS_NODEV
    calls = (
        (None, b"/", None, _MS_REC | _MS_PRIVATE, None),
        (b"proc", b"/proc", b"proc", kept | _MS_NOEXEC, None),
        (b"tmpfs", b"/dev/shm", b"tmpfs", kept, _SHARED_MEMORY),
    )
    return all(_LIBC.mount(*call) == 0 for call in calls)
