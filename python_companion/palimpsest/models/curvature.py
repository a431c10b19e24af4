"""The second derivative of a logistic objective, kept so that rows can be taken out of it.

Every row weighs with its curvature, rounded (see `Objective.curvatures`). Which weight that is
follows from the present model, so a row's products can be found and subtracted without storing
anything beside the model. After an update the rows whose rounded curvature changed are moved to
their new weight: the sums are then those of the remaining rows under the new model, and keep no
memory of the old one. They only guide the steps, so single precision is enough.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ..matrix import Batch, Coordinates, Floats, TrainingData
from .basis import Basis
from .descent import Preconditioner
from .logistic import Form, Objective

_MOST_GATHERED = 0.2
"""Share of the rows above which it is cheaper to sum up afresh than to move single rows."""


@dataclass
class Curvature:
    """Sums of weighted products, and the model that says the weights.

    Attributes
    ----------
    basis : Basis
    form : Form
        Linear predictor under which the rows have the weights that they were summed up with.
    objective : Objective
    """

    basis: Basis
    form: Form
    objective: Objective
    _weights: dict[int, Floats] = field(default_factory=dict)
    _gathered: list[tuple[npt.NDArray[Any], Floats]] = field(default_factory=list)

    @classmethod
    def over(cls, data: TrainingData, form: Form, objective: Objective) -> Curvature:
        """Sum up over all rows; takes two passes."""
        basis = Basis.of(data, targets=False, dtype=np.float32)
        curvature = cls(basis, form, objective)
        curvature.sum_up(data, form)
        return curvature

    def sum_up(self, data: TrainingData, form: Form) -> None:
        """Sum up afresh, with the weights that `form` says."""
        self.form = form
        self.basis.products[:] = 0.0
        self._weights.clear()
        for block in data.blocks():
            self.add(block)

    def add(self, batch: Batch, sign: float = 1.0) -> None:
        """Add the products of rows (`sign` 1), or subtract them (-1)."""
        weights = self.objective.curvatures(self.form.of_rows(batch), batch.y)
        self._add_weighted(self.basis.rows(batch), sign * weights)

    def changed(self, removed: Batch, added: Batch, at: Coordinates) -> Curvature:
        """Return the sums without some rows and with others, for the columns of `at`."""
        after = Curvature(self.basis.covering(at, removed, added), self.form, self.objective)
        after.add(removed, -1.0)
        after.add(added)
        after.basis = after.basis.within(at)
        return after

    def preconditioner(self, at: Coordinates) -> Preconditioner:
        """Factorise the second derivative by coefficients and intercept."""
        moments = self.basis.moments(at, centred=False)
        width = at.width
        matrix = np.zeros((width + 1, width + 1), dtype=np.float32, order="F")
        np.multiply(moments.gram, at.scale, out=matrix[:width, :width], casting="same_kind")
        matrix[:width, :width] *= at.scale[:, None].astype(np.float32)
        matrix.flat[:: width + 2] += self.objective.penalty
        if self.objective.intercept:
            matrix[width, :width] = matrix[:width, width] = moments.weight * moments.means
            matrix[width, width] = moments.weight
        else:
            matrix[width, width] = 1.0
        return Preconditioner(matrix)

    def start_gathering(self) -> None:
        """Begin a pass over all rows, at whose end `move` may be called."""
        self._gathered.clear()

    def gather(self, number: int, block: Batch, z: Floats) -> None:
        """Note the rows of a block whose weight is another one under a new linear predictor.

        Parameters
        ----------
        number : int
            The block's place in the pass.
        block : Batch
        z : (n,) float64
            The new predictor of its rows.
        """
        if number not in self._weights:
            old = self.form.of_rows(block)
            self._weights[number] = self.objective.curvatures(old, block.y)
        change = self.objective.curvatures(z, block.y) - self._weights[number]
        moved = change != 0.0
        if moved.any():
            self._gathered.append((self.basis.rows(block.take(moved)), change[moved]))

    def move(self, data: TrainingData, form: Form) -> None:
        """Give the rows gathered in the last pass the weights that `form` says."""
        moved = sum(len(change) for _, change in self._gathered)
        if moved > _MOST_GATHERED * data.n:
            self.sum_up(data, form)
        else:
            for z, change in self._gathered:
                self._add_weighted(z, change)
        self.form = form
        self._weights.clear()
        self._gathered.clear()

    def _add_weighted(self, z: npt.NDArray[Any], weights: Floats) -> None:
        for sign in (1.0, -1.0):
            mine = sign * weights > 0.0
            roots = np.sqrt(np.abs(weights[mine])).astype(np.float32)
            self.basis.add(z[mine] * roots[:, None], sign)
