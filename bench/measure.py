"""Times, ratios and memory, measured so that they can be compared."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FLOOR = 5
"""The fewest measurements that a median is taken of."""

_PAGE = 4096
_UNCOMPILED = "PYTHONDONTWRITEBYTECODE"


def seconds(work: Callable[[], Any]) -> float:
    """Return how long `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


@dataclass(frozen=True)
class Compared:
    """What took how long, and how much longer than its baseline.

    Attributes
    ----------
    baseline, work : float
        Medians, in seconds.
    ratio : float
        Median of the ratios of neighbours in time: a machine that is busy for a while is so for both.
    """

    baseline: float
    work: float
    ratio: float


def in_turns(baseline: Callable[[], Any], work: Callable[[], Any], repeats: int) -> Compared:
    """Measure a baseline and some work in turns, after a warm-up."""
    baseline()
    work()
    pairs = [(seconds(baseline), seconds(work)) for _ in range(repeats)]
    return Compared(
        median([pair[0] for pair in pairs]),
        median([pair[1] for pair in pairs]),
        median([pair[1] / pair[0] for pair in pairs]),
    )


@contextmanager
def fresh_folder() -> Iterator[Path]:
    """Work in an empty folder that goes afterwards."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(before)


def in_child(code: str) -> str:
    """Run a program in an interpreter of its own, beside this folder; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env=_environment(),
    )
    return done.stdout.strip()


def _environment() -> dict[str, str]:
    """Return the environment of a child, which may keep compiled modules as an installed one does."""
    kept = {name: value for name, value in os.environ.items() if name != _UNCOMPILED}
    return {**kept, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def synced_seconds(folder: Path, pages: int, size: int, repeats: int = FLOOR) -> float:
    """Return how long it takes to write pages durably twice, once in a row and once scattered.

    The floor under any forget: what SQLite does for a commit and its checkpoint, without SQLite.

    Parameters
    ----------
    folder : Path
    pages : int
    size : int
        Of the file that they are scattered in, in bytes.
    repeats : int
    """
    page = os.urandom(_PAGE)
    apart = max(1, size // (pages * _PAGE))
    places = range(0, pages * apart * _PAGE, apart * _PAGE)
    log, file = folder / "floor.log", folder / "floor"
    with file.open("wb") as whole:
        for _ in range(pages):
            whole.write(page * apart)
        os.fsync(whole.fileno())

    def write_through() -> None:
        with log.open("wb") as first, file.open("r+b") as second:
            first.write(page * pages)
            first.flush()
            os.fdatasync(first.fileno())
            for place in places:
                os.pwrite(second.fileno(), page, place)
            os.fdatasync(second.fileno())
            first.truncate(0)

    write_through()
    taken = median([seconds(write_through) for _ in range(repeats)])
    file.unlink()
    return taken


def peak_bytes(work: Callable[[], Any]) -> int:
    """Return by how much the memory of this process grows, at most, while `work` runs.

    Linux only: elsewhere the highest mark cannot be set back.
    """
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _status("VmRSS")
    kept = work()
    peak = _status("VmHWM")
    del kept
    return peak - before


def _status(name: str) -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name + ":"):
            return 1024 * int(line.split()[1])
    raise KeyError(name)


def say(what: str) -> None:
    """Tell, beside the tables, what is being measured now."""
    print(f"· {what}", file=sys.stderr, flush=True)


def print_table(title: str, rows: Mapping[str, Sequence[str]], heads: Sequence[str]) -> None:
    """Print rows of a table under a title."""
    wide = max(map(len, rows)) + 2
    columns = [
        max(len(head), *(len(cells[k]) for cells in rows.values())) + 2
        for k, head in enumerate(heads)
    ]
    print(f"\n{title}")
    print(" " * wide + "".join(head.rjust(w) for head, w in zip(heads, columns, strict=True)))
    for name, cells in rows.items():
        print(
            name.ljust(wide)
            + "".join(cell.rjust(w) for cell, w in zip(cells, columns, strict=True))
        )
