"""The training rows as a model sees them, in memory, so that a forget need not read them again.

A mirror holds X in the coordinates of the time it was made, the linear predictors of all rows
under one model, the *base*, and the gradient there. Another model is measured by what differs: the
change of a predictor is ``X @ (change of the coefficients)``, and that of the gradient is
``X' (change of the derivatives)``. Both are small, so that X may be kept in single precision: its
rounding errors are those of a difference, far below the last digits of the whole.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..matrix import Batch, Coordinates, Floats, Ints, Marks, TrainingData
from .basis import places_of
from .errors import ModelError
from .linear import Form, Gradient
from .losses import Loss

SINGLE = 1_000_000
"""Matrix cells from which single precision is used: a pass takes milliseconds there."""

_BLOCK_BYTES = 1 << 20
_WORTH_A_THREAD = 32 << 20
_MOST_THREADS = 4

_WORN = 1e-8
"""Bound of the rounding errors of the mean gradient from which on it is made anew."""


@dataclass(eq=False)
class Mirror:
    """Rows in memory. It has one owner, which changes it.

    Attributes
    ----------
    at : Coordinates
        In which `values` are X, without a base. Columns that went stay here, as zeros.
    values : (n, d) float32 or float64
        Zero where erased.
    erased : (n, u) bool
    y : (n,)
    rows : (n,) int64
        Identities; empty when they are unknown.
    z : (n, K) float64
        Predictors under the base.
    base : Form
        On `values`, as if these were raw.
    sums : Gradient
        Under the base.
    loss : Loss
    largest : float
        Largest magnitude of a value.
    rounding : float
        Bound of what the precision of `values` may have spoilt of a component of `sums`.
    """

    at: Coordinates
    values: npt.NDArray[Any]
    erased: Marks
    y: npt.NDArray[Any]
    rows: Ints
    z: Floats
    base: Form
    sums: Gradient
    loss: Loss
    largest: float
    rounding: float = 0.0

    @classmethod
    def of(cls, data: TrainingData, point: Floats, loss: Loss) -> Mirror:
        """Read all rows once, with a model, (K, d + 1), as the base."""
        at, start = data.coordinates.without_base, 0
        own = Coordinates(at.ids, np.zeros(at.width), np.ones(at.width), at.unit)
        relative = replace(own, given_base=data.coordinates.given_base)
        base, sums = Form.of(point, relative), Gradient.zero(own, loss.outputs)
        dtype = np.float32 if data.n * at.width >= SINGLE else np.float64
        values = np.empty((data.n, at.width), dtype=dtype)
        z = np.empty((data.n, loss.outputs))
        others: list[tuple[Marks, npt.NDArray[Any], Any]] = []
        for block in data.blocks():
            stop = start + len(block)
            rows = seen(block, at)
            values[start:stop] = rows.values
            z[start:stop] = base.of_rows(rows)
            sums.add(Gradient.of(rows, loss.slopes(z[start:stop], block.y), own))
            others.append((block.erased, block.y, block.rows))
            start = stop
        known = all(rows is not None for _, _, rows in others)
        names = np.concatenate([ids for _, _, ids in others]) if known else np.empty(0)
        erased = np.concatenate([marks for marks, _, _ in others])
        y = np.concatenate([labels for _, labels, _ in others])
        _check_finite(z, sums)
        largest = float(max(-values.min(initial=0.0), values.max(initial=0.0)))
        return cls(at, values, erased, y, names.astype(np.int64), z, base, sums, loss, largest)

    def __len__(self) -> int:
        return len(self.values)

    def change(self, removed: Batch, added: Batch, at: Coordinates) -> bool:
        """Take rows out and put others in, for coordinates; the base stays.

        Returns
        -------
        bool
            False, and nothing is changed, when the mirror must be made anew.
        """
        if removed.rows is None or added.rows is None or self.rounding > _WORN * len(self):
            return False
        if not np.isin(at.ids, self.at.ids).all():
            return False  # a column is new
        places = places_of(removed.rows.astype(np.int64), self.rows)
        if (places < 0).any():
            return False
        self._count(removed, -1.0)
        self._drop(places)
        self._append(added)
        _check_finite(self.z, self.sums)
        return True

    def _count(self, batch: Batch, sign: float) -> Floats:
        """Add the gradient of rows to the sums, or take it out; return their predictors."""
        rows = seen(batch, self.at)
        z = self.base.of_rows(rows)
        slopes = sign * self.loss.slopes(z, batch.y)
        self.sums.add(Gradient.of(rows, slopes, self.at))
        return z

    def _drop(self, places: Ints) -> None:
        """Fill the places of rows that left with the last rows, and wipe these."""
        stays = len(self) - len(places)
        leaves = np.zeros(len(self), dtype=bool)
        leaves[places] = True
        holes = np.flatnonzero(leaves[:stays])
        movers = stays + np.flatnonzero(~leaves[stays:])
        for name in ("values", "erased", "y", "rows", "z"):
            array = getattr(self, name)
            array[holes] = array[movers]
            array[stays:] = array.dtype.type()
            setattr(self, name, array[:stays])

    def _append(self, batch: Batch) -> None:
        if not len(batch):
            return
        z = self._count(batch, 1.0)
        values = seen(batch, self.at).values.astype(self.values.dtype)
        self.largest = max(self.largest, float(np.abs(values).max(initial=0.0)))
        assert batch.rows is not None
        parts = (values, batch.erased, batch.y, batch.rows.astype(np.int64), z)
        for name, fresh in zip(("values", "erased", "y", "rows", "z"), parts, strict=True):
            setattr(self, name, _extended(getattr(self, name), fresh))

    def gradient(self, at: Coordinates) -> Floats:
        """Return the gradient under the base by the model in coordinates, (K, d + 1)."""
        return self._in(self.sums, at)

    def measure(self, point: Floats, at: Coordinates) -> Measured:
        """Return predictors and gradient under another model, (K, d + 1) in coordinates."""
        form = self._form(point, at)
        slope = (form.slope - self.base.slope).astype(self.values.dtype)
        shift, marks = form.constant - self.base.constant, form.marks - self.base.marks
        z = self.z + shift
        if self.erased.any():
            z += self.erased @ marks
        change = Gradient.zero(self.at, self.loss.outputs)
        threads = _threads(self.values.nbytes)
        bounds = [len(self) * part // threads for part in range(threads + 1)]

        def part(number: int) -> Floats:
            return self._measure_rows(bounds[number], bounds[number + 1], slope, z)

        if threads == 1:
            change.values = part(0)
        else:
            with ThreadPoolExecutor(threads) as pool:
                change.values = sum(pool.map(part, range(threads)), start=change.values)
        slopes = self.loss.slopes(z, self.y) - self.loss.slopes(self.z, self.y)
        change.total, change.marks = slopes.sum(axis=0), self.erased.T @ slopes
        change.add(self.sums)
        precision = float(np.finfo(self.values.dtype).eps)
        rounding = self.rounding + precision * self.largest * float(np.abs(slopes).sum())
        return Measured(form, z, change, self._in(change, at), rounding)

    def _measure_rows(self, first: int, last: int, slope: npt.NDArray[Any], z: Floats) -> Floats:
        """Complete the predictors of some rows; return ``X' (change of the derivatives)``."""
        size = max(1, _BLOCK_BYTES // max(1, self.values[:1].nbytes))
        sums = np.zeros((self.at.width, self.loss.outputs))
        for start in range(first, last, size):
            rows = slice(start, min(start + size, last))
            block = self.values[rows]
            z[rows] += block @ slope
            change = self.loss.slopes(z[rows], self.y[rows])
            change -= self.loss.slopes(self.z[rows], self.y[rows])
            sums += block.T @ change.astype(block.dtype)
        return sums

    def settle(self, measured: Measured) -> None:
        """Make a model that was measured the base."""
        self.base, self.z, self.sums = measured.form, measured.z, measured.sums
        self.rounding = measured.rounding

    def _form(self, point: Floats, at: Coordinates) -> Form:
        """Express a model on `values`, with a slope for every column of theirs."""
        form = Form.of(point, self._relative(at))
        slope = np.zeros((self.at.width, len(point)))
        slope[places_of(at.ids, self.at.ids)] = form.slope
        marks = np.zeros((self.erased.shape[1], len(point)))
        known = min(len(marks), len(form.marks))
        marks[:known] = form.marks[:known]
        return Form(self.at.ids, slope, form.constant, marks)

    def _in(self, sums: Gradient, at: Coordinates) -> Floats:
        places = places_of(at.ids, self.at.ids)
        units = int(at.unit.max(initial=-1)) + 1
        marks = np.zeros((units, len(sums.total)))
        known = min(len(marks), len(sums.marks))
        marks[:known] = sums.marks[:known]
        chosen = Gradient(sums.values[places], sums.total, marks)
        return chosen.in_coordinates(self._relative(at))

    def _relative(self, at: Coordinates) -> Coordinates:
        """Return how X in coordinates follows from `values`, as if these were raw."""
        places = places_of(at.ids, self.at.ids)
        shift, scale = self.at.shift[places], self.at.scale[places]
        moved = (at.shift - shift) * scale
        return Coordinates(at.ids, moved, at.scale / scale, at.unit, at.given_base)


@dataclass(frozen=True, eq=False)
class Measured:
    """A model that was measured: as a form on the rows, their predictors, its gradient, and its rounding."""

    form: Form
    z: Floats
    sums: Gradient
    gradient: Floats
    rounding: float


def seen(batch: Batch, at: Coordinates) -> Batch:
    """Return rows with X in coordinates as their values; columns they do not have were zero."""
    if not np.array_equal(batch.ids, at.ids):
        padded = np.concatenate([batch.values, np.zeros((len(batch), 1))], axis=1)
        values = padded[:, places_of(at.ids, batch.ids)]
        batch = Batch(values, batch.erased, at.ids, batch.y)
    return Batch(batch.encoded(at), batch.erased, at.ids, batch.y)


def _extended(array: npt.NDArray[Any], more: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the array with rows behind it, in the room that earlier rows left if there is any."""
    whole = array.base
    size = len(array) + len(more)
    if isinstance(whole, np.ndarray) and len(whole) >= size and whole.dtype == more.dtype:
        extended: npt.NDArray[Any] = whole[:size]
        extended[len(array) :] = more
        return extended
    return np.concatenate([array, more])


def _threads(size: int) -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    return max(1, min(size // _WORTH_A_THREAD, _MOST_THREADS, cores))


def _check_finite(z: Floats, sums: Gradient) -> None:
    if not (np.isfinite(z).all() and np.isfinite(sums.values).all()):
        raise ModelError(
            "the feature columns or the labels of training rows hold missing or infinite values, "
            "which linear models do not accept: fill them while encoding, e.g. with "
            "SimpleImputer, or drop the rows in prepare()"
        )
