"""Training torch modules, with an order of rows that survives the loss of some."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..matrix import Floats, Ints, Marks
from .errors import ModelError
from .torchlayers import fingerprint
from .torchmodel import load_weights, weights_of

if TYPE_CHECKING:
    from .torchmodel import TorchModel

Keys = npt.NDArray[np.uint64]

SMALL = 1_000_000
"""Parameters below which threads cost more than they save where others are at work too."""

OPTIMIZERS: Mapping[str, str] = {
    "adam": "Adam",
    "adamw": "AdamW",
    "rmsprop": "RMSprop",
    "sgd": "SGD",
}


def row_keys(values: Floats, y: npt.NDArray[Any], erased: Marks | None = None) -> Keys:
    """Return a hash of what each row holds; rows that hold the same have the same.

    Parameters
    ----------
    values : (n, d) float64
    y : (n,) or (n, k)
    erased : (n, u) bool, optional
    """
    # Halves are folded: the low half of a small whole number has no bits that are set.
    bits = (values + 0.0).view(np.uint64)
    keys: Keys = (bits ^ (bits >> np.uint64(32))) @ _factors(values.shape[1], 1)
    if erased is not None:
        keys += erased.astype(np.uint64) @ _factors(erased.shape[1], 2)
    labels = np.asarray(y).reshape(len(y), math.prod(np.shape(y)[1:]))
    labels = labels.astype(object) if labels.dtype.kind == "U" else labels
    hashes = [pd.util.hash_array(column, categorize=False) for column in labels.T]
    keys += np.column_stack(hashes) @ _factors(len(hashes), 3)
    return keys


def _factors(count: int, purpose: int) -> Keys:
    drawn = np.random.default_rng([purpose, 20]).integers(0, 2**63, count, dtype=np.uint64)
    return drawn | np.uint64(1)


def epoch_order(keys: Keys, seed: int, epoch: int) -> Ints:
    """Return the order of rows in an epoch; that of any two depends on these two alone."""
    with np.errstate(over="ignore"):
        salt = _mixed(np.array([seed * 1_000_003 + epoch], dtype=np.uint64))
        return np.argsort(_mixed(keys ^ salt), kind="stable").astype(np.int64)


def _mixed(values: Keys) -> Keys:
    """Spread every bit over all (the finaliser of splitmix64)."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def train(
    model: TorchModel, X: Floats, y: npt.NDArray[Any], keys: Keys | None, start: TorchModel | None
) -> None:
    """Train a model, from its initial weights or from where another one is.

    Raises
    ------
    ModelError
        When features or losses are no numbers.
    """
    import torch

    if not np.isfinite(X).all():
        raise ModelError(
            "the feature columns of training rows hold missing or infinite values: fill them while "
            "encoding, e.g. with SimpleImputer, or drop the rows in prepare()"
        )
    keys = row_keys(X, y) if keys is None else keys
    module = model.build()
    begun = weights_of(module)
    if start is not None:
        load_weights(module, start.weights_)
    if model.is_classifier:
        model.classes_ = np.unique(y)
    model.n_features_in_ = X.shape[1]
    like = next(module.parameters())
    inputs = torch.from_numpy(np.ascontiguousarray(X)).to(like.dtype)
    loss = row_losses(model)
    targets = targets_of(model, y, like.dtype)
    optimizer = _optimizer(model, module, start)
    done = 0 if start is None else start.n_iter_
    began = time.perf_counter()
    with torch.random.fork_rng(devices=[]), few_threads(module):
        torch.manual_seed(model.seed + 1)
        module.train()
        for epoch in range(done, done + model.epochs):
            order = torch.from_numpy(epoch_order(keys, model.seed, epoch))
            total = 0.0
            for rows in order.split(model.batch_size):
                optimizer.zero_grad()
                mean = loss(module(inputs[rows]), targets[rows]).mean()
                (mean + penalty(module.parameters(), model.alpha)).backward()
                optimizer.step()
                total += float(mean.detach()) * len(rows)
            _check(total, epoch, model)
    model.n_iter_ = done + model.epochs
    model.epoch_seconds_ = (time.perf_counter() - began) / max(1, model.epochs)
    model.module_ = module.eval()
    model.weights_, model.start_ = weights_of(module), begun
    model.code_ = fingerprint(module, model.loss)
    _keep_optimizer(model, optimizer)


