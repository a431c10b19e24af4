"""Counts, sums and sums of squares of every class, from which means and variances follow.

They are kept in raw columns, so that X may be scaled otherwise afterwards, and as pairs of
float64 (see `palimpsest.twofold`), so that rows may be taken out without a trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import twofold
from ..matrix import Batch, Coordinates, Floats, Ints, TrainingData
from ..twofold import Pair
from .basis import places_of
from .errors import ModelError
from .spread import Spread

Labels = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class ClassMoments:
    """What classes look like in X.

    Attributes
    ----------
    rows : (C,) float64
    sums, means : (C, d) float64
    squares : (C, d) float64
        Sums of squared distances from the class mean.
    """

    rows: Floats
    sums: Floats
    means: Floats
    squares: Floats

    @property
    def centre(self) -> Floats:
        """Mean of all rows, (d,)."""
        centre: Floats = self.sums.sum(axis=0) / self.rows.sum()
        return centre

    @property
    def variance(self) -> Floats:
        """Population variance over all rows, (d,)."""
        away = self.means - self.centre
        whole: Floats = (self.squares.sum(axis=0) + self.rows @ away**2) / self.rows.sum()
        return whole


@dataclass(frozen=True, eq=False)
class ClassSums:
    """Sums over the rows of each class. A value: changes make a new one.

    Attributes
    ----------
    ids, unit : (d,) int64
    pivot : (d,) float64
        Constants near the means.
    classes : (C,)
    rows : (C,) int64
    erased : (C, u) int64
        Rows that are erased in each unit.
    sums, squares : pair of (C, d) float64
        Of ``raw - pivot`` over cells that are not erased.
    """

    ids: Ints
    unit: Ints
    pivot: Floats
    classes: Labels
    rows: Ints
    erased: Ints
    sums: Pair
    squares: Pair

    @classmethod
    def over(cls, data: TrainingData, classes: Labels) -> ClassSums:
        """Sum up over all rows; takes two passes."""
        at, spread, units = data.coordinates, Spread.of(data.coordinates.width), 0
        for block in data.blocks():
            spread.add(block.values)
            units = block.erased.shape[1]
        size = (len(classes), at.width)
        empty = cls(
            at.ids,
            at.unit,
            spread.pivots(),
            classes,
            np.zeros(len(classes), np.int64),
            np.zeros((len(classes), units), np.int64),
            (np.zeros(size), np.zeros(size)),
            (np.zeros(size), np.zeros(size)),
        )
        for block in data.blocks():
            empty = empty._with(block, 1)
        return empty._checked()

    def changed(self, removed: Batch, added: Batch, at: Coordinates, classes: Labels) -> ClassSums:
        """Return the sums without some rows and with others."""
        wide = self._covering(at, classes)
        return wide._with(removed, -1)._with(added, 1)._taking(classes)._checked()

    def _with(self, batch: Batch, sign: int) -> ClassSums:
        if not len(batch):
            return self
        places = places_of(self.ids, batch.ids)
        known = places >= 0
        values = np.where(known, batch.values[:, places], 0.0)
        values = np.where(batch.erased[:, self.unit], self.pivot, values)
        away = twofold.exact_sum(values, np.broadcast_to(-self.pivot, values.shape))
        products = twofold.multiply(away, away)
        terms = np.stack([away[0], products[0]], axis=1), np.stack([away[1], products[1]], axis=1)
        codes, size = np.searchsorted(self.classes, batch.y), len(self.classes)
        total = twofold.totals(terms, codes, size)
        total = total if sign > 0 else twofold.negative(total)
        erased = np.zeros_like(self.erased)
        np.add.at(erased, codes, batch.erased)
        return replace(
            self,
            rows=self.rows + sign * np.bincount(codes, minlength=size),
            erased=self.erased + sign * erased,
            sums=twofold.add(self.sums, (total[0][:, 0], total[1][:, 0])),
            squares=twofold.add(self.squares, (total[0][:, 1], total[1][:, 1])),
        )

    def _covering(self, at: Coordinates, classes: Labels) -> ClassSums:
        """Return the sums with all columns of `at` and all classes; what is new was zero so far."""
        fresh = np.flatnonzero(~np.isin(at.ids, self.ids))
        more = classes[~np.isin(classes, self.classes)]
        if not len(fresh) and not len(more):
            return self

        def padded(values: npt.NDArray[Any], columns: int) -> npt.NDArray[Any]:
            width = ((0, len(more)), (0, columns)) if values.ndim == 2 else (0, len(more))
            return np.pad(values, width)

        return ClassSums(
            np.concatenate([self.ids, at.ids[fresh]]),
            np.concatenate([self.unit, at.unit[fresh]]),
            np.concatenate([self.pivot, np.zeros(len(fresh))]),
            np.concatenate([self.classes, more]),
            padded(self.rows, 0),
            padded(self.erased, 0),
            (padded(self.sums[0], len(fresh)), padded(self.sums[1], len(fresh))),
            (padded(self.squares[0], len(fresh)), padded(self.squares[1], len(fresh))),
        )

    def _taking(self, classes: Labels) -> ClassSums:
        """Return the sums of the given classes, in their order."""
        if np.array_equal(classes, self.classes):
            return self
        places = [int(np.flatnonzero(self.classes == label)[0]) for label in classes]
        return ClassSums(
            self.ids,
            self.unit,
            self.pivot,
            classes,
            self.rows[places],
            self.erased[places],
            (self.sums[0][places], self.sums[1][places]),
            (self.squares[0][places], self.squares[1][places]),
        )

    def moments(self, at: Coordinates) -> ClassMoments:
        """Return what the classes look like in coordinates."""
        places = places_of(at.ids, self.ids)
        rows = self.rows[:, None].astype(np.float64)
        present = rows - self.erased[:, at.unit]
        some = np.maximum(present, 1.0)
        sums = (self.sums[0][:, places], self.sums[1][:, places])
        squares = (self.squares[0][:, places], self.squares[1][:, places])
        centre = twofold.divide(sums, some)
        spread = twofold.add(squares, twofold.negative(twofold.multiply(sums, centre)))
        within = np.maximum(spread[0], 0.0) * at.scale**2
        raw, rest = twofold.add(_pair(self.pivot[places], centre), centre)
        seen = at.base + ((raw - at.shift) + rest) * at.scale
        seen = np.where(present > 0, seen, at.base)
        share = present / rows
        means = share * seen + (1.0 - share) * at.base
        within += present * (1.0 - share) * (seen - at.base) ** 2
        return ClassMoments(rows[:, 0], means * rows, means, within)

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the sums, but for the classes."""
        return {
            "ids": self.ids,
            "unit": self.unit,
            "pivot": self.pivot,
            "rows": self.rows,
            "erased": self.erased,
            "sums": np.stack(self.sums),
            "squares": np.stack(self.squares),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]], classes: Labels) -> ClassSums:
        """Undo `to_arrays`."""
        sums, squares = arrays["sums"], arrays["squares"]
        return cls(
            arrays["ids"],
            arrays["unit"],
            arrays["pivot"],
            classes,
            arrays["rows"],
            arrays["erased"],
            (sums[0], sums[1]),
            (squares[0], squares[1]),
        )

    def _checked(self) -> ClassSums:
        if not (np.isfinite(self.sums[0]).all() and np.isfinite(self.squares[0]).all()):
            raise ModelError(
                "the feature columns of training rows hold missing or infinite values, which the "
                "model does not accept: fill them while encoding, e.g. with SimpleImputer"
            )
        return self


def _pair(values: Floats, like: Pair) -> Pair:
    whole = np.broadcast_to(values, like[0].shape)
    return whole, np.zeros(like[0].shape)
