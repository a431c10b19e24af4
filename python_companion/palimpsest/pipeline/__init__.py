"""The pipeline of a notebook, and its runs."""

from palimpsest.pipeline.execution import Outcome
from palimpsest.pipeline.pipeline import Pipeline
from palimpsest.pipeline.run import Run

__all__ = ["Outcome", "Pipeline", "Run"]
