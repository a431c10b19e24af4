"""Tracking with Trackio: what its store holds of the run."""

from __future__ import annotations

from collections.abc import Iterator

from palimpsest.adapt.checks.base import Point, TaskCheck, Trial
from palimpsest.adapt.checks.tracked import tracked


def _points(trial: Trial) -> Iterator[Point]:
    yield from tracked(trial, "trackio")


CHECK = TaskCheck(points=_points)
