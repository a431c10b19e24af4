"""The objective of a torch model as a function of all its parameters in one vector."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..matrix import Coordinates, Floats
from .errors import ModelError
from .torchtraining import row_losses

if TYPE_CHECKING:
    from .torchmodel import TorchModel

_BLOCK = 4096
_STEP = 1e-3


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows as tensors.

    Attributes
    ----------
    X : (n, d)
    y : (n,) or (n, k)
    weights : (n,)
        For how many rows each stands.
    """

    X: Any
    y: Any
    weights: Any

    def __len__(self) -> int:
        return len(self.X)

    def blocks(self) -> Iterator[Rows]:
        """Yield them in parts."""
        parts = (array.split(_BLOCK) for array in (self.X, self.y, self.weights))
        yield from map(Rows, *parts)


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over rows, at some parameters.

    Attributes
    ----------
    gradient : (q,) float64
        Of the losses, without penalty.
    loss : float
    hits : (c,) float64
        Rows of each class that are classified rightly; nothing for regressors.
    counts : (c,) float64
        Rows of each class; of regressors all in one.
    """

    gradient: Floats
    loss: float
    hits: Floats
    counts: Floats

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.gradient + other.gradient,
            self.loss + other.loss,
            self.hits + other.hits,
            self.counts + other.counts,
        )

    def __sub__(self, other: Sums) -> Sums:
        return Sums(
            self.gradient - other.gradient,
            self.loss - other.loss,
            self.hits - other.hits,
            self.counts - other.counts,
        )

    @property
    def rows(self) -> float:
        """Number of rows."""
        return float(self.counts.sum())

    @property
    def mean_loss(self) -> float:
        """Loss of a row, on average."""
        return self.loss / self.rows if self.rows else 0.0

    @property
    def accuracy(self) -> float:
        """Share of rows that are classified rightly."""
        return float(self.hits.sum()) / self.rows if self.rows else 0.0

    @property
    def balanced_accuracy(self) -> float:
        """That share in each class, on average."""
        there = self.counts > 0.5
        return float((self.hits[there] / self.counts[there]).mean()) if there.any() else 0.0


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
        self._twice: bool | None = None  # whether it can be differentiated twice
        self.dtype = next(self._module.parameters()).dtype

    @property
    def start(self) -> Floats:
        """The parameters that were trained, (q,)."""
        return self._joined(list(self._module.parameters()))

    def moved(self, old: Coordinates, at: Coordinates) -> Floats:
        """Return parameters that give in other coordinates what the trained ones gave, as near as can be.

        Where the first layer is linear, it takes up another shift and scale of its inputs;
        where it is not, they are the trained ones.
        """
        parts = [tensor.detach().double().numpy().copy() for tensor in self._module.parameters()]
        layer = self._first_layer()
        if layer is not None and layer.in_features == at.width:
            places = {id(tensor): place for place, tensor in enumerate(self._module.parameters())}
            usable = (old.scale != 0.0) & (at.scale != 0.0)
            factor = np.divide(old.scale, at.scale, out=np.ones(at.width), where=usable)
            offset = old.base - factor * at.base + (at.shift - old.shift) * old.scale
            weight = parts[places[id(layer.weight)]]
            parts[places[id(layer.bias)]] += weight @ np.where(usable, offset, 0.0)
            weight *= factor
        return np.concatenate([part.ravel() for part in parts])

    def _first_layer(self) -> Any:
        """Return the layer that the inputs meet first when it is known and linear, else None."""
        from torch import nn

        layer = self._module
        while type(layer) is nn.Sequential and len(layer):
            layer = layer[0]
        return layer if type(layer) is nn.Linear and layer.bias is not None else None

    def sums(self, point: Floats, rows: Rows) -> Sums:
        """Return the sums over rows.

        Raises
        ------
        ModelError
            When they are no numbers.
        """
        import torch

        total = self.nothing(point)
        parameters = self._split(point)
        for block in rows.blocks() if len(rows) else ():
            outputs = self._outputs(parameters, block.X)
            loss = (self._losses(outputs, block.y) * block.weights).sum()
            slopes = torch.autograd.grad(loss, parameters)
            told = self._hits(outputs, block)
            total += Sums(self._joined(slopes), float(loss.detach()), *told)
        if not (np.isfinite(total.gradient).all() and np.isfinite(total.loss)):
            raise ModelError(
                "the gradient of the model is not a number on some rows; nothing was changed. Look "
                "for missing or infinite values in the features and for the logarithm of zero or "
                "the root of a negative number in the loss function"
            )
        return total

    def nothing(self, point: Floats) -> Sums:
        """Return the sums over no rows."""
        none = np.zeros(len(self._model.classes_) if self._model.is_classifier else 1)
        return Sums(np.zeros(len(point)), 0.0, none, none)

    def gradient(self, point: Floats, sums: Sums) -> Floats:
        """Return the gradient of the objective over the rows of some sums, (q,)."""
        return sums.gradient / max(1, sums.rows) + self._model.alpha * point

    def bends(self, point: Floats, rows: Rows) -> Callable[[Floats], Floats]:
        """Return what multiplies a vector with the second derivative over a few rows.

        By differentiating twice; where an operation has no second derivative, by differences.
        """
        import torch

        parameters = self._split(point)
        count = float(rows.weights.sum())
        loss = (
            self._losses(self._outputs(parameters, rows.X), rows.y) * rows.weights
        ).sum() / count
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
            ahead, behind = (self.sums(point + way * step * vector, rows) for way in (1.0, -1.0))
            change = (ahead.gradient - behind.gradient) / (2.0 * step * count)
            return change + alpha * vector

        if self._twice is None:
            try:
                twice(np.ones(len(point)))
                self._twice = True
            except RuntimeError:  # an operation has no second derivative
                self._twice = False
        return twice if self._twice else differences

    def weights(self, point: Floats) -> list[Any]:
        """Return parameters in the order of the module's state, buffers as they are."""
        parts = dict(zip(self._names, self._split(point, tracked=False), strict=True))
        state = self._module.state_dict()
        return [parts.get(name, value).detach().numpy().copy() for name, value in state.items()]

    def _outputs(self, parameters: list[Any], X: Any) -> Any:
        from torch.func import functional_call

        named = dict(zip(self._names, parameters, strict=True))
        return functional_call(self._module, named, (X,))

    def _hits(self, outputs: Any, rows: Rows) -> tuple[Floats, Floats]:
        """Return for each class how many rows are classified rightly, and how many there are."""
        weights = rows.weights.double().numpy()
        if not self._model.is_classifier:
            return np.zeros(1), weights.sum(keepdims=True)
        single = outputs.ndim == 1 or outputs.shape[1] == 1
        told = (outputs.reshape(-1) > 0).long() if single else outputs.argmax(dim=1)
        codes, right = rows.y.numpy(), weights * (told == rows.y).numpy()
        hits, counts = np.zeros((2, len(self._model.classes_)))
        np.add.at(hits, codes, right)
        np.add.at(counts, codes, weights)
        return hits, counts

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
