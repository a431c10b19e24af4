"""Which rows are for training: once decided, a row that stays never changes sides.

A share is drawn by a hash of the records that a row is made of, not by its position, so that a
row is on the same side in every run over the same records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from palimpsest.errors import InvalidArgumentError

Hashes = npt.NDArray[np.uint64]
Origins = Sequence[tuple[str, npt.NDArray[np.integer[Any]], npt.NDArray[np.integer[Any]]]]
"""For each scan: its source, and pairs of (row of the table, record)."""


@dataclass(frozen=True)
class SplitRule:
    """How rows are divided.

    Attributes
    ----------
    function : callable or None
        Gets the training table and says for each row whether it is for training.
    tested : float
        Without a function: the share of rows kept for testing, 0 for none.
    seed : int
    """

    function: Callable[[Any], Any] | None = None
    tested: float = 0.0
    seed: int = 0

    @classmethod
    def of(cls, split: Callable[[Any], Any] | float | None, seed: int) -> SplitRule:
        """Read the `split` argument of a pipeline."""
        if split is None:
            return cls(seed=seed)
        if callable(split):
            return cls(function=split, seed=seed)
        if isinstance(split, bool) or not 0.0 < float(split) < 1.0:
            raise InvalidArgumentError(
                f"'split' must be a function or a number between 0 and 1, got {split!r}.",
                hint="A number is the share of rows kept for testing, e.g. split=0.2.",
            )
        return cls(tested=float(split), seed=seed)

    @property
    def by_hash(self) -> bool:
        """Whether rows are drawn by hash."""
        return self.function is None and self.tested > 0.0

    def describe(self) -> dict[str, Any]:
        """Return the rule as JSON."""
        return {"function": self.function is not None, "tested": self.tested, "seed": self.seed}

    @classmethod
    def restored(cls, described: Mapping[str, Any]) -> SplitRule:
        """Undo `describe`, without the function."""
        return cls(None, described["tested"], described["seed"])

    def draw(
        self, count: int, origins: Origins, contents: Mapping[str, Hashes]
    ) -> npt.NDArray[np.bool_]:
        """Decide for rows by the records they are made of.

        Parameters
        ----------
        count : int
            Number of rows.
        origins : sequence of (source, rows, records)
            `rows` are positions below `count`.
        contents : mapping of source to (n,) uint64
            Hash of each record, see `content_hashes`.
        """
        keys = row_keys(count, origins, contents)
        mixed = _mixed(keys ^ np.uint64((self.seed * 0x9E3779B97F4A7C15) % 2**64))
        share = (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53
        return share >= self.tested


def row_keys(count: int, origins: Origins, contents: Mapping[str, Hashes]) -> Hashes:
    """Return one number a row that depends on the set of its records in each scan."""
    keys = np.full(count, 0x243F6A8885A308D3, dtype=np.uint64)
    for scan, (source, rows, records) in enumerate(origins):
        sums = np.zeros(count, dtype=np.uint64)
        np.add.at(sums, rows, _mixed(contents[source][records] + np.uint64(1)))
        keys = _mixed(keys ^ (sums + np.uint64(scan)))
    return keys


def content_hashes(frame: pd.DataFrame) -> Hashes:
    """Hash the content of each record, the same on every machine."""
    hashes = np.zeros(len(frame), dtype=np.uint64)
    for position in range(frame.shape[1]):
        column = frame.iloc[:, position]
        try:
            cells = pd.util.hash_pandas_object(column, index=False).to_numpy()
        except TypeError:  # lists and dicts
            cells = pd.util.hash_pandas_object(column.map(repr), index=False).to_numpy()
        hashes = _mixed(hashes ^ (cells + np.uint64(position)))
    return hashes


def _mixed(values: Hashes) -> Hashes:
    """Scramble 64 bits (the finaliser of SplitMix64)."""
    mixed = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    result: Hashes = mixed ^ (mixed >> np.uint64(31))
    return result
