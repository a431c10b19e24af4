"""A torch module with its training recipe, used like an estimator of scikit-learn.

This module is importable without torch, which is imported when a model is trained or predicts.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator

from ..estimators import NotPortable
from ..matrix import Floats
from .errors import ModelError
from .torchlayers import built, described_layers, fingerprint, packed, unpacked

_BLOCK = 8192


class TorchModel(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A torch module and how it is trained.

    It minimises the mean loss of the rows plus ``alpha / 2`` times the sum of squared parameters.
    The order of the rows is drawn for each epoch from what they hold and from `seed`, so that
    rows that remain keep their order when others leave.

    Parameters
    ----------
    module : callable or torch.nn.Module
        A function without arguments that builds the module; its initial weights are then drawn
        with `seed`. Or a module, which is copied and whose weights are the initial ones. It maps
        (n, d) to (n, k): one output for two classes or one target, else one for each.
    loss : {"log_loss", "squared_error"} or callable
        A function of outputs and targets that returns the loss of each row, (n,).
    optimizer : {"adam", "adamw", "sgd", "rmsprop"} or callable
        A function of the parameters that returns a torch optimizer.
    learning_rate : float
        For an optimizer that is named.
    epochs, batch_size : int
    alpha : float
        Penalty.
    seed : int
    classifier : bool, optional
        Whether labels are classes; by default for ``log_loss`` only.
    order : {2, 1}
        Highest derivative that a forget may use.
    trials : int
        Most steps that a forget may try out before it trains again.
    allowed : float
        By how much the loss on the remaining rows (as a share) and their accuracy, also when every
        class counts the same, may get worse in a forget, before it trains again.

    Attributes
    ----------
    module_ : torch.nn.Module
        Trained.
    weights_, start_ : list of arrays
        Its trained and its initial weights, in the order of its ``state_dict()``.
    classes_ : array
        Of classifiers.
    code_ : str
        Fingerprint of the module's code.

    Examples
    --------
    >>> def make_model(n_features):
    ...     def net():
    ...         return torch.nn.Sequential(
    ...             torch.nn.Linear(n_features, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1)
    ...         )
    ...     return palimpsest.TorchModel(net, epochs=5)
    """

    def __init__(
        self,
        module: Any,
        *,
        loss: str | Callable[[Any, Any], Any] = "log_loss",
        optimizer: str | Callable[[Any], Any] = "adam",
        learning_rate: float = 1e-3,
        epochs: int = 10,
        batch_size: int = 256,
        alpha: float = 1e-4,
        seed: int = 0,
        classifier: bool | None = None,
        order: int = 2,
        trials: int = 6,
        allowed: float = 0.01,
    ) -> None:
        self.module = module
        self.loss = loss
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.alpha = alpha
        self.seed = seed
        self.classifier = classifier
        self.order = order
        self.trials = trials
        self.allowed = allowed

    @property
    def is_classifier(self) -> bool:
        """Whether labels are classes."""
        return self.loss == "log_loss" if self.classifier is None else self.classifier

    @property
    def _estimator_type(self) -> str:
        return "classifier" if self.is_classifier else "regressor"

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, RegressorTags

        tags = super().__sklearn_tags__()
        tags.estimator_type = self._estimator_type
        tags.classifier_tags = ClassifierTags() if self.is_classifier else None
        tags.regressor_tags = None if self.is_classifier else RegressorTags()
        return tags

    def fit(
        self,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        *,
        keys: npt.NDArray[np.uint64] | None = None,
        start: TorchModel | None = None,
    ) -> TorchModel:
        """Train.

        Parameters
        ----------
        X : (n, d)
        y : (n,) or (n, k)
        keys : (n,) uint64, optional
            What the order of the rows is drawn from; by default from what they hold.
        start : TorchModel, optional
            A trained model, with whose weights and optimizer to go on.
        """
        from .torchtraining import train

        train(self, np.asarray(X, dtype=np.float64), np.asarray(y), keys, start)
        return self

    def outputs(self, X: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Return what the module gives, (n, k)."""
        import torch

        values = torch.from_numpy(np.ascontiguousarray(X, dtype=np.float32))
        like = next(self.module_.parameters())
        with torch.no_grad():
            parts = [self.module_(part.to(like.dtype)) for part in values.split(_BLOCK)]
        whole: npt.NDArray[np.float32] = torch.cat(parts).numpy()
        return whole.reshape(len(whole), -1)

    def predict_proba(self, X: npt.ArrayLike) -> Floats:
        """Return the probability of every class, (n, c)."""
        from scipy.special import expit, softmax

        if not self.is_classifier:
            raise AttributeError("a regressor has no probabilities")
        outputs = self.outputs(X).astype(np.float64)
        if outputs.shape[1] == 1:
            return np.column_stack([expit(-outputs[:, 0]), expit(outputs[:, 0])])
        shares: Floats = softmax(outputs, axis=1)
        return shares

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[Any]:
        """Return classes or targets."""
        if self.is_classifier:
            chosen: npt.NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
            return chosen
        outputs = self.outputs(X).astype(np.float64)
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs

    def score(self, X: npt.ArrayLike, y: npt.ArrayLike) -> float:
        """Return the accuracy, or R2 of a regressor."""
        from sklearn.metrics import accuracy_score, r2_score

        return float((accuracy_score if self.is_classifier else r2_score)(y, self.predict(X)))

    # what the state of a model is made of ------------------------------------------------------

    def build(self) -> Any:
        """Return the module with its initial weights.

        Raises
        ------
        ModelError
            When `module` is neither a module nor a function that makes one.
        """
        import torch

        if isinstance(self.module, torch.nn.Module):
            return copy.deepcopy(self.module)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            if isinstance(self.module, dict):
                module = built(self.module["layers"])
            else:
                module = copy.deepcopy(self.module()) if callable(self.module) else None
        if not isinstance(module, torch.nn.Module):
            raise ModelError(
                f"TorchModel(module=...) must be a torch.nn.Module or a function that returns one, "
                f"got {type(self.module if module is None else module).__name__}"
            )
        if isinstance(self.module, dict) and "weights" in self.module:
            load_weights(module, unpacked(self.module["weights"], weights_of(module)))
        return module

    def load_module(self) -> Any:
        """Return the module with its trained weights.

        Raises
        ------
        ModelError
            When the code is not the code that was trained.
        """
        module = self.build()
        if fingerprint(module, self.loss) != self.code_:
            raise ModelError(
                "the code of the torch module or of its loss has changed since this run: its weights "
                "belong to the code as it was. Put the code back, or run the pipeline again."
            )
        load_weights(module, self.weights_)
        return module.eval()

    def portable_params(self) -> dict[str, Any]:
        """Return the parameters, with the layers of the module in place of the code that made it.

        Raises
        ------
        NotPortable
            When the module is code of the notebook.
        """
        params = self.get_params(deep=False)
        module = self.build()
        layers: dict[str, Any] = {"layers": described_layers(module)}
        again = TorchModel(layers, seed=self.seed).build()
        if repr(again) != repr(module):
            raise NotPortable("the module cannot be built from its layers")
        start = weights_of(module)
        if any((a != b).any() for a, b in zip(start, weights_of(again), strict=True)):
            layers["weights"] = packed(start)
        return {**params, "module": layers}


def weights_of(module: Any) -> list[npt.NDArray[Any]]:
    """Return copies of the parameters and buffers of a module, in order."""
    return [value.detach().numpy().copy() for value in module.state_dict().values()]


def load_weights(module: Any, weights: list[npt.NDArray[Any]]) -> None:
    """Set the parameters and buffers of a module."""
    import torch

    names = module.state_dict()
    tensors = [torch.from_numpy(np.array(array)) for array in weights]
    module.load_state_dict(dict(zip(names, tensors, strict=True)))
