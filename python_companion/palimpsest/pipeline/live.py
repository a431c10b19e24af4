"""Which pipelines this process has run: their functions are what a forget may need.

A run is opened anew for every request of the panels; here it finds the notebook's functions again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from palimpsest.pipeline.execution import Recipe


@dataclass(frozen=True)
class LivePipeline:
    """The code behind a run.

    Attributes
    ----------
    recipe : Recipe
    parameters : mapping
        Arguments of `prepare` that are no sources.
    functions : mapping of id to callable
        User functions that the plan calls.
    """

    recipe: Recipe
    parameters: Mapping[str, Any]
    functions: Mapping[str, Callable[[Any], Any]]


_LOCK = threading.Lock()
_LIVE: dict[str, LivePipeline] = {}


def remember_live(run: str, pipeline: LivePipeline) -> None:
    """Note the code behind a run."""
    with _LOCK:
        _LIVE[run] = pipeline


def find_live(run: str) -> LivePipeline | None:
    """Return the code behind a run, when it was run in this process."""
    with _LOCK:
        return _LIVE.get(run)
