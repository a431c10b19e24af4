"""What a script prunes: which weights, how many steps come later, how many are zero at the end."""

from __future__ import annotations

import functools
import importlib
import re
from typing import Any

_MASKED = re.compile(r"__nncf_hooks\.post_hooks\.(.+)__\d+\.\d+$")
MASKS = re.compile(r"(_mask|_orig)$|binary_mask$")
"""Names of what a pruning that is not finished leaves in a module."""


class PruneProbe:
    """Looks at pruning with PyTorch and NNCF.

    Parameters
    ----------
    nothing
        Let the script prune nothing: then it has to do what it did before.
    """

    def __init__(self, *, nothing: bool) -> None:
        self._nothing = nothing
        self._weights: list[tuple[Any, str]] = []
        self._modules: list[Any] = []
        self._amounts: set[float] = set()
        self._later_steps = 0

    def install(self, sources: str) -> None:
        """Wrap the functions that prune, of the libraries that the sources name."""
        if "torch.nn.utils.prune" in sources:
            self._watch_torch()
        if re.search(r"\bnncf\b", sources):
            self._watch_nncf()

    def facts(self) -> dict[str, Any] | None:
        """Return what was pruned, or None."""
        if not self._weights:
            return None
        weights = [functools.reduce(getattr, name.split("."), one) for one, name in self._weights]
        zeros = sum(int((weight == 0).sum()) for weight in weights)
        return {
            "amounts": sorted(self._amounts),
            "zeros": zeros / sum(weight.numel() for weight in weights),
            "later_steps": self._later_steps,
            "masks": [
                name
                for module in self._modules
                for name in module.state_dict()
                if MASKS.search(name)
            ],
        }

    def _watch_torch(self) -> None:
        prune: Any = importlib.import_module("torch.nn.utils.prune")
        whole = prune.global_unstructured

        @functools.wraps(whole)
        def global_unstructured(parameters: Any, *args: Any, **kwargs: Any) -> Any:
            parameters = list(parameters)
            self._note(parameters, [layer for layer, _ in parameters], kwargs["amount"])
            kwargs["amount"] = 0 if self._nothing else kwargs["amount"]
            return whole(parameters, *args, **kwargs)

        prune.global_unstructured = global_unstructured

    def _watch_nncf(self) -> None:
        nncf: Any = importlib.import_module("nncf")
        whole = nncf.prune

        @functools.wraps(whole)
        def prune(model: Any, *args: Any, **kwargs: Any) -> Any:
            pruned = whole(model, *args, **kwargs)
            masked = []
            for name, module in pruned.named_modules():
                found = _MASKED.search(name)
                if found:
                    masked.append((pruned, found[1].replace(":", ".")))
                    if self._nothing:
                        module.binary_mask.fill_(True)
            self._note(masked, [pruned], kwargs["ratio"])
            return pruned

        nncf.prune = prune

    def _note(self, weights: list[tuple[Any, str]], modules: list[Any], amount: float) -> None:
        if not self._weights:
            optimizer = importlib.import_module("torch.optim.optimizer")
            optimizer.register_optimizer_step_post_hook(self._after_step)
        self._weights += weights
        self._modules += modules
        self._amounts.add(amount)
        self._later_steps = 0

    def _after_step(self, *_: Any) -> None:
        self._later_steps += 1
