"""Pandas with provenance, maintained pipelines, and records that can be forgotten."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from palimpsest.errors import PalimpsestError
    from palimpsest.models.certified import Certified
    from palimpsest.models.sharded import Sharded
    from palimpsest.models.torchmodel import TorchModel
    from palimpsest.pipeline import Pipeline, Run
    from palimpsest.pipeline.holding import holds
    from palimpsest.tracking.errors import TrackingWarning
    from palimpsest.tracking.source_errors import SourceError

__version__ = "0.1.0"

__all__ = [
    "Certified",
    "PalimpsestError",
    "Pipeline",
    "Run",
    "Sharded",
    "SourceError",
    "TorchModel",
    "TrackingWarning",
    "__version__",
    "holds",
    "load_ipython_extension",
    "unload_ipython_extension",
]

_HOMES = {
    "Certified": "palimpsest.models.certified",
    "PalimpsestError": "palimpsest.errors",
    "Pipeline": "palimpsest.pipeline",
    "Run": "palimpsest.pipeline",
    "Sharded": "palimpsest.models.sharded",
    "SourceError": "palimpsest.tracking.source_errors",
    "TorchModel": "palimpsest.models.torchmodel",
    "TrackingWarning": "palimpsest.tracking.errors",
    "holds": "palimpsest.pipeline.holding",
}
"""Where exports live; they are imported when first used, so that importing stays quick."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'palimpsest' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)


def load_ipython_extension(shell: Any) -> None:
    """Answer the JupyterLab extension from this kernel: ``%load_ext palimpsest``."""
    from palimpsest.protocol import ipython

    ipython.load_ipython_extension(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Stop answering: ``%unload_ext palimpsest``."""
    from palimpsest.protocol import ipython

    ipython.unload_ipython_extension(shell)
