"""Whether stored models can be loaded again, and are those that were trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from palimpsest.adapt.fingerprint import fingerprint


def facts_of(folder: Path) -> dict[str, Any]:
    """Return what the process that ran in a folder noted of itself."""
    path = folder.parent / "facts.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


def load_file(path: Path) -> Any:
    """Return the model, or the state of one, in a file.

    This process did not train it: what loads here is in the store, not in memory.
    """
    return _LOADERS[path.suffix](path)


def is_model_file(path: str | Path) -> bool:
    """Whether a file is one that models are kept in."""
    return Path(path).suffix in _LOADERS


def file_problem(path: Path, expected: str | None) -> str | None:
    """Return what is wrong with a model in a file, or None.

    Parameters
    ----------
    path
        The file in the store.
    expected
        The fingerprint of the model that was written.
    """
    try:
        digest = fingerprint(load_file(path))
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the finding)
        return f"{type(error).__name__}: {error}"
    if expected is None:
        return "the process did not write it"
    return None if digest == expected else "it is not the model that was trained"


def _torch(path: Path) -> Any:
    import torch

    return torch.load(path, map_location="cpu", weights_only=True)


def _joblib(path: Path) -> Any:
    import joblib  # type: ignore[import-untyped,unused-ignore]

    return joblib.load(path)


def _keras(path: Path) -> Any:
    import keras  # type: ignore[import-not-found,unused-ignore]

    return keras.models.load_model(path)


def _xgboost(path: Path) -> Any:
    import xgboost  # type: ignore[import-not-found,unused-ignore]

    return xgboost.Booster(model_file=str(path))


_LOADERS: dict[str, Callable[[Path], Any]] = {
    ".pt": _torch,
    ".pth": _torch,
    ".joblib": _joblib,
    ".keras": _keras,
    ".ubj": _xgboost,
}
