"""The coordinates that a model was trained in, kept with it."""

from __future__ import annotations

import numpy as np

from ..matrix import Coordinates
from .state import Arrays, ModelState

_NAMES = ("ids", "shift", "scale", "unit", "base")


def kept_scales(at: Coordinates) -> Arrays:
    """Return coordinates as arrays of a model's state."""
    return {f"at/{name}": getattr(at, name) for name in _NAMES}


def scales_of(state: ModelState) -> Coordinates:
    """Return the coordinates that a model was trained in."""
    return Coordinates(*(state.arrays[f"at/{name}"] for name in _NAMES))


def same_scales(one: Coordinates, other: Coordinates) -> bool:
    """Tell whether every row is the same in both."""
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in _NAMES)
