"""Tracking with Weights & Biases: what the logs hold of the run."""

from __future__ import annotations

from collections.abc import Iterator

from palimpsest.adapt.checks.base import Point, TaskCheck, Trial
from palimpsest.adapt.checks.tracked import tracked


def _points(trial: Trial) -> Iterator[Point]:
    yield from tracked(trial, "wandb")


CHECK = TaskCheck(points=_points)
