"""Inside the process: notes which files the code opens, and refuses what it must not do.

An audit hook is not a wall against a determined attacker (`isolation` builds those); it gives a
clear error at the line that asked for it, works on every system, and knows what was opened.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from palimpsest.verify.sandbox.jobs import Access
from palimpsest.verify.sandbox.processes import descendants

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_PROCESS = re.compile(r"/proc/(\d+)/")
_CODE = (".py", ".pyc", ".so", ".pyd")


class Guard:
    """Watches one run of the code.

    Parameters
    ----------
    folder
        The scratch folder; links in it lead into `pristine` and are replaced by copies when written.
    pristine
        The untouched copy of the working folder.
    source_folder
        The user's own folder; reading it is noted.
    writable
        Further folders that may be written.
    allow_children
        Whether other programs may be started: only when the kernel confines them too.
    """

    def __init__(
        self,
        folder: Path,
        pristine: Path,
        source_folder: Path,
        writable: list[Path],
        allow_children: bool,
    ) -> None:
        self.accesses: list[Access] = []
        self.outside: list[str] = []
        self.cell = 0
        self.armed = False
        self._folder = str(folder)
        self._pristine = os.path.realpath(pristine)
        self._source_folder = os.path.realpath(source_folder)
        self._writable = [os.path.realpath(path) for path in (folder, *writable)]
        self._allow_children = allow_children
        self._handlers = self._table()

    def install(self) -> None:
        """Start watching; an audit hook cannot be removed again."""
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        handler = self._handlers.get(event)
        if handler is not None and self.armed:
            handler(arguments)

    def _table(self) -> dict[str, Callable[[tuple[Any, ...]], None]]:
        table: dict[str, Callable[[tuple[Any, ...]], None]] = {
            "open": self._open,
            "sqlite3.connect": lambda a: self._write(a[0]) if a[0] != ":memory:" else None,
            "os.truncate": lambda a: self._write(a[0]),
            "os.rename": self._rename,
            "os.kill": self._kill,
            "os.killpg": lambda a: self._refuse("signals to a process group", str(a[0])),
        }
        for event in ("os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.chown", "os.utime"):
            table[event] = lambda a: self._entry(a[0])
        for event in ("os.link", "os.symlink"):
            table[event] = lambda a: self._entry(a[1])
        for event in ("connect", "bind", "getaddrinfo", "gethostbyname", "sendto", "sendmsg"):
            table[f"socket.{event}"] = lambda a: self._refuse("network access", str(a[-1]))
        if not self._allow_children:
            for event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"):
                table[event] = lambda a: self._refuse("starting other programs", str(a[0]))
        return table

    def _refuse(self, what: str, target: str) -> None:
        raise PermissionError(f"{what} is not allowed while a rewrite is verified: {target}")

    def _open(self, arguments: tuple[Any, ...]) -> None:
        path, mode, flags = arguments
        if not isinstance(path, (str, bytes, os.PathLike)):
            return
        if (isinstance(mode, str) and set(mode) & set("wax+")) or int(flags or 0) & _WRITING:
            self._write(path)
        else:
            absolute = os.path.abspath(os.fsdecode(path))
            if (other := _PROCESS.match(absolute)) and not self._is_own(int(other[1])):
                self._refuse("looking into other processes", absolute)
            self._note_read(absolute)

    def _note_read(self, path: str) -> None:
        if path.startswith(self._folder + os.sep):
            if not path.endswith(_CODE):
                self.accesses.append(Access(path[len(self._folder) + 1 :], False, self.cell))
        elif path.startswith(self._source_folder + os.sep) and not path.endswith(_CODE):
            self.outside.append(path)

    def _write(self, target: Any) -> None:
        path = os.path.abspath(os.fsdecode(target))
        real = os.path.realpath(path)
        if real.startswith(self._pristine + os.sep) and os.path.islink(path):
            self._copy_up(path, real)
        elif not self._is_writable(real):
            self._refuse("writing outside the scratch copy", path)
        if path.startswith(self._folder + os.sep):
            self.accesses.append(Access(path[len(self._folder) + 1 :], True, self.cell))

    def _copy_up(self, path: str, real: str) -> None:
        self.armed = False
        try:
            os.unlink(path)
            shutil.copy2(real, path)
        finally:
            self.armed = True

    def _entry(self, target: Any) -> None:
        """Refuse to change a directory entry that is not in a writable folder."""
        if not isinstance(target, (str, bytes, os.PathLike)):
            return
        path = os.path.abspath(os.fsdecode(target))
        folder = os.path.realpath(os.path.dirname(path))
        if not self._is_writable(os.path.join(folder, os.path.basename(path))):
            self._refuse("changing files outside the scratch copy", path)

    def _rename(self, arguments: tuple[Any, ...]) -> None:
        self._entry(arguments[0])
        self._entry(arguments[1])

    def _is_writable(self, path: str) -> bool:
        inside = any(path == root or path.startswith(root + os.sep) for root in self._writable)
        return inside or path == os.devnull or path.startswith("/dev/shm/")

    def _kill(self, arguments: tuple[Any, ...]) -> None:
        if not self._is_own(arguments[0]):
            self._refuse("signals to other processes", str(arguments[0]))

    def _is_own(self, pid: int) -> bool:
        """Tell whether a process is this one or was started by it."""
        if pid == os.getpid():
            return True
        self.armed = False
        try:
            return pid in descendants(os.getpid())
        finally:
            self.armed = True
