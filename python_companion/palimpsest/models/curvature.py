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
from .basis import Basis, rooted
from .descent import Preconditioner
from .logistic import Form, Objective
from .normal import Moments

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
            z = self.basis.rows(block)
            self.basis.add(z * rooted(self.weights(block), z.dtype))

    def weights(self, batch: Batch) -> Floats:
        """Return the weights that rows are summed up with."""
        return self.objective.curvatures(self.form.of_rows(batch), batch.y)

    def changed(self, removed: Batch, added: Batch, remaining: TrainingData) -> Curvature:
        """Return the sums without some rows and with others, for the remaining columns."""
        basis = self.basis.changed(removed, added, remaining.coordinates, self.weights)
        after = Curvature(basis, self.form, self.objective)
        if basis.worn:
            after = Curvature.over(remaining, self.form, self.objective)
        return after

    def preconditioner(self, at: Coordinates) -> Preconditioner:
        """Factorise the second derivative by coefficients and intercept."""
        moments = Moments.of(self.basis, at, centred=False)
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
            self._weights[number] = self.weights(block)
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
            self.basis.add(z[mine] * rooted(np.abs(weights[mine]), z.dtype), sign)
