"""What tracking, maintenance and store cost, on three pipelines.

    npm run bench:core [-- --rows 10000,100000,1000000 --repeats 5 --large 10000000]

Ratios are of medians, measured in turns in the same process. Capture includes all that is put
off while the code runs and done before the run is written: hashes of keys, digests of arguments.
A forget is timed from the call of apply to its return, durable and checkpointed, catalog included.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import complaints
import flights
import palimpsest.pandas
import pandas
import prepared
from measure import (
    FLOOR,
    Compared,
    fresh_folder,
    in_child,
    in_turns,
    median,
    peak_bytes,
    print_table,
    say,
    seconds,
    synced_seconds,
)
from palimpsest.tracking import capture

MAILS = 100_000
RECORDS, MANY = 50, 5_000
PAGES = 2 * RECORDS + 20
"""About what a forget of few records writes of a run file: each lies in a source and in the table."""
MS, MIB, GIB = 1e3, 1 << 20, 1 << 30

EXAMPLE = "example, 100k mails"
JOINS = "flights, five tables joined"
GROUPS = "flights, four group-bys"
A_ROW = "forget 5,000, a row"

Preparation = tuple[Callable[[Any], Any], dict[str, Any]]
"""Made with a pandas, and its sources."""


Preparations = dict[str, Callable[[], Preparation]]


def make_data() -> None:
    """Write what is read: the mails of the example, the tables of flights."""
    flights.make_data(Path.cwd())
    complaints.make_data(MAILS, Path.cwd())


def preparations() -> Preparations:
    """Return what is captured, by name; data of `make_data` is in the working folder."""
    tables = flights.paths()
    only = {"flights": tables["flights"]}
    mails = {"customers": "customers.csv", "mails": "mails.csv"}
    return {
        EXAMPLE: lambda: (lambda pd: complaints.prepare_with(pd, complaints.sentiment), mails),
        "  sentiment for free": lambda: (
            lambda pd: complaints.prepare_with(pd, complaints.cheap),
            mails,
        ),
        JOINS: lambda: (flights.joins_with, tables),
        "  from frames in memory": lambda: (flights.joins_with, _read(tables)),
        GROUPS: lambda: (flights.groups_with, only),
        "  frames, in memory": lambda: (flights.groups_with, _read(only)),
    }


def _read(paths: dict[str, str]) -> dict[str, Any]:
    return {name: pandas.read_csv(path) for name, path in paths.items()}


def captured(make: Callable[[Any], Any], sources: dict[str, Any]) -> Any:
    """Capture a preparation, and do what was put off."""
    found = capture(make(palimpsest.pandas), sources)
    found.rows.settle()
    return found


def peak_of(name: str, tracked: bool) -> None:
    """Print by how much memory grows at most; in a process of its own."""
    make, sources = preparations()[name]()
    if tracked:
        print(peak_bytes(lambda: captured(make, sources)))
    else:
        print(peak_bytes(lambda: make(pandas)(**sources)))


def capture_times(make: Callable[[Any], Any], sources: dict[str, Any], repeats: int) -> Compared:
    """Compare capture with plain pandas."""
    plain = make(pandas)
    return in_turns(lambda: plain(**sources), lambda: captured(make, sources), repeats)


def measure_captures(repeats: int) -> dict[str, float]:
    """Measure all captures, print them, and return their ratios."""
    ratios: dict[str, float] = {}
    rows: dict[str, list[str]] = {}
    for name, prepared_with in preparations().items():
        say(f"capture: {name.strip()}")
        found = capture_times(*prepared_with(), repeats)
        ratios[name] = found.ratio
        peaks = [
            float(in_child(f"import core; core.peak_of({name!r}, {kind})"))
            for kind in (False, True)
        ]
        rows[name] = [
            f"{found.baseline * MS:.0f} ms",
            f"{found.work * MS:.0f} ms",
            f"{found.ratio:.2f} x",
        ]
        rows[name] += [f"{peaks[0] / MIB:.0f} MB", f"{peaks[1] / peaks[0]:.2f} x"]
    print_table(
        f"Capture over plain pandas (medians of {repeats})",
        rows,
        ["pandas", "captured", "ratio", "peak memory", "ratio"],
    )
    return ratios


def measure_runs(sizes: list[int], repeats: int) -> list[dict[str, float]]:
    """Measure forgets, previews and traces at all sizes, print and return them, in seconds."""
    found = [_measure_run(size, repeats) for size in sizes]
    rows: dict[str, list[str]] = {}
    for name in found[-1]:
        rows[name] = [_shown(name, figures.get(name)) for figures in found]
    print_table(
        f"A run of prepared rows x {prepared.WIDTH} features (medians of {repeats})",
        rows,
        [f"{size:,} rows" for size in sizes],
    )
    return found


def _shown(name: str, figure: float | None) -> str:
    if figure is None:
        return "-"
    return f"{figure:.1f} s" if name == "run" else f"{figure * MS:.3g} ms"


def _measure_run(size: int, repeats: int) -> dict[str, float]:
    say(f"a run of {size:,} rows")
    with fresh_folder() as folder:
        runs: list[Any] = []
        figures = {"run": seconds(lambda: runs.append(prepared.make_run(size, folder)))}
        run = runs[0]
        traces = prepared.measure_traces(run, size, repeats)
        figures |= {"trace forward": traces["forward"], "trace back": traces["back"]}
        spread = prepared.Forgets(run, range(prepared.FIRST, size))
        few = spread.measure(RECORDS, repeats)
        same = prepared.Forgets(run, range(prepared.FIRST)).measure(RECORDS, repeats)
        figures |= {
            "preview of 50": few["preview"],
            "forget 50": few["without model"],
            "  writing so much, alone": synced_seconds(
                folder, PAGES, run.path.stat().st_size, repeats
            ),
            "  with the model": few["forget"],
            "forget 50, the same at all sizes": same["without model"],
        }
        if size > MANY * (repeats + 2):
            many = spread.measure(MANY, repeats)
            figures[A_ROW] = many["without model"] / MANY
        run.close()
    return figures


def measure_import(repeats: int) -> float:
    """Return by how much importing `palimpsest.pandas` lengthens the import of pandas."""
    code = (
        "import sys, time; import pandas; start = time.perf_counter(); import palimpsest.pandas; "
        "print(time.perf_counter() - start); "
        "assert not {'sklearn', 'torch'} & set(sys.modules), 'too much is imported'"
    )
    in_child(code)
    added = median([float(in_child(code)) for _ in range(repeats)])
    print_table("Import of palimpsest.pandas", {"added to pandas": [f"{added:.3f} s"]}, ["time"])
    return added


def measure_large(rows: int) -> None:
    """Make one large run, and forget a few records of it."""
    say(f"a run of {rows:,} rows")
    with fresh_folder() as folder:
        runs: list[Any] = []
        taken = 0.0

        def make() -> None:
            nonlocal taken
            taken = seconds(lambda: runs.append(prepared.make_run(rows, folder)))

        peak = peak_bytes(make)
        size = runs[0].path.stat().st_size
        forgets = prepared.Forgets(runs[0], range(rows)).measure(RECORDS, FLOOR)
        figures = {
            "run": [f"{taken:.0f} s"],
            "peak memory": [f"{peak / GIB:.1f} GiB"],
            "run file": [f"{size / GIB:.1f} GiB"],
            "preview of 50": [f"{forgets['preview'] * MS:.1f} ms"],
            "forget 50": [f"{forgets['without model'] * MS:.1f} ms"],
        }
        runs[0].close()
    print_table(f"{rows:,} prepared rows", figures, ["figure"])


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default="10000,100000,1000000", help="sizes of prepared tables")
    parser.add_argument("--repeats", type=int, default=FLOOR, help=f"at least {FLOOR}")
    parser.add_argument("--large", type=int, default=0, help="also a run of so many rows")
    options = parser.parse_args()
    if options.repeats < FLOOR:
        parser.error(f"--repeats must be at least {FLOOR}")
    warnings.simplefilter("ignore")
    sizes = [int(size) for size in options.rows.split(",")]
    with fresh_folder():
        make_data()
        ratios = measure_captures(options.repeats)
    runs = measure_runs(sizes, options.repeats)
    added = measure_import(options.repeats)
    if options.large:
        measure_large(options.large)
    joins = max(ratios[EXAMPLE], ratios[JOINS])
    flat = [figures["forget 50, the same at all sizes"] for figures in runs]
    a_row = [figures[A_ROW] for figures in runs if A_ROW in figures]
    previews = [figures["preview of 50"] for figures in runs]
    last = runs[-1]
    trace = max(last["trace forward"], last["trace back"])
    print(
        f"\ncapture {joins:.2f} x, groupby {ratios[GROUPS]:.2f} x, "
        f"forget50 {last['forget 50'] * MS:.1f} ms, flat {max(flat) / min(flat):.2f} x, "
        f"per-row {max(a_row, default=float('nan')) * MS:.3f} ms, trace {trace * MS:.2f} ms, "
        f"preview {max(previews) * MS:.1f} ms, import {added:.2f} s"
    )


if __name__ == "__main__":
    main()
