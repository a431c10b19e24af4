"""Walls the kernel keeps: no network, no writes outside, no use without end.

Linux offers them to any process, without privileges: namespaces, Landlock and filters of system
calls. Where one is not available the others remain, and the verdict's evidence says so.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from palimpsest.verify.sandbox.namespaces import leave_network, live_apart
from palimpsest.verify.sandbox.syscalls import refuse_calls

_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446
_LANDLOCK_VERSION = 1
_RULE_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38

_FILE_RIGHTS = 1 << 1  # write to a file
_FOLDER_RIGHTS = sum(1 << bit for bit in range(4, 13))  # remove and make entries
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_TCP = 0b11  # bind, connect
_SCOPES = 0b11  # abstract sockets and signals of others

_LIBC = ctypes.CDLL(None, use_errno=True)

EXTRA_TASKS = 256
"""How many processes and threads beyond those that already run the code may have."""


@dataclass(frozen=True)
class Walls:
    """Which walls the kernel keeps: against the network, files, processes, sockets of others."""

    network: bool
    files: bool
    processes: bool = False
    sockets: bool = False

    @property
    def complete(self) -> bool:
        """Whether the kernel itself keeps those that other programs must not pass."""
        return self.network and self.files


def isolate(
    writable: Path,
    last_words: Callable[[], None] | None = None,
    *,
    may_connect: bool = False,
) -> Walls:
    """Cut this process and its descendants off the network, files outside `writable`, and others.

    Must be called before the process starts a second thread. With `last_words`, and where the
    system allows it, a child goes on instead of the process that called; that one says them and
    waits. Without, other processes stay in sight. With `may_connect`, sockets in the file system
    stay open to it, for tools that have a service of their own.
    """
    if sys.platform != "linux":
        return Walls(network=False, files=False)
    apart = last_words is not None and live_apart(last_words)
    network = apart or leave_network()
    abi = _landlock_abi()
    files = abi >= 3 and _restrict_files(writable, abi)
    refused = refuse_calls(may_connect=may_connect)
    return Walls(network, files, processes=apart, sockets=refused and not may_connect)


def _landlock_abi() -> int:
    return int(_LIBC.syscall(_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_VERSION))


def _restrict_files(writable: Path, abi: int) -> bool:
    rights = _FILE_RIGHTS | _FOLDER_RIGHTS | _REFER | _TRUNCATE
    fields = [rights, _TCP if abi >= 4 else 0, _SCOPES if abi >= 6 else 0]
    attributes = struct.pack("=QQQ", *fields)[: 24 if abi >= 6 else 16 if abi >= 4 else 8]
    ruleset = _LIBC.syscall(_LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0)
    if ruleset < 0:
        return False
    try:
        allowed = _allow(ruleset, str(writable), rights)
        # Semaphores of process pools live in /dev/shm.
        _allow(ruleset, "/dev/shm", rights)
        _allow(ruleset, "/dev/null", _FILE_RIGHTS | _TRUNCATE)
        return (
            allowed
            and _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            and _LIBC.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0) == 0
        )
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> bool:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        rule = struct.pack("=Qi", rights, descriptor)
        return bool(_LIBC.syscall(_LANDLOCK_ADD_RULE, ruleset, _RULE_PATH_BENEATH, rule, 0) == 0)
    finally:
        os.close(descriptor)


def limit(time_limit: float, memory_limit: int, file_limit: int, tasks: int) -> None:
    """Set this process' limits on CPU time, memory, file size, processes and core dumps.

    Memory counts for each process and `tasks` are those that the user already runs; what all
    processes of a run take together is watched from outside (`watch`).
    """
    seconds = int(time_limit * (os.cpu_count() or 1)) + 2
    _lower(resource.RLIMIT_CPU, seconds)
    _lower(resource.RLIMIT_AS, _memory_in_use() + memory_limit)
    _lower(resource.RLIMIT_FSIZE, file_limit)
    _lower(resource.RLIMIT_NPROC, tasks + EXTRA_TASKS)
    _lower(resource.RLIMIT_CORE, 0)


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))


def _memory_in_use() -> int:
    """Return the address space the interpreter and its libraries already take."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()


def tasks_of_user() -> int:
    """Return how many threads this user already runs: the limit counts them all."""
    count = 0
    user = os.getuid()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and entry.stat().st_uid == user:
                count += sum(1 for _ in (entry / "task").iterdir())
        except OSError:
            continue
    return count
