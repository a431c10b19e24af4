"""Calling the notebook's functions once: what a preview had to compute, its apply finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from palimpsest.pipeline.live import LivePipeline
from palimpsest.tracking.functions import NotMemoisable, argument_bytes

Function = Callable[[Any], Any]
Results = dict[tuple[str, bytes], Any]
"""Function and argument -> result; in memory, with the token of the preview."""


def functions_of(live: LivePipeline | None, results: Results) -> dict[str, Function] | None:
    """Return the functions of a pipeline; what they are asked again comes from `results`."""
    if live is None:
        return None
    return {name: _once(name, function, results) for name, function in live.functions.items()}


def _once(name: str, function: Function, results: Results) -> Function:
    def call(value: Any) -> Any:
        try:
            key = name, argument_bytes(value)
        except NotMemoisable:  # a row, whose cells the function looks at itself
            return function(value)
        if key not in results:
            results[key] = function(value)
        return results[key]

    return call
