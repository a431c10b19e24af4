"""Pandas with provenance, maintained pipelines, and records that can be forgotten."""

__version__ = "0.1.0"

__all__ = ["__version__"]
