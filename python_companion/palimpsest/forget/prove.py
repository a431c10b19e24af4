"""Comparing the maintained state with a re-run on the run's sources as they are now."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.encoding import Encoding
from palimpsest.errors import PalimpsestError
from palimpsest.forget.membership import taken_aside
from palimpsest.forget.modelproof import MODEL_TOLERANCE, attacks_on_rerun, model_measures
from palimpsest.forget.receipts import FORGET, PROOF, membership_of, now
from palimpsest.forget.rerun import rerun_of
from palimpsest.forget.rowvalues import row_values
from palimpsest.models import ModelState
from palimpsest.pipeline.execution import Outcome, Progress
from palimpsest.pipeline.state import StoredRun
from palimpsest.protocol.messages import Proof
from palimpsest.store.audit import append_entry, read_chain
from palimpsest.store.catalog import Catalog
from palimpsest.store.runfile import RunFile, set_meta
from palimpsest.store.summary import state_version
from palimpsest.store.tables import Masks

if TYPE_CHECKING:
    from palimpsest.pipeline.run import Run

TOLERANCE = 1e-9
"""Largest relative difference of matrix cells and statistics that is called equal."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Side:
    """One of the two states that are compared. Row i of everything is row i of the table.

    Attributes
    ----------
    frame : DataFrame
        With label and side of the split as its last columns.
    erased : dict of column to (n,) bool
    matrix : (n, d) float64
    encoding : Encoding
    model : ModelState
    estimator : object
    labels : (n,) or (n, k)
    in_split, unlabelled : (n,) bool
    """

    frame: pd.DataFrame
    erased: Masks
    matrix: Floats
    encoding: Encoding
    model: ModelState
    estimator: Any
    labels: npt.NDArray[Any]
    in_split: npt.NDArray[np.bool_]
    unlabelled: npt.NDArray[np.bool_]


def prove(run: Run, receipt: str | None, progress: Progress) -> Proof:
    """Re-run and compare; see `Run.prove`."""
    with run.reading() as stored:
        entry = _forget_entry(stored, receipt)
        again = rerun_of(stored, run.live, "a proof is a re-run.")
        maintained = _maintained(run, stored)
        version = stored.version
    started = time.perf_counter()
    outcome = again(progress)
    seconds = time.perf_counter() - started
    fresh = _fresh(outcome)
    scores: dict[str, float | None] = {"membership_before": None, "membership_after": None}
    if entry is not None:
        aside = taken_aside(run.id, str(entry.content["receipt"]))
        again_attacked = attacks_on_rerun(fresh, aside)
        scores = {
            **membership_of(entry),
            "membership_rerun": again_attacked.threshold,
            "likelihood_rerun": again_attacked.likelihood,
        }
    proof = compare(maintained, fresh, scores, seconds)
    if entry is not None:
        _attach(run, str(entry.content["receipt"]), proof, version)
    return proof


def compare(maintained: Side, fresh: Side, attacks: Mapping[str, Any], seconds: float) -> Proof:
    """Measure how far two states are from each other.

    Parameters
    ----------
    maintained, fresh : Side
    attacks : mapping of str to float
        What attacks on the forgotten rows scored, as fields of the proof.
    seconds : float
        That the re-run took.
    """
    pairs = match_rows((maintained.frame, maintained.erased), (fresh.frame, fresh.erased))
    missing, extra = len(fresh.frame) - len(pairs), len(maintained.frame) - len(pairs)
    matrix = matrix_distance(maintained, fresh, pairs)
    statistics = statistics_distance(maintained.encoding, fresh.encoding)
    measures = model_measures(
        maintained, fresh, pairs, _aligned(maintained.encoding, fresh.encoding)
    )
    equal = (
        not missing
        and not extra
        and matrix <= TOLERANCE
        and statistics <= TOLERANCE
        and measures["parameter_distance"] <= MODEL_TOLERANCE
    )
    return Proof(
        equal=equal,
        rows_missing=missing,
        rows_extra=extra,
        matrix_distance=matrix,
        statistics_distance=statistics,
        **measures,
        **attacks,
        rerun_seconds=seconds,
    )


def match_rows(
    one: tuple[pd.DataFrame, Masks], other: tuple[pd.DataFrame, Masks]
) -> npt.NDArray[np.int64]:
    """Pair the rows of two tables that are equal, as multisets; shape (n, 2).

    Numbers are equal to a relative difference of 1e-9.
    """
    waiting: dict[Hashable, list[int]] = defaultdict(list)
    for place, row in enumerate(row_values(*other)):
        waiting[row].append(place)
    pairs: list[tuple[int, int]] = []
    left: list[int] = []
    for place, row in enumerate(row_values(*one)):
        found = waiting.get(row)
        if found:
            pairs.append((place, found.pop(0)))
        else:
            left.append(place)
    rest = [place for places in waiting.values() for place in places]
    if left and rest:  # rounding may have put equal numbers on two sides of a step
        pairs += _close_pairs(one, left, other, rest)
    return np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)