@contextmanager
def few_threads(module: Any) -> Iterator[None]:
    """Keep torch on one thread for a small module, see `palimpsest.models.threads`."""
    import torch

    before = torch.get_num_threads()
    if sum(parameter.numel() for parameter in module.parameters()) < SMALL:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def penalty(parameters: Iterator[Any], alpha: float) -> Any:
    """Return ``alpha / 2`` times the sum of squares."""
    return 0.5 * alpha * sum((parameter**2).sum() for parameter in parameters)


def _check(total: float, epoch: int, model: TorchModel) -> None:
    if not math.isfinite(total):
        raise ModelError(
            f"the loss is not a number in epoch {epoch + 1}, so that its gradient is none either: "
            f"try a smaller learning_rate than {model.learning_rate:g}, or look at the loss "
            "function and the labels"
        )


def targets_of(model: TorchModel, y: npt.NDArray[Any], dtype: Any) -> Any:
    """Return labels as the loss takes them: classes as numbers from zero on.

    Raises
    ------
    ModelError
        When there is a class that the model does not know.
    """
    import torch

    if not model.is_classifier:
        return torch.from_numpy(np.asarray(y, dtype=np.float64)).to(dtype)
    codes = np.minimum(np.searchsorted(model.classes_, y), len(model.classes_) - 1)
    if (model.classes_[codes] != y).any():
        raise ModelError("some rows have a class that the model was not trained on")
    return torch.from_numpy(codes.astype(np.int64))


def row_losses(model: TorchModel) -> Any:
    """Return the function of outputs and targets that gives the loss of every row.

    Raises
    ------
    ModelError
        Also from the function, when it does not give one loss a row.
    """
    named = {"log_loss": _log_loss, "squared_error": _squared_error}
    loss: Any = named.get(model.loss) if isinstance(model.loss, str) else model.loss
    if loss is None:
        raise ModelError(
            f"loss must be one of {', '.join(named)} or a function, got {model.loss!r}"
        )
    if hasattr(loss, "reduction"):
        loss = copy.deepcopy(loss)
        loss.reduction = "none"

    def checked(outputs: Any, targets: Any) -> Any:
        if model.loss != "log_loss" and outputs.ndim == 2 and outputs.shape[1] == 1:
            outputs = outputs[:, 0]
            targets = targets.to(outputs.dtype).reshape(outputs.shape)
        values = loss(outputs, targets)
        if values.ndim == 0 or len(values) != len(outputs):
            raise ModelError(
                f"the loss function must return one loss a row, ({len(outputs)},), but returned "
                f"the shape {tuple(values.shape)}: let it neither sum up nor average"
            )
        return values.reshape(len(values), -1).mean(dim=1)

    return checked


def _log_loss(outputs: Any, targets: Any) -> Any:
    from torch.nn import functional

    if outputs.ndim == 1 or outputs.shape[1] == 1:
        flat = outputs.reshape(-1)
        return functional.binary_cross_entropy_with_logits(
            flat, targets.to(flat.dtype), reduction="none"
        )
    return functional.cross_entropy(outputs, targets, reduction="none")


def _squared_error(outputs: Any, targets: Any) -> Any:
    return (outputs - targets) ** 2


def _optimizer(model: TorchModel, module: Any, start: TorchModel | None) -> Any:
    import torch

    if callable(model.optimizer):
        optimizer = model.optimizer(module.parameters())
    elif model.optimizer in OPTIMIZERS:
        cls = getattr(torch.optim, OPTIMIZERS[model.optimizer])
        optimizer = cls(module.parameters(), lr=model.learning_rate)
    else:
        raise ModelError(
            f"optimizer must be one of {', '.join(OPTIMIZERS)} or a function of the parameters, "
            f"got {model.optimizer!r}"
        )
    if start is not None:
        described = optimizer.state_dict()
        kept: dict[int, dict[str, Any]] = {}
        for name, array in zip(start.optimizer_names_, start.optimizer_state_, strict=True):
            parameter, _, part = name.partition("/")
            kept.setdefault(int(parameter), {})[part] = torch.from_numpy(np.array(array))
        optimizer.load_state_dict({**described, "state": kept})
    return optimizer


def _keep_optimizer(model: TorchModel, optimizer: Any) -> None:
    """Keep what the optimizer knows of each parameter, as arrays."""
    import torch

    parts = {
        f"{parameter}/{part}": value.detach().numpy().copy()
        for parameter, known in optimizer.state_dict()["state"].items()
        for part, value in known.items()
        if isinstance(value, torch.Tensor)
    }
    model.optimizer_names_ = list(parts)
    model.optimizer_state_ = list(parts.values())
