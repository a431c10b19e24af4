"""Sources: where scans read from, and what is suppressed while reading."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas

from .arrays import AnyArray, IntArray
from .frame import DataFrame
from .session import session
from .steps import ScanOf, scan_step
from .table import ErasedMasks, blank, masks_of, with_columns

PathOrFrame: TypeAlias = "str | os.PathLike[str] | pandas.DataFrame"


@dataclass(frozen=True)
class SourceInput:
    """A source of `capture`, with the suppression to apply while it is read.

    Attributes
    ----------
    name : str
        The parameter of the preparing function.
    value : path or pandas.DataFrame
    delete : callable, optional
        Gets the frame as read and returns a boolean array: rows to leave out.
    erase : callable, optional
        Gets the frame as read and returns column -> boolean array: cells to erase.
    stored : pandas.DataFrame, optional
        Taken in place of what the path holds: a re-run from a run file.
    records : ndarray of int, optional
        For each row its position when the source was first read; by default where it is now.
    """

    name: str
    value: PathOrFrame
    delete: Callable[[pandas.DataFrame], AnyArray] | None = None
    erase: Callable[[pandas.DataFrame], Mapping[Any, AnyArray]] | None = None
    stored: pandas.DataFrame | None = None
    records: AnyArray | None = None


class SourcePath(str):
    """A path that remembers which source it is; anything that takes a string takes it."""

    source: SourceInput

    @classmethod
    def of(cls, source: SourceInput) -> SourcePath:
        """Make the path of a source whose value is a path."""
        path = cls(os.fspath(source.value))
        path.source = source
        return path


def suppress(
    source: SourceInput, frame: pandas.DataFrame
) -> tuple[pandas.DataFrame, ErasedMasks, IntArray | None]:
    """Leave out deleted rows and blank erased cells of a frame as read.

    Returns
    -------
    frame : pandas.DataFrame
        With a fresh positional index when rows were left out.
    erased : dict of column to ndarray of bool
    records : ndarray of int32 or None
        Positions of the rows at first read, when they are not those in the frame.
    """
    records = None if source.records is None else np.asarray(source.records, dtype=np.int32)
    masks: dict[Any, AnyArray] = dict(source.erase(frame)) if source.erase else {}
    if source.delete is not None:
        gone = np.asarray(source.delete(frame), dtype=bool)
        if gone.any():
            frame = frame[~gone].reset_index(drop=True)
            masks = {name: np.asarray(mask)[~gone] for name, mask in masks.items()}
            records = (np.arange(len(gone), dtype=np.int32) if records is None else records)[~gone]
    erased = masks_of({name: np.asarray(m, dtype=bool) for name, m in masks.items()}, list(masks))
    blanked = {name: blank(frame[name], mask) for name, mask in erased.items()}
    return with_columns(frame, blanked), erased, records


def stored_frame(path: Any) -> pandas.DataFrame | None:
    """Return the frame to take in place of reading `path`, if there is one."""
    if isinstance(path, SourcePath) and path.source.stored is not None:
        return path.source.stored.copy()
    return None


def scanned(
    path: Any, frame: pandas.DataFrame, options: Mapping[str, Any], started: float
) -> DataFrame:
    """Tracked frame over what was read from `path`."""
    if isinstance(path, SourcePath):
        source = path.source
        frame, erased, records = suppress(source, frame)
        return scan_frame(source.name, frame, erased, options, started, records)
    return scan_frame(_stem(path), frame, {}, options, started)


def scan_frame(  # noqa: PLR0917
    name: str,
    frame: pandas.DataFrame,
    erased: ErasedMasks,
    options: Mapping[str, Any],
    started: float | None = None,
    records: IntArray | None = None,
) -> DataFrame:
    """Tracked frame over a source that is read already."""
    begun = time.perf_counter() if started is None else started
    kept = frame.copy(deep=False)
    step = scan_step(ScanOf(name, kept, erased, dict(options), records), f"read {name}", begun)
    if session().capturing:
        session().scans.append(step)
    return DataFrame._make(frame, erased, step)


def _stem(path: Any) -> str:
    if isinstance(path, (str, os.PathLike)):
        return Path(path).name.split(".")[0]
    return Path(str(getattr(path, "name", "stream"))).name.split(".")[0]
