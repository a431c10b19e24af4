"""A warm process to fork sandboxed processes from, so that each need not import pandas again.

One nursery for each hash seed is started when it is first needed and kept while it is used. It
imports only trusted packages of the environment, and runs no code of a notebook: a process forked
from it puts up its walls first. It ends with the process that started it, or when idle for long.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

_HOST = Path(__file__).with_name("host.py")
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
_TRUSTED = frozenset({"numpy", "pandas", "palimpsest", "pyarrow", "scipy", "sklearn"})
_IDLE_SECONDS = 600.0
_MESSAGE_BYTES = 1 << 20

_nurseries: dict[int, Nursery] = {}
_lock = threading.Lock()


class NurseryGone(Exception):
    """The warm process ended."""


def spawn(hash_seed: int, preload: list[str], folder: Path, streams: tuple[int, int]) -> int:
    """Fork a sandboxed process from the nursery of a hash seed and return its id.

    Parameters
    ----------
    hash_seed
        Seed of string hashes, and so of the order of sets.
    preload
        Modules the code imports; the trusted ones among them are kept imported.
    folder
        Working folder and place of temporary files.
    streams
        File descriptors of its standard input and output.
    """
    trusted = [name for name in preload if name.partition(".")[0] in _TRUSTED]
    request = {"folder": str(folder), "preload": trusted}
    with _lock:
        for _ in range(2):
            nursery = _nurseries.get(hash_seed) or Nursery(hash_seed)
            _nurseries[hash_seed] = nursery
            try:
                return nursery.spawn(request, streams)
            except NurseryGone:
                nursery.close()
                del _nurseries[hash_seed]
    raise RuntimeError("The sandboxed process could not be started.")


class Nursery:
    """A warm process, seen from the one that started it."""

    def __init__(self, hash_seed: int) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(_HOST), str(theirs.fileno()), json.dumps(search_path())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(hash_seed),
                cwd="/",
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def spawn(self, request: dict[str, Any], streams: tuple[int, int]) -> int:
        """Ask for a new process; return its id."""
        try:
            socket.send_fds(self._control, [json.dumps(request).encode() + b"\n"], list(streams))
            answer = self._control.recv(_MESSAGE_BYTES)
        except OSError as error:
            raise NurseryGone from error
        if not answer:
            raise NurseryGone
        return int(json.loads(answer)["pid"])

    def close(self) -> None:
        """Let the process end."""
        self._control.close()
        self._process.wait()


def tend(control: socket.socket, serve: Callable[[], None]) -> None:
    """Inside the warm process: import and fork on request until nobody asks any more.

    Parameters
    ----------
    control
        The socket requests come from.
    serve
        What a forked process does.
    """
    # Forked processes are not waited for here; each of them waits for its own again.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    control.settimeout(_IDLE_SECONDS)
    with contextlib.suppress(TimeoutError, OSError):
        while True:
            data, streams, _, _ = socket.recv_fds(control, _MESSAGE_BYTES, 2)
            while data and not data.endswith(b"\n"):
                data += control.recv(_MESSAGE_BYTES)
            if not data:
                return
            request = json.loads(data)
            for name in request["preload"]:
                import_quietly(name)
            freeze()
            pid = os.fork()
            if pid == 0:
                _become_host(control, request["folder"], streams)
                serve()
                os._exit(0)
            for descriptor in streams:
                os.close(descriptor)
            control.send(json.dumps({"pid": pid}).encode())


def _become_host(control: socket.socket, folder: str, streams: list[int]) -> None:
    control.close()
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for place, descriptor in enumerate(streams):
        os.dup2(descriptor, place)
        os.close(descriptor)
    os.chdir(folder)
    os.environ["TMPDIR"] = os.environ["MPLCONFIGDIR"] = folder


def import_quietly(name: str) -> None:
    """Import a module; one that fails does so again, with its line, where the code imports it."""
    with contextlib.suppress(Exception):
        importlib.import_module(name)


def freeze() -> None:
    """Keep what exists by now from being collected, or copied because the collector looks at it."""
    gc.collect()
    gc.freeze()


def _environment(hash_seed: int) -> dict[str, str]:
    """Return an environment without secrets, deterministic and free of dialogs."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    fixed = {
        "PYTHONHASHSEED": str(hash_seed),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "MPLBACKEND": "Agg",
    }
    return {**kept, **fixed}


def search_path() -> list[str]:
    """Return the search path for modules without the current folder."""
    package_root = str(Path(__file__).resolve().parents[3])
    paths = [path for path in sys.path if path and Path(path).resolve() != Path.cwd()]
    return [*paths, package_root] if package_root not in paths else paths
