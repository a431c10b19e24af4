"""Torch modules of torch's own layers as data, and a fingerprint of the code of others."""

from __future__ import annotations

import base64
import hashlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..estimators import NotPortable

LAYERS: Mapping[str, tuple[str, ...]] = {
    "Dropout": ("p",),
    "ELU": ("alpha",),
    "Flatten": ("start_dim", "end_dim"),
    "GELU": ("approximate",),
    "Identity": (),
    "LayerNorm": ("normalized_shape", "eps", "elementwise_affine"),
    "LeakyReLU": ("negative_slope",),
    "Linear": ("in_features", "out_features", "bias"),
    "ReLU": (),
    "SiLU": (),
    "Sigmoid": (),
    "Softplus": ("beta", "threshold"),
    "Tanh": (),
}
"""Layers that can be described, with the arguments that make them, which are also attributes."""


def described_layers(module: Any) -> dict[str, Any]:
    """Describe a module that consists of layers of torch, one after another.

    Raises
    ------
    NotPortable
        When it is code of the notebook, or a layer that is not in the table.
    """
    from torch import nn

    name = type(module).__name__
    hooked = module._forward_hooks or module._forward_pre_hooks
    if type(module) is nn.Sequential and not hooked:
        children = module.named_children()
        return {"layer": name, "children": {key: described_layers(c) for key, c in children}}
    if name not in LAYERS or type(module) is not getattr(nn, name) or hooked:
        raise NotPortable(f"{name} is not one of the layers that can be described")
    arguments = {key: _plain(getattr(module, key)) for key in LAYERS[name]}
    return {"layer": name, "arguments": arguments}


def _plain(value: Any) -> Any:
    """Return an attribute of a layer as the argument that it was; biases are there or not."""
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, bool | int | float | str) else value is not None


def built(description: Mapping[str, Any]) -> Any:
    """Build the module that `described_layers` described.

    Raises
    ------
    NotPortable
        When the description names something else than a layer of the table.
    """
    from torch import nn

    name = description["layer"]
    if name == "Sequential":
        children = {key: built(child) for key, child in description["children"].items()}
        module = nn.Sequential()
        for key, child in children.items():
            module.add_module(key, child)
        return module
    if name not in LAYERS:
        raise NotPortable(f"the description names {name!r}, which is no layer of the table")
    return getattr(nn, name)(**description["arguments"])


def packed(arrays: Sequence[Any]) -> list[str]:
    """Return arrays of numbers as text."""
    return [base64.b64encode(np.ascontiguousarray(array).tobytes()).decode() for array in arrays]


def unpacked(texts: Sequence[str], like: Sequence[Any]) -> list[Any]:
    """Undo `packed`, for arrays of the same types and shapes as others."""
    return [
        np.frombuffer(base64.b64decode(text), dtype=array.dtype).reshape(array.shape)
        for text, array in zip(texts, like, strict=True)
    ]


def fingerprint(module: Any, loss: Any) -> str:
    """Return a hash of a module's structure and of the notebook's code in it.

    Layers of torch count by their description, classes and loss functions of the notebook by
    their source.
    """
    state = [(name, tuple(value.shape)) for name, value in module.state_dict().items()]
    parts = [repr(module), repr(state)]
    own = {
        type(part) for part in module.modules() if not type(part).__module__.startswith("torch.")
    }
    for cls in sorted(own, key=lambda cls: str(cls.__qualname__)):
        parts += [_source(value) for _, value in sorted(vars(cls).items()) if callable(value)]
    if callable(loss):
        parts.append(_source(loss))
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


def _source(function: Callable[..., Any]) -> str:
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):  # typed into a console, or an object that is called
        code = getattr(function, "__code__", None)
        return type(function).__qualname__ if code is None else code.co_code.hex()
