"""Which block size of the matrix rows is best: the reason behind `palimpsest.store.blocks`.

    python bench/blocks.py [--rows 100000 --columns 64 --repeats 7]

For each size, and for rows that lie in those of a table: blanking 50 scattered rows, durable and checkpointed (what a forget writes of the
matrix); reading 50 scattered rows and all rows from a file that is not open yet; the size of the
file. The last table is a matrix that is mostly zero, as blocks of CSR and as dense ones.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas
from palimpsest.store import arrays, sparse
from palimpsest.store.blocks import BLOCK_BYTES, BlockArray
from palimpsest.store.pragmas import PAGE_SIZE
from palimpsest.store.rowarrays import RowArray
from palimpsest.store.runfile import RunFile
from palimpsest.store.tables import RowTable

FEW = 50
PAGES = (1, 2, 4, 8, 16, 32)
SHARE = 0.01
"""Of entries that are not zero in the sparse matrix."""

Matrix = Any


def milliseconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes."""
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def write(
    folder: Path, values: Matrix, kind: type[BlockArray | RowArray], block_bytes: int
) -> Path:
    """Write a file with one array."""
    building = RunFile.create(folder)
    if issubclass(kind, RowArray):
        carried = arrays.ArrayStore(building.connection).create_in_rows("matrix", values)
        RowTable.create(
            building.connection, "rows", pandas.DataFrame(index=range(len(values))), carried=carried
        )
    else:
        kind.create(building.connection, "matrix", values, block_bytes)
    return building.publish(lambda number: folder / f"run-{number}.palimpsest")


def blank(path: Path, rows: Matrix) -> float:
    """Return how long it takes to blank rows for good."""
    with RunFile.open(path, writable=True) as file:

        def work() -> None:
            with file.transaction() as connection:
                array = arrays.ArrayStore(connection)["matrix"]
                array.put(rows, 0.0)
                array.flush()
            file.checkpoint()

        return milliseconds(work)


def read(path: Path, rows: Matrix) -> float:
    """Return how long it takes to read rows; all of them when none are named."""
    with RunFile.open(path) as file, file.snapshot() as connection:
        array = arrays.ArrayStore(connection)["matrix"]
        return milliseconds(array.all if rows is None else lambda: array.take(rows))


def measure(
    values: Matrix, kind: type[BlockArray | RowArray], block_bytes: int, repeats: int
) -> list[float]:
    """Return the medians: blanking, reading few, reading all (ms), size (MB)."""
    rng = np.random.default_rng(0)
    chosen = [rng.choice(len(values), FEW, replace=False) for _ in range(repeats)]
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), values, kind, block_bytes)
        size = path.stat().st_size / 1e6
        few = statistics.median(read(path, rows) for rows in chosen)
        whole = statistics.median(read(path, None) for _ in range(min(3, repeats)))
        return [statistics.median(blank(path, rows) for rows in chosen), few, whole, size]


def show(title: str, figures: list[float]) -> None:
    """Print one line of a table."""
    print(f"{title:28}" + "".join(f"{figure:>16.2f}" for figure in figures))


def heading(title: str) -> None:
    """Print the head of a table."""
    columns = (f"blank {FEW} (ms)", f"read {FEW} (ms)", "read all (ms)", "file (MB)")
    print(f"\n{title:28}" + "".join(f"{column:>16}" for column in columns))


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    dense = rng.normal(size=(options.rows, options.columns))
    heading(f"{options.rows:,} x {options.columns} float64")
    for pages in PAGES:
        block_bytes = BLOCK_BYTES + (pages - 1) * PAGE_SIZE
        figures = measure(dense, BlockArray, block_bytes, options.repeats)
        show(f"{pages} page{'s' if pages > 1 else ''} a block", figures)
    show("in the rows of a table", measure(dense, RowArray, 0, options.repeats))
    wide = rng.normal(size=(options.rows // 10, 1000))
    wide[rng.random(wide.shape) >= SHARE] = 0.0
    heading(f"{len(wide):,} x 1,000, {SHARE:.0%} filled")
    for kind in (BlockArray, sparse.CsrArray):
        show(kind.kind, measure(wide, kind, BLOCK_BYTES, options.repeats))


if __name__ == "__main__":
    main()
