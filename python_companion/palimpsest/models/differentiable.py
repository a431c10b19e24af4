"""The objective of a torch model as a function of all its parameters in one vector."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..matrix import Floats
from .errors import ModelError
from .torchtraining import row_losses

if TYPE_CHECKING:
    from .torchmodel import TorchModel

_BLOCK = 4096
_STEP = 1e-3


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over rows, at some parameters.

    Attributes
    ----------
    gradient : (q,) float64
        Of the losses, without penalty.
    loss : float
    hits : int
        Rows that are classified rightly; 0 for regressors.
    rows : int
    """

    gradient: Floats
    loss: float
    hits: int
    rows: int

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.gradient + other.gradient,
            self.loss + other.loss,
            self.hits + other.hits,
            self.rows + other.rows,
        )

    def __sub__(self, other: Sums) -> Sums:
        return Sums(
            self.gradient - other.gradient,
            self.loss - other.loss,
            self.hits - other.hits,
            self.rows - other.rows,
        )

    @property
    def mean_loss(self) -> float:
        """Loss of a row, on average."""
        return self.loss / self.rows if self.rows else 0.0

    @property
    def accuracy(self) -> float:
        """Share of rows that are classified rightly."""
        return self.hits / self.rows if self.rows else 0.0


class Differentiable:
    """The mean loss of rows plus the penalty, with the module as it predicts (no dropout).

    Parameters
    ----------
    model : TorchModel
        Trained. It is left as it is.
    """

    def __init__(self, model: TorchModel) -> None:
        self._model = model
        self._module = model.module_
        self._names = [name for name, _ in self._module.named_parameters()]
        self._shapes = [tuple(value.shape) for _, value in self._module.named_parameters()]
        self._losses = row_losses(model)
        self.dtype = next(self._module.parameters()).dtype

    @property
    def start(self) -> Floats:
        """The parameters that were trained, (q,)."""
        return self._joined(list(self._module.parameters()))

    def sums(self, point: Floats, X: Any, y: Any) -> Sums:
        """Return the sums over rows.

        Raises
        ------
        ModelError
            When they are no numbers.
        """
        import torch

        total = Sums(np.zeros(len(point)), 0.0, 0, 0)
        if not len(X):
            return total
        parameters = self._split(point)
        for block, targets in zip(X.split(_BLOCK), y.split(_BLOCK), strict=True):
            outputs = self._outputs(parameters, block)
            loss = self._losses(outputs, targets).sum()
            slopes = torch.autograd.grad(loss, parameters)
            total += Sums(
                self._joined(slopes), float(loss.detach()), self._hits(outputs, targets), len(block)
            )
        if not (np.isfinite(total.gradient).all() and np.isfinite(total.loss)):
            raise ModelError(
                "the gradient of the model is not a number on some rows; nothing was changed. Look "
                "for missing or infinite values in the features and for the logarithm of zero or "
                "the root of a negative number in the loss function"
            )
        return total

    def gradient(self, point: Floats, sums: Sums) -> Floats:
        """Return the gradient of the objective over the rows of some sums, (q,)."""
        return sums.gradient / max(1, sums.rows) + self._model.alpha * point

    def bends(self, point: Floats, X: Any, y: Any) -> Callable[[Floats], Floats]:
        """Return what multiplies a vector with the second derivative over a few rows.

        By differentiating twice; where an operation has no second derivative, by differences.
        """
        import torch

        parameters = self._split(point)
        loss = self._losses(self._outputs(parameters, X), y).mean()
        slopes = torch.autograd.grad(loss, parameters, create_graph=True)
        alpha = self._model.alpha
        if not any(slope.requires_grad for slope in slopes):
            return lambda vector: alpha * vector

        def twice(vector: Floats) -> Floats:
            directions = self._split(vector, tracked=False)
            products = torch.autograd.grad(
                slopes, parameters, directions, retain_graph=True, allow_unused=True
            )
            filled = [
                torch.zeros_like(parameter) if product is None else product
                for product, parameter in zip(products, parameters, strict=True)
            ]
            return self._joined(filled) + alpha * vector

        def differences(vector: Floats) -> Floats:
            size = float(np.linalg.norm(vector)) or 1.0
            step = _STEP * max(1.0, float(np.linalg.norm(point))) / size
            ahead, behind = (self.sums(point + way * step * vector, X, y) for way in (1.0, -1.0))
            change = (ahead.gradient - behind.gradient) / (2.0 * step * len(X))
            return change + alpha * vector

        try:
            twice(np.ones(len(point)))
        except RuntimeError:  # an operation has no second derivative
            return differences
        return twice

    def weights(self, point: Floats) -> list[Any]:
        """Return parameters in the order of the module's state, buffers as they are."""
        parts = dict(zip(self._names, self._split(point, tracked=False), strict=True))
        state = self._module.state_dict()
        return [parts.get(name, value).detach().numpy().copy() for name, value in state.items()]

    def _outputs(self, parameters: list[Any], X: Any) -> Any:
        from torch.func import functional_call

        named = dict(zip(self._names, parameters, strict=True))
        return functional_call(self._module, named, (X,))

    def _hits(self, outputs: Any, targets: Any) -> int:
        if not self._model.is_classifier:
            return 0
        single = outputs.ndim == 1 or outputs.shape[1] == 1
        told = (outputs.reshape(-1) > 0).long() if single else outputs.argmax(dim=1)
        return int((told == targets).sum())

    def _split(self, point: Floats, *, tracked: bool = True) -> list[Any]:
        return list(self._parts(point, tracked))

    def _parts(self, point: Floats, tracked: bool) -> Iterator[Any]:
        import torch

        start = 0
        for shape in self._shapes:
            stop = start + int(np.prod(shape))
            part = torch.from_numpy(point[start:stop].reshape(shape)).to(self.dtype, copy=True)
            yield part.requires_grad_(tracked)
            start = stop

    def _joined(self, tensors: Any) -> Floats:
        flat = [tensor.detach().numpy().astype(np.float64).ravel() for tensor in tensors]
        return np.concatenate(flat)
