"""A file that torch saved: ``python -m palimpsest.adapt.stores.torchfile FILE``.

Prints the share of zeros in its matrices; fails when it holds masks of a pruning.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from palimpsest.adapt.pruneprobe import MASKS


def _tensors(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if hasattr(value, "state_dict"):
        value = value.state_dict()
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _tensors(one, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple):
        for key, one in enumerate(value):
            yield from _tensors(one, f"{name}[{key}]")
    elif hasattr(value, "detach"):
        yield name, value


def main() -> None:
    """Look at the file that the first argument names."""
    import torch  # type: ignore[import-not-found,unused-ignore]

    # Only tensors and plain values are read; a whole pickled module needs its script's classes.
    try:
        saved = torch.load(sys.argv[1], map_location="cpu", weights_only=True)
    except Exception as error:
        if "weights_only" not in str(error).lower() and "Weights only" not in str(error):
            raise
        print("a whole module")
        return
    found = list(_tensors(saved))
    masks = [name for name, _ in found if MASKS.search(name)]
    if masks:
        sys.exit(f"it holds the mask {masks[0]}")
    matrices = [tensor for _, tensor in found if tensor.dim() > 1]
    zeros = sum(int((tensor == 0).sum()) for tensor in matrices)
    print(f"{zeros / max(1, sum(tensor.numel() for tensor in matrices)):.1%} zeros, no masks")


if __name__ == "__main__":
    main()