def _close_pairs(
    one: tuple[pd.DataFrame, Masks],
    left: Sequence[int],
    other: tuple[pd.DataFrame, Masks],
    rest: Sequence[int],
) -> list[tuple[int, int]]:
    """Pair rows whose numbers are nearly equal, and everything else exactly."""
    numeric = [
        name
        for name in one[0].columns
        if one[0][name].dtype.kind == "f" and other[0][name].dtype.kind in "fiu"
    ]
    waiting: dict[Hashable, list[int]] = defaultdict(list)
    for key, place in zip(_all_but_numbers(*other, rest, numeric), rest, strict=True):
        waiting[key].append(place)
    numbers_one = one[0][numeric].to_numpy(dtype=float)
    numbers_other = other[0][numeric].to_numpy(dtype=float)
    pairs = []
    for key, place in zip(_all_but_numbers(*one, left, numeric), left, strict=True):
        for candidate in waiting[key]:
            if np.allclose(
                numbers_one[place],
                numbers_other[candidate],
                rtol=TOLERANCE,
                atol=TOLERANCE,
                equal_nan=True,
            ):
                pairs.append((place, candidate))
                waiting[key].remove(candidate)
                break
    return pairs


def _all_but_numbers(
    frame: pd.DataFrame, erased: Masks, places: Sequence[int], numeric: Sequence[str]
) -> list[Hashable]:
    """Return the rows at some places, of their numbers only whether they are erased."""
    chosen = list(places)
    plain = frame.iloc[chosen].copy()
    plain[list(numeric)] = 0.0
    return row_values(plain, {name: mask[chosen] for name, mask in erased.items()})


def matrix_distance(one: Side, other: Side, pairs: npt.NDArray[np.int64]) -> float:
    """Return the largest relative difference of matrix cells of paired rows."""
    columns = _aligned(one.encoding, other.encoding)
    if columns is None:
        return float("inf")
    worst = 0.0
    for start in range(0, len(pairs), 4096):
        part = pairs[start : start + 4096]
        a, b = one.matrix[part[:, 0]], other.matrix[part[:, 1]][:, columns]
        worst = max(worst, _relative(a, b))
    return worst


def statistics_distance(one: Encoding, other: Encoding) -> float:
    """Return the largest relative difference of shifts and scales."""
    columns = _aligned(one, other)
    if columns is None:
        return float("inf")
    a, b = one.coordinates, other.coordinates
    return max(_relative(a.shift, b.shift[columns]), _relative(a.scale, b.scale[columns]))


def _aligned(one: Encoding, other: Encoding) -> npt.NDArray[np.int64] | None:
    """Return for each column of one matrix its place in the other; None when names differ."""
    if one.feature_names == other.feature_names:
        return np.arange(len(one.feature_names))
    place = {name: column for column, name in enumerate(other.feature_names)}
    if set(place) != set(one.feature_names) or len(place) != len(one.feature_names):
        return None
    return np.array([place[name] for name in one.feature_names], dtype=np.int64)


def _relative(a: Floats, b: Floats) -> float:
    if not a.size:
        return 0.0
    both = np.isnan(a) & np.isnan(b)
    difference = np.abs(a - b) / np.maximum(1.0, np.abs(b))
    difference[both] = 0.0
    return float(difference.max()) if not np.isnan(difference).any() else float("inf")


def _maintained(run: Run, stored: StoredRun) -> Side:
    part = stored.training.read()
    labels, unlabelled = stored.labels.read(part.rows)
    in_split = stored.in_split.take(part.rows)
    frame = _extended(part.frame, labels, in_split)
    raw = stored.raw().take(part.rows)
    matrix = stored.encoding.materialise(raw)
    marks = {**part.erased, _LABEL: unlabelled}
    encoding, model = stored.encoding, stored.model
    return Side(frame, marks, matrix, encoding, model, run.model, labels, in_split, unlabelled)


def _fresh(outcome: Outcome) -> Side:
    frame = _extended(outcome.frame, outcome.labels, outcome.in_split)
    marks = {**outcome.erased, _LABEL: outcome.unlabelled}
    matrix = outcome.encoding.materialise(outcome.raw)
    estimator = outcome.model.to_estimator()
    return Side(
        frame,
        marks,
        matrix,
        outcome.encoding,
        outcome.model,
        estimator,
        outcome.labels,
        outcome.in_split,
        outcome.unlabelled,
    )


_LABEL, _SIDE = "\0label", "\0side"


def _extended(
    frame: pd.DataFrame, labels: npt.NDArray[Any], in_split: npt.NDArray[np.bool_]
) -> pd.DataFrame:
    column = list(labels) if labels.ndim > 1 else labels
    return frame.assign(**{_LABEL: pd.Series(column, index=frame.index), _SIDE: in_split})


def _forget_entry(stored: StoredRun, receipt: str | None) -> Any:
    entries = [entry for entry in read_chain(stored.connection)[0] if entry.kind == FORGET]
    if receipt is None:
        return entries[-1] if entries else None
    for entry in entries:
        if entry.content.get("receipt") == receipt:
            return entry
    raise PalimpsestError("not-found", f"This run has no receipt '{receipt}'.")


def _attach(run: Run, receipt: str, proof: Proof, version: int) -> None:
    with RunFile.open(run.path, writable=True) as file:
        with file.transaction() as connection:
            content = {
                "receipt": receipt,
                "time": now(),
                "state": version,
                "proof": proof.model_dump(),
            }
            append_entry(connection, PROOF, content)
            set_meta(connection, state=state_version(connection) + 1)
        file.checkpoint()
        with Catalog.open(run.path.parent) as catalog:
            catalog.register(file, run.path)
