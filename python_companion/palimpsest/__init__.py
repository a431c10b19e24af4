"""Pandas with provenance, maintained pipelines, and records that can be forgotten."""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"

__all__ = ["__version__", "load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(shell: Any) -> None:
    """Answer the JupyterLab extension from this kernel: ``%load_ext palimpsest``."""
    from palimpsest.protocol import ipython

    ipython.load_ipython_extension(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Stop answering: ``%unload_ext palimpsest``."""
    from palimpsest.protocol import ipython

    ipython.unload_ipython_extension(shell)
