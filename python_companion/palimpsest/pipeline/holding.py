"""Which runs, tables, matrices and models hold a record: answered from the files, with no kernel."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.errors import InvalidArgumentError
from palimpsest.forget.selector import find_records
from palimpsest.pipeline.run import Run
from palimpsest.pipeline.state import StoredRun, identity_array
from palimpsest.pipeline.tracing import trace_forward
from palimpsest.protocol.messages import Condition, Filter, RunSummary
from palimpsest.store.catalog import Catalog, is_there
from palimpsest.store.identity import identify
from palimpsest.store.recordindex import KnownSource
from palimpsest.store.secret import IDENTITY_BYTES, Secret

Rows = npt.NDArray[np.int32]
Value = str | float | bool


@dataclass(frozen=True)
class Holding:
    """What one run holds of some records.

    Attributes
    ----------
    run : RunSummary
    source : str
        What the run calls the source.
    is_there : bool
        Whether the run file is where it was. If not, the catalog remembers that it held one of the
        records, and nothing else is known.
    records : int
        How many of the records it holds.
    training_rows, cells : int
        Rows of the training table, and cells of the feature matrix, that are made of them.
    models : list of str
        Models trained on such rows.
    """

    run: RunSummary
    source: str
    is_there: bool
    records: int = 0
    training_rows: int = 0
    cells: int = 0
    models: tuple[str, ...] = ()


def holds(
    source: str, where: Mapping[str, Value], folder: str | Path = ".palimpsest"
) -> list[Holding]:
    """Tell which runs of a folder hold records of a source, and what is made of them.

    Parameters
    ----------
    source : str
        Its name, or the path of its file.
    where : mapping of column to value
        Describes the records: all these columns have these values. Where the columns are the
        declared key of a source, also runs are found whose files are not there.
    folder : path
        Of the run files.

    Returns
    -------
    list of Holding
        Newest run first.

    Raises
    ------
    PalimpsestError
        When no run of the folder knows the source, or none of its columns.
    """
    folder = Path(folder).absolute()
    if not where:
        raise InvalidArgumentError(
            "'where' is empty.", hint="Describe the record: holds('mails', {'mid': '17'})."
        )
    with Catalog.open(folder) as catalog:
        catalog.reconcile()
        known = _named(catalog.records.sources(), source, folder)
        runs = catalog.runs(there=None)
        selector = Filter(
            conditions=[
                Condition(column=column, comparison="==", value=value)
                for column, value in where.items()
            ]
        )
        paths = {summary.run: Path(summary.path) for summary in runs}
        opened = {summary.run for summary in runs if is_there(folder, summary)}
        there = [one for one in known if one.run in opened]
        identities = _by_key(known, where, folder)
        identities |= _by_content(there, paths, selector)
        holding = catalog.records.holding([(one.name, one.path) for one in known], identities)
    return [
        found
        for summary in runs
        for name in sorted(holding.get(summary.run, ()))
        if (found := _holding_of(summary, name, identities, summary.run in opened)) is not None
    ]


def _named(sources: Iterable[KnownSource], source: str, folder: Path) -> list[KnownSource]:
    listed = list(sources)
    path = str(Path(source).absolute())
    found = [one for one in listed if one.name == source or one.path == path]
    if not found:
        names = ", ".join(sorted({one.name for one in listed})) or "none yet"
        raise InvalidArgumentError(
            f"No run in '{folder}' has a source '{source}'.", hint=f"There are: {names}."
        )
    return found


def _by_key(known: Iterable[KnownSource], where: Mapping[str, Value], folder: Path) -> set[bytes]:
    """Return the identity that the values are the key of, in every way that they are."""
    secret = Secret.of_folder(folder)
    found = set()
    for one in known:
        kind, _, listed = one.scheme.partition(":")
        keys = json.loads(listed) if kind == "keys" else []
        if keys and set(keys) <= set(where):
            frame = pd.DataFrame({key: [where[key]] for key in keys}, dtype=object)
            found.add(identify(frame, keys, secret, one.name)[0].tobytes())
    return found


def _by_content(
    sources: Iterable[KnownSource], paths: Mapping[str, Path], selector: Filter
) -> set[bytes]:
    """Return the identities of the records that the values describe, in any run."""
    found: set[bytes] = set()
    refusals: list[InvalidArgumentError] = []
    looked = 0
    for one in sources:
        with Run.open_alone(paths[one.run]) as run, run.reading() as stored:
            try:
                rows = find_records(stored.source(one.name), selector)
            except InvalidArgumentError as error:  # other runs may have the column
                refusals.append(error)
                continue
            looked += 1
            identities = stored.arrays[identity_array(one.name)].take(rows)
            found |= {identity.tobytes() for identity in identities}
    if refusals and not looked:
        raise refusals[0]
    return found


def _holding_of(
    summary: RunSummary, source: str, identities: set[bytes], there: bool
) -> Holding | None:
    if not there:
        return Holding(summary, source, is_there=False)
    with Run.open_alone(Path(summary.path)) as run, run.reading() as stored:
        rows = rows_of(stored, source, identities)
        if not len(rows):
            return None
        traced = trace_forward(stored, source, rows, 0, [])
    return Holding(
        summary,
        source,
        is_there=True,
        records=len(rows),
        training_rows=traced.training_rows,
        cells=traced.cells,
        models=tuple(traced.models),
    )


def rows_of(stored: StoredRun, source: str, identities: Iterable[bytes]) -> Rows:
    """Return the records of a source with these identities, ascending."""
    wanted = np.frombuffer(b"".join(identities), dtype=f"V{IDENTITY_BYTES}")
    held = stored.arrays[identity_array(source)].all()
    rows = np.flatnonzero(np.isin(held.view(f"V{IDENTITY_BYTES}").ravel(), wanted))
    return stored.source(source).existing(rows)
