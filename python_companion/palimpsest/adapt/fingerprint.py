"""Fingerprints of trained models: equal for a model and its copy from a file or a store."""

from __future__ import annotations

import hashlib
import io
import warnings
from typing import Any

import numpy as np


def fingerprint(model: Any) -> str | None:
    """Return a digest of what a model has learnt, or None for what is no model.

    Models with equal fingerprints predict equally: it is taken of all their parameters.
    """
    for take in (_of_booster, _of_tensors, _of_keras):
        digest = take(model)
        if digest is not None:
            return digest
    return _of_object(model)


def _of_booster(model: Any) -> str | None:
    """Boosted trees know how to write themselves down."""
    booster = model.get_booster() if hasattr(model, "get_booster") else model
    if hasattr(booster, "save_raw"):
        return _digest([bytes(booster.save_raw("ubj"))])
    booster = getattr(model, "booster_", model)
    if hasattr(booster, "model_to_string"):
        # The parameters at the end are those of the training, which a copy need not have.
        trees = booster.model_to_string().partition("\nparameters:")[0]
        return _digest([trees.encode()])
    return None


def _of_keras(model: Any) -> str | None:
    if not hasattr(model, "get_weights"):
        return None
    return _digest([np.ascontiguousarray(one).tobytes() for one in model.get_weights()])


def _of_tensors(model: Any) -> str | None:
    """Modules, their state, and dictionaries that hold it."""
    if hasattr(model, "get_weights"):
        return None
    state = model.state_dict() if hasattr(model, "state_dict") else model
    parts: list[bytes] = []
    _collect(state, parts)
    return _digest(parts) if parts else None


def _collect(value: Any, parts: list[bytes]) -> None:
    if isinstance(value, dict):
        for one in value.values():
            _collect(one, parts)
    elif isinstance(value, list | tuple):
        for one in value:
            _collect(one, parts)
    elif hasattr(value, "detach"):
        parts.append(np.ascontiguousarray(value.detach().cpu().float().numpy()).tobytes())


def _of_object(model: Any) -> str | None:
    """Other estimators: what they predict, and where inputs are not just numbers, all in them."""
    if not (hasattr(model, "predict") or hasattr(model, "transform")):
        return None
    predictions = _predictions(model)
    if predictions is not None:
        return _digest([predictions.tobytes()])
    import joblib  # type: ignore[import-untyped,unused-ignore]

    # A copy that was once in a file: sharing of equal objects inside it is then as in a file.
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    return str(joblib.hash(joblib.load(file)))


def _predictions(model: Any) -> Any:
    """Predict for rows drawn at random, or return None where that cannot be done."""
    width = getattr(model, "n_features_in_", None)
    if width is None or not hasattr(model, "predict"):
        return None
    rows = np.random.default_rng(0).normal(size=(64, width))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            predictions = np.asarray(model.predict(rows))
    except (TypeError, ValueError, KeyError, AttributeError):
        return None  # It wants columns by name, or text.
    return predictions if predictions.dtype != object else None


def _digest(parts: list[bytes]) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()
