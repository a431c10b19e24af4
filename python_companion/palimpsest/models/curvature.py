"""The inverse of an objective's second derivative, kept in memory to guide the steps.

It is that of some model near the present one: rows that leave or come are taken out and put in
with the weights they had there. It decides how many passes the way to the optimum takes, not where
it ends, so that single precision is enough, and so that it is never written to a file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..matrix import Batch, Coordinates, Floats
from .basis import places_of
from .errors import ModelError
from .linear import Form
from .mirror import Mirror, seen
from .objective import Objective

Singles = npt.NDArray[np.float32]

_GATHERED = 1024
"""Rows that are multiplied at once."""

_SAFE = 0.03
"""Root of what must remain of the weight in the direction of a row that is taken out."""

_LIFT = 0.01
"""Relative rise of the intercepts' own second derivatives where there are several predictors: a
constant added to all of them changes nothing in a softmax."""


@dataclass(frozen=True, eq=False)
class Curvature:
    """An approximate inverse of the second derivative by all parameters.

    Attributes
    ----------
    inverse : (K * (d + 1), K * (d + 1)) float32
        Symmetric.
    at : Coordinates
    form : Form
        The model that gave the rows their weights.
    objective : Objective
    rows : int
        Number of rows it was summed up over.
    """

    inverse: Singles
    at: Coordinates
    form: Form
    objective: Objective
    rows: int

    @classmethod
    def of(cls, mirror: Mirror, point: Floats, at: Coordinates, objective: Objective) -> Curvature:
        """Sum up over all rows, weighted under the base of the mirror, which is `point`."""
        from scipy.linalg import blas

        outputs, width = objective.loss.outputs, mirror.at.width
        size = outputs * (width + 1)
        products = np.zeros((size, size), dtype=np.float32, order="F")
        for start in range(0, len(mirror), _GATHERED):
            rows = slice(start, start + _GATHERED)
            roots = objective.loss.roots(mirror.z[rows], mirror.y[rows])
            wide = _expanded(mirror.values[rows], roots, objective)
            products = blas.ssyrk(1.0, wide.T, beta=1.0, c=products, lower=1, overwrite_c=1)
        penalties = objective.penalties(width)
        if not objective.intercept:
            penalties[-1] = 1.0
        elif outputs > 1:
            products.flat[width * (size + 1) :: (width + 1) * (size + 1)] *= 1.0 + _LIFT
        products.flat[:: size + 1] += np.tile(penalties, outputs)
        form, rows_now = Form.of(point, at), len(mirror)
        whole = cls(_inverted(products), mirror.at, form, objective, rows_now)
        return whole._in_coordinates(at, owned=True)

    def __call__(self, gradient: Floats) -> Floats:
        """Return the Newton step against a gradient, (K, d + 1)."""
        size = float(np.abs(gradient).max(initial=0.0)) or 1.0
        step = self.inverse @ (gradient.ravel() / size).astype(np.float32)
        newton: Floats = step.astype(np.float64).reshape(gradient.shape) * size
        newton[:, -1] *= self.objective.intercept
        return newton

    def changed(self, removed: Batch, added: Batch, at: Coordinates) -> Curvature | None:
        """Return the inverse without some rows and with others, for the columns of `at`.

        None when it is better to sum up afresh: so many rows changed that it is cheaper, or what
        is left of a direction would drown in rounding errors.
        """
        if (len(removed) + len(added)) * 4 > self.rows:
            return None
        wide = self._covering(at)
        inverse: Singles | None = wide.inverse
        for batch, sign in ((added, 1.0), (removed, -1.0)):
            roots = self.objective.loss.roots(self.form.of_rows(batch), batch.y)
            rows = _expanded(seen(batch, wide.at).values, roots, self.objective)
            for start in range(0, len(rows), _GATHERED):
                if inverse is not None:
                    inverse = _updated(inverse, rows[start : start + _GATHERED], sign)
        if inverse is None:
            return None
        rows_now = self.rows - len(removed) + len(added)
        changed = replace(wide, inverse=inverse, rows=rows_now)
        return changed._in_coordinates(at, owned=inverse is not self.inverse)

    def _covering(self, at: Coordinates) -> Curvature:
        """Return the inverse with columns for all of `at`, of which rows so far have zeros."""
        fresh = np.flatnonzero(~np.isin(at.ids, self.at.ids))
        if not len(fresh):
            return self
        mine = self.at
        wide = mine.joined(at.take(fresh))
        outputs, width = self.objective.loss.outputs, mine.width
        columns = np.r_[np.arange(width), wide.width]
        places = _places(columns, wide.width + 1, outputs)
        size = outputs * (wide.width + 1)
        inverse = np.zeros((size, size), dtype=np.float32)
        inverse.flat[:: size + 1] = 1.0 / max(self.objective.penalty, 1e-30)
        inverse[np.ix_(places, places)] = self.inverse
        return replace(self, inverse=inverse, at=wide)

    def _in_coordinates(self, at: Coordinates, *, owned: bool) -> Curvature:
        """Return the inverse for the columns of `at`, all of which it has, as they are there.

        One that is `owned`, by nobody else, may be changed in place.
        """
        mine, inverse, outputs = self.at, self.inverse, self.objective.loss.outputs
        if not np.array_equal(mine.ids, at.ids):
            columns = places_of(at.ids, mine.ids)
            places = _places(np.r_[columns, mine.width], mine.width + 1, outputs)
            inverse, owned = inverse[np.ix_(places, places)], True
            mine = mine.take(columns)
        factor = at.scale / mine.scale
        offset = ((mine.shift - at.shift) * at.scale + at.base) / factor - mine.base
        if (factor != 1.0).any() or offset.any():
            inverse = inverse if owned else inverse.copy()
            _map(inverse, factor, offset * self.objective.intercept, outputs)
        return replace(self, inverse=inverse, at=at)


def _places(columns: npt.NDArray[Any], width: int, outputs: int) -> npt.NDArray[Any]:
    """Return the places of some columns in the parameters of all outputs."""
    places: npt.NDArray[Any] = (np.arange(outputs)[:, None] * width + columns).ravel()
    return places


def _map(inverse: Singles, factor: Floats, offset: Floats, outputs: int) -> None:
    """Change the inverse to that after ``x' = factor * (x + offset)``, in every column but the last.

    With x' = T x it is T'^-1 M T^-1; the penalty's small share in it is left as it is.
    """
    size = len(factor) + 1
    blocks = inverse.reshape(outputs, size, outputs, size)
    moved = np.flatnonzero((factor != 1.0) | (offset != 0.0))
    down = (1.0 / factor[moved]).astype(np.float32)
    shift = offset[moved].astype(np.float32)
    blocks[..., -1] -= blocks[..., moved] @ shift
    blocks[..., moved] *= down
    blocks[:, -1] -= np.einsum("j,kjlm->klm", shift, blocks[:, moved])
    blocks[:, moved] *= down[:, None, None]


def _expanded(values: npt.NDArray[Any], roots: Floats, objective: Objective) -> Singles:
    """Return rows, K for each of X, whose products are the second derivative."""
    outputs = objective.loss.outputs
    x = np.empty((len(values), values.shape[1] + 1), dtype=np.float32)
    x[:, :-1] = values
    x[:, -1] = objective.intercept
    if outputs == 1:
        x *= roots[:, 0].astype(np.float32)
        return x
    wide: Singles = np.einsum("nkr,nj->nrkj", roots.astype(np.float32), x)
    return wide.reshape(len(values) * outputs, outputs * x.shape[1])


def _updated(inverse: Singles, rows: Singles, sign: float) -> Singles | None:
    """Return the inverse after the products of some rows were added or taken out (Woodbury)."""
    from scipy.linalg import blas, lapack

    if not len(rows):
        return inverse
    carried = rows @ inverse
    core = np.asfortranarray(sign * (carried @ rows.T))
    core.flat[:: len(core) + 1] += 1.0
    factor, failed = lapack.spotrf(core, lower=1)
    if failed or not np.isfinite(factor.diagonal()).all() or factor.diagonal().min() < _SAFE:
        return None
    solved, _ = lapack.spotrs(factor, carried, lower=1)
    changed = inverse.copy().T  # symmetric, and in the order that it is changed in place in
    changed = blas.sgemm(-sign, carried.T, solved, beta=1.0, c=changed, overwrite_c=1)
    result: Singles = changed.T
    return result


def _inverted(lower: Singles) -> Singles:
    """Invert a positive definite matrix of which the lower triangle is given; lift it if need be."""
    from scipy.linalg import lapack

    diagonal = lower.diagonal().copy()
    lift = 0.0
    while True:
        attempt = np.array(lower, order="F")
        attempt.flat[:: len(lower) + 1] = diagonal * (1.0 + lift)
        factor, failed = lapack.spotrf(attempt, lower=1, overwrite_a=1)
        if not failed:
            inverse, failed = lapack.spotri(factor, lower=1, overwrite_c=1)
        if not failed:
            break
        lift = max(1e-6, lift * 10.0)
        if lift > 1.0:
            raise ModelError("the second derivative of the objective is not positive definite")
    full: Singles = np.tril(inverse)
    full += np.tril(inverse, -1).T
    return full
